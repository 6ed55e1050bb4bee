"""Within which values a leaf is sought that reaches a grade.

Those of the unit (shares 0 to 1; points, and rates in percent, 0 to 100), else the furthest of the peers' values and of the
numbers that the leaf's method names (target, goalposts, steps …): beyond them a method gives no more, or nobody has been.
"""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from declarations.indicator import Indicator
from declarations.scheme import ANY_GROUP, FromIndicator, Node
from pipeline.scenario import Scenario


def bounds(scenario: Scenario, leaf: Node, now: float | None) -> tuple[float, float]:
    """The lowest and the highest value that is tried."""
    unit = _unit_bounds(scenario.indicators.get(leaf.indicator or ""))
    if unit is not None:
        return unit
    rows = scenario.connection.execute(
        "select value from base_score_fact where indicator = ? and period = ? and status = 'ok' and isfinite(value)",
        [leaf.indicator, scenario.period],
    ).fetchall()
    values = [row[0] for row in rows] + [x for x in _named(scenario, leaf) if isfinite(x)] + ([now] if now is not None else [])
    return (min(values), max(values)) if values else (0.0, 100.0)


def _unit_bounds(indicator: Indicator | None) -> tuple[float, float] | None:
    if indicator is None:
        return None
    if indicator.unit.startswith("share"):
        return 0.0, 1.0
    if indicator.unit.startswith("points 0-100") or (indicator.unit == "percent" and indicator.kind == "rate"):
        return 0.0, 100.0
    return None


def _named(scenario: Scenario, leaf: Node) -> Iterator[float]:
    """The numbers at which the leaf's method may turn."""
    group = scenario.row("select peer_group from score.result where subject_id = ?")["peer_group"] or ANY_GROUP
    method: Any = leaf.normalise_by_group.get(group, leaf.normalise)
    for one in (method, getattr(method, "fallback", None)):
        if one is None:
            continue
        for name in ("target", "threshold", "satisfactory", "excellent", "low", "high", "b", "best", "baseline"):
            yield from _number(scenario, getattr(one, name, None) if one.method != "min_max" else None, group)
        for target in _number(scenario, getattr(one, "target", None), group):
            cap = getattr(one, "cap", None) or 1.0
            yield from (target * cap, target / cap)
        if one.method == "as_is" and one.factor:
            yield from (limit / one.factor for limit in (one.least, one.most) if limit is not None)
        if one.method == "ladder":
            yield from (step.bound for step in one.steps_for(group))
        for corner in getattr(one, "corners", []):
            yield from _number(scenario, corner.at, group)


def _number(scenario: Scenario, number: Any, group: str) -> list[float]:
    if isinstance(number, FromIndicator):
        own = "select value from base_score_fact where subject_id = ? and indicator = ? and status = 'ok' and period = ?"
        value = scenario.one(own, number.indicator, scenario.period)
        return [] if value is None else [value]
    found = number.get(group) if isinstance(number, dict) else number
    return [float(found)] if isinstance(found, int | float) else []
