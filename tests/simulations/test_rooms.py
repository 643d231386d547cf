import pytest

from simulations.actions import parse_action
from simulations.engines.v1.codes import REFUSALS
from simulations.errors import ActionRefusedError
from simulations.labels import MESSAGES, message
from simulations.loading import parse_scenario
from simulations.rooms import admissible, replay


def code_of(scenario, keys, entries, tick, **data):
    """Return why an action is refused at a tick after a log, or None if it is accepted."""
    state = replay(scenario, keys, entries, tick)
    try:
        admissible(scenario, state, parse_action(data))
    except ActionRefusedError as error:
        return error.code
    return None


@pytest.fixture
def ask(tiny, keys, log):
    """Return a question: `ask(tick, entries, verb=..., ...)` gives the refusal's code or None."""

    def question(tick, entries=(), **data):
        return code_of(tiny, keys, log(*entries), tick, **data)

    return question


PIN_JEANS = (2, "pin", {"product": "jeans"})


class TestAdmissible:
    @pytest.mark.parametrize(
        "data",
        [
            {"verb": "pin", "product": "dress"},
            {"verb": "unpin"},
            {"verb": "list", "product": "dress"},
            {"verb": "delist", "product": "dress"},
            {"verb": "set_price", "product": "dress", "price_fen": 9900},
            {"verb": "coupon", "depth_fraction": 0.1, "minutes": 5},
            {"verb": "lucky_bag", "prize_fen": 2000, "minutes": 5},
            {"verb": "red_packet", "amount_fen": 1000},
            {"verb": "traffic", "bid_fen": 80, "rate_fen_per_min": 500},
            {"verb": "traffic", "bid_fen": 0, "rate_fen_per_min": 0},
            {"verb": "restock", "product": "jeans", "units": 20},
            {"verb": "pace", "pace": "normal"},
            {"verb": "freight_cover", "on": False},
        ],
        ids=lambda data: data["verb"],
    )
    def test_accepts_what_takes_a_lever_from_the_house(self, ask, data):
        assert ask(5, **data) is None

    @pytest.mark.parametrize(
        ("code", "entries", "data"),
        [
            (
                "not_listed",
                [(2, "delist", {"product": "dress"})],
                {"verb": "pin", "product": "dress"},
            ),
            ("already_pinned", [PIN_JEANS], {"verb": "pin", "product": "jeans"}),
            ("nothing_pinned", [(2, "unpin", {})], {"verb": "unpin"}),
            (
                "already_listed",
                [(2, "delist", {"product": "coat"})],
                {"verb": "list", "product": "jeans"},
            ),
            (
                "already_delisted",
                [(2, "delist", {"product": "coat"})],
                {"verb": "delist", "product": "coat"},
            ),
            (
                "price_out_of_range",
                [],
                {"verb": "set_price", "product": "jeans", "price_fen": 7901},
            ),
            (
                "price_out_of_range",
                [],
                {"verb": "set_price", "product": "jeans", "price_fen": 3949},
            ),
            (
                "price_unchanged",
                [(2, "set_price", {"product": "jeans", "price_fen": 7000})],
                {"verb": "set_price", "product": "jeans", "price_fen": 7000},
            ),
            (
                "benefit_running",
                [(2, "coupon", {"depth_fraction": 0.1, "minutes": 5})],
                {"verb": "coupon", "depth_fraction": 0.1, "minutes": 5},
            ),
            ("benefit_out_of_range", [], {"verb": "coupon", "depth_fraction": 0.4, "minutes": 5}),
            ("benefit_out_of_range", [], {"verb": "coupon", "depth_fraction": 0.1, "minutes": 6}),
            ("benefit_out_of_range", [], {"verb": "lucky_bag", "prize_fen": 499, "minutes": 5}),
            ("benefit_out_of_range", [], {"verb": "lucky_bag", "prize_fen": 2000, "minutes": 6}),
            ("benefit_out_of_range", [], {"verb": "red_packet", "amount_fen": 5001}),
            (
                "benefit_running",
                [(2, "lucky_bag", {"prize_fen": 2000, "minutes": 5})],
                {"verb": "lucky_bag", "prize_fen": 2000, "minutes": 5},
            ),
            (
                "benefit_running",
                [(2, "red_packet", {"amount_fen": 2000})],
                {"verb": "red_packet", "amount_fen": 2000},
            ),
            (
                "traffic_out_of_range",
                [],
                {"verb": "traffic", "bid_fen": 10, "rate_fen_per_min": 500},
            ),
            (
                "traffic_out_of_range",
                [],
                {"verb": "traffic", "bid_fen": 60, "rate_fen_per_min": 10_001},
            ),
            (
                "traffic_unchanged",
                [(2, "traffic", {"bid_fen": 50, "rate_fen_per_min": 900})],
                {"verb": "traffic", "bid_fen": 50, "rate_fen_per_min": 900},
            ),
            ("restock_not_offered", [], {"verb": "restock", "product": "dress", "units": 5}),
            ("restock_over_limit", [], {"verb": "restock", "product": "jeans", "units": 21}),
            (
                "restock_pending",
                [(2, "restock", {"product": "jeans", "units": 5})],
                {"verb": "restock", "product": "jeans", "units": 5},
            ),
            ("pace_unchanged", [(2, "pace", {"pace": "slow"})], {"verb": "pace", "pace": "slow"}),
            (
                "freight_unchanged",
                [(2, "freight_cover", {"on": True})],
                {"verb": "freight_cover", "on": True},
            ),
            ("no_warning", [], {"verb": "respond", "incident": "compliance", "choice": "correct"}),
            (
                "incident_not_active",
                [],
                {"verb": "respond", "incident": "size-comments", "choice": "try-on"},
            ),
            ("lever_not_held", [], {"verb": "hand_back", "lever": "pin"}),
            ("unknown_product", [], {"verb": "pin", "product": "hat"}),
            ("unknown_choice", [], {"verb": "respond", "incident": "fire", "choice": "run"}),
        ],
    )
    def test_names_the_rule_that_refuses(self, ask, code, entries, data):
        assert ask(3, entries, **data) == code

    def test_refuses_a_sold_out_product(self, tiny, keys, log):
        # Three coats at half price do not last.
        acts = log(
            (0, "pin", {"product": "coat"}),
            (0, "set_price", {"product": "coat", "price_fen": 19950}),
            (0, "coupon", {"depth_fraction": 0.3, "minutes": 5}),
        )
        tick = next(t for t in range(240) if replay(tiny, keys, acts, t).numbers.stock[3] == 0.0)

        assert code_of(tiny, keys, acts, tick, verb="pin", product="coat") == "sold_out"

    def test_refuses_a_coupon_while_it_cools(self, ask):
        entries = [(2, "coupon", {"depth_fraction": 0.1, "minutes": 2})]

        assert (
            ask(2 + 24, entries, verb="coupon", depth_fraction=0.1, minutes=2) == "benefit_cooling"
        )
        assert ask(2 + 48, entries, verb="coupon", depth_fraction=0.1, minutes=2) is None

    @pytest.mark.parametrize(
        "data",
        [
            {"verb": "lucky_bag", "prize_fen": 3000, "minutes": 1},
            {"verb": "red_packet", "amount_fen": 3000},
        ],
    )
    def test_refuses_gifts_while_they_cool_and_beyond_the_budget(self, ask, data):
        fields = {name: value for name, value in data.items() if name != "verb"}
        entries = [
            (0, data["verb"], fields),
            (72, data["verb"], fields),
            (144, data["verb"], fields),
        ]

        assert ask(30, entries[:1], **data) == "benefit_cooling"
        assert ask(210, entries, **data) == "benefit_budget_spent"

    def test_refuses_traffic_when_the_budget_is_spent(self, ask):
        entries = [(0, "traffic", {"bid_fen": 100, "rate_fen_per_min": 10_000})]

        code = ask(230, entries, verb="traffic", bid_fen=400, rate_fen_per_min=900)

        assert code == "traffic_budget_spent"

    def test_refuses_a_restock_that_would_come_too_late(self, ask):
        assert ask(179, verb="restock", product="jeans", units=5) is None
        assert ask(180, verb="restock", product="jeans", units=5) == "restock_too_late"

    def test_accepts_one_answer_from_the_first_sign_on(self, tiny, keys, ask):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]
        answer = {"verb": "respond", "incident": "size-comments", "choice": "try-on"}
        fields = {"incident": "size-comments", "choice": "try-on"}

        assert ask(start - 13, **answer) == "incident_not_active"
        assert ask(start - 12, **answer) is None
        assert ask(start + 47, **answer) is None
        assert ask(start + 48, **answer) == "incident_not_active"
        assert ask(start + 2, [(start, "respond", fields)], **answer) == "incident_answered"

    def test_refuses_an_answer_that_the_budget_cannot_pay(self, tiny, keys, ask):
        start = replay(tiny, keys, [], 0).numbers.incident_start[0]
        gifts = [
            (0, "lucky_bag", {"prize_fen": 5000, "minutes": 1}),
            (1, "red_packet", {"amount_fen": 4500}),
        ]

        code = ask(start, gifts, verb="respond", incident="size-comments", choice="try-on")

        assert code == "benefit_budget_spent"

    def test_an_incident_without_chance_never_comes(self, tiny, keys, ask):
        for tick in range(0, 240, 12):
            assert ask(tick, verb="respond", incident="never", choice="a") == "incident_not_active"

    def test_refuses_more_than_the_limit_in_one_tick(self, ask):
        entries = [(3, "pin", {"product": code}) for code in ("jeans", "dress", "coat", "socks")]

        assert ask(3, entries, verb="unpin") == "too_many_actions"
        assert ask(4, entries, verb="unpin") is None

    def test_refuses_everything_after_the_end(self, ask):
        assert ask(240, verb="unpin") == "room_over"

    def test_refuses_everything_in_a_closed_room(self, tiny, keys, log, mapping):
        mapping["compliance"]["closing_strikes"] = 1
        strict = parse_scenario(mapping)
        acts = log((0, "pace", {"pace": "push"}))
        tick = next(t for t in range(240) if replay(strict, keys, acts, t).numbers.closed > 0.0)

        assert code_of(strict, keys, acts, tick, verb="unpin") == "room_closed"
        before = replay(strict, keys, acts, tick).numbers.gmv
        assert replay(strict, keys, acts, 240).numbers.gmv == before


class TestLabels:
    def test_every_refusal_has_a_text_in_both_languages(self):
        for code in REFUSALS[1:]:
            assert message(code)
            assert message(code, "en")
            assert message(code) != message(code, "en")

    def test_no_text_is_empty(self):
        assert all(chinese and english for chinese, english in MESSAGES.values())
