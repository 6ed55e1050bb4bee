"""Between which points a node can lie, whatever the data: from the declarations alone."""

import math
from typing import Any

from declarations.scheme import normalise as n
from declarations.scheme.adjust import Add, Adjustment, Consistency, Event, Multiply, Table, Variance, WorstQuantile
from declarations.scheme.after import After, Clamp, Round
from declarations.scheme.aggregate import Aggregate, Best, Copeland, PowerMean, method_of
from declarations.scheme.effective import applies_to
from declarations.scheme.parameter import fixed_for
from declarations.scheme.scheme import Scheme
from declarations.scheme.tree import Node

Range = tuple[float, float]
ANY: Range = (-math.inf, math.inf)


def attainable(scheme: Scheme, group: str = "") -> dict[str, Range]:
    """For each node of tree and side the least and the most points in a group, where all data are there; ``score``: the tree's.

    Infinite where the declarations set no bound. Ratios are taken of values that are not negative.
    """
    found: dict[str, Range] = {}
    for top in [*scheme.tree, *scheme.side]:
        _node(top, group, found)
    found["score"] = _after(_together(scheme.aggregate, _parts(scheme.tree, group, found)), scheme.after, group)
    return found


def final_range(scheme: Scheme, group: str = "") -> Range:
    """Between which points the result can lie, adjustments and final steps among them."""
    low, high = attainable(scheme, group)["score"]
    for adjustment in scheme.adjustments:
        if adjustment.groups and group not in adjustment.groups:
            continue
        less, more = _adjustment(adjustment, (low, high), group)
        bound = adjustment.cap if adjustment.cap is not None else math.inf
        bound = min(bound, scheme.adjustment_caps.get(adjustment.pool, math.inf)) if adjustment.pool else bound
        low, high = low + max(min(less, 0.0), -bound), high + min(max(more, 0.0), bound)
    return _after((low, high), scheme.final, group)


def _node(node: Node, group: str, found: dict[str, Range]) -> None:
    if node.children:
        for child in node.children:
            _node(child, group, found)
        own = _together(node.aggregate, _parts(node.children, group, found))
    else:
        method = node.normalise_by_group.get(group, node.normalise)
        ranges = [_method(one, group) for one in (method, getattr(method, "fallback", None)) if one is not None]
        own = (min(low for low, _ in ranges), max(high for _, high in ranges))
    found[node.code] = _after(own, node.after, group)


def _parts(siblings: list[Node], group: str, found: dict[str, Range]) -> list[tuple[Range, float]]:
    """Bounds and weights of the siblings that apply to a group."""
    return [(found[node.code], fixed_for(node.weight, group) or 0.0) for node in siblings if applies_to(node, group)]


def _method(method: Any, group: str) -> Range:
    equal = getattr(method, "when_equal", None)
    low, high = _of_method(method, group)
    return (low, high) if equal is None else (min(low, equal), max(high, equal))


def _of_method(method: Any, group: str) -> Range:  # noqa: C901 (one line a method)
    match method:
        case n.TargetCompletion():
            return 0.0, method.points * method.cap
        case n.Threshold():
            return method.least, method.full
        case n.Ladder():
            points = [method.otherwise, *(step.points for step in method.steps_for(group))]
            return min(points), max(points)
        case n.Efficacy():
            return method.least, method.most
        case n.Goalposts():
            return (0.0, method.scale) if method.clamped else ANY
        case n.MinMax():
            return method.low, method.high
        case n.RatioToBest():
            return 0.0, method.scale
        case n.Rank():
            return (method.least, method.best) if method.best is not None else (1.0, math.inf)
        case n.Percentile():
            return 0.0, math.inf if method.definition == "borda" else method.scale
        case n.Distance():
            return (0.0 if method.to == "best" else -math.inf), (method.scale if method.to == "best" or method.capped else math.inf)
        case n.Improvement() | n.AsIs():
            return -math.inf if method.least is None else method.least, math.inf if method.most is None else method.most
        case n.Piecewise():
            given = [*(corner.points for corner in method.corners), method.below, method.above]
            known = [value for value in (fixed_for(one, group) for one in given) if value is not None]
            return min(known), max(known)
        case n.Power():
            a = fixed_for(method.a, group) or 0.0
            return (method.constant, math.inf) if a > 0 else (-math.inf, method.constant)
    return ANY


def _together(how: Aggregate, parts: list[tuple[Range, float]]) -> Range:
    """All methods but expressions rise with each child, so the bounds of the children give those of the parent."""
    if isinstance(how, Copeland) or how == "copeland":
        return (-1.0, 1.0) if not getattr(how, "raw", False) else ANY
    counted = [(bounds, weight) for bounds, weight in parts if weight > 0]
    if method_of(how) == "expression" or not counted:
        return ANY
    weights = [weight for _, weight in counted]
    return _mean(how, [low for (low, _), _ in counted], weights), _mean(how, [high for (_, high), _ in counted], weights)


def _mean(how: Aggregate, values: list[float], weights: list[float]) -> float:
    method, total = method_of(how), sum(weights)
    shares = [weight / total for weight in weights]
    if method == "sum":
        return sum(w * x for w, x in zip(weights, values, strict=True))
    if method in ("min", "max"):
        return min(values) if method == "min" else max(values)
    if method == "median":
        ordered, half = sorted(values), len(values) // 2
        return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2
    if isinstance(how, Best):
        chosen = sorted(zip(values, weights, strict=True), reverse=True)[: how.count]
        return _mean("arithmetic", [x for x, _ in chosen], [w for _, w in chosen])
    p = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}.get(method) if not isinstance(how, PowerMean) else how.p
    assert p is not None
    return _power_mean(p, [x if p == 1 else max(x, 0.0) for x in values], shares)


def _power_mean(p: float, values: list[float], shares: list[float]) -> float:
    if p == 1:
        return sum(w * x for w, x in zip(shares, values, strict=True))
    if p <= 0 and min(values) == 0:
        return 0.0
    if p == 0:
        return math.exp(sum(w * math.log(x) for w, x in zip(shares, values, strict=True)))
    try:
        return float(sum(w * x**p for w, x in zip(shares, values, strict=True)) ** (1 / p))
    except (OverflowError, ZeroDivisionError):
        return math.inf


def _after(bounds: Range, steps: list[After], group: str) -> Range:
    for step in steps:
        if step.compare is not None:
            bounds = {"z_score": ANY, "rank": (1.0, math.inf)}.get(step.compare.by, (0.0, 1.0))
            continue
        one, other = (_step(step, value, group) for value in bounds)
        bounds = min(one, other), max(one, other)
    return bounds


def _step(step: After, value: float, group: str) -> float:
    if step.multiply is not None:
        factor = fixed_for(step.multiply, group) or 0.0
        return value * factor if factor else 0.0
    if step.add is not None:
        return value + (fixed_for(step.add, group) or 0.0)
    if step.power is not None:
        return math.copysign(abs(value) ** step.power, value)
    if isinstance(step.round, Round):
        return value if math.isinf(value) else round(value, step.round.decimals)
    assert isinstance(step.clamp, Clamp)
    low = -math.inf if step.clamp.low is None else step.clamp.low
    return min(max(value, low), math.inf if step.clamp.high is None else step.clamp.high)


def _adjustment(adjustment: Adjustment, score: Range, group: str) -> Range:
    """By how much it can move the score."""
    match adjustment:
        case Event():
            return (0.0, math.inf) if adjustment.kind == "bonus" else (-math.inf, 0.0)
        case Add():
            points = fixed_for(adjustment.points, group)
            return ANY if points is None else (points, points)
        case Multiply():
            factor = fixed_for(adjustment.factor, group)
            if factor is None or factor == 1:
                return ANY if factor is None else (0.0, 0.0)
            moved = [(factor - 1) * points for points in score if points]
            return min([0.0, *moved]), max([0.0, *moved])
        case Table():
            return _of_method(adjustment.table, group)
        case Consistency() | Variance():
            return min(adjustment.points, 0.0), max(adjustment.points, 0.0)
        case WorstQuantile():
            if adjustment.points is not None:
                return min(adjustment.points, 0.0), max(adjustment.points, 0.0)
            return ANY
    return 0.0, math.inf
