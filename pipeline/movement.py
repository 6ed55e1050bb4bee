"""What moved a score between two appraisals of the same subject, split exactly: values, weights, data, scheme, adjustments, rounding.

A leaf gives ``c = k · p`` to the score: p its points, k what one of its points counts. Its change is
``(k₀ + k₁)/2 · (p₁ − p₀)`` from its values and ``(p₀ + p₁)/2 · (k₁ − k₀)`` from weights; k moves with declared weights, with the
absence of siblings, in a mean that is not arithmetic with the other leaves, and with steps after. The two add up to c₁ − c₀.
"""

from dataclasses import dataclass
from typing import Any

from declarations.problem import Problem

Row = dict[str, Any]
CATEGORIES = ("values", "weights", "data", "scheme", "adjustments", "rounding")


@dataclass(frozen=True)
class Standing:
    """One appraisal of a subject: its result (score, base_score, adjustment_points), nodes, adjustments, and how to call it."""

    label: str
    result: Row
    nodes: list[Row]
    adjustments: list[Row]


@dataclass(frozen=True)
class Moved:
    """One leaf or adjustment: what it gave before and gives now, and why that differs; ``before`` and ``after`` are its rows."""

    code: str
    category: str
    given_before: float
    given_after: float
    values: float
    weights: float
    before: Row | None
    after: Row | None

    @property
    def change(self) -> float:
        return self.given_after - self.given_before


@dataclass(frozen=True)
class Movement:
    """All of it; ``by_category`` adds up to ``change`` (``residual`` is what floating point leaves over)."""

    before: Standing
    after: Standing
    leaves: list[Moved]
    adjustments: list[Moved]
    by_category: dict[str, float]

    @property
    def change(self) -> float:
        return float(self.after.result["score"] - self.before.result["score"])

    @property
    def residual(self) -> float:
        return self.change - sum(self.by_category.values())


NO_POINTS = 1e-9
"""So few points count as none where a contribution is divided by them."""


def moved(before: Standing, after: Standing) -> Movement:
    """Split the change of the score. Raises Problem where one of the two has no score."""
    for standing in (before, after):
        if standing.result["score"] is None:
            status = standing.result.get("status") or "no data"
            raise Problem(
                f"score in {standing.label}", f"there is none ({status}), so nothing moved from or to it.", "name another period."
            )
    leaves = _leaves(before.nodes, after.nodes)
    adjustments = _adjustments(before.adjustments, after.adjustments)
    totals = dict.fromkeys(CATEGORIES, 0.0)
    for leaf in leaves:
        if leaf.category == "values":
            totals["values"] += leaf.values
            totals["weights"] += leaf.weights
        else:
            totals[leaf.category] += leaf.change
    totals["adjustments"] = sum(one.change for one in adjustments)
    totals["rounding"] = _rounding(after.result) - _rounding(before.result)
    return Movement(before, after, _by_size(leaves), _by_size(adjustments), totals)


def leaf_rows(nodes: list[Row]) -> list[Row]:
    """The leaves of the score's tree; trees beside it left out."""
    parents = {node["parent"] for node in nodes}
    return [node for node in nodes if node["node"] not in parents and not node.get("side")]


def _leaves(before: list[Row], after: list[Row]) -> list[Moved]:
    first, second = ({row["node"]: row for row in leaf_rows(nodes)} for nodes in (before, after))
    return [_leaf(code, first.get(code), second.get(code)) for code in dict.fromkeys([*second, *first])]


def _leaf(code: str, before: Row | None, after: Row | None) -> Moved:
    gave, gives = (float(row["contribution"] or 0) if row else 0.0 for row in (before, after))
    if before is None or after is None:
        return Moved(code, "scheme", gave, gives, 0.0, 0.0, before, after)
    had, has = before["normalised"], after["normalised"]
    if had is None or has is None:
        return Moved(code, "data", gave, gives, 0.0, 0.0, before, after)
    # where there are next to no points, what one of them counts is taken to be that of the other appraisal
    counts = [given / points for given, points in ((gave, had), (gives, has)) if abs(points) > NO_POINTS]
    values = sum(counts) / len(counts) * (has - had) if counts else 0.0
    return Moved(code, "values", gave, gives, values, gives - gave - values, before, after)


def _adjustments(before: list[Row], after: list[Row]) -> list[Moved]:
    codes = dict.fromkeys(row["code"] for row in [*after, *before])
    found = []
    for code in codes:
        first, second = ([row for row in rows if row["code"] == code] for rows in (before, after))
        gave, gives = (sum(float(row["counted_points"]) for row in rows) for rows in (first, second))
        found.append(Moved(code, "adjustments", gave, gives, 0.0, 0.0, next(iter(first), None), next(iter(second), None)))
    return found


def _rounding(result: Row) -> float:
    return float(result["score"] - (result["base_score"] + result["adjustment_points"]))


def _by_size(parts: list[Moved]) -> list[Moved]:
    return sorted(parts, key=lambda part: (-abs(part.change), part.code))
