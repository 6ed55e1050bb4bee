"""Aggregation by hand: every method, absences, steps after, and the shares that explain each node."""

from math import sqrt
from typing import Any

import pytest

from tests.scoring.kit import run


def leaf(code: str, weight: Any = 1, **more: Any) -> dict[str, Any]:
    return {"code": code, "weight": weight, "indicator": code, "normalise": {"method": "as_is", "least": None, "most": None}, **more}


def branch(aggregate: Any, weights: tuple[float, ...] = (0.5, 0.3, 0.2), **more: Any) -> dict[str, Any]:
    children = [leaf(code, weight) for code, weight in zip("abc", weights, strict=False)]
    return {"tree": [{"code": "top", "aggregate": aggregate, "children": children, **more}]}


VALUES = {"s": {"a": 4.0, "b": 16.0, "c": 1.0}}


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("arithmetic", 0.5 * 4 + 0.3 * 16 + 0.2 * 1),
        ("geometric", 2 * 2**1.2),  # 4^.5 · 16^.3 · 1
        ("harmonic", 1 / (0.5 / 4 + 0.3 / 16 + 0.2)),
        ({"method": "power", "p": 2}, sqrt(0.5 * 16 + 0.3 * 256 + 0.2)),
        ({"method": "power", "p": -1}, 1 / (0.5 / 4 + 0.3 / 16 + 0.2)),
        ({"method": "power", "p": 1}, 7.0),
        ("sum", 7.0),
        ("min", 1.0),
        ("max", 16.0),
        ("median", 4.0),
        ({"method": "best", "count": 2}, (0.5 * 4 + 0.3 * 16) / 0.8),
        ({"method": "best", "count": 5}, 7.0),
        ({"method": "expression", "sql": "a * b - c"}, 63.0),
    ],
)
def test_each_method_gives_its_formula(aggregate: Any, expected: float) -> None:
    assert run(branch(aggregate), VALUES).points("top")["s"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("arithmetic", (0.5 * 4 + 0.2 * 1) / 0.7),
        ("geometric", 4 ** (0.5 / 0.7)),
        ("harmonic", 0.7 / (0.5 / 4 + 0.2)),
        ("sum", 2.2),  # points that add up: what is absent adds nothing, and coverage says so
        ("min", 1.0),
        ("median", 2.5),
        ({"method": "best", "count": 1}, 4.0),
    ],
)
def test_the_available_children_share_the_weight_of_the_absent(aggregate: Any, expected: float) -> None:
    scored = run(branch(aggregate), {"s": {"a": 4.0, "b": None, "c": 1.0}})
    top = scored.node("top")["s"]
    assert top["normalised"] == pytest.approx(expected, abs=1e-12)
    assert (top["coverage"], top["status"]) == (pytest.approx(0.7), "incomplete")


@pytest.mark.parametrize(
    ("aggregate", "values", "expected"),
    [
        ("geometric", {"a": 0.0, "b": 5.0, "c": 9.0}, 0.0),
        ("geometric", {"a": -1.0, "b": 5.0, "c": 9.0}, None),
        ("harmonic", {"a": 0.0, "b": 5.0, "c": 9.0}, 0.0),
        ("harmonic", {"a": -1.0, "b": 5.0, "c": 9.0}, None),
        ({"method": "power", "p": -2}, {"a": 0.0, "b": 5.0, "c": 9.0}, 0.0),
        ({"method": "power", "p": 2}, {"a": 0.0, "b": 0.0, "c": 0.0}, 0.0),
        ({"method": "power", "p": 2}, {"a": -1.0, "b": 5.0, "c": 9.0}, None),
        ({"method": "power", "p": 20}, {"a": 1e14, "b": 1e14, "c": 1e14}, 1e14),
        ({"method": "power", "p": -20}, {"a": 1e-9, "b": 1e-9, "c": 1e-9}, 1e-9),
        ({"method": "expression", "sql": "a / b"}, {"a": 1.0, "b": 0.0, "c": 1.0}, None),
    ],
)
def test_what_cannot_be_computed_is_invalid_and_never_nan(aggregate: Any, values: dict[str, float], expected: float | None) -> None:
    top = run(branch(aggregate), {"s": values}).node("top")["s"]
    assert top["normalised"] == (None if expected is None else pytest.approx(expected, rel=1e-9))
    assert top["status"] == ("invalid" if expected is None else "ok")


def test_copeland_counts_duels_won_less_duels_lost() -> None:
    # x beats y (a and c: 0.7), y beats z (a: 0.5 against b: 0.3), x beats z (a, c)
    scored = run(branch("copeland"), {"x": {"a": 3, "b": 1, "c": 3}, "y": {"a": 2, "b": 2, "c": 1}, "z": {"a": 1, "b": 3, "c": 1}})
    assert scored.points("top") == {"x": 1.0, "y": 0.0, "z": -1.0}
    raw = run(branch({"method": "copeland", "raw": True}), {"x": {"a": 3}, "y": {"a": 2}, "z": {"a": 1}})
    assert raw.points("top") == {"x": 2.0, "y": 0.0, "z": -2.0}
    alone = run(branch("copeland"), {"x": {"a": 3, "b": 1, "c": 3}})
    assert alone.points("top") == {"x": 0.0}


def test_steps_after_follow_in_order_and_are_explained() -> None:
    steps = [{"multiply": 10}, {"add": -0.5}, {"round": {"decimals": 0}}, {"clamp": {"low": 0, "high": 60}}]
    scored = run(branch("arithmetic", after=steps), VALUES)
    assert scored.points("top")["s"] == 60.0  # 7 · 10 − 0.5 = 69.5 → 70 → 60
    contributions = [scored.node(code)["s"]["contribution"] for code in "abc"]
    assert sum(contributions) == pytest.approx(60.0, abs=1e-9)
    # the cap cuts all parts in proportion: 2, 4.8 and 0.2 of 7 points
    assert contributions == pytest.approx([2 / 7 * 60, 4.8 / 7 * 60, 0.2 / 7 * 60])


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [(2.5, "half_up", 3), (2.5, "half_even", 2), (3.5, "half_even", 4), (2.4999999999999, "half_up", 3), (-2.5, "half_up", -2),
     (2.0000000000001, "floor", 2), (1.9999999999999, "floor", 2), (2.0000000000001, "ceil", 2), (2.1, "ceil", 3)],
)  # fmt: skip
def test_rounding_counts_noise_as_the_half_or_whole_that_it_is_near(value: float, how: str, expected: float) -> None:
    scored = run({"tree": [leaf("a", after=[{"round": {"decimals": 0, "rounding": how}}])]}, {"s": {"a": value}})
    assert scored.points("a")["s"] == expected


def test_different_methods_at_different_nodes_and_weights_by_group() -> None:
    scheme = {
        "groups": {"north": {"en": "North", "zh": "北"}, "south": {"en": "South", "zh": "南"}},
        "aggregate": "geometric",
        "tree": [
            {"code": "one", "weight": {"north": 0.75, "south": 0.25}, "children": [leaf("a", 0.5), leaf("b", 0.5)]},
            {"code": "two", "weight": {"north": 0.25, "south": 0.75}, "aggregate": "max", "children": [leaf("c", 0.5), leaf("d", 0.5)]},
        ],
    }
    values = {"a": 6.0, "b": 26.0, "c": 1.0, "d": 0.5}  # one = 16, two = 1
    subjects = [{"subject_id": "n", "peer_group": "north"}, {"subject_id": "s", "peer_group": "south"}]
    scored = run(scheme, {"n": values, "s": values}, subjects=subjects)
    assert scored.points("score") == {"n": pytest.approx(8.0), "s": pytest.approx(2.0)}  # 16^¾, 16^¼


def test_relative_weights_are_made_shares() -> None:
    scheme = {"weights": "relative", "tree": [leaf("a", 3), leaf("b", 1)]}
    scored = run(scheme, {"s": {"a": 100.0, "b": 0.0}})
    assert scored.points("score")["s"] == 75.0
    assert scored.node("a")["s"]["nominal_weight"] == 0.75


def absence(rule: Any, status: str = "not_reported") -> Any:
    facts = [
        {"subject_id": "s", "indicator": "a", "value": 80.0},
        {"subject_id": "s", "indicator": "b", "value": None, "status": status},
        {"subject_id": "t", "indicator": "a", "value": 50.0},
        {"subject_id": "t", "indicator": "b", "value": 60.0},
        {"subject_id": "u", "indicator": "a", "value": 50.0},
        {"subject_id": "u", "indicator": "b", "value": 70.0},
    ]
    return run({"missing": {status: rule}, "tree": [leaf("a", 0.75), leaf("b", 0.25)]}, facts)


def test_each_treatment_of_an_absence() -> None:
    for rule, points, coverage in [("renormalise", 80.0, 1.0), ("incomplete", 80.0, 0.75), ("withhold", None, 0.75),
                                   ("peer_mean", 0.75 * 80 + 0.25 * 65, 0.75), (40, 0.75 * 80 + 0.25 * 40, 0.75)]:  # fmt: skip
        root = absence(rule).node("score")["s"]
        assert (root["normalised"], root["coverage"]) == (points, coverage), rule


def test_an_absence_keeps_its_kind_and_is_never_a_zero() -> None:
    for status in ("not_applicable", "not_reported", "too_few", "source_down"):
        scored = absence("incomplete", status)
        row = scored.node("b")["s"]
        assert (row["status"], row["normalised"], row["raw"]) == (status, None, None)
        assert scored.points("score")["s"] == 80.0


def test_a_node_may_ask_for_a_number_or_a_share_of_children() -> None:
    facts = {"s": {"a": 1.0, "b": 2.0, "c": None}, "t": {"a": 1.0, "b": None, "c": None}}
    assert run(branch("arithmetic", minimum_available=2), facts).points("top") == {"s": pytest.approx(1.1 / 0.8), "t": None}
    by_share = run(branch("arithmetic", minimum_coverage=0.66), facts)
    assert by_share.points("top") == {"s": pytest.approx(1.1 / 0.8), "t": None}
    assert by_share.node("top")["t"]["status"] == "too_few"
    assert run(branch("arithmetic", minimum_coverage=0.67), facts).points("top") == {"s": None, "t": None}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), 1e308, -1e308])
def test_what_is_no_number_is_invalid(bad: float) -> None:
    scored = run({"tree": [leaf("a", 0.5), leaf("b", 0.5)]}, {"s": {"a": bad, "b": 60.0}})
    row = scored.node("a")["s"]
    assert (row["status"], row["normalised"]) == ("invalid", None)
    assert scored.points("score")["s"] == 60.0


def test_trees_beside_the_score_are_computed_and_count_for_nothing() -> None:
    scheme = {"tree": [leaf("a")], "side": [{"code": "other", "aggregate": "max", "children": [leaf("b"), leaf("c")]}]}
    scored = run({"weights": "relative", **scheme}, {"s": {"a": 10.0, "b": 3.0, "c": 7.0}})
    assert (scored.points("score")["s"], scored.points("other")["s"]) == (10.0, 7.0)
    assert scored.node("c")["s"]["contribution"] == 7.0
