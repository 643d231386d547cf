"""A blueprint's next version: typed in rows, checked against the bank, published by two."""

from __future__ import annotations

import copy
import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from app.bank import blueprint_queries
from app.bank import queries as bank
from app.bank.models import BlueprintVersion, ItemCalibration
from app.bank.services import publish_bank
from app.core.db import db, transaction
from app.core.errors import InvalidInputError, SecondPersonRequiredError
from app.exams import drawing
from app.programmes.blueprints import checking, drafting
from question_bank.blueprints import SELECTORS
from question_bank.interchange.qti.usage import Figure, ItemUsage, usage_data
from tests import cast
from tests.conftest import NOON, csrf_token, sign_in
from tests.factories.bank import LITTLE_BLUEPRINT, little_bank
from tests.factories.certification import add_attempt, publish_little_programme
from tests.factories.workshop import AUTHOR, COORDINATOR, FIRST, add_people

WRITER, SECOND = "person:writer", "person:second"


def publish(db_session):
    """Publish the little bank and its blueprint, as a committee's own."""
    publish_bank(
        db_session, little_bank(), [LITTLE_BLUEPRINT], is_public=False, actor="cli:t", now=NOON
    )


@pytest.fixture
def published(app, db_session):
    publish(db_session)


@pytest.fixture
def draft(published, db_session):
    return drafting.open_draft(db_session, "little", actor=WRITER, now=NOON)


def checked(db_session, draft):
    return checking.checked_body(db_session, draft.body, draft.revision, include_public=False)


def save(db_session, draft, *, actor=WRITER, revision=None, **changes):
    body = copy.deepcopy(draft.body) | changes
    drafting.save_draft(
        db_session, draft, body, revision=revision or draft.revision, actor=actor, now=NOON
    )


def propose(db_session, draft, found=None):
    found = found or checked(db_session, draft)
    drafting.propose(db_session, draft, found, actor=WRITER, now=NOON, comment="because")


class TestDrafts:
    def test_a_new_version_leaves_the_published_one_as_it_was(self, db_session, draft):
        before = bank.blueprint_of(db_session, "little@1")
        save(db_session, draft, item_count=7)
        propose(db_session, draft)

        drafting.approve(db_session, draft, checked(db_session, draft), actor=SECOND, now=NOON)

        assert bank.blueprint_of(db_session, "little@1") == before == LITTLE_BLUEPRINT
        assert bank.blueprint_of(db_session, "little@2").item_count == 7
        assert len(drawing.draw_form(db_session, "little@1", include_public=False).items) == 6
        assert len(drawing.draw_form(db_session, "little@2", include_public=False).items) == 7

    def test_nobody_approves_what_they_wrote(self, db_session, draft):
        save(db_session, draft, item_count=7, actor=SECOND)
        propose(db_session, draft)

        assert drafting.waiting_count(db_session, "person:third") == 1
        for actor in (WRITER, SECOND):
            assert drafting.waiting_count(db_session, actor) == 0
            with pytest.raises(SecondPersonRequiredError):
                drafting.approve(
                    db_session, draft, checked(db_session, draft), actor=actor, now=NOON
                )
        assert len(blueprint_queries.blueprint_versions(db_session, "little")) == 1

    def test_what_no_form_can_be_drawn_by_goes_nowhere(self, db_session, draft):
        save(db_session, draft, quotas=[{"kind": "numeric", "least": 3}])
        found = checked(db_session, draft)

        with pytest.raises(drafting.BlueprintUnfitError):
            propose(db_session, draft, found)

        assert [one.short for one in found.feasibility.shortfalls] == [1.0]
        assert draft.state == "draft"

    @pytest.mark.parametrize(
        ("changes", "part", "code"),
        [
            ({"item_count": "many"}, "item_count", "int_parsing"),
            ({"quotas": [{"least": 3, "most": 1}]}, "quotas", "bounds"),
            ({"sections": [{"title": "一"}]}, "sections", "one_section"),
            ({"must_include": ["nobody-knows"]}, "must_include", "unknown_items"),
            ({"enemies": [["single-0"]]}, "enemies", "lonely_enemy"),
        ],
        ids=["figure", "bounds", "section", "unknown", "enemy"],
    )
    def test_faults_are_told_with_their_place(self, db_session, draft, changes, part, code):
        save(db_session, draft, **changes)

        found = checked(db_session, draft)

        assert [(one.part, one.code) for one in found.faults] == [(part, code)]
        assert not found.is_fit

    def test_a_check_of_another_revision_counts_for_nothing(self, db_session, draft):
        found = checked(db_session, draft)
        save(db_session, draft, quotas=[{"kind": "numeric", "least": 3}])

        with pytest.raises(drafting.BlueprintDraftChangedError):
            propose(db_session, draft, found)
        with pytest.raises(drafting.BlueprintDraftChangedError):
            save(db_session, draft, revision=1, item_count=9)

    def test_the_id_of_a_new_one_is_free_and_kebab_case(self, db_session, draft):
        first = {"like": "little", "title": "新卷", "actor": WRITER, "now": NOON}

        with pytest.raises(drafting.BlueprintExistsError):
            drafting.open_first_draft(db_session, "little", **first)
        with pytest.raises(InvalidInputError):
            drafting.open_first_draft(db_session, "Little one", **first)
        new = drafting.open_first_draft(db_session, "little-new", **first)
        with pytest.raises(drafting.BlueprintExistsError):
            drafting.open_first_draft(db_session, "little-new", **first)
        assert (new.body["id"], new.body["version"]) == ("little-new", 1)


class TestAvoiding:
    def test_looks_back_as_far_as_the_blueprint_says(self, app, db_session, person_of, published):
        programme, person_id = (
            publish_little_programme(db_session, now=NOON),
            person_of(cast.ALICE).id,
        )
        for day, item in enumerate(("single-0", "single-1")):
            at = NOON + timedelta(days=day)
            attempt = add_attempt(
                db_session, person_id, 0.9, at=at, programme=programme, tell=False
            )
            attempt.form = [[f"{item}@1", []]]
        body = LITTLE_BLUEPRINT.model_dump(mode="json") | {"version": 2, "avoid_sittings": 2}
        row = BlueprintVersion(blueprint_id="little", version=2, body=body, published_at=NOON)
        db_session.add(row)
        db_session.flush()

        assert drawing.last_seen_items(db_session, person_id, "little@1") == {"single-1"}
        assert drawing.last_seen_items(db_session, person_id, "little@2") == {
            "single-0",
            "single-1",
        }


@pytest.fixture
def members(app, password_hash):
    """Browsers of two committee members and a reviewer."""
    with transaction() as db_session:
        publish(db_session)
        add_people(db_session, password_hash, now=NOON)
    db.session.remove()
    return {one: sign_in(app, one) for one in (AUTHOR, COORDINATOR, FIRST)}


def rows(*quotas: dict[str, str]) -> dict[str, list[str]]:
    names = (*SELECTORS, "least", "most")
    return {f"q_{name}": [one.get(name, "") for one in quotas] for name in names}


FORM = {"title": "小卷", "item_count": "6", "avoid_sittings": "1"}


class TestPages:
    def test_two_people_take_a_blueprint_to_its_next_version(self, members):
        author, second = members[AUTHOR], members[COORDINATOR]
        begun = author.post(
            "/office/blueprints/little/drafts", data={"csrf_token": csrf_token(author)}
        )
        url = begun.location
        typed = FORM | rows({"kind": "numeric", "least": "3", "most": ""}, {})
        unfit = author.post(f"{url}/check", data={"csrf_token": csrf_token(author), **typed})
        assert "数值：要 3 道，可用 2 道，还差 1 道" in unfit.text
        typed = FORM | rows({"kind": "numeric", "in_case": "no", "least": "2", "most": "2"}, {})
        typed |= {"revision": "1", "enemies": "single-0 single-1", "max_exposure": "40"}

        author.post(url, data={"csrf_token": csrf_token(author), **typed})
        page = author.get(url)
        said = {"csrf_token": csrf_token(author), "comment": "数值题两道就够"}
        own = author.post(f"{url}/propose", data=said)
        refused = author.post(f"{url}/approve", data={"csrf_token": csrf_token(author)})
        done = second.post(f"{url}/approve", data={"csrf_token": csrf_token(second)})

        assert "组得出卷" in page.text
        assert "2 到 2 道" in page.text
        assert (own.status_code, refused.status_code, done.status_code) == (303, 403, 303)
        db.session.remove()
        new = bank.blueprint_of(db.session(), "little@2")
        assert [(one.name, one.least, one.most) for one in new.quotas] == [
            ("kind=numeric × in_case=False", 2, 2)
        ]
        assert (new.enemies, new.max_exposure) == ([["single-0", "single-1"]], 0.4)
        diff = re.sub(r"<[^>]+>|\s+", " ", second.get("/office/blueprints/little/versions").text)
        assert "互斥组" in diff
        assert "single-0 · single-1" in diff

    def test_what_was_typed_is_kept_and_said_to_be_no_figure(self, members):
        author = members[AUTHOR]
        token = csrf_token(author)
        url = author.post("/office/blueprints/little/drafts", data={"csrf_token": token}).location
        typed = FORM | {"item_count": "六", "revision": "1"} | rows({})

        saved = author.post(url, data={"csrf_token": token, **typed}, follow_redirects=True)
        said = {"csrf_token": token, "comment": "提交"}
        refused = author.post(f"{url}/propose", data=said)

        assert 'value="六"' in saved.text
        assert "题数：要填整数" in saved.text
        assert refused.status_code == 409
        stale = author.post(url, data={"csrf_token": token, **typed, "item_count": "7"})
        assert stale.status_code == 409
        assert "刚刚被别人保存过" in stale.text

    def test_reviewers_read_and_do_not_write(self, members):
        author, reader = members[AUTHOR], members[FIRST]
        token = csrf_token(author)
        url = author.post("/office/blueprints/little/drafts", data={"csrf_token": token}).location
        said = {"csrf_token": csrf_token(reader), "comment": "不用了", **FORM}

        assert reader.get(url).status_code == 200
        for path in (url, f"{url}/check", f"{url}/discard", "/office/blueprints/new"):
            assert reader.post(path, data=said).status_code == 403
        assert author.get("/office/blueprints/nothing/versions").status_code == 404


def usage_file(*refs: str, count: int = 800, a: float = 1.1) -> bytes:
    items = [
        ItemUsage(ref, count, {"irt_a": Figure(a, 0.1), "irt_b": Figure(-0.2, 0.1)}) for ref in refs
    ]
    return usage_data(items, context="https://x/", glossary="https://x/", day=NOON.date())


class TestCalibrations:
    def send(self, client, data: bytes):
        fields = {"csrf_token": csrf_token(client), "level": "junior", "note": "2026 春季，2PL"}
        fields["file"] = (BytesIO(data), "usage.xml")
        return client.post("/office/blueprints/calibrations", data=fields)

    def test_a_file_of_our_own_comes_back_and_tells_the_information(self, members):
        author = members[AUTHOR]
        refs = sorted(one.ref for one in little_bank())

        page = self.send(author, usage_file(*refs, "stranger@1"))

        assert page.status_code == 303
        shown = author.get("/office/blueprints/calibrations").text
        assert "在用" in shown
        assert "2026 春季，2PL" in shown
        match = {"expected_fraction": 0.5}
        matched = LITTLE_BLUEPRINT.model_copy(update={"match": None})
        matched = type(matched).model_validate(matched.model_dump(mode="json") | {"match": match})
        found = blueprint_queries.cut_information(db.session(), matched)
        assert set(found) == {one.id for one in little_bank()}
        assert found["single-0"] == pytest.approx(1.1**2 / 4)

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"<usageData>", "line 1"),
            (b'<!DOCTYPE x [<!ENTITY e "e">]><usageData>&amp;</usageData>', "not allowed"),
            (b"<other/>", "&lt;other&gt; instead of"),
            (usage_file("single-0@1", count=20), "每题至少 200 人"),
            (usage_file("single-0@1", a=99.0), "没有这个级别可用的参数"),
        ],
        ids=["broken", "entity", "other", "few", "slope"],
    )
    def test_what_cannot_be_used_changes_nothing(self, members, data, told):
        page = self.send(members[AUTHOR], data)

        assert page.status_code == 422
        assert told in page.text
        count = select(func.count()).select_from(ItemCalibration)
        assert db.session().scalar(count) == 0
