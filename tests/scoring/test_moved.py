"""What moved a score: the parts add up to its change exactly, whatever the tree."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from declarations.problem import Problem
from pipeline.movement import Movement, Standing, moved
from tests.scoring.kit import Scored, run

AS_IS = {"method": "as_is"}
Facts = dict[str, dict[str, float | None]]


def leaf(code: str, weight: float, **more: Any) -> dict[str, Any]:
    return {"code": code, "indicator": code, "weight": weight, "normalise": AS_IS, **more}


def standing(scored: Scored, subject: str, label: str) -> Standing:
    nodes = [row for row in scored.rows("node") if row["subject_id"] == subject]
    adjustments = [row for row in scored.adjustments if row["subject_id"] == subject]
    return Standing(label, scored.results[subject], nodes, adjustments)


def movement(before: Scored, after: Scored) -> Movement:
    return moved(standing(before, "s", "before"), standing(after, "s", "after"))


TREE = [leaf("a", 0.5), leaf("b", 0.3), leaf("c", 0.2)]


def parts(found: Movement) -> dict[str, float]:
    return {name: pytest.approx(amount, abs=1e-12) for name, amount in found.by_category.items() if abs(amount) > 1e-12}


def test_a_value_that_moved() -> None:
    found = movement(run({"tree": TREE}, {"s": {"a": 60, "b": 70, "c": 80}}), run({"tree": TREE}, {"s": {"a": 80, "b": 70, "c": 75}}))
    # 0.5 · 20 − 0.2 · 5
    assert (found.change, found.by_category["values"]) == (pytest.approx(9), pytest.approx(9))
    assert [(one.code, pytest.approx(one.change)) for one in found.leaves] == [("a", 10), ("c", -1), ("b", 0)]


def test_a_weight_that_moved_counts_at_the_mean_of_the_points() -> None:
    heavier = [leaf("a", 0.7), leaf("b", 0.1), leaf("c", 0.2)]
    found = movement(run({"tree": TREE}, {"s": {"a": 60, "b": 70, "c": 80}}), run({"tree": heavier}, {"s": {"a": 80, "b": 70, "c": 80}}))
    a = next(one for one in found.leaves if one.code == "a")
    # from 0.5 · 60 to 0.7 · 80: values 0.6 · 20, weights 70 · 0.2
    assert (a.values, a.weights) == (pytest.approx(12), pytest.approx(14))
    # b lost what a won of the weight: 14 − 0.2 · 70 = 0
    assert parts(found) == {"values": 12}


def test_data_that_came_and_a_leaf_that_the_scheme_dropped() -> None:
    before = run({"tree": TREE}, {"s": {"a": 60, "b": 70, "c": None}})
    after = run({"tree": [leaf("a", 0.5), leaf("c", 0.5)]}, {"s": {"a": 60, "c": 80}})
    found = movement(before, after)
    by_code = {one.code: (one.category, one.change) for one in found.leaves}
    # before: (0.5 · 60 + 0.3 · 70) / 0.8 = 63.75, of which a 37.5 and b 26.25; after: 30 + 40
    assert by_code == {
        "c": ("data", pytest.approx(40)), "b": ("scheme", pytest.approx(-26.25)), "a": ("values", pytest.approx(-7.5)),
    }  # fmt: skip
    assert parts(found) == {"data": 40, "scheme": -26.25, "weights": -7.5}
    assert found.change == pytest.approx(6.25)


def test_adjustments_and_rounding_are_parts_of_their_own() -> None:
    bonus = {"code": "bonus", "title": {"en": "b", "zh": "b"}, "kind": "add", "points": 2.25}
    declared = {"tree": TREE, "decimals": 0}
    before = run(declared, {"s": {"a": 60, "b": 70, "c": 80}})
    after = run({**declared, "adjustments": [bonus]}, {"s": {"a": 60, "b": 70, "c": 80}})
    found = movement(before, after)
    # 67 to 69.25, which is 69
    assert (found.change, parts(found)) == (2, {"adjustments": 2.25, "rounding": -0.25})
    assert [(one.code, one.change) for one in found.adjustments] == [("bonus", 2.25)]


def test_nothing_moved_from_a_score_that_is_not_there() -> None:
    there, absent = run({"tree": TREE}, {"s": {"a": 60}}), run({"tree": TREE}, {"s": {"a": None, "b": None, "c": None}})
    with pytest.raises(Problem, match=r"score in after: there is none \(no_data\)"):
        movement(there, absent)


def test_trees_beside_the_score_do_not_count() -> None:
    side = [{"code": "beside", "children": [leaf("d", 1)]}]
    found = movement(
        run({"tree": TREE, "side": side}, {"s": {"a": 60, "b": 70, "c": 80, "d": 1}}),
        run({"tree": TREE, "side": side}, {"s": {"a": 60, "b": 70, "c": 80, "d": 99}}),
    )
    assert (found.change, {one.code for one in found.leaves}) == (0, {"a", "b", "c"})


MEANS = ["arithmetic", "geometric", "harmonic", "min", "max", "median", {"method": "power", "p": 2}, {"method": "best", "count": 1}]
points = st.one_of(st.none(), st.just(0.0), st.floats(0, 100))


@settings(max_examples=15, deadline=None)
@example([None, 4e-279, None, None, None, 1.0, None, None], "arithmetic", [{"add": 3}], 0)
@given(
    st.lists(points, min_size=8, max_size=8),
    st.sampled_from(MEANS),
    st.lists(st.sampled_from([{"multiply": 0.5}, {"add": 3}, {"round": {"decimals": 0}}, {"clamp": {"high": 60}}]), max_size=2),
    st.sampled_from([0, 2]),
)  # fmt: skip
def test_the_parts_add_up_to_the_change(values: list[float | None], aggregate: Any, after: list[dict[str, Any]], decimals: int) -> None:
    def scheme(first: float) -> dict[str, Any]:
        top = {"code": "top", "weight": first, "aggregate": aggregate, "after": after, "children": [leaf("a", 0.6), leaf("b", 0.4)]}
        return {"tree": [top, {"code": "other", "weight": 1 - first, "children": [leaf("c", 0.5), leaf("d", 0.5)]}], "decimals": decimals}

    before = run(scheme(0.7), {"s": dict(zip("abcd", values[:4], strict=True))})
    later = run(scheme(0.4), {"s": dict(zip("abcd", values[4:], strict=True))})
    if before.results["s"]["score"] is None or later.results["s"]["score"] is None:
        return
    found = movement(before, later)
    assert sum(found.by_category.values()) == pytest.approx(found.change, abs=1e-9)
    assert abs(found.residual) < 1e-9
    assert sum(one.change for one in found.leaves) == pytest.approx(
        later.results["s"]["base_score"] - before.results["s"]["base_score"], abs=1e-9
    )
