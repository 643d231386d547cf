import json
import subprocess
import sys

import pytest
import yaml

from simulations import cli, loading, policies
from simulations.errors import GoldenMismatchError
from simulations.loading import shipped_scenarios


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
    for module in (loading, policies, cli):
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

    @pytest.mark.parametrize("policy", cli.POLICY_NAMES)
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
    def test_ranks_a_policys_actions(self, run):
        status, data, _ = run("whatif", "tiny", "--policy", "novice", "--json")

        assert status == 0
        worth = [abs(one["net_worth_fen"]) for one in data["changes"]]
        assert worth == sorted(worth, reverse=True)

    def test_ranks_a_logs_actions(self, run, folder):
        path = folder / "log.json"
        entry = {"tick": 5, "action": {"verb": "freight_cover", "on": True}}
        path.write_text(json.dumps({"actions": [entry]}), "utf-8")

        status, text, _ = run("whatif", "tiny", "--log", str(path))

        assert status == 0
        assert "freight_cover" in text


class TestBatch:
    def test_runs_policies_over_seeds(self, run, compiled):
        status, data, _ = run("batch", "tiny", "--runs", "4", "--policy", "house", "--json")

        assert status == 0
        assert data["policies"]["house"]["runs"] == 4
        assert "novice" in run("batch", "tiny", "--runs", "2")[1]

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

    def test_refuses_a_room_that_measures_nothing(self, run, folder, monkeypatch):
        report = {
            "policies": {"house": {"score": {"mean": 0.0, "sd": 0.0}, "net_ratio": 1.0}},
            "cut": {"cut": 30.0},
            "reliability": {"own_keys": 0.5},
        }
        monkeypatch.setattr(cli, "calibrate", lambda *args, **kwargs: report)
        monkeypatch.setattr(cli, "release_problems", lambda report: ["too easy"])

        status, text, _ = run("calibrate", "tiny", "--store")

        assert status == 1
        assert "too easy" in text
        stored = json.loads((folder / "tiny.calibration.json").read_text("utf-8"))
        assert stored["problems"] == ["too easy"]


class TestWarm:
    def test_says_which_engine_runs(self, run, compiled):
        status, data, _ = run("warm", "--json")

        assert (status, data["is_compiled"]) == (0, True)

    def test_finds_wrong_bits(self, run, monkeypatch):
        def refuse():
            raise GoldenMismatchError("other bits")

        monkeypatch.setattr(cli, "warm_up", refuse)

        assert run("warm")[0] == 1


class TestProgressBar:
    def test_draws_on_a_terminal_only(self, capsys, monkeypatch):
        bar = cli.progress_bar("batch")
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
