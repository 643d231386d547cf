"""Films of courses: told by their content, kept by their hash, played by who is in the course."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from app.accounts import queries as accounts
from app.core import clock
from app.core.db import db, transaction
from app.training.courses import authoring, classes, clearing
from app.training.courses.films import FilmError, check_captions, film_type, poster_type
from app.training.courses.models import Course, CourseMedia
from tests import cast
from tests.app.training.courses.test_courses import certified  # noqa: F401
from tests.conftest import NOON, csrf_token, sign_in

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:02.500\n先看库存。\n"
PIECE_BYTES = 64_000
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40)


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def track(handler: bytes, codec: bytes) -> bytes:
    samples = bytes(4) + (1).to_bytes(4, "big") + box(codec, bytes(20))
    media = box(b"hdlr", bytes(8) + handler + bytes(13))
    return box(b"trak", box(b"mdia", media + box(b"minf", box(b"stbl", box(b"stsd", samples)))))


def mp4(*tracks: bytes, data: bytes = bytes(100)) -> bytes:
    return box(b"ftyp", b"isom" + bytes(8)) + box(b"moov", b"".join(tracks)) + box(b"mdat", data)


def webm(codec: bytes = b"V_VP9") -> bytes:
    head = b"\x42\x86\x81\x01\x42\x82\x84webm"
    segment = b"\x16\x54\xae\x6b\x88" + codec.ljust(8)
    size = bytes([0x80 | len(segment)])
    return (
        b"\x1a\x45\xdf\xa3"
        + bytes([0x80 | len(head)])
        + head
        + b"\x18\x53\x80\x67"
        + size
        + segment
    )


GOOD = mp4(track(b"soun", b"mp4a"), track(b"vide", b"avc1"))


class TestFilmType:
    def test_tells_by_content(self):
        assert film_type(io.BytesIO(GOOD)) == "video/mp4"
        assert film_type(io.BytesIO(webm())) == "video/webm"

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            pytest.param(b"<html>not a film</html>", "film_type", id="html"),
            pytest.param(b"", "film_type", id="empty"),
            pytest.param(GOOD[:-1], "film_broken", id="cut-off"),
            pytest.param(GOOD + b"\x00\x00", "film_broken", id="rest-behind"),
            pytest.param(box(b"ftyp", b"isom") + box(b"mdat", b"x"), "film_broken", id="no-index"),
            pytest.param(mp4(track(b"soun", b"mp4a")), "film_type", id="sound-alone"),
            pytest.param(mp4(track(b"vide", b"hvc1")), "film_codec", id="hevc"),
            pytest.param(webm()[:-2], "film_broken", id="webm-cut-off"),
            pytest.param(webm(b"V_THEORA"), "film_codec", id="webm-codec"),
            pytest.param(webm().replace(b"webm", b"mkv!"), "film_type", id="matroska"),
            pytest.param(b"\x1a\x45\xdf\xa3", "film_broken", id="webm-head-alone"),
        ],
    )
    def test_refuses_what_would_not_play(self, data, code):
        with pytest.raises(FilmError) as caught:
            film_type(io.BytesIO(data))

        assert caught.value.code == code

    def test_a_box_that_names_no_length_ends_with_the_file(self):
        open_end = GOOD[:-108] + bytes(4) + b"mdat" + bytes(100)

        assert film_type(io.BytesIO(open_end)) == "video/mp4"


class TestCaptionsAndPoster:
    def test_counts_cues(self):
        assert check_captions(CAPTIONS.encode()) == 1
        long = "\ufeffWEBVTT - 返场\r\n\r\n01:00:00.000 --> 01:00:01.000 line:0\r\n好\r\n"
        assert check_captions(long.encode()) == 1

    @pytest.mark.parametrize(
        "text",
        [
            "1\n00:00:00,000 --> 00:00:02,500\nsrt\n",
            "WEBVTT\n\n",
            "WEBVTT\n\n00:02.000 --> 00:01.000\n倒着\n",
            "WEBVTT\n\n00:00:00,000 --> 00:00:02,500\n逗号\n",
        ],
        ids=["srt", "no-cue", "backwards", "comma"],
    )
    def test_refuses_what_is_no_webvtt(self, text):
        with pytest.raises(FilmError, match="film_captions"):
            check_captions(text.encode())

    def test_a_poster_is_a_picture(self):
        assert poster_type(PICTURE) == "image/png"
        with pytest.raises(FilmError, match="film_poster"):
            poster_type(b"GIF89a")


@pytest.fixture
def course(certified, app):  # noqa: F811
    """Bob's course, Alice in its cohort."""
    with transaction() as db_session:
        bob, alice = (
            accounts.person_of_account_or_none(db_session, one.account)
            for one in (cast.BOB, cast.ALICE)
        )
        course = authoring.add_course(
            db_session, bob, title="返场", summary="看完会排返场", level="junior", now=NOON
        )
        text = {"kind": "text", "title": "讲义", "text": "返场之前先看库存，再看人。"}
        authoring.add_part(db_session, course, text)
        authoring.publish_course(db_session, course, actor="person:bob", now=NOON)
        cohort = authoring.open_cohort(
            db_session,
            course,
            title="一班",
            seats=9,
            provider_code=None,
            actor="person:bob",
            now=NOON,
        )
        classes.join(db_session, cohort, course, alice.id, provider_codes=(), now=NOON)
        return course.public_id, cohort.public_id


def upload(client, course_id, film=GOOD, **files):
    data = {"csrf_token": csrf_token(client), "title": "返场示范"}
    for name, content in {"film": film, **files}.items():
        data[name] = (io.BytesIO(content), f"{name}.bin")
    return client.post(f"/training/courses/teach/{course_id}/films", data=data)


def got(client, address, **more):
    """Return an answer that was read to its end and closed."""
    answer = client.get(address, **more)
    answer.get_data()
    answer.close()
    return answer


def kept_files(app):
    folder = Path(app.config["SETTINGS"].instance_dir) / "media"
    return [one for one in folder.rglob("*") if one.is_file()]


class TestUpload:
    def test_a_member_plays_it_piece_by_piece_and_nobody_else_does(
        self, course, app, as_alice, as_erin, monkeypatch
    ):
        as_bob = sign_in(app, cast.BOB)
        app.config["MAX_CONTENT_LENGTH"] = 100_000  # of every other form
        monkeypatch.setattr("app.training.courses.film_routes.PIECE_BYTES", PIECE_BYTES)
        film = mp4(track(b"vide", b"avc1"), data=bytes(range(250)) * 800)
        sent = upload(as_bob, course[0], film, captions=CAPTIONS.encode(), poster=PICTURE)
        assert sent.status_code == 303
        with transaction() as db_session:
            part = db_session.query(Course).one().parts[-1]
        address = f"/training/courses/media/{part['film']}"

        page = as_alice.get(f"/training/courses/cohorts/{course[1]}").text
        assert f'src="{address}"' in page
        assert f'src="/training/courses/media/{part["captions"]}" default' in page
        first = got(as_alice, address, headers={"Range": "bytes=0-"})
        assert (first.status_code, first.data) == (206, film[:PIECE_BYTES])
        assert first.headers["Content-Range"] == f"bytes 0-{PIECE_BYTES - 1}/{len(film)}"
        tail = as_alice.get(
            address, headers={"Range": "bytes=-5", "If-Range": first.headers["ETag"]}
        )
        assert (tail.status_code, tail.data) == (206, film[-5:])
        assert tail.content_type == "video/mp4"
        beyond = got(as_alice, address, headers={"Range": f"bytes={len(film)}-"})
        assert (beyond.status_code, beyond.headers["Content-Range"]) == (
            416,
            f"bytes */{len(film)}",
        )
        stale = got(as_alice, address, headers={"Range": "bytes=0-4", "If-Range": '"other"'})
        assert (stale.status_code, len(stale.data)) == (200, len(film))
        captions = got(as_alice, f"/training/courses/media/{part['captions']}")
        assert captions.text == CAPTIONS
        assert "media-src 'self'" in captions.headers["Content-Security-Policy"]
        assert as_erin.get(address).status_code == 404

    def test_what_is_taken_out_is_shown_no_more_and_can_be_deleted(self, course, app, as_alice):
        as_bob = sign_in(app, cast.BOB)
        upload(as_bob, course[0], captions=CAPTIONS.encode())
        with transaction() as db_session:
            part = db_session.query(Course).one().parts[-1]
        build = f"/training/courses/teach/{course[0]}"
        delete, form = f"{build}/films/{part['film']}/delete", {"csrf_token": csrf_token(as_bob)}
        assert as_bob.post(delete, data=form).status_code == 409
        assert as_alice.post(delete, data={"csrf_token": csrf_token(as_alice)}).status_code == 403

        with transaction() as db_session:
            authoring.drop_part(db_session, db_session.query(Course).one(), part["id"])

        assert as_alice.get(f"/training/courses/media/{part['film']}").status_code == 404
        assert delete in as_bob.get(build).text
        later = clock.now() + 2 * clearing.UNNAMED_FOR
        assert clearing.clear_shelf(app.config["SETTINGS"], now=later) == 0  # a row still stands
        assert as_bob.post(delete, data=form).status_code == 303
        assert as_bob.post(delete, data=form).status_code == 404
        assert delete not in as_bob.get(build).text

    def test_a_content_leaves_the_disk_when_no_course_needs_it(self, course, app):
        as_bob, settings = sign_in(app, cast.BOB), app.config["SETTINGS"]
        upload(as_bob, course[0])
        upload(as_bob, course[0], captions=CAPTIONS.encode())  # the same film, and captions
        later = clock.now() + 2 * clearing.UNNAMED_FOR

        def delete_last():
            with transaction() as db_session:
                found = db_session.query(Course).one()
                part = found.parts[-1]
                authoring.drop_part(db_session, found, part["id"])
                clearing.remove_upload(
                    db_session, found, part["film"], actor="person:bob", now=NOON
                )

        delete_last()
        assert clearing.clear_shelf(settings, now=later) == 1  # the captions; the film is named
        delete_last()
        assert clearing.clear_shelf(settings, now=clock.now()) == 0  # young: one may be coming in
        assert clearing.clear_shelf(settings, now=later) == 1
        assert kept_files(app) == []

    @pytest.mark.parametrize(
        ("files", "words"),
        [
            pytest.param({"film": GOOD[:-1]}, "视频不完整", id="cut-off"),
            pytest.param({"captions": b"1\n"}, "字幕要是 WebVTT", id="captions"),
            pytest.param({"poster": b"GIF89a"}, "封面要是", id="poster"),
        ],
    )
    def test_what_is_refused_leaves_nothing(self, course, app, files, words):
        refused = upload(sign_in(app, cast.BOB), course[0], **files)

        assert refused.status_code == 422
        assert words in refused.text
        assert db.session().query(CourseMedia).count() == 0
        assert kept_files(app) == []

    def test_somebody_elses_course_takes_none(self, course, app, as_carol, as_alice):
        assert upload(as_alice, course[0]).status_code == 403
        assert kept_files(app) == []

    def test_a_course_has_an_end(self, course, app, monkeypatch):
        monkeypatch.setattr("app.training.courses.screening.MOST_FILMS_OF_COURSE", 0)

        refused = upload(sign_in(app, cast.BOB), course[0])

        assert refused.status_code == 422
        assert "总量到上限" in refused.text
