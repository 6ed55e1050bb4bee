"""The step ``compare``: a node's points among its peers', by hand; and the normal distribution in expressions."""

from collections.abc import Mapping
from math import erf, sqrt
from typing import Any

import pytest

from declarations.check_scheme import contradictions
from tests.scheme.small import scheme as scheme_of
from tests.scoring.kit import run
from tests.scoring.test_aggregate import leaf

FOUR = {"p": 1.0, "q": 2.0, "r": 2.0, "s": 5.0, "t": None}
# mean 2.5, squares 2.25 + 0.25 + 0.25 + 6.25 = 9: sd √3 of a sample, 1.5 of all
EXPECTED = {
    "z_score": [-1.5 / sqrt(3), -0.5 / sqrt(3), -0.5 / sqrt(3), 2.5 / sqrt(3)],
    "min_max": [0, 0.25, 0.25, 1],
    "percentile": [0, 0.5, 0.5, 1],
    "rank": [4, 2, 2, 1],
}


def compared(values: Mapping[str, float | None], step: dict[str, Any], **more: Any) -> list[float | None]:
    """The points of a branch over one leaf, after the step."""
    scheme = {"tree": [{"code": "top", "children": [leaf("a")], "after": [{"compare": step}]}], **more.pop("scheme", {})}
    return list(run(scheme, {s: {"a": value} for s, value in values.items()}, **more).points("top").values())


@pytest.mark.parametrize("by", EXPECTED)
def test_points_are_compared_with_the_peers(by: str) -> None:
    *points, absent = compared(FOUR, {"by": by})
    assert points == pytest.approx(EXPECTED[by], abs=1e-12)
    assert absent is None


def test_the_deviation_may_be_the_populations() -> None:
    assert compared(FOUR, {"by": "z_score", "estimator": "population"})[:4] == pytest.approx([-1, -1 / 3, -1 / 3, 5 / 3], abs=1e-12)


@pytest.mark.parametrize(("by", "alone", "equal"), [("z_score", 0, 0), ("min_max", 1, 1), ("percentile", 0.5, 0.5), ("rank", 1, 1)])
def test_one_alone_and_equal_ones_are_never_divided_by_zero(by: str, alone: float, equal: float) -> None:
    assert compared({"p": 7.0}, {"by": by}) == [alone]
    assert compared({"p": 0.1 + 0.2, "q": 0.3}, {"by": by}) == [equal, equal]  # float noise is no difference


def test_peers_are_the_group_or_all_of_the_period() -> None:
    subjects = [{"subject_id": s, "peer_group": g} for s, g in (("p", "north"), ("q", "north"), ("r", "south"))]
    groups = {"groups": {"north": {"en": "North", "zh": "北"}, "south": {"en": "South", "zh": "南"}}}
    values = {"p": 1.0, "q": 2.0, "r": 3.0}
    assert compared(values, {"by": "rank"}, scheme=groups, subjects=subjects) == [2, 1, 1]
    assert compared(values, {"by": "rank", "peers": "all"}, scheme=groups, subjects=subjects) == [3, 2, 1]
    assert compared(values, {"by": "rank"}, scheme={**groups, "peers": "class"}, subjects=subjects) == [3, 2, 1]
    rows = [("p", "2024", 1.0), ("q", "2024", 2.0), ("p", "2025", 3.0)]
    facts = [{"subject_id": s, "period": p, "indicator": "a", "value": v} for s, p, v in rows]
    scored = run({"tree": [leaf("a", after=[{"compare": {"by": "rank"}}])]}, facts)
    found = {(row["period"], row["subject_id"]): row["normalised"] for row in scored.rows("node") if row["node"] == "a"}
    assert found == {("2024", "p"): 2, ("2024", "q"): 1, ("2025", "p"): 1}


def test_leaves_branches_and_the_top_are_compared_in_their_turn_and_decompose() -> None:
    steps = [{"multiply": 2}, {"compare": {"by": "min_max"}}, {"multiply": 10}]
    scheme = {
        "weights": "relative",
        "after": [{"compare": {"by": "percentile"}}],
        "tree": [{"code": "top", "children": [leaf("a", after=steps), leaf("b")], "after": [{"compare": {"by": "z_score"}}]}, leaf("c")],
    }
    scored = run(scheme, {s: {"a": a, "b": b, "c": 1.0} for s, a, b in (("p", 1, 10), ("q", 2, 3), ("r", 3, 0))})
    assert list(scored.points("a").values()) == [0, 5, 10]  # 2, 4, 6 between the least and the most
    assert list(scored.points("top").values()) == pytest.approx([sqrt(1 / 3), -2 * sqrt(1 / 3), sqrt(1 / 3)])  # of 5, 4, 5
    assert list(scored.points("score").values()) == [0.75, 0, 0.75]
    for subject, points in scored.points("score").items():
        assert sum(scored.node(code)[subject]["contribution"] for code in "abc") == pytest.approx(points, abs=1e-9)


def test_adjusted_scores_are_not_compared() -> None:
    mistakes = contradictions(scheme_of(leaf("a"), final=[{"compare": {"by": "rank"}}]))
    assert [mistake.path for mistake in mistakes] == [("final", 0, "compare")]
    assert contradictions(scheme_of(leaf("a"), after=[{"compare": {"by": "rank"}}])) == []


@pytest.mark.parametrize("x", [-8.0, -1.0, 0.0, 1e-9, 1.959963984540054, 6.0, 40.0])
def test_the_normal_distribution_is_exact(x: float) -> None:
    scheme = {"tree": [{"code": "a", "indicator": "a", "normalise": {"method": "expression", "sql": "normal_cdf(x)"}}]}
    assert run(scheme, {"s": {"a": x}}).points("a")["s"] == pytest.approx((1 + erf(x / sqrt(2))) / 2, abs=1e-15)


def test_a_statistic_may_be_of_those_with_the_same_attribute() -> None:
    method = {"method": "expression", "sql": "x - m", "parameters": {"m": {"peers": "median", "among": "size"}}}
    scheme = {"tree": [{"code": "a", "indicator": "a", "normalise": method}]}
    sizes = {"p": {"size": "large"}, "q": {"size": "large"}, "r": {"size": "small"}}
    assert run(scheme, {"p": {"a": 1.0}, "q": {"a": 3.0}, "r": {"a": 7.0}}, attributes=sizes).points("a") == {"p": -1, "q": 1, "r": 0}


@pytest.mark.parametrize(
    "method",
    [{"method": "goalposts", "low": {"peers": "min"}, "high": {"peers": "max", "among": "size"}},
     {"method": "distance", "to": "target", "target": {"peers": "max", "among": "size"}},
     {"method": "goalposts", "low": 0, "high": {"peers": "max", "among": "class"}}],
)  # fmt: skip
def test_a_leaf_has_one_set_of_peers(method: dict[str, Any]) -> None:
    scheme = scheme_of({"code": "a", "indicator": "a", "normalise": method})
    assert [mistake.path[:3] for mistake in contradictions(scheme)] == [("tree", 0, "normalise")]
