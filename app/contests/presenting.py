"""What pages of contests show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.contests import labels, qualifying, queries, review_queries, running
from app.contests.models import Contest, ContestEntry, ContestRound, RoundPlace, RoundSeal
from app.contests.rules import ContestRules
from app.core.hashing import canonical_json
from app.core.i18n import yuan
from app.rooms import queries as rooms
from app.rooms.debriefing import all_actions, curve_rows
from app.rooms.forecasts import forecasts_of
from app.rooms.models import RoomSession
from app.rooms.plan_words import aim_name
from app.rooms.presenting import session_clock
from simulations.commitments import is_commitment_to, parse_seal
from simulations.scenarios import TICK_S, Scenario

Json = dict[str, Any]

WAN_FEN = 1_000_000

FASTEST = 2.0
"""Speed of a contest at most (ruling 5); who was granted more time gets it by a slower one."""


@dataclass(frozen=True)
class SealLine:
    """A commitment as the page shows it.

    Attributes:
        holds: Whether the opened document hashes to the commitment; None while it is closed.
    """

    round_: ContestRound
    seal: RoundSeal
    name: str
    holds: bool | None
    document: str


def seal_lines(db_session: Session, contest: Contest) -> list[SealLine]:
    """Return every commitment of a contest, each checked anew."""
    rounds = queries.rounds_of(db_session, contest.id)
    held = queries.seals_of(db_session, [one.id for one in rounds])
    lines = []
    for round_ in rounds:
        for seal in held.get(round_.id, []):
            document, holds = "", None
            if seal.opened is not None:
                document = canonical_json(seal.opened)
                holds = is_commitment_to(parse_seal(seal.opened), seal.commitment)
            lines.append(SealLine(round_, seal, slot_name(seal.slot), holds, document))
    return lines


def slot_name(slot: str) -> str:
    """Return a slot in words."""
    if slot in labels.SLOT:
        return str(labels.SLOT[slot])
    return str(_("备用种子 %(n)s", n=slot.rpartition("-")[2]))


def formula_words(rules: ContestRules) -> str:
    """Return the formula of the total in one sentence."""
    score = rules.score
    words = _(
        "总分 = 实操 %(room)s + 预测 %(forecast)s + 评委 %(jury)s；"
        "没有预测或评委的轮次，按比例分给其余部分。认定得分只看实操与预测，用来对照证书标准。",
        room=f"{score.room_weight * 100:g}%",
        forecast=f"{score.forecast_weight * 100:g}%",
        jury=f"{score.jury_weight * 100:g}%",
    )
    return str(words)


def tie_words(rules: ContestRules) -> str:
    """Return the tie rules in order."""
    return " → ".join([*(str(labels.TIE[one]) for one in rules.ties), str(_("名次并列"))])


def way_words(rules: ContestRules, kind: str) -> str:
    """Return one way into a contest in words."""
    entry = rules.entry
    if kind == qualifying.SEASON:
        words = _("任一级有效证书，且本赛季或上赛季积分不少于 %(n)s 分", n=entry.season_points)
        return str(words)
    if kind == qualifying.PLACE and entry.place is not None:
        words = _(
            "任一级有效证书，且 %(days)s 天内在“%(rules)s”定榜的比赛中进入前 %(n)s 名",
            days=entry.place.within_days,
            rules=str(labels.RULES.get(entry.place.rules, entry.place.rules)),
            n=entry.place.best,
        )
        return str(words)
    level = labels.LEVEL[entry.level]
    return str(_("有效的%(level)s或以上证书", level=level))


def way_kinds(rules: ContestRules) -> list[str]:
    """Return the ways into a contest, in order; one of them is enough."""
    kinds = [qualifying.CERTIFICATE]
    kinds += [qualifying.SEASON] if rules.entry.season_points is not None else []
    return kinds + ([qualifying.PLACE] if rules.entry.place is not None else [])


def qualified_words(by: str | None) -> str:
    """Return how an entry met the conditions, in words; empty where it was by a certificate."""
    kind, _sep, rest = (by or "").partition(":")
    if kind == qualifying.SEASON:
        season, _sep, points = rest.partition(":")
        return str(_("%(season)s 赛季 %(points)s 分", season=season, points=points))
    if kind == qualifying.PLACE:
        return str(_("往届第 %(rank)s 名", rank=rest.rpartition(":")[2]))
    return ""


def room_link(round_: ContestRound, room: RoomSession | None, now: datetime) -> str | None:
    """Return where a contestant's room is, once it may be entered.

    Where there is a plan to make, not before the planning begins: nobody plans longer.
    """
    if room is None or round_.readied_at is None:
        return None
    if room.plan_due_at is not None and now < round_.starts_at and round_.run_no == 1:
        return None
    return url_for("rooms.cockpit", public_id=room.public_id)


def hall_body(db_session: Session, contest: Contest, person_id: int, *, now: datetime) -> Json:
    """Return what the countdown hall polls: the server's clock, the rounds, the own rooms."""
    own = {
        round_.id: room
        for round_, _place, room in queries.rooms_of_person(db_session, contest.id, person_id)
    }
    return {
        "server_now": now.isoformat(),
        "state": contest.state,
        "rounds": [
            {
                "id": round_.public_id,
                "title": round_.title,
                "kind": round_.kind,
                "starts_at": round_.starts_at.isoformat(),
                "clock_starts_at": None
                if round_.clock_starts_at is None
                else round_.clock_starts_at.isoformat(),
                "is_halted": round_.halted_at is not None,
                "run": round_.run_no,
                "is_scored": round_.scored_at is not None,
                "has_place": round_.id in own,
                "room_url": room_link(round_, own.get(round_.id), now),
            }
            for round_ in queries.rounds_of(db_session, contest.id)
        ],
    }


def contest_body(db_session: Session, contest: Contest, rules: ContestRules) -> Json:
    """Return a contest as public JSON; nothing of what is sealed or not told."""
    lines = seal_lines(db_session, contest)
    return {
        "id": contest.public_id,
        "title": contest.title,
        "state": contest.state,
        "rules": contest.rules_ref,
        "entry": {
            "level": rules.entry.level,
            "season_points": rules.entry.season_points,
            "place": None
            if rules.entry.place is None
            else rules.entry.place.model_dump(mode="json"),
            "opens_at": contest.entry_opens_at.isoformat(),
            "closes_at": contest.entry_closes_at.isoformat(),
            "seats": contest.seat_count,
        },
        "score": rules.score.model_dump(mode="json"),
        "ties": list(rules.ties),
        "rounds": [
            {
                "id": round_.public_id,
                "ordinal": round_.ordinal,
                "kind": round_.kind,
                "title": round_.title,
                "speed": round_.speed,
                "starts_at": round_.starts_at.isoformat(),
                "seals": [
                    {
                        "slot": line.seal.slot,
                        "commitment": line.seal.commitment,
                        "document": line.seal.opened,
                    }
                    for line in lines
                    if line.round_.id == round_.id
                ],
            }
            for round_ in queries.rounds_of(db_session, contest.id)
        ],
        "results": [
            {
                "rank": result.rank,
                "name": entry.public_name,
                "provider": entry.provider_name,
                "total_points": result.total_points,
                "certified_points": result.certified_points,
                "interval": [result.low_points, result.high_points],
                "meets_standard": result.meets_standard,
            }
            for result, entry in queries.final_results(db_session, contest)
        ],
    }


def blind_room(db_session: Session, round_: ContestRound, place: RoundPlace) -> Json | None:
    """Return what a juror sees of a room: what was done and what came of it, and nobody's name."""
    held = {one.id: room for one, room in queries.run_rooms(db_session, round_)}
    room = held.get(place.id)
    score = None if room is None else rooms.score_or_none(db_session, room.id)
    if room is None or score is None:
        return None
    scenario = rooms.room_scenario(db_session, room)
    lived = score.result["lived"]
    curves = score.curves
    return {
        "scenario": scenario,
        "diagnosis": room.diagnosis,
        "review": review_queries.review_or_none(db_session, place.id, round_.run_no),
        "plan": plan_lines(scenario),
        "actions": all_actions(scenario, curves, ()),
        "incidents": _incidents(curves),
        "forecasts": [
            {
                "clock": session_clock(one.tick * TICK_S),
                "quantiles": one.forecast.quantiles,
            }
            for one in forecasts_of(db_session, room)
        ],
        "figures": {
            "gmv_fen": lived["candidate"]["gmv_fen"],
            "house_gmv_fen": lived["house"]["gmv_fen"],
            "refund_fraction": lived["candidate"]["refund_fraction"],
            "margin_fraction": lived["candidate"]["margin_fraction"],
            "spend_fen": lived["candidate"]["spend_fen"],
            "strikes": lived["candidate"]["strikes"],
        },
        "chart": _chart(curves),
        "rows": curve_rows(curves),
    }


def plan_lines(scenario: Scenario) -> list[tuple[str, str]]:
    """Return what a contestant decided before minute 0, in words; what the house's is left out."""
    plan = scenario.plan
    if plan is None:
        return []
    names = {one.code: one.name for one in scenario.products}
    lines: list[tuple[str, str]] = []
    if plan.grade is not None:
        lines.append((_("场次级别"), plan.grade))
    if plan.aim is not None:
        lines.append((_("次要目标"), aim_name(plan.aim)))
    if plan.tray is not None:
        lines.append((_("货盘"), "、".join(names[code] for code in plan.tray)))
    if plan.preheat_videos is not None:
        lines.append((_("预热视频"), _("%(n)s 条", n=plan.preheat_videos)))
    if plan.traffic_budget_fen is not None:
        lines.append((_("投流预算"), yuan(plan.traffic_budget_fen)))
    if plan.benefit_budget_fen is not None:
        lines.append((_("福利预算"), yuan(plan.benefit_budget_fen)))
    for order in plan.stock or ():
        lines.append((_("备货"), f"{names[order.product]} × {order.units}"))
    if plan.hourly_gmv_fen:
        lines.append((_("分时目标"), " / ".join(yuan(one) for one in plan.hourly_gmv_fen)))
    return lines


def _chart(curves: Mapping[str, Any]) -> Json:
    """Return the twin's curves of contestant and house; the reference is nobody's business here."""
    minutes = len(curves["twin"]["candidate"])
    return {
        "kind": "line",
        "title": _("净成交额（万元）"),
        "unit": _("万元"),
        "x": [str(minute) for minute in range(minutes)],
        "series": [
            {
                "name": _("选手"),
                "role": "candidate",
                "values": [round(one / WAN_FEN, 2) for one in curves["twin"]["candidate"]],
            },
            {
                "name": _("主播自播"),
                "role": "baseline",
                "values": [round(one / WAN_FEN, 2) for one in curves["twin"]["house"]],
            },
        ],
    }


def _incidents(curves: Mapping[str, Any]) -> list[Json]:
    return [
        {"clock": session_clock(one["sign_tick"] * TICK_S), "title": one["title"]}
        for one in curves["incidents"]
    ]


def result_rows(
    db_session: Session, contest: Contest, entry: ContestEntry
) -> list[tuple[ContestRound, RoundPlace, Any, list[Any]]]:
    """Return (round, place, newest score, score history) of an entry's counted rounds."""
    out = []
    for round_ in queries.rounds_of(db_session, contest.id):
        for place, other in queries.places_of(db_session, round_.id):
            if other.id != entry.id or round_.kind == "rehearsal":
                continue
            newest = queries.newest_score_or_none(db_session, place.id, round_.run_no)
            out.append((round_, place, newest, list(queries.scores_of_place(db_session, place.id))))
    return out


def slower_speeds(
    db_session: Session, rounds: Sequence[ContestRound], extras: Mapping[int, int]
) -> dict[int, float]:
    """Return the speed that gives everybody the time that somebody was granted, by round.

    Args:
        db_session: A session to read with.
        rounds: Of one contest; those that are slow enough, or have their rooms, are left out.
        extras: Granted time by person, in percent of the usual.
    """
    found = {}
    for round_ in rounds:
        if round_.readied_at is not None or round_.speed <= 1:
            continue
        playing = [entry.person_id for _, entry in queries.places_of(db_session, round_.id)]
        most = max((extras.get(one, 100) for one in playing or extras), default=100)
        speed = max(1.0, FASTEST * 100 / most)
        if round_.speed > speed + 0.005:
            found[round_.id] = speed
    return found


def review_counts(
    db_session: Session, contest: Contest, rounds: Sequence[ContestRound]
) -> dict[int, tuple[int, int, datetime]]:
    """Return (handed in, contestants who came, until when) of the rounds that ask for a 复盘."""
    found = {}
    for round_ in rounds:
        until = review_queries.review_until(db_session, contest, round_)
        if until is None:
            continue
        came = [
            place for place, room in queries.run_rooms(db_session, round_) if room.writer_epoch > 0
        ]
        written = sum(
            review_queries.review_or_none(db_session, place.id, round_.run_no) is not None
            for place in came
        )
        found[round_.id] = written, len(came), until
    return found


def round_state(round_: ContestRound, now: datetime) -> tuple[str, str]:
    """Return a round's state in words, with a tone."""
    if round_.scored_at is not None:
        return _("已评分"), "good"
    if round_.halted_at is not None:
        return _("全场暂停"), "bad"
    if round_.readied_at is None:
        return _("未就位"), ""
    if round_.ends_at is not None and now >= round_.ends_at:
        return _("待评分"), "warn"
    if round_.clock_starts_at is not None and now >= round_.clock_starts_at:
        return _("开播中"), "brand"
    return _("已就位"), "info"


def incident_titles(db_session: Session, rounds: Sequence[ContestRound]) -> Mapping[str, str]:
    """Return what the incidents of the rounds' scenarios are called, by id."""
    return {
        one.id: one.title
        for round_ in rounds
        for one in queries.scenario_of_round(db_session, round_).incidents
    }


def card_options(db_session: Session, round_: ContestRound, now: datetime) -> list[Any]:
    """Return the incidents that may be played now."""
    return running.playable_cards(db_session, round_, now=now)
