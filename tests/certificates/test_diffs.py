from certificates.diffs import compare


def test_names_what_was_added_removed_and_changed():
    before = {
        "retake_days": 3,
        "theory": {"minutes": 60, "practice": "x@1"},
        "prerequisites": [{"kind": "sessions", "count": 5}, {"kind": "credential", "level": "a"}],
    }
    after = {
        "retake_days": 3,
        "theory": {"minutes": 90},
        "written": {"texts": ["diagnosis", "review"]},
        "prerequisites": [{"kind": "credential", "level": "a"}, {"kind": "sessions", "count": 9}],
    }

    states = {one.field: (one.state, one.before, one.after) for one in compare(before, after)}

    assert states == {
        "retake_days": ("same", 3, 3),
        "theory.minutes": ("changed", 60, 90),
        "written.texts": ("added", None, "diagnosis、review"),
        "prerequisites.credential": ("same", "a", "a"),
        "prerequisites.sessions": ("changed", 5, 9),
        "theory.practice": ("removed", "x@1", None),
    }
