"""Real sessions: uploaded, read by columns, fitted, seen by their organisation alone."""

import io
import json

import pytest
import yaml
from openpyxl import Workbook

from app.core import clock
from app.core.db import db, transaction
from app.providers.models import Provider, ProviderManager
from app.recordings import services
from app.recordings.models import SessionRecording, Stage
from app.recordings.reading import read_table
from app.studio.drafts.models import ScenarioDraft
from app.studio.services import publish_scenarios, store_finding
from simulations.loading import parse_scenario, shipped_scenarios
from simulations.recordings import RecordingError
from simulations.studies import study_path
from tests import cast
from tests.conftest import csrf_token

HEADINGS = [
    "统计时间",
    "实时在线",
    "关注页",
    "推荐",
    "付费流量",
    "支付金额(元)",
    "商品名称",
    "到手价",
    "消耗",
]
BASE = "f1-demo"


def table_rows(count=40):
    """Return a small session: two products in turn, a steady flow, an order now and then."""
    rows = []
    for at in range(count):
        product, price = ("牛仔裤", 79) if at // 10 % 2 == 0 else ("开衫", 69)
        sold = 2 if at % 3 == 0 else 1
        rows.append([f"20:{at:02}", 150, 8, 70, 6, sold * price, product, price, 3])
    return rows


def csv_of(rows, headings=HEADINGS):
    lines = [",".join(map(str, one)) for one in [headings, *rows]]
    return "\n".join(lines).encode("gb18030")


def upload(client, data, name="session.csv", title="周五晚场"):
    form = {
        "csrf_token": csrf_token(client),
        "title": title,
        "base": f"{BASE}@1",
        "file": (io.BytesIO(data), name),
    }
    return client.post("/recordings", data=form, content_type="multipart/form-data")


def columns(client, where, **changes):
    form = dict(zip(MAPPED, HEADINGS, strict=True)) | {"csrf_token": csrf_token(client)} | changes
    return client.post(where, data=form)


MAPPED = ["minute", "online", "fans", "public", "paid", "gmv", "product", "price", "spend"]


@pytest.fixture
def base(app):
    with transaction() as db_session:
        publish_scenarios(
            db_session, [shipped_scenarios()[BASE]], is_public=True, actor="test", now=clock.now()
        )


@pytest.fixture
def measured(base):
    """The base room with its reference, by which drafts of its twins are measured."""
    room = shipped_scenarios()[BASE]
    with transaction() as db_session:
        store_finding(
            db_session,
            room.content_hash(),
            "reference",
            json.loads(study_path(room, "reference").read_text("utf-8")),
            engine_version="1",
            now=clock.now(),
        )


@pytest.fixture
def uploaded(base, as_dave):
    """Dave's session, its columns still open; returns the address of its columns."""
    answer = upload(as_dave, csv_of(table_rows()))
    assert answer.status_code == 303
    return answer.location


def only():
    return db.session().query(SessionRecording).one()


class TestReading:
    def test_a_workbook_and_a_csv_say_the_same(self):
        book = Workbook()
        book.active.append(["某工具 分钟数据"])
        for row in [HEADINGS, *table_rows()]:
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)

        from_book, from_csv = read_table(stream.getvalue()), read_table(csv_of(table_rows()))

        assert from_book.headings == from_csv.headings
        assert [cells for _, cells in from_book.rows] == [cells for _, cells in from_csv.rows]
        assert from_book.rows[0][0] == from_csv.rows[0][0] + 1  # the title's row counts

    @pytest.mark.parametrize("sign", [";", "\t"])
    def test_cells_may_be_parted_by_other_signs(self, sign):
        data = csv_of(table_rows())
        other = data.decode("gb18030").replace(",", sign).encode("gb18030")

        assert read_table(other) == read_table(data)

    def test_a_formula_names_its_row(self):
        book = Workbook()
        for row in [HEADINGS, *table_rows()]:
            book.active.append(row)
        book.active["B5"] = "=SUM(1,2)"
        stream = io.BytesIO()
        book.save(stream)

        with pytest.raises(RecordingError) as caught:
            read_table(stream.getvalue())
        assert [(one.code, one.row) for one in caught.value.faults] == [("formula", 5)]

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b" ", "empty"),
            (b"\xd0\xcf\x11\xe0rest", "old_workbook"),
            (b"PK\x03\x04rest", "bad_workbook"),
            ("时间,在线\n1,2".encode(), "no_headings"),
            (b"\xff\xfe\x00\x01\x00", "not_text"),
            (csv_of([], [*HEADINGS, HEADINGS[0]]), "heading_twice"),
            (csv_of([]), "no_rows"),
        ],
        ids=["empty", "old", "bad", "few-headings", "utf16", "twice", "no-rows"],
    )
    def test_bad_files(self, data, code):
        with pytest.raises(RecordingError) as caught:
            read_table(data)
        assert caught.value.faults[0].code == code


class TestUpload:
    def test_the_guess_stands_in_the_form(self, uploaded, as_dave):
        page = as_dave.get(uploaded).get_data(as_text=True)

        assert '<option value="支付金额(元)" selected>' in page

    def test_a_bad_cell_is_told_by_row_and_nothing_changes(self, base, as_dave):
        rows = table_rows()
        rows[6][1] = "很多"
        where = upload(as_dave, csv_of(rows)).location

        answer = columns(as_dave, where)

        assert answer.status_code == 422
        assert "第 8 行“在线人数”" in answer.get_data(as_text=True)
        assert only().stage == Stage.COLUMNS
        assert only().minutes is None

    def test_a_file_that_is_none_keeps_nothing(self, base, as_dave):
        assert upload(as_dave, b"PK\x03\x04rest", "a.xlsx").status_code == 422
        assert db.session().query(SessionRecording).count() == 0


class TestFit:
    def test_from_upload_to_a_scenario_file(self, uploaded, as_dave):
        where = columns(as_dave, uploaded).location
        assert "正在拟合" in as_dave.get(where).get_data(as_text=True)
        assert as_dave.get(f"{where}/scenario.yaml").status_code == 409

        assert services.fit_waiting(clock.now()) == 1

        page = as_dave.get(where).get_data(as_text=True)
        assert "从这一场学到什么" in page
        body = yaml.safe_load(as_dave.get(f"{where}/scenario.yaml").data)
        room = parse_scenario(body)
        assert [one.name for one in room.products] == ["牛仔裤", "开衫"]
        assert room.exposure == "secure"

    def test_an_expert_begins_a_draft_that_is_his_alone(self, measured, as_carol, app):
        where = columns(as_carol, upload(as_carol, csv_of(table_rows())).location).location
        services.fit_waiting(clock.now())

        answer = as_carol.post(f"{where}/draft", data={"csrf_token": csrf_token(as_carol)})

        assert answer.status_code == 303
        db.session().rollback()  # the fit read before the draft was made
        draft = db.session().query(ScenarioDraft).one()
        assert draft.organisation
        assert draft.body["products"][0]["name"] == "牛仔裤"

    def test_a_manager_plays_the_one_twin_of_each_recording(
        self, measured, uploaded, as_dave, as_erin
    ):
        where = columns(as_dave, uploaded).location
        services.fit_waiting(clock.now())
        form = {"csrf_token": csrf_token(as_dave)}

        made = as_dave.post(f"{where}/draft", data=form)
        again = as_dave.post(f"{where}/draft", data=form)

        assert made.location.startswith("/playtests/of/")
        assert again.location == made.location
        begun = as_dave.post(made.location, data={**form, "player": "house", "minute": "0"})
        assert begun.status_code == 303
        assert 'id="cockpit"' in as_dave.get(begun.location).text
        editor = made.location.replace("/playtests/of", "/studio/drafts")
        assert as_dave.get(editor).status_code == 403
        assert as_erin.get(made.location).status_code == 404
        assert as_erin.get(begun.location).status_code == 404
        theirs = {"csrf_token": csrf_token(as_erin)}
        assert as_erin.post(f"{where}/draft", data=theirs).status_code == 404

    def test_what_was_deleted_meanwhile_stays_deleted(self, uploaded, as_dave, monkeypatch):
        columns(as_dave, uploaded)

        def delete_instead(*args, **kwargs):
            with transaction() as db_session:
                db_session.delete(db_session.query(SessionRecording).one())
            raise ValueError("no room")

        monkeypatch.setattr(services, "fit", delete_instead)

        services.fit_waiting(clock.now())

        assert db.session().query(SessionRecording).count() == 0

    def test_a_session_that_no_room_fits_says_so(self, uploaded, as_dave, monkeypatch):
        where = columns(as_dave, uploaded).location
        monkeypatch.setattr(services, "fit", lambda *a, **k: (_ for _ in ()).throw(ValueError("x")))

        services.fit_waiting(clock.now())

        assert "拟合不出" in as_dave.get(where).get_data(as_text=True)


class TestWhoSees:
    PARTS = ("", "/columns", "/scenario.yaml")

    @pytest.mark.parametrize("part", PARTS)
    def test_nobody_else_not_even_the_committee(self, uploaded, as_erin, as_carol, part):
        where = uploaded.removesuffix("/columns") + part

        assert as_erin.get(where).status_code == 404
        assert as_carol.get(where).status_code == 404

    def test_nobody_else_may_change_or_delete(self, uploaded, as_erin):
        token = {"csrf_token": csrf_token(as_erin)}

        assert as_erin.post(uploaded, data=token).status_code == 404
        where = uploaded.removesuffix("/columns") + "/delete"
        assert as_erin.post(where, data=token).status_code == 404
        assert only().title == "周五晚场"

    def test_not_in_anothers_list(self, uploaded, as_erin):
        assert "周五晚场" not in as_erin.get("/recordings").get_data(as_text=True)

    def test_a_candidate_has_no_business_here(self, base, as_alice):
        assert as_alice.get("/recordings").status_code == 403

    def test_a_colleague_who_manages_the_same_provider_sees_it(
        self, base, person_of, as_dave, as_erin
    ):
        with transaction() as db_session:
            provider = Provider(
                code="P-1",
                name="测试服务商",
                city="杭州",
                field="mcn",
                tier="quality",
                joined_on=clock.now().date(),
            )
            db_session.add(provider)
            db_session.flush()
            db_session.add_all(
                ProviderManager(
                    provider_id=provider.id, person_id=person_of(who).id, since=clock.now()
                )
                for who in (cast.DAVE, cast.ERIN)
            )
        where = upload(as_dave, csv_of(table_rows())).location

        assert as_erin.get(where).status_code == 200

    def test_deleting_leaves_nothing_but_the_record(self, uploaded, as_dave):
        where = uploaded.removesuffix("/columns") + "/delete"

        assert as_dave.post(where, data={"csrf_token": csrf_token(as_dave)}).status_code == 303
        assert db.session().query(SessionRecording).count() == 0
