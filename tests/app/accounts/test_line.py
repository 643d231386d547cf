"""The line before the sign-in: turns in order, none of them free of charge."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts import line as lines
from app.accounts.line import SignInLine, SignInLineError
from app.core import clock
from app.core.errors import RateLimitedError
from tests import cast
from tests.conftest import csrf_token

NOW_S = 1_800_000_000.0
HOME = "203.0.113.7"


@pytest.fixture
def line():
    """A line whose turns are 0.1 s apart."""
    found = SignInLine("a secret of the tests' own")
    found.cost_s = 0.1 * lines.SHARE / lines.BESIDES
    return found


def crowd(line, count, address=HOME):
    """Let so many come at once; returns what those are told who must wait."""
    told = []
    for _ in range(count):
        try:
            line.enter("", address, now_s=NOW_S)
        except SignInLineError as error:
            told.append(error)
    return told


def test_a_few_at_once_are_served_at_once(line):
    assert crowd(line, 5) == []


def test_who_must_wait_is_told_the_place_and_the_moment_in_order(line):
    told = crowd(line, 30)

    assert len(told) == 25
    assert [one.place for one in told] == list(range(5, 30))
    assert [one.retry_after_s for one in told] == sorted(one.retry_after_s for one in told)
    assert told[-1].retry_after_s == 3


def test_whose_turn_has_come_is_served_once_and_before_newcomers(line):
    waiting = crowd(line, 30)[0]

    with pytest.raises(SignInLineError) as early:
        line.enter(waiting.token, HOME, now_s=NOW_S)
    line.enter(waiting.token, HOME, now_s=NOW_S + 1)
    with pytest.raises(SignInLineError) as again:
        line.enter(waiting.token, HOME, now_s=NOW_S + 1)

    assert early.value.token == waiting.token
    assert again.value.token != waiting.token
    assert again.value.place > 10


def test_another_process_knows_the_place(line):
    other = SignInLine("a secret of the tests' own")
    waiting = crowd(line, 30)[-1]
    other.cost_s = line.cost_s
    crowd(other, 40)

    assert other.look(waiting.token, HOME, now_s=NOW_S + 3) == waiting.token


@pytest.mark.parametrize("token", ["", "nonsense", "WzEsIngiXQ.forged"], ids=str)
def test_a_forged_place_is_none(line, token):
    crowd(line, 30)

    with pytest.raises(SignInLineError) as told:
        line.enter(token, HOME, now_s=NOW_S)

    assert told.value.place == 30


def test_a_place_is_not_good_for_ever(line):
    waiting = crowd(line, 30)[0]
    late_s = NOW_S + 1 + lines.VALID_S + 1
    crowd_later = [line.look("", HOME, now_s=late_s) for _ in range(5)]

    with pytest.raises(SignInLineError):
        line.enter(waiting.token, HOME, now_s=late_s)
    assert len(set(crowd_later)) == 5


def test_a_flood_from_one_address_does_not_fill_the_line(line, monkeypatch):
    monkeypatch.setattr(lines, "MOST_OF_ADDRESS", 10)
    crowd(line, 15)

    with pytest.raises(RateLimitedError) as flooded:
        line.enter("", HOME, now_s=NOW_S)
    with pytest.raises(SignInLineError) as another:
        line.enter("", "198.51.100.9", now_s=NOW_S)

    assert not isinstance(flooded.value, SignInLineError)
    assert another.value.place == 15


def test_nobody_waits_longer_than_three_minutes(line, monkeypatch):
    monkeypatch.setattr(lines, "MOST_OF_ADDRESS", 10**6)
    told = crowd(line, 1790)

    assert told[-1].retry_after_s <= lines.LONGEST_WAIT_S
    with pytest.raises(RateLimitedError):
        for _ in range(30):
            crowd(line, 1)


def test_cheap_checks_make_a_fast_line(line):
    for _ in range(100):
        with line.measured():
            pass

    assert line.step_s < 0.001


class TestSignIn:
    """The sign-in itself, when the process has as much to do as it can bear."""

    @pytest.fixture
    def pass_time(self, monkeypatch):
        """Let seconds pass; nothing else makes time go on."""
        held = {"now": clock.now()}
        monkeypatch.setattr(clock, "now", lambda: held["now"])

        def go_on(seconds):
            held["now"] += timedelta(seconds=seconds)

        return go_on

    @pytest.fixture
    def turn_in(self, app, pass_time):
        """Let the next turn be so many seconds away."""

        def set_turn(seconds):
            app.extensions["sign_in_line"]._next_s = clock.now().timestamp() + seconds

        return set_turn

    def send(self, client, path="/sign-in", **headers):
        data = {"account": cast.ALICE.account, "password": cast.PASSWORD}
        data["csrf_token"] = csrf_token(client)
        return client.post(path, data=data, headers=headers)

    def test_waits_visibly_and_goes_on_when_the_turn_has_come(self, turn_in, pass_time, stranger):
        turn_in(1.0)

        told = self.send(stranger)
        pass_time(1)
        served = self.send(stranger)

        assert (told.status_code, told.headers["Retry-After"]) == (429, "1")
        assert int(told.headers["X-Queue"]) >= 1
        assert "前面还有约" in told.text
        assert cast.PASSWORD not in told.text
        assert served.status_code == 303

    def test_a_program_is_told_the_same(self, turn_in, stranger):
        turn_in(60.0)

        told = self.send(stranger, Accept="application/json")

        assert told.status_code == 429
        assert told.json["type"] == "sign_in_line"
        assert told.json["retry_after_s"] == 60
        assert told.json["place"] == int(told.headers["X-Queue"])

    def test_the_page_asks_for_its_turn_before_it_sends_the_password(
        self, turn_in, pass_time, stranger
    ):
        turn_in(1.0)

        waiting = self.send(stranger, "/sign-in/line", Accept="application/json")
        pass_time(1)
        admitted = self.send(stranger, "/sign-in/line", Accept="application/json")
        turn_in(60.0)  # others came meanwhile: the place is kept
        served = self.send(stranger)

        assert waiting.status_code == 429
        assert (admitted.status_code, admitted.json) == (200, {"place": 0})
        assert served.status_code == 303

    def test_who_waits_is_not_counted_as_guessing(self, turn_in, stranger):
        turn_in(60.0)
        for _ in range(8):
            assert self.send(stranger).headers["X-Queue"]
        turn_in(0.0)
        stranger.delete_cookie("caopan-line")

        assert self.send(stranger).status_code == 303
