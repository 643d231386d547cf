"""The people of the tests: Alice sits exams, Bob must not see hers, Carol examines."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts.roles import Role

PASSWORD = "sesame-open-7"


@dataclass(frozen=True)
class CastMember:
    name: str
    account: str
    roles: tuple[Role, ...]
    number: str = ""


ALICE = CastMember("Alice", "alice@example.cn", (Role.CANDIDATE,), "11010519491231002X")
BOB = CastMember("Bob", "bob@example.cn", (Role.CANDIDATE,), "440524188001010014")
CAROL = CastMember("Carol", "carol@example.cn", (Role.EXAMINER, Role.COMMITTEE_MEMBER))
DAVE = CastMember("Dave", "dave@example.cn", (Role.PROVIDER_MANAGER,))
ERIN = CastMember("Erin", "erin@example.cn", (Role.PROVIDER_MANAGER,))
SYS = CastMember("Sys", "sys@example.cn", (Role.SYSTEM_ADMIN,))
SEC = CastMember("Sec", "sec@example.cn", (Role.SECURITY_ADMIN,))
AUD = CastMember("Aud", "aud@example.cn", (Role.AUDIT_ADMIN,))

CAST = (ALICE, BOB, CAROL, DAVE, ERIN, SYS, SEC, AUD)
