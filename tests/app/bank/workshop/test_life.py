"""An item's life through the pages: written, read blind by two, tried out, used, replaced."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.bank import queries as bank
from app.bank.models import ItemVersion
from app.bank.services import publish_version
from app.core.audit.models import AuditChain, AuditEntry
from app.core.db import db, transaction
from question_bank.items import Item, ItemKind
from question_bank.loading import load_bank
from tests import cast
from tests.app.bank.workshop.conftest import text_of
from tests.conftest import NOON, sign_in
from tests.factories.rooms import publish_little_room
from tests.factories.workshop import AUTHOR, COORDINATOR, FIRST, SECOND, SINGLE, STEM


def versions():
    db.session.remove()
    rows = db.session().scalars(select(ItemVersion).order_by(ItemVersion.version)).all()
    return [(row.version, row.pool, row.retired_at is None) for row in rows]


def piloted(desks):
    public_id = desks(AUTHOR).submit()
    desks(FIRST).read(public_id)
    desks(SECOND).read(public_id)
    return public_id


class TestWholeLife:
    @pytest.mark.both_databases
    def test_two_acceptances_try_it_out_and_another_person_puts_it_into_use(self, desks):
        public_id = piloted(desks)
        assert versions() == [(1, "pilot", True)]
        assert len(bank.live_bank(db.session(), include_public=True)) == 0

        desks(COORDINATOR).post(
            f"/drafts/{public_id}/publish", {"reason": "试测 60 人，得分率 0.62"}
        )

        assert versions() == [(1, "pilot", False), (2, "exam", True)]
        live = next(iter(bank.live_bank(db.session(), include_public=False)))
        assert (live.stem, live.key, live.pool.value) == (STEM, ["b"], "exam")

    def test_a_new_version_is_read_again_and_replaces_the_one_in_use(self, desks):
        public_id = piloted(desks)
        desks(COORDINATOR).post(f"/drafts/{public_id}/publish", {"reason": "试测合格"})
        ref = next(iter(bank.live_bank(db.session(), include_public=False))).ref

        newer = desks(AUTHOR).post(f"/versions/{ref}").location.rpartition("/")[2]
        desks(AUTHOR).save(newer, {**SINGLE, "stem": STEM.replace("13%", "14%")})
        desks(AUTHOR).post(f"/drafts/{newer}/submit")
        for reader in (FIRST, SECOND):
            desks(reader).read(newer)
        assert versions()[1:] == [(2, "exam", True), (3, "pilot", True)]
        desks(COORDINATOR).post(f"/drafts/{newer}/publish", {"reason": "只改了一个数"})

        assert versions()[1:] == [(2, "exam", False), (3, "pilot", False), (4, "exam", True)]
        assert "已停用" in text_of(desks(COORDINATOR).get(f"/drafts/{public_id}"))
        page = desks(COORDINATOR).get(f"/items/{ref.partition('@')[0]}/versions", **{"from": "2"})
        assert "14%</ins>" in page.text

    def test_practice_needs_no_pilot(self, desks):
        public_id = desks(AUTHOR).submit({**SINGLE, "pool": "practice"})
        for reader in (FIRST, SECOND):
            desks(reader).read(public_id)
        assert versions() == []

        desks(COORDINATOR).post(f"/drafts/{public_id}/publish", {"reason": "练习题，不用试测"})

        assert versions() == [(1, "practice", True)]

    def test_a_return_starts_a_new_round_and_tells_the_author_why(self, desks):
        public_id = desks(AUTHOR).submit()
        desks(FIRST).read(public_id, {"selected": "a"}, "send_back")

        page = desks(AUTHOR).get(f"/drafts/{public_id}")

        assert "先补上人数" in page.text
        assert 'name="stem"' in page.text
        desks(AUTHOR).post(f"/drafts/{public_id}/submit")
        desks(FIRST).read(public_id)


class TestBlindReading:
    def test_the_key_is_not_on_the_page_before_the_answer(self, desks):
        public_id = desks(AUTHOR).submit()
        desks(FIRST).post(f"/drafts/{public_id}/open")

        blind = desks(FIRST).get(f"/drafts/{public_id}").text
        assert STEM in blind
        assert "把注意力问题当价格问题" not in blind
        assert "变的只是还愿意点的人" not in blind

        desks(FIRST).post(f"/drafts/{public_id}/solve", {"selected": "b"})
        assert "把注意力问题当价格问题" in desks(FIRST).get(f"/drafts/{public_id}").text

    def test_a_miss_cannot_be_accepted(self, desks):
        public_id = desks(AUTHOR).submit()
        desks(FIRST).post(f"/drafts/{public_id}/open")
        desks(FIRST).post(f"/drafts/{public_id}/solve", {"selected": "c"})

        page = desks(FIRST).post(f"/drafts/{public_id}/decide", {"verdict": "accept"}, status=409)

        assert "只能退回" in page.text

    def test_without_an_answer_nothing_is_stored(self, desks):
        public_id = desks(AUTHOR).submit()
        desks(FIRST).post(f"/drafts/{public_id}/open")
        desks(FIRST).post(f"/drafts/{public_id}/solve", {}, status=422)

        desks(FIRST).post(f"/drafts/{public_id}/solve", {"selected": "b"})

    def test_the_author_a_third_and_an_interested_person_do_not_read_it(self, desks):
        public_id = desks(AUTHOR).submit()
        desks(SECOND).post("/interests", {"kind": "topic", "topic": "live_ops"})
        desks(SECOND).post("/interests", {"kind": "person", "person": "nobody"}, status=422)
        desks(AUTHOR).post(f"/drafts/{public_id}/open", status=403)
        desks(SECOND).post(f"/drafts/{public_id}/open", status=403)
        assert "利益关系" in desks(SECOND).get(f"/drafts/{public_id}").text

        desks(FIRST).post(f"/drafts/{public_id}/open")
        desks(COORDINATOR).post(f"/drafts/{public_id}/open")
        carol = sign_in(db_app(desks), cast.CAROL)
        page = carol.get(f"/bank/workshop/drafts/{public_id}")
        assert STEM not in page.text

    def test_a_comment_bars_acceptance_until_it_is_settled(self, desks):
        public_id = desks(AUTHOR).submit()
        desks(FIRST).post(f"/drafts/{public_id}/open")
        desks(FIRST).post(f"/drafts/{public_id}/solve", {"selected": "b"})
        said = {"part": "choices.c", "text": "和 A 长短差太多"}
        anchor = desks(FIRST).post(f"/drafts/{public_id}/comments", said).location
        desks(FIRST).post(f"/drafts/{public_id}/comments", {"part": "choices.z"}, status=422)
        desks(FIRST).post(f"/drafts/{public_id}/decide", {"verdict": "accept"}, status=409)

        number = anchor.rpartition("-")[2]
        desks(AUTHOR).post(f"/drafts/{public_id}/comments/{number}/settle", {"text": "已改短"})
        desks(SECOND).post(f"/drafts/{public_id}/comments/{number}/settle", status=403)

        desks(FIRST).post(f"/drafts/{public_id}/decide", {"verdict": "accept"})
        assert "已改短" in desks(FIRST).get(f"/drafts/{public_id}").text

    def test_who_opened_and_who_saw_the_key_is_on_record(self, desks):
        public_id = desks(AUTHOR).submit()
        desks(FIRST).read(public_id)
        desks(FIRST).get(f"/drafts/{public_id}")

        rows = db.session().execute(
            select(AuditEntry.action)
            .join(AuditChain, AuditChain.id == AuditEntry.chain_id)
            .where(AuditChain.subject == f"draft:{public_id}")
            .order_by(AuditEntry.id)
        )
        acts = [row.action for row in rows]
        assert acts[-4:] == ["draft.opened", "draft.solved", "draft.accepted", "draft.viewed"]
        page = desks(COORDINATOR).get("/sights", item=public_id)
        assert "兰老师" in page.text


class TestEditor:
    def test_says_what_is_wrong_and_where(self, desks):
        public_id = desks(AUTHOR).begin({**SINGLE, "choices-0-mistake": "", "rationale": "太短"})

        found = desks(AUTHOR).save(public_id, {**SINGLE, "choices-0-mistake": ""}, 2).json

        assert "选项 A" in found["findings"]
        assert "每个错误选项都要写错因" in found["findings"]
        assert found["shown"]["item"]["choices"][1]["text"] == "换讲承接款，3 号留到返场"
        assert "key" not in found["shown"]["item"]

    def test_what_is_faulty_is_not_submitted(self, desks):
        public_id = desks(AUTHOR).begin({**SINGLE, "choices-1-is_key": ""})

        page = desks(AUTHOR).post(f"/drafts/{public_id}/submit", status=422)

        assert "单选题要选定一个正确答案" in page.text

    def test_an_older_page_loses_nothing_and_overwrites_nothing(self, desks):
        public_id = desks(AUTHOR).begin()  # revision 2 is stored
        other = {**SINGLE, "stem": STEM.replace("25", "35")}

        refused = desks(AUTHOR).save(public_id, other, 1, status=409).json

        assert refused["type"] == "draft_changed"
        assert refused["revision"] == 2
        assert "35</ins>" in refused["conflict"]
        assert desks(AUTHOR).save(public_id, SINGLE, 1).json["revision"] == 2  # nothing changed
        assert desks(AUTHOR).save(public_id, other, 2).json["revision"] == 3

    def test_rows_move_without_javascript(self, desks):
        public_id = desks(AUTHOR).begin()
        data = {**SINGLE, "revision": "2", "do": "up:choices:1"}

        page = desks(AUTHOR).post(f"/drafts/{public_id}", data, status=200)

        assert page.text.index("换讲承接款") < page.text.index("给 3 号再降 10 元")

    def test_somebody_elses_draft_is_not_there(self, desks):
        public_id = desks(AUTHOR).begin()

        assert desks(COORDINATOR).get(f"/drafts/{public_id}").status_code == 404
        desks(COORDINATOR).save(public_id, SINGLE, 2, status=403)
        desks(COORDINATOR).post(f"/drafts/{public_id}/submit", status=403)
        assert sign_in(db_app(desks), cast.ALICE).get("/bank/workshop").status_code == 403

    def test_the_text_view_takes_what_it_gave_and_refuses_what_it_cannot_hold(self, desks):
        public_id = desks(AUTHOR).begin()
        page = desks(AUTHOR).get(f"/drafts/{public_id}/yaml").text
        text = page.partition('spellcheck="false">')[2].partition("</textarea>")[0].strip()
        assert "skeleton: 讲解过久先换品" in text

        changed = text.replace("讲解过久先换品", "讲解过久就换品")
        desks(AUTHOR).post(f"/drafts/{public_id}/yaml", {"text": changed, "revision": 2})
        for bad in (f"{text}\nbudget: 3\n", "kind: [", "- a", "&a [*a]"):
            data = {"text": bad, "revision": 3}
            assert desks(AUTHOR).post(f"/drafts/{public_id}/yaml", data, status=422)

        assert "讲解过久就换品" in desks(AUTHOR).get(f"/drafts/{public_id}").text

    def test_a_near_duplicate_in_use_bars_submission(self, desks):
        first = piloted(desks)
        desks(COORDINATOR).post(f"/drafts/{first}/publish", {"reason": "试测合格"})
        twin = {**SINGLE, "stem": STEM.replace("25", "40"), "skeleton": "另一个骨架"}
        public_id = desks(AUTHOR).begin(twin)

        page = desks(AUTHOR).post(f"/drafts/{public_id}/submit", status=422)

        assert "换一个情境" in page.text


class TestOffice:
    def test_bulk_submits_what_is_ready_and_tells_what_is_not(self, desks):
        good = desks(AUTHOR).begin()
        bad = desks(AUTHOR).begin({**SINGLE, "stem": "短", "skeleton": "另一个骨架"})

        data = {"act": "submit", "draft": [good, bad]}
        desks(AUTHOR).post("/bulk", data)

        page = text_of(desks(AUTHOR).get(""))
        assert "已处理 1 份" in page
        assert "还有错误没有改好" in page

    def test_tags_and_saved_views_narrow_the_list(self, desks):
        public_id = desks(AUTHOR).begin()
        desks(AUTHOR).post("/bulk", {"act": "tag", "draft": [public_id], "tag": "返场，承接"})
        desks(AUTHOR).post("/views", {"name": "我的返场题", "query": "tag=返场&mine=1"})

        page = desks(AUTHOR).get("", tag="返场")

        assert public_id in page.text
        assert "我的返场题" in page.text
        assert public_id not in desks(AUTHOR).get("", tag="没有").text


@pytest.mark.parametrize("reason", ["", "短", "长" * 401])
def test_an_item_is_not_taken_out_of_use_without_a_reason(desks, reason):
    piloted(desks)
    ref = bank.pilot_items(db.session(), "junior")[0].ref

    desks(COORDINATOR).post(f"/versions/{ref}/retire", {"reason": reason}, status=422)

    assert versions() == [(1, "pilot", True)]


def test_what_is_published_is_what_was_read(desks):
    piloted(desks)

    item = bank.pilot_items(db.session(), "junior")[0]

    assert isinstance(item, Item)
    assert (item.stem, item.distractors["a"]) == (STEM, "把注意力问题当价格问题")


def db_app(desks):
    return desks(AUTHOR).client.application


@pytest.fixture(scope="module")
def shipped():
    """One shipped item of each kind, and one with drawn figures."""
    items = list(load_bank())
    drawn = next(item for item in items if item.parametric is not None)
    return {"drawn": drawn} | {item.kind.value: item for item in items if item.parametric is None}


@pytest.mark.parametrize("name", [*(kind.value for kind in ItemKind), "drawn"])
def test_every_kind_opens_in_the_editor_and_is_read_blind(desks, shipped, name):
    item = shipped[name]
    with transaction() as db_session:
        if item.room is not None:
            played = publish_little_room(db_session, now=NOON)
            room = item.room.model_copy(update={"scenario_ref": played.ref})
            item = item.model_copy(update={"room": room})
        publish_version(
            db_session,
            item.model_copy(update={"case_id": None, "enemies": []}),
            actor="cli:test",
            now=NOON,
        )
    db.session.remove()
    public_id = desks(AUTHOR).post(f"/versions/{item.ref}").location.rpartition("/")[2]
    editor = desks(AUTHOR).get(f"/drafts/{public_id}").text
    assert '"item_ref"' in editor.replace("&#34;", '"')  # the preview's data
    assert "可以提交" in editor
    if item.parametric is not None:
        assert desks(AUTHOR).get(f"/drafts/{public_id}/draws").text.count('class="stem"') == 20

    desks(AUTHOR).post(f"/drafts/{public_id}/submit")
    desks(FIRST).post(f"/drafts/{public_id}/open")
    blind = desks(FIRST).get(f"/drafts/{public_id}").text

    assert "提交答案，看解析" in blind
    assert item.rationale[:20] not in blind
    desks(FIRST).post(f"/drafts/{public_id}/solve", {}, status=422)
