"""Random actions, plans and openings for the room with every mechanism (`conftest.full`)."""

from hypothesis import strategies as st

from simulations.planning import Opening, Plan, StockOrder

PRODUCTS = st.sampled_from(["socks", "jeans", "dress", "coat"])

HOLDS = st.fixed_dictionaries(
    {"verb": st.just("hold"), "product": PRODUCTS, "minutes": st.integers(1, 6)},
) | st.fixed_dictionaries(
    {
        "verb": st.just("hold"),
        "product": PRODUCTS,
        "minutes": st.integers(1, 5),
        "price_fen": st.integers(500, 40_000),
        "quantity": st.integers(1, 12),
    }
)

ACTIONS = st.one_of(
    HOLDS,
    st.just({"verb": "release"}),
    st.just({"verb": "unpin"}),
    st.fixed_dictionaries(
        {"verb": st.sampled_from(["pin", "list", "delist", "clip", "presale"]), "product": PRODUCTS}
    ),
    st.fixed_dictionaries(
        {"verb": st.just("presale"), "product": PRODUCTS, "ship_days": st.integers(1, 9)}
    ),
    st.fixed_dictionaries(
        {"verb": st.just("set_price"), "product": PRODUCTS, "price_fen": st.integers(300, 40_000)}
    ),
    st.fixed_dictionaries(
        {
            "verb": st.just("trust"),
            "lever": st.sampled_from(["instant_refund", "freight_insurance"]),
            "on": st.booleans(),
        }
    ),
    st.fixed_dictionaries(
        {"verb": st.just("switch_host"), "host": st.sampled_from(["lead", "amei", "laozhou"])}
    ),
    st.fixed_dictionaries({"verb": st.just("break"), "minutes": st.integers(1, 6)}),
    st.fixed_dictionaries({"verb": st.just("staff"), "count": st.integers(1, 3)}),
    st.fixed_dictionaries({"verb": st.just("boost"), "amount_fen": st.integers(500, 11_000)}),
    st.fixed_dictionaries({"verb": st.just("top_up"), "amount_fen": st.integers(100, 60_000)}),
    st.fixed_dictionaries(
        {
            "verb": st.just("traffic"),
            "bid_fen": st.integers(0, 450),
            "rate_fen_per_min": st.integers(0, 11_000),
            "goal": st.sampled_from(["visits", "followers", "orders", "roi"]),
        }
    ),
    st.fixed_dictionaries(
        {"verb": st.just("restock"), "product": PRODUCTS, "units": st.integers(1, 25)}
    ),
    st.fixed_dictionaries(
        {"verb": st.just("pace"), "pace": st.sampled_from(["slow", "normal", "push"])}
    ),
    st.fixed_dictionaries(
        {
            "verb": st.just("hand_back"),
            "lever": st.sampled_from(["pin", "price", "traffic", "freight", "shelf", "stage"]),
        }
    ),
    st.fixed_dictionaries(
        {"verb": st.just("lucky_bag"), "prize_fen": st.integers(100, 9000), "minutes": st.just(3)}
    ),
    st.fixed_dictionaries(
        {
            "verb": st.just("respond"),
            "incident": st.just("broken-link"),
            "choice": st.sampled_from(["spare", "wait"]),
        }
    ),
)

PLANS = st.builds(
    Plan,
    grade=st.sampled_from([None, "B", "S"]),
    preheat_videos=st.integers(0, 3),
    tray=st.none() | st.lists(PRODUCTS, min_size=2, max_size=4, unique=True).map(tuple),
    benefit_budget_fen=st.integers(0, 40_000),
    trust=st.sampled_from([None, ("freight_cover",), ("instant_refund", "freight_insurance")]),
    stock=st.sampled_from([None, (StockOrder(product="jeans", units=8),)]),
)

OPENINGS = st.sampled_from(
    [None, Opening(cash_fen=30_000, strain=0.6), Opening(gone=("jeans",), fans_ratio=1.4)]
)
