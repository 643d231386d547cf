"""The editor's pages and what its scripts ask for; every refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.accounts.queries import person_of_account_or_none
from app.accounts.roles import Role
from app.accounts.services import grant_role
from app.core.db import db, transaction
from app.core.turns import TURN, Turns
from app.studio.drafts import calibrating, previewing
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.rooms import publish_little_room
from tests.factories.studio import QUICK

POOL = "market.pool"


class Editor:
    """Carol's browser at a draft of the little room."""

    def __init__(self, app):
        self.client = sign_in(app, cast.CAROL)
        self.token = csrf_token(self.client)
        form = {"base": "little@1", "as": "new", "title": "夜场清仓"}
        self.path = self.form("/studio/drafts", form).location

    def form(self, path, data, status=303):
        page = self.client.post(path, data={"csrf_token": self.token, **data})
        assert page.status_code == status, page.text[:800]
        db.session.remove()
        return page

    def json(self, part, body, status=200):
        headers = {"X-CSRFToken": self.token}
        page = self.client.post(f"{self.path}/{part}", json=body, headers=headers)
        assert page.status_code == status, page.text[:800]
        db.session.remove()
        return page.json

    def page(self, part=""):
        page = self.client.get(f"{self.path}{part}")
        assert page.status_code == 200
        db.session.remove()
        return page.text


@pytest.fixture
def editor(app, db_session):
    publish_little_room(db_session, now=NOON)
    db_session.commit()
    return Editor(app)


class TestEditor:
    @pytest.mark.parametrize("part", ["basics", "tray", "incidents", "scoring", "texts"])
    def test_every_tab_shows_its_fields(self, editor, part):
        assert 'data-path="' in editor.page(f"?part={part}")

    def test_a_saved_value_stands_there_with_what_it_was(self, editor):
        was = re.search(r'name="market.pool" value="(\d+)"', editor.page()).group(1)
        saved = editor.json("changes", {"revision": 1, "changes": [[POOL, "2345"]]})

        assert saved["revision"] == 2
        assert saved["can_undo"]
        page = editor.page()
        assert 'name="market.pool" value="2345"' in page
        assert f"<span data-was>{was}</span>" in page

    def test_money_is_written_in_yuan(self, editor):
        editor.json("changes", {"revision": 1, "changes": [["market.bid_fen", "1.25"]]})

        assert "bid_fen: 125\n" in editor.page("/yaml")

    def test_an_older_page_saves_nothing(self, editor):
        editor.json("changes", {"revision": 1, "changes": [[POOL, "2345"]]})

        refused = editor.json("changes", {"revision": 1, "changes": [[POOL, "9"]]}, status=409)

        assert refused["type"] == "scenario_changed"
        assert "另一位作者" in refused["message"]

    def test_a_bad_value_is_named_with_its_range(self, editor):
        refused = editor.json("changes", {"revision": 1, "changes": [[POOL, "1"]]}, status=422)

        assert refused["lines"] == ["投流市场 › 投流人群池：要求 10 ～ 10,000,000"]

    def test_a_contradiction_is_saved_and_told(self, editor):
        change = ["products.0.cost_fen", "90000"]
        saved = editor.json("changes", {"revision": 1, "changes": [change]})

        assert any("成本没有低于标价" in line for line in saved["faults"])
        refused = editor.json("preview", {"changes": []}, status=422)
        assert refused["type"] == "scenario_faulty"

    def test_a_browser_without_scripts_saves_a_tab_and_undoes_it(self, editor):
        form = {"revision": 1, "part": "traffic", POOL: "2345"}
        editor.form(f"{editor.path}/save", form)
        assert 'name="market.pool" value="2345"' in editor.page()

        editor.form(f"{editor.path}/undo", {"revision": 2, "part": "traffic"})

        assert 'name="market.pool" value="2345"' not in editor.page()

    def test_a_preview_answers_a_change_that_is_not_saved(self, editor):
        plain = editor.json("preview", {"changes": []})
        moved = editor.json("preview", {"changes": [["audience.public_per_min", "900"]]})

        assert plain["policies"]["competent"] != moved["policies"]["competent"]
        assert plain["best_cut"] in plain["pass_rates"]["cuts"]
        assert plain["scenario_hash"] != moved["scenario_hash"]

    def test_a_preview_goes_on_from_the_points_of_the_step_before(self, editor, monkeypatch):
        monkeypatch.setattr(previewing, "STEP_S", 0.0)
        steps = [editor.json("preview", {"changes": []})]
        while steps[-1]["keys"] < steps[-1]["of_keys"] and len(steps) < 40:
            previewing._KNOWN.clear()  # the next step comes to another process
            last = steps[-1]
            known = {"points": last["points"], "fingerprint": last["fingerprint"]}
            steps.append(editor.json("preview", {"changes": [], **known}))

        assert [one["keys"] for one in steps] == sorted({one["keys"] for one in steps})
        assert steps[-1]["keys"] == steps[-1]["of_keys"]
        for one in steps:
            assert one["points"]["novice"] == steps[-1]["points"]["novice"][: one["keys"]]

    def test_a_changed_text_keeps_the_points_that_are_known(self, editor, monkeypatch):
        monkeypatch.setattr(previewing, "STEP_S", 0.0)
        plain = editor.json("preview", {"changes": []})

        told = editor.json("preview", {"changes": [["story", "另一个故事，同样的数字。" * 6]]})

        assert told["points"]["novice"][: plain["keys"]] == plain["points"]["novice"]
        assert told["keys"] >= plain["keys"]
        assert told["fingerprint"] == plain["fingerprint"]

    def test_one_preview_computes_at_a_time(self, editor, app):
        with previewing.preview_turn(Path(app.instance_path)) as is_had:
            assert is_had
            assert editor.json("preview", {"changes": []}, status=202) == {"is_busy": True}

        assert editor.json("preview", {"changes": []})["keys"] > 0

    def test_other_requests_of_the_process_go_on_while_it_computes(self, editor, monkeypatch):
        turns = Turns(1)
        found = previewing.coarse_preview
        monkeypatch.setattr(
            previewing,
            "coarse_preview",
            lambda *step: {**found(*step), "is_held": turns._free == 0},
        )
        editor.client.environ_base[TURN] = turns

        turns.take()
        answer = editor.json("preview", {"changes": []})

        assert turns._free == 0
        assert answer["is_held"] is False

    def test_points_of_another_room_count_for_nothing(self, editor, monkeypatch):
        monkeypatch.setattr(previewing, "STEP_S", 0.0)
        plain = editor.json("preview", {"changes": []})
        known = {"points": plain["points"], "fingerprint": plain["fingerprint"]}

        moved = editor.json("preview", {"changes": [["audience.public_per_min", "900"]], **known})

        assert moved["points"]["novice"][:10] != plain["points"]["novice"][:10]

    @pytest.mark.parametrize(
        "points", ["many", {"novice": ["1"]}, {"novice": [1.0]}], ids=["text", "words", "one"]
    )
    def test_faulty_points_are_refused(self, editor, points):
        known = editor.json("preview", {"changes": []})["fingerprint"]

        editor.json("preview", {"changes": [], "points": points, "fingerprint": known}, status=422)

    def test_bad_yaml_is_refused_with_its_line_and_kept_in_the_page(self, editor):
        text = re.search(r"<textarea.*?>\n(.*?)</textarea>", editor.page("/yaml"), re.S).group(1)
        bad = text.replace("bid_fen: ", "bid_fen: -", 1)
        row = bad[: bad.index("bid_fen: -")].count("\n") + 1

        page = editor.form(f"{editor.path}/yaml", {"revision": 1, "yaml": bad}, status=422)

        assert f"第 {row} 行" in page.text
        assert "bid_fen: -" in page.text

    def test_what_was_changed_is_listed(self, editor):
        editor.json("changes", {"revision": 1, "changes": [[POOL, "2345"]]})

        page = editor.page("/changes")

        assert "投流市场 › 投流人群池" in page
        assert "<ins>2345</ins>" in page

    def test_a_run_is_asked_for_once_and_can_be_cancelled(self, editor):
        asked = editor.json("runs", {}, status=202)
        again = editor.json("runs", {}, status=202)
        assert asked["fine"]["status"] == "queued"
        assert asked["fine"]["id"] == again["fine"]["id"]

        assert editor.json("runs/cancel", {})["fine"]["status"] == "cancelled"

    def test_an_author_cannot_review(self, editor):
        editor.form(f"{editor.path}/submit", {"revision": 1})

        editor.form(f"{editor.path}/review", {"decision": "accept"}, status=403)
        editor.form(f"{editor.path}/save", {"revision": 1, "part": "traffic"}, status=409)

    def test_a_refused_decision_is_told_on_the_page_and_keeps_the_remark(self, editor, app):
        editor.form(f"{editor.path}/submit", {"revision": 1})
        with transaction() as db_session:
            erin = person_of_account_or_none(db_session, cast.ERIN.account)
            grant_role(db_session, erin, Role.REVIEWER, actor="test", now=NOON)
        reviewer = sign_in(app, cast.ERIN)
        token = csrf_token(reviewer)

        def decide(decision, remark):
            form = {"csrf_token": token, "decision": decision, "remark": remark}
            page = reviewer.post(f"{editor.path}/review", data=form)
            db.session.remove()
            return page

        short = decide("return", "不行")
        early = decide("accept", "写得清楚")

        assert (short.status_code, early.status_code) == (422, 409)
        assert "4 到 600 字；同意时意见可以不写" in short.text
        assert "不行</textarea>" in short.text
        assert "发布前检查还没有做完" in early.text
        assert "写得清楚</textarea>" in early.text

    def test_a_contradiction_is_told_where_it_is_handed_in(self, editor):
        window = [["incidents.0.from_min", "30"], ["incidents.0.until_min", "10"]]
        editor.json("changes", {"revision": 1, "changes": window})

        page = editor.form(f"{editor.path}/submit", {"revision": 2}, status=422)

        assert "互相矛盾" in page.text
        assert "征兆提前 ≤ 最早开始 ≤ 最晚开始" in page.text

    def test_an_undone_save_is_put_back_by_its_button(self, editor):
        editor.json("changes", {"revision": 1, "changes": [[POOL, "2345"]]})
        assert "恢复一步" not in editor.page()
        editor.form(f"{editor.path}/undo", {"revision": 2, "part": "traffic"})
        assert "恢复一步" in editor.page()

        editor.form(f"{editor.path}/undo", {"revision": 3, "part": "traffic", "back": "yes"})

        page = editor.page()
        assert 'name="market.pool" value="2345"' in page
        assert "恢复一步" not in page

    def test_what_an_older_page_asks_for_is_refused_on_the_page(self, editor):
        text = re.search(r"<textarea.*?>\n(.*?)</textarea>", editor.page("/yaml"), re.S).group(1)
        editor.json("changes", {"revision": 1, "changes": [[POOL, "2345"]]})
        add = {"revision": 1, "act": "add", "path": "products", "part": "tray"}
        mine = text.replace("pool: ", "pool: 1", 1)

        for part, form in (("rearrange", add), ("undo", {"revision": 1, "part": "tray"})):
            page = editor.form(f"{editor.path}/{part}", form, status=409)
            assert "另一位作者刚保存过" in page.text
            assert 'name="products.0.stock"' in page.text
        page = editor.form(f"{editor.path}/yaml", {"revision": 1, "yaml": mine}, status=409)
        assert "你的文本还在下面" in page.text
        assert "pool: 1" in page.text
        assert 'name="revision" value="1"' in page.text
        assert "pool: 2345" in editor.page("/yaml")

    def test_a_copy_is_a_scenario_of_its_own(self, editor):
        editor.json("changes", {"revision": 1, "changes": [[POOL, "2345"]]})

        copied = editor.form(f"{editor.path}/copy", {}).location

        assert copied != editor.path
        first, second = editor.page("/yaml"), editor.client.get(f"{copied}/yaml").text
        assert re.findall("pool: .*", first) == re.findall("pool: .*", second) == ["pool: 2345"]
        codes = [re.search(r"/ (s-\w+)</p>", editor.client.get(one).text)[1]
                 for one in (editor.path, copied)]  # fmt: skip
        assert codes[0] != codes[1]

    def test_a_version_that_is_being_written_is_opened_instead_of_begun_anew(self, editor):
        form = {"base": "little@1", "as": "version"}
        first = editor.form("/studio/drafts", form).location

        assert editor.form("/studio/drafts", form).location == first
        assert "已经有人在写" in editor.client.get(first).text

    def test_who_has_no_part_in_it_stays_outside(self, editor, app, stranger):
        alice = sign_in(app, cast.ALICE)

        assert alice.get(editor.path).status_code == 403
        assert alice.get("/studio").status_code == 403
        assert stranger.get("/studio").status_code == 302


class TestEvidence:
    def test_before_any_run_the_page_says_what_is_known_without_one(self, editor):
        page = editor.page("/checks")

        assert "还没有精算结果" in page
        assert "最像的是" in page or "相似" in page
        assert "从头试行" in page

    def test_a_finished_run_is_shown_with_what_would_mend_it(self, editor):
        editor.json("runs", {}, status=202)
        assert "done" in (calibrating.calibrate_waiting(now=NOON, how=QUICK) or "")
        db.session.remove()

        page = editor.page("/checks")
        shown = editor.json("preview", {"changes": []})

        assert shown["is_corrected"]
        for words in ("得分里的运气", "全场砸价到底", "被什么拦住", "怎样改：", "提交评审时搜索"):
            assert words in page
        assert "早一版的结果" not in page
        told = editor.client.get(f"{editor.path}/runs").json["fine_result"]
        assert 0.0 <= told["luck"]["share"] <= 1.0
        holes = [(one["is_hole"], one["score"]) for one in told["tricks"]]
        assert holes == sorted(holes, reverse=True)
        assert told["tricks"][0]["stopped_by"]
        assert "新手与熟手拉开距离" in page
        editor.json("changes", {"revision": 1, "changes": [[POOL, "2345"]]})
        assert "早一版的结果" in editor.page("/checks")

    def test_the_texts_look_as_in_the_cockpit_even_while_they_contradict_themselves(self, editor):
        editor.json("changes", {"revision": 1, "changes": [["incidents.0.until_min", "30"]]})

        page = editor.page("/texts")

        assert 'data-bs-theme="dark"' in page
        assert "有人问是不是偏小。" in page
        assert "上身试穿" in page
