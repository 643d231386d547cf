"""A body that does not come holds no turn; nothing else about a request changes."""

from __future__ import annotations

import io
import threading

from app.core.bodies import Bodies

MOST = 100


class SlowBody:
    """A body that comes when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.is_awaited = threading.Event()

    def read(self, size: int) -> bytes:
        self.is_awaited.set()
        assert self.go.wait(10)
        return b"x" * size


def echo(environ, start_response):
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def asked(app, body, length: str) -> bytes:
    environ = {"PATH_INFO": "/", "wsgi.input": body, "CONTENT_LENGTH": length}
    return b"".join(app(environ, lambda *_: None))


def test_a_request_is_answered_beside_a_body_that_does_not_come():
    app, slow, answers = Bodies(echo, turns=1, most_bytes=MOST), SlowBody(), []
    waiting = threading.Thread(target=lambda: answers.append(asked(app, slow, "3")))
    waiting.start()
    assert slow.is_awaited.wait(10)

    assert asked(app, io.BytesIO(b"ready"), "5") == b"ready"
    assert answers == []

    slow.go.set()
    waiting.join(10)
    assert answers == [b"xxx"]


def test_no_more_work_at_once_than_there_are_turns():
    inside, most, lock = [0], [0], threading.Lock()

    def work(environ, start_response):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        threading.Event().wait(0.01)
        with lock:
            inside[0] -= 1
        return []

    app = Bodies(work, turns=2, most_bytes=MOST)
    threads = [threading.Thread(target=asked, args=(app, io.BytesIO(), "")) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)

    assert most == [2]


def test_a_body_that_is_too_long_is_left_to_the_application():
    body = SlowBody()  # reading it would wait

    app = Bodies(lambda environ, start: [b"refused"], turns=1, most_bytes=MOST)

    assert asked(app, body, str(MOST + 1)) == b"refused"
    assert not body.is_awaited.is_set()
