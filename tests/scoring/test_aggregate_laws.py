"""What holds for every tree: parts add up to the whole, means lie between, order and threads change nothing."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.kit import run
from tests.scoring.test_aggregate import leaf

MEANS: list[Any] = ["arithmetic", "geometric", "harmonic", {"method": "power", "p": 3}, {"method": "power", "p": -0.5}, "min", "max",
                    "median", {"method": "best", "count": 2}]  # fmt: skip
ALL = [*MEANS, "sum", "copeland", {"method": "expression", "sql": "%0 * 2 - %1"}]
points = st.one_of(st.none(), st.floats(0, 100), st.sampled_from([0.0, 1e-9, 50.0, 100.0, 1e12]))


@st.composite
def trees(draw: st.DrawFn, methods: list[Any] = ALL, depth: int = 2, path: str = "n") -> dict[str, Any]:
    if depth == 0:
        return leaf(f"x{path}", draw(st.floats(0.01, 1)))
    children = [
        draw(trees(methods=methods, depth=draw(st.integers(0, depth - 1)), path=f"{path}{n}")) for n in range(draw(st.integers(2, 3)))
    ]
    how = draw(st.sampled_from(methods))
    if isinstance(how, dict) and "sql" in how:
        how = {**how, "sql": how["sql"].replace("%0", children[0]["code"]).replace("%1", children[1]["code"])}
    after = draw(
        st.sampled_from([[], [], [{"multiply": 0.5}], [{"add": 3}, {"round": {"decimals": 1}}], [{"clamp": {"low": 10, "high": 60}}]])
    )
    return {"code": path, "weight": draw(st.floats(0.01, 1)), "aggregate": how, "children": children, "after": after}


def leaves_of(tree: dict[str, Any]) -> list[str]:
    return [code for child in tree["children"] for code in leaves_of(child)] if "children" in tree else [tree["code"]]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_parts_add_up_to_the_score(data: st.DataObject) -> None:
    tree = data.draw(trees())
    codes = leaves_of(tree)
    facts = {s: {code: data.draw(points) for code in codes} for s in ("s", "t", "u")}
    scored = run({"weights": "relative", "tree": [tree]}, facts)  # check_decomposition raises where they do not
    for subject, root in scored.node("score").items():
        if root["normalised"] is not None:
            parts = [scored.node(code)[subject]["contribution"] for code in codes]
            assert abs(sum(parts) - root["normalised"]) <= 1e-9 * max(1, *map(abs, parts))


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_mean_lies_between_its_children(data: st.DataObject) -> None:
    how = data.draw(st.sampled_from(MEANS))
    values = {code: data.draw(points) for code in "abcd"}
    scored = run(
        {"weights": "relative", "aggregate": how, "tree": [leaf(code, data.draw(st.floats(0.01, 1))) for code in "abcd"]}, {"s": values}
    )
    known = [v for v in values.values() if v is not None]
    found = scored.points("score")["s"]
    if not known:
        assert found is None
    else:
        noise = 1e-9 * max(1, max(known))
        assert found is not None
        assert min(known) - noise <= found <= max(known) + noise


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_order_and_threads_change_nothing(data: st.DataObject) -> None:
    tree = data.draw(trees())
    facts = [{"subject_id": f"s{n}", "indicator": code, "value": data.draw(points)} for n in range(4) for code in leaves_of(tree)]
    mixed = random.Random(data.draw(st.integers(0, 99))).sample(facts, len(facts))
    scheme = {"weights": "relative", "tree": [tree]}
    subjects = [{"subject_id": f"s{n}"} for n in range(4)]
    first, second = run(scheme, facts, subjects=subjects, threads=1), run(scheme, mixed, subjects=subjects[::-1], threads=4)
    assert first.rows("node") == second.rows("node")
