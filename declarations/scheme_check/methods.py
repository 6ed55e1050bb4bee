"""Numbers of a method that contradict each other: no spread, the wrong order, a logarithm of what has none."""

from collections.abc import Callable
from typing import Any

from declarations.scheme import normalise as n
from declarations.scheme.parameter import FromPeers, fixed_for
from declarations.scheme_check.check import Check
from declarations.yaml_file import Path_

Checker = Callable[[Check, Path_, Any, str], None]


def check_method(check: Check, path: Path_, method: Any, group: str, direction: str | None) -> None:
    """One method as it is used in one group. ``direction``: what is declared to be better, where it is."""
    for first, second in _APART.get(type(method), ()):
        _apart(check, path, method, (first, second), group)
    for low, high in _ORDERED.get(type(method), ()):
        a, b = getattr(method, low), getattr(method, high)
        if a is not None and b is not None and a >= b:
            check.add((*path, _stated(method, low, high)), f"{low} {a:g} is not below {high} {b:g}.", f"give '{high}' the larger number.")
    if type(method) in _WORSE_BETTER:
        _direction(check, path, method, group, direction)
    scale = getattr(method, "scale", None)
    if scale is not None and scale <= 0:
        check.add((*path, "scale"), f"the scale is {scale:g}: the best would not get the most points.", "give a scale above 0.")
    special = _SPECIAL.get(type(method))
    if special:
        special(check, path, method, group)


def _stated(method: Any, *keys: str) -> str:
    """Of several keys the one that stands in the file; the last of them, if several do."""
    return next((key for key in reversed(keys) if key in method.model_fields_set), keys[0])


def _apart(check: Check, path: Path_, method: Any, keys: tuple[str, str], group: str) -> None:
    first, second = getattr(method, keys[0]), getattr(method, keys[1])
    a, b = fixed_for(first, group), fixed_for(second, group)
    if a is not None and a == b:
        what = f"{keys[0]} and {keys[1]} are both {a:g}{check.in_group(group, first, second)}: nothing lies between them."
        check.add((*path, _stated(method, *keys)), what, "set them apart.")
    elif isinstance(first, FromPeers) and first == second:
        what = f"{keys[0]} and {keys[1]} are both the peers' {first.peers}."
        check.add((*path, _stated(method, *keys)), what, "take two different statistics, such as {peers: min} and {peers: max}.")


def _direction(check: Check, path: Path_, method: Any, group: str, direction: str | None) -> None:
    worse, better = _WORSE_BETTER[type(method)]
    a, b = fixed_for(getattr(method, worse), group), fixed_for(getattr(method, better), group)
    if a is None or b is None or a == b or direction not in ("higher", "lower"):
        return
    if (a < b) != (direction == "higher"):
        named = check.in_group(group, getattr(method, worse), getattr(method, better))
        what = f"{direction} is better, but {worse} {a:g} and {better} {b:g}{named} reward what is {'lower' if a > b else 'higher'}."
        check.add((*path, worse), what, f"swap {worse} and {better}, or correct 'direction'.")


def _goalposts(check: Check, path: Path_, method: n.Goalposts, group: str) -> None:
    for key in ("low", "high"):
        value = fixed_for(getattr(method, key), group)
        if method.log and value is not None and value <= 0:
            what = f"a logarithm needs goalposts above 0; {key} is {value:g}{check.in_group(group, getattr(method, key))}."
            check.add((*path, key), what, "raise it or set log: false.")


def _threshold(check: Check, path: Path_, method: n.Threshold, group: str) -> None:
    value = fixed_for(method.per_unit, group)
    if value is not None and value <= 0:
        what = f"per_unit is {value:g}{check.in_group(group, method.per_unit)}: a shortfall would cost nothing."
        check.add((*path, "per_unit"), what, "give the points lost for each unit, above 0.")


def _rank(check: Check, path: Path_, method: n.Rank, group: str) -> None:
    if method.step is not None and method.counted_from == "worst" and "counted_from" in method.model_fields_set:
        what = "with 'best' and 'step' places are counted from the best, not from the worst."
        check.add((*path, "counted_from"), what, "remove 'counted_from', or 'best' and 'step'.")
    if method.step == 0:
        check.add((*path, "step"), "step is 0: every place would get the same.", "give a step above 0.")
    if method.best is not None and method.best <= method.least:
        check.add((*path, "best"), f"best {method.best:g} is not above least {method.least:g}.", "give 'best' the larger number.")


def _percentile(check: Check, path: Path_, method: n.Percentile, group: str) -> None:
    if method.definition == "borda" and "scale" in method.model_fields_set:
        check.add((*path, "scale"), "borda counts points and is not scaled.", "remove 'scale', or multiply in 'after'.")


def _improvement(check: Check, path: Path_, method: n.Improvement, group: str) -> None:
    baseline, best = fixed_for(method.baseline, group), fixed_for(method.best, group)
    if baseline is not None and baseline == best:
        named = check.in_group(group, method.baseline, method.best)
        check.add((*path, "best"), f"baseline and best are both {best:g}{named}: there is no gap to close.", "set them apart.")


def _piecewise(check: Check, path: Path_, method: n.Piecewise, group: str) -> None:
    for i, (one, other) in enumerate(zip(method.corners, method.corners[1:], strict=False)):
        a, b = fixed_for(one.at, group), fixed_for(other.at, group)
        if a is not None and b is not None and a >= b:
            what = f"the corners' 'at' must ascend without repeats; {b:g} follows {a:g}{check.in_group(group, one.at, other.at)}."
            check.add((*path, "corners", i + 1, "at"), what, "put the corners in order, each value once.")


def _power(check: Check, path: Path_, method: n.Power, group: str) -> None:
    if fixed_for(method.a, group) == 0:
        check.add((*path, "a"), f"a is 0{check.in_group(group, method.a)}: everybody would get the constant.", "give another factor.")


def _as_is(check: Check, path: Path_, method: n.AsIs, group: str) -> None:
    if method.factor == 0:
        check.add((*path, "factor"), "the factor is 0: everybody would get 0 points.", "give another factor.")


_APART: dict[type, tuple[tuple[str, str], ...]] = {
    n.Efficacy: (("satisfactory", "excellent"),),
    n.Goalposts: (("low", "high"),),
}
_ORDERED: dict[type, tuple[tuple[str, str], ...]] = {
    n.Efficacy: (("least", "most"),),
    n.MinMax: (("low", "high"),),
    n.Threshold: (("least", "full"),),
    n.Improvement: (("least", "most"),),
    n.AsIs: (("least", "most"),),
}
_WORSE_BETTER: dict[type, tuple[str, str]] = {n.Efficacy: ("satisfactory", "excellent"), n.Goalposts: ("low", "high")}
_SPECIAL: dict[type, Checker] = {
    n.AsIs: _as_is,
    n.Goalposts: _goalposts,
    n.Improvement: _improvement,
    n.Percentile: _percentile,
    n.Piecewise: _piecewise,
    n.Power: _power,
    n.Rank: _rank,
    n.Threshold: _threshold,
}
