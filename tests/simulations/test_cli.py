import json
import subprocess
import sys

import pytest
import yaml

from simulations import cli, linked, loading, policies, room_commands, shell, study_commands
from simulations.errors import GoldenMismatchError
from simulations.loading import shipped_scenarios
from simulations.search import Effort


@pytest.fixture
def folder(monkeypatch, tmp_path, mapping, tiny, yardstick):
    """Return a content folder with the tiny scenario and its reference."""
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(mapping, allow_unicode=True), "utf-8")
    data = {
        "scenario_hash": tiny.content_hash(),
        "theta": {"choose": 1.0, "rotate_min": 3.0, "react_s": 45.0},
        "span_floor_log": 0.1,
    }
    (tmp_path / "tiny.reference.json").write_text(json.dumps(data), "utf-8")
    for module in (loading, policies, study_commands):
        monkeypatch.setattr(module, "CONTENT_DIR", tmp_path)
    monkeypatch.setattr(policies.reference, "__defaults__", (tmp_path,))
    monkeypatch.setattr(policies.reference_path, "__defaults__", (tmp_path,))
    loading._shipped.cache_clear()
    yield tmp_path
    loading._shipped.cache_clear()


@pytest.fixture
def run(folder, capsys):
    """Return a caller: exit status, JSON if asked for, text, errors."""

    def call(*arguments):
        status = cli.main(list(arguments))
        out, err = capsys.readouterr()
        return status, json.loads(out) if "--json" in arguments and out else out, err

    return call


class TestList:
    def test_names_every_scenario(self, run):
        status, rows, _ = run("list", "--json")

        assert status == 0
        assert [row["ref"] for row in rows] == ["tiny@1"]
        assert rows[0]["has_reference"]
        assert "tiny@1" in run("list")[1]


class TestRun:
    def test_scores_a_policy(self, run):
        status, data, _ = run("run", "tiny", "--policy", "house", "--seed", "7", "--json")

        assert status == 0
        assert data["result"]["score"] == 0.0
        assert data["gmv_fen"] == data["outcome"]["gmv_fen"] > 0
        assert (data["policy"], data["seed"], data["actions"]) == ("house", 7, 0)

    @pytest.mark.parametrize("policy", shell.POLICY_NAMES)
    def test_knows_every_policy(self, run, policy):
        status, text, _ = run("run", "tiny", "--policy", policy)

        assert status == 0
        assert "得分" in text

    def test_runs_without_a_reference(self, run, folder):
        (folder / "tiny.reference.json").unlink()

        status, data, _ = run("run", "tiny", "--json")

        assert status == 0
        assert data["result"] is None
        assert run("run", "tiny")[0] == 0

    def test_runs_a_file(self, run, folder):
        assert run("run", str(folder / "tiny.yaml"))[0] == 0

    def test_names_what_is_wrong_in_a_file(self, run, folder, mapping):
        mapping["duration_min"] = 1
        path = folder / "odd.yaml"
        path.write_text(yaml.safe_dump(mapping, allow_unicode=True), "utf-8")

        status, _, err = run("run", str(path))

        assert status == 2
        assert "odd.yaml: tiny: duration_min" in err

    def test_names_the_scenarios_there_are(self, run):
        status, _, err = run("run", "f99")

        assert status == 2
        assert "'f99'; shipped: tiny" in err


class TestReplay:
    @pytest.fixture
    def written(self, run, folder):
        path = folder / "log.json"
        _, data, _ = run(
            "run", "tiny", "--policy", "competent", "--seed", "3", "--log", str(path), "--json"
        )
        return path, data

    def test_gives_the_same_state(self, run, written):
        path, data = written
        arguments = ("replay", "tiny", "--seed", "3", "--log", str(path), "--json")

        status, again, _ = run(*arguments, "--expect", data["state_hash"][:12])

        assert status == 0
        assert again["state_hash"] == data["state_hash"]
        assert again["result"] == data["result"]

    def test_finds_another_state(self, run, written):
        status, _, err = run(
            "replay", "tiny", "--seed", "4", "--log", str(written[0]), "--expect", "0" * 64
        )

        assert status == 1
        assert "does not begin with" in err

    def test_stops_where_it_is_told(self, run, written):
        _, data, _ = run("replay", "tiny", "--log", str(written[0]), "--until", "100", "--json")

        assert data["tick"] == 100
        assert data["observation"]["clock"]["elapsed_s"] == 500

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("[", "no action log"),
            ("{}", "no action log"),
            ('{"actions": [{"tick": 1, "action": {"verb": "dance"}}]}', r"actions[0]"),
            ('{"actions": [{"action": {"verb": "unpin"}}]}', r"actions[0]"),
        ],
    )
    def test_names_what_is_wrong_in_a_log(self, run, folder, text, message):
        path = folder / "odd.json"
        path.write_text(text, "utf-8")

        status, _, err = run("replay", "tiny", "--log", str(path))

        assert status == 2
        assert f"odd.json: {message}" in err


class TestWhatif:
    def test_ranks_what_a_policy_might_have_done(self, run):
        status, data, _ = run("whatif", "tiny", "--policy", "novice", "--json")

        assert status == 0
        sizes = [abs(one["net_effect_fen"]) for one in data["changes"]]
        assert sizes == sorted(sizes, reverse=True)
        assert {one["kind"] for one in data["changes"]} == {"removal", "move", "addition"}

    def test_states_the_noise_if_asked(self, run):
        _, data, _ = run("whatif", "tiny", "--most", "2", "--noise", "4", "--json")

        assert [one["lived_noise_fen"] is not None for one in data["changes"]] == [True, True]

    @pytest.fixture
    def written(self, folder):
        path = folder / "log.json"
        entry = {"tick": 5, "action": {"verb": "freight_cover", "on": True}}
        path.write_text(json.dumps({"actions": [entry]}), "utf-8")
        return str(path)

    def test_answers_what_it_is_asked(self, run, written):
        status, data, _ = run(
            "whatif", "tiny", "--log", written, "--remove", "0", "--move", "0:100",
            "--add", '60:{"verb": "pin", "product": "jeans"}', "--json",
        )  # fmt: skip

        assert status == 0
        assert [one["kind"] for one in data["changes"]] == ["removal", "move", "addition"]
        assert data["changes"][1]["moved_to_tick"] == 100

    def test_is_readable(self, run, written):
        status, text, _ = run("whatif", "tiny", "--log", written, "--remove", "0")

        assert status == 0
        assert "不做 第     5 拍 freight_cover" in text

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--remove", "7"), "--remove 7: the log has actions 0 to 0"),
            (("--move", "0"), "write INDEX:TICK"),
            (("--move", "4:10"), "--move 4: the log has"),
            (("--add", "x"), "write TICK:"),
            (("--add", "5:[]"), "not a JSON object"),
            (("--add", '5:{"verb": "dance"}'), "unknown_verb"),
            (("--add", '5:{"verb": "pin", "product": "moon"}'), "unknown_product"),
        ],
    )
    def test_names_what_it_cannot_use(self, run, written, arguments, message):
        status, _, err = run("whatif", "tiny", "--log", written, *arguments)

        assert status == 2
        assert message in err


class TestBatch:
    def test_runs_policies_over_seeds(self, run, compiled):
        status, data, _ = run("batch", "tiny", "--runs", "4", "--policy", "house", "--json")

        assert status == 0
        assert data["policies"]["house"]["runs"] == 4
        assert data["policies"]["house"]["score"]["mean"] == 0.0
        assert "novice" in run("batch", "tiny", "--runs", "2", "--workers", "1")[1]

    def test_runs_where_it_is_told(self, run, compiled):
        status, data, _ = run("batch", "tiny", "--runs", "2", "--executor", "threads:3", "--json")

        assert (status, data["executor"], data["workers"]) == (0, "threads", 3)

    def test_names_an_executor_that_it_does_not_know(self, run):
        status, _, err = run("batch", "tiny", "--executor", "ray")

        assert status == 2
        assert "no executor 'ray'" in err

    def test_refuses_no_runs(self, run, capsys):
        with pytest.raises(SystemExit) as caught:
            run("batch", "tiny", "--runs", "0")

        assert caught.value.code == 2


class TestSearchAndCalibrate:
    def test_stores_a_reference(self, run, folder, compiled):
        status, data, _ = run("search", "tiny", "--rounds", "1", "--population", "10", "--json")

        assert status == 0
        assert json.loads((folder / "tiny.reference.json").read_text("utf-8")) == data

    def test_says_where_it_cannot_write(self, run, folder, compiled):
        status, _, err = run(
            "search",
            "tiny",
            "--rounds",
            "1",
            "--population",
            "10",
            "--out",
            str(folder / "no" / "x"),
        )

        assert status == 2
        assert "no/x" in err

    def test_calibrates_and_stores(self, run, folder, compiled):
        status, text, _ = run(
            "calibrate", "tiny", "--runs", "20", "--quick", "--store", "--executor", "threads:2"
        )

        stored = json.loads((folder / "tiny.calibration.json").read_text("utf-8"))
        assert stored["keys"] == 20
        assert status == (1 if stored["problems"] else 0)
        assert "发布检查" in text

    def test_exits_with_1_if_a_check_fails(self, run, monkeypatch, compiled):
        monkeypatch.setattr(
            study_commands, "calibrate", lambda *args, **kwargs: {"problems": ["too easy"]}
        )
        monkeypatch.setattr(study_commands, "calibration_lines", lambda report: ["too easy"])

        assert run("calibrate", "tiny")[0] == 1

    def test_previews(self, run, compiled):
        status, data, _ = run("preview", "tiny", "--runs", "20", "--json")

        assert status == 0
        assert set(data["policies"]) == {"novice", "competent", "reference"}


class TestTransfer:
    def test_needs_two_rooms(self, run):
        status, _, err = run("transfer", "tiny")

        assert status == 2
        assert "two scenarios" in err

    def test_exits_by_its_finding(self, run, monkeypatch, compiled):
        row = {"scenario_id": "tiny", "score": 1.0, "cut": 25.0, "falls_below": True}
        for passed in (True, False):
            found = {"rooms": [row], "failing_fraction": 0.5, "passed": passed}
            monkeypatch.setattr(study_commands, "transfer_study", lambda *a, f=found, **k: f)

            assert run("transfer", "tiny", "tiny")[0] == (0 if passed else 1)

    def test_stores_what_it_found(self, run, folder, monkeypatch, compiled):
        found = {"rooms": [], "failing_fraction": 0.5, "passed": True}
        monkeypatch.setattr(study_commands, "transfer_study", lambda *a, **k: found)

        run("transfer", "tiny", "tiny", "--store")

        assert json.loads((folder / "transfer.json").read_text("utf-8")) == found


class TestStudies:
    def test_names_what_is_stale(self, run):
        status, data, _ = run("studies", "--json")

        assert status == 1
        assert data["stale"]["tiny.calibration.json"] == ["missing or unreadable"]
        assert "transfer.json: missing or unreadable" in run("studies")[1]

    def test_says_that_all_is_well(self, run, monkeypatch):
        monkeypatch.setattr(study_commands, "stored_faults", lambda *_: {})

        status, text, _ = run("studies")

        assert status == 0
        assert "一致" in text

    def test_makes_anew_what_is_stale_and_nothing_else(self, run, folder, monkeypatch, compiled):
        made = []
        monkeypatch.setattr(
            study_commands,
            "stored_faults",
            lambda *_: {} if made else {"tiny.calibration.json": ["of another room"]},
        )
        monkeypatch.setattr(
            study_commands, "calibrate", lambda one, **_: made.append(one.id) or {"keys": 300}
        )
        before = (folder / "tiny.reference.json").read_bytes()

        assert run("studies", "--renew")[0] == 0

        assert made == ["tiny"]
        assert json.loads((folder / "tiny.calibration.json").read_text("utf-8")) == {"keys": 300}
        assert (folder / "tiny.reference.json").read_bytes() == before


class TestPeriod:
    @pytest.fixture
    def period(self, folder, period_mapping, monkeypatch):
        path = folder / "periods" / "days.yaml"
        path.parent.mkdir()
        path.write_text(yaml.safe_dump(period_mapping, allow_unicode=True), "utf-8")
        monkeypatch.setattr(linked.period_reference_path, "__defaults__", (folder,))
        monkeypatch.setattr(linked.period_reference, "__defaults__", (folder,))
        monkeypatch.setattr(study_commands, "search_period", quick_search)
        return str(path)

    def test_searches_then_judges(self, run, folder, period, compiled):
        assert run("period", period, "--search")[0] == 0
        assert (folder / "days.reference.json").exists()

        status, data, _ = run("period", period, "--policy", "house", "--json")

        assert status == 0
        assert data["score"] == 0.0
        assert len(data["sessions"]) == 3
        assert "全营期得分" in run("period", period)[1]

    def test_says_that_a_reference_is_missing(self, run, period):
        status, _, err = run("period", period)

        assert status == 2
        assert "days.reference.json" in err

    def test_names_the_periods_there_are(self, run):
        status, _, err = run("period", "never")

        assert status == 2
        assert "no period 'never'" in err


def quick_search(period, scenario, start, **kwargs):
    effort = Effort(rounds=1, population=2, elite=1, seeds_per_round=1)
    return linked.search_period(period, scenario, start, effort, **kwargs)


class TestOwnPolicies:
    def test_are_named_by_module(self, run):
        status, data, _ = run("run", "tiny", "--policy", "simulations.policies:competent", "--json")

        assert status == 0
        assert data["actions"] > 0

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("clever", "no policy 'clever'"),
            ("no.such.module:x", "no.such.module"),
            ("simulations.policies:nobody", "nobody"),
            ("simulations.policies:MOST_ROWS", "must be a Policy"),
        ],
    )
    def test_names_what_is_wrong(self, run, name, message):
        status, _, err = run("run", "tiny", "--policy", name)

        assert status == 2
        assert message in err


class TestWarm:
    def test_says_which_engine_runs(self, run, compiled):
        status, data, _ = run("warm", "--json")

        assert (status, data["is_compiled"]) == (0, True)

    def test_finds_wrong_bits(self, run, monkeypatch):
        def refuse():
            raise GoldenMismatchError("other bits")

        monkeypatch.setattr(room_commands, "warm_up", refuse)

        assert run("warm")[0] == 1


class TestProgressBar:
    def test_draws_on_a_terminal_only(self, capsys, monkeypatch):
        bar = shell.progress_bar("batch")
        bar(1, 2)
        assert capsys.readouterr().err == ""

        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        bar(1, 2)
        bar(2, 2)

        assert capsys.readouterr().err.endswith("2/2\n")


def test_the_module_runs_from_the_shell():
    done = subprocess.run(
        [sys.executable, "-m", "simulations", "list", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert {row["ref"] for row in json.loads(done.stdout)} >= {
        one.ref for one in shipped_scenarios().values()
    }
