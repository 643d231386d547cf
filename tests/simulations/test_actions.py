import pytest

from simulations.actions import LEVERS, VERB_NUMBERS, VERBS, Lever, decode, encode, parse_action
from simulations.engines.v1 import codes
from simulations.engines.v1.layout import LEVERS as ENGINE_LEVERS
from simulations.errors import ActionError, ActionRefusedError

EVERY_VERB = [
    {"verb": "pin", "product": "jeans"},
    {"verb": "unpin"},
    {"verb": "list", "product": "dress"},
    {"verb": "delist", "product": "dress"},
    {"verb": "set_price", "product": "jeans", "price_fen": 6900},
    {"verb": "coupon", "depth_fraction": 0.1, "minutes": 3},
    {"verb": "lucky_bag", "prize_fen": 2000, "minutes": 5},
    {"verb": "red_packet", "amount_fen": 1500},
    {"verb": "traffic", "bid_fen": 70, "rate_fen_per_min": 1500},
    {"verb": "restock", "product": "jeans", "units": 10},
    {"verb": "pace", "pace": "push"},
    {"verb": "respond", "incident": "size-comments", "choice": "try-on"},
    {"verb": "freight_cover", "on": True},
    {"verb": "hand_back", "lever": "pin"},
    {"verb": "hold", "product": "jeans", "minutes": 3, "price_fen": 6900, "quantity": 20},
    {"verb": "release"},
    {"verb": "trust", "lever": "freight_insurance", "on": True},
    {"verb": "clip", "product": "dress"},
    {"verb": "switch_host", "host": "laozhou"},
    {"verb": "break", "minutes": 4},
    {"verb": "presale", "product": "dress", "ship_days": 5},
    {"verb": "staff", "count": 2},
    {"verb": "boost", "amount_fen": 3000},
    {"verb": "top_up", "amount_fen": 9000},
]

VARIANTS = [
    {"verb": "hold", "product": "jeans", "minutes": 3},
    {"verb": "presale", "product": "dress"},
    {"verb": "traffic", "bid_fen": 70, "rate_fen_per_min": 1500, "goal": "orders"},
    {"verb": "hand_back", "lever": "stage"},
]
"""The same verbs with what may be left out, or with more."""


class TestParseAction:
    @pytest.mark.parametrize("data", EVERY_VERB + VARIANTS, ids=lambda data: data["verb"])
    def test_reads_what_to_dict_wrote(self, data):
        action = parse_action(data)

        assert action.to_dict() == data
        assert parse_action(action.to_dict()) == action

    def test_knows_every_verb(self):
        assert {data["verb"] for data in EVERY_VERB} == set(VERBS)

    @pytest.mark.parametrize(
        ("data", "code", "field"),
        [
            ({"verb": "brush_orders"}, "unknown_verb", "verb"),
            ({}, "unknown_verb", "verb"),
            (
                {"verb": "hold", "product": "jeans", "minutes": 3, "price_fen": 6900},
                "missing_field",
                "(whole)",
            ),
            ({"verb": "switch_host"}, "missing_field", "host"),
            ({"verb": "break", "minutes": 0}, "out_of_range", "minutes"),
            (
                {"verb": "traffic", "bid_fen": 1, "rate_fen_per_min": 1, "goal": "fame"},
                "out_of_range",
                "goal",
            ),
            ({"verb": "pin"}, "missing_field", "product"),
            ({"verb": "pin", "product": "jeans", "note": "x"}, "unknown_field", "note"),
            ({"verb": "pin", "product": 7}, "wrong_type", "product"),
            ({"verb": "pin", "product": "No Such Form"}, "wrong_type", "product"),
            (
                {"verb": "set_price", "product": "jeans", "price_fen": 0},
                "out_of_range",
                "price_fen",
            ),
            (
                {"verb": "set_price", "product": "jeans", "price_fen": 1.5},
                "wrong_type",
                "price_fen",
            ),
            (
                {"verb": "coupon", "depth_fraction": 0.6, "minutes": 3},
                "out_of_range",
                "depth_fraction",
            ),
            (
                {"verb": "coupon", "depth_fraction": float("nan"), "minutes": 3},
                "out_of_range",
                "depth_fraction",
            ),
            ({"verb": "pace", "pace": "faster"}, "out_of_range", "pace"),
            ({"verb": "hand_back", "lever": "all"}, "out_of_range", "lever"),
            ({"verb": "freight_cover", "on": "yes"}, "wrong_type", "on"),
        ],
    )
    def test_refuses_what_is_no_action(self, data, code, field):
        with pytest.raises(ActionError) as caught:
            parse_action(data)

        assert (caught.value.code, caught.value.field) == (code, field)


class TestEncode:
    @pytest.mark.parametrize("data", EVERY_VERB + VARIANTS, ids=lambda data: data["verb"])
    def test_is_undone_by_decode(self, data, full):
        action = parse_action(data)

        assert decode(encode(action, full), full) == action

    def test_a_warnings_answer_has_incident_minus_one(self, tiny):
        action = parse_action({"verb": "respond", "incident": "compliance", "choice": "soften"})

        row = encode(action, tiny)

        assert row == (VERB_NUMBERS["respond"], -1.0, 1.0, 0.0)
        assert decode(row, tiny) == action

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ({"verb": "pin", "product": "hat"}, "unknown_product"),
            ({"verb": "clip", "product": "hat"}, "unknown_product"),
            ({"verb": "switch_host", "host": "nobody"}, "unknown_host"),
            ({"verb": "trust", "lever": "tenfold", "on": True}, "trust_not_offered"),
            ({"verb": "respond", "incident": "fire", "choice": "run"}, "unknown_choice"),
            ({"verb": "respond", "incident": "size-comments", "choice": "run"}, "unknown_choice"),
        ],
    )
    def test_refuses_names_that_the_scenario_has_not(self, data, code, tiny):
        with pytest.raises(ActionRefusedError) as caught:
            encode(parse_action(data), tiny)

        assert caught.value.code == code


class TestNumbering:
    def test_verbs_are_the_engines(self):
        engine = (
            *(codes.PIN, codes.UNPIN, codes.LIST, codes.DELIST, codes.PRICE, codes.COUPON),
            *(codes.BAG, codes.PACKET, codes.TRAFFIC, codes.RESTOCK, codes.PACE, codes.RESPOND),
            *(codes.FREIGHT, codes.HAND_BACK, codes.HOLD, codes.RELEASE, codes.TRUST),
            *(codes.CLIP, codes.SWITCH, codes.BREAK, codes.PRESALE, codes.STAFF),
            *(codes.BOOST, codes.TOP_UP),
        )

        assert tuple(VERB_NUMBERS[verb] for verb in VERBS) == engine

    def test_levers_are_the_engines(self):
        engine = {
            Lever.PIN: codes.ON_PIN,
            Lever.PRICE: codes.ON_PRICE,
            Lever.TRAFFIC: codes.ON_TRAFFIC,
            Lever.BENEFITS: codes.ON_BENEFITS,
            Lever.PACE: codes.ON_PACE,
            Lever.SHELF: codes.ON_SHELF,
            Lever.FREIGHT: codes.ON_FREIGHT,
            Lever.STAGE: codes.ON_STAGE,
        }

        assert {lever: lever.number for lever in LEVERS} == engine
        assert len(LEVERS) == ENGINE_LEVERS
