"""What a scheme's own model cannot see: its indicators, its rule profile, weights by group, contradictions."""

from collections.abc import Iterable
from pathlib import Path

from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import FromIndicator, Goalposts, Node, Number, Scheme
from declarations.yaml_file import nearest

ANY_GROUP = ""
TOLERANCE = 1e-9


def check_scheme(file: Path, scheme: Scheme, indicators: dict[str, Indicator], rules: dict[str, RuleProfile]) -> None:
    """Raise Problem for the first contradiction, naming file, node, value and remedy."""
    profile = rules.get(scheme.rule_profile)
    if profile is None:
        hint = nearest(scheme.rule_profile, sorted(rules))
        raise Problem(f"{file}: rule_profile", f"there is no rule profile '{scheme.rule_profile}'.", f"{hint}Look into schemes/rules/.")
    _check_codes(file, scheme)
    _check_weights(file, scheme, None, scheme.tree)
    for node in scheme.nodes():
        if node.children:
            _check_weights(file, scheme, node, node.children)
        else:
            _check_leaf(file, scheme, node, indicators)
    _check_result(file, scheme, profile)


def number_for(number: Number, group: str) -> float | None:
    """The number that holds for a group; None where the declaration has none for it."""
    return number.get(group) if isinstance(number, dict) else number


def _groups(scheme: Scheme) -> list[str]:
    return list(scheme.groups) or [ANY_GROUP]


def _check_codes(file: Path, scheme: Scheme) -> None:
    codes = [node.code for node in scheme.nodes()]
    for code in codes:
        if codes.count(code) > 1:
            what = "this node stands more than once in the tree; a node has one parent."
            raise Problem(f"{file}: {code}", what, "give each node its own code (a node below itself would be a circle).")
    for code in scheme.ties:
        if code not in codes:
            raise Problem(f"{file}: ties", f"'{code}' is no node of the tree.", f"{nearest(code, codes)}Correct it.")


def _check_weights(file: Path, scheme: Scheme, parent: Node | None, children: Iterable[Node]) -> None:
    where = f"{file}: {parent.code if parent else 'tree'}"
    for group in _groups(scheme):
        weights: dict[str, float] = {}
        for child in children:
            weight = number_for(child.weight, group)
            if weight is None or weight < 0:
                shown = "missing" if weight is None else f"{weight:g}"
                raise Problem(f"{file}: {child.code}.weight", f"the weight for group '{group}' is {shown}.", "give 0 or more.")
            weights[child.code] = weight
        total = sum(weights.values())
        if abs(total - 1) > TOLERANCE:
            listed = " + ".join(f"{code} {weight:g}" for code, weight in weights.items())
            in_group = f" in group '{group}'" if group else ""
            raise Problem(where, f"the weights{in_group} sum to {total:g}, not 1: {listed}.", "change them so that they sum to 1.")


def _check_leaf(file: Path, scheme: Scheme, leaf: Node, indicators: dict[str, Indicator]) -> None:
    place = f"{file}: {leaf.code}"
    assert leaf.indicator is not None
    target = getattr(leaf.normalise, "target", None)
    named = [leaf.indicator, *([target.indicator] if isinstance(target, FromIndicator) else [])]
    for code in named:
        if code not in indicators:
            hint = nearest(code, sorted(indicators))
            raise Problem(f"{place}.indicator", f"there is no indicator '{code}'.", f"{hint}Declare it in indicators/.")
    if indicators[leaf.indicator].direction == "neither":
        raise Problem(f"{place}.indicator", f"'{leaf.indicator}' is neither better high nor low.", "score another or set its direction.")
    for key in ("target", "satisfactory", "excellent", "low", "high"):
        value = getattr(leaf.normalise, key, None)
        if isinstance(value, dict) and set(value) != set(scheme.groups):
            what = f"has values for {sorted(value)}, the groups are {sorted(scheme.groups)}."
            raise Problem(f"{place}.normalise.{key}", what, "give one for each group.")
    _check_bounds(place, scheme, leaf)


def _check_bounds(place: str, scheme: Scheme, leaf: Node) -> None:
    method = leaf.normalise
    pair = ("low", "high") if hasattr(method, "high") else ("satisfactory", "excellent")
    if not hasattr(method, pair[1]):
        return
    for group in _groups(scheme):
        first, second = (number_for(getattr(method, key), group) for key in pair)
        if first == second:
            raise Problem(f"{place}.normalise", f"{pair[0]} and {pair[1]} are both {first:g}.", "set them apart.")
        if isinstance(method, Goalposts) and method.log and min(first or 0, second or 0) <= 0:
            raise Problem(f"{place}.normalise", "a logarithm needs goalposts above 0.", "raise them or set log: false.")


def _check_result(file: Path, scheme: Scheme, profile: RuleProfile) -> None:
    if scheme.blend and scheme.blend.routine < profile.routine_minimum - TOLERANCE:
        what = f"routine counts {scheme.blend.routine:g}; the rule profile asks for at least {profile.routine_minimum:g}."
        raise Problem(f"{file}: blend.routine", what, "raise it, or name another rule profile.")
    bounds = [grade.at_least for grade in scheme.grades]
    if bounds != sorted(set(bounds), reverse=True):
        raise Problem(f"{file}: grades", "the grades' at_least must descend without repeats.", "put the best grade first.")
    names = [grade.grade for grade in scheme.grades]
    for veto in scheme.vetoes:
        if veto.grade is not None and veto.grade not in names:
            raise Problem(f"{file}: vetoes.{veto.code}", f"'{veto.grade}' is no grade.", f"{nearest(veto.grade, names)}Correct it.")
    for ceiling in profile.ceilings:
        if ceiling.subject_class == scheme.subject_class and ceiling.grade not in names:
            what = f"the rule profile has a ceiling on '{ceiling.grade}', which is no grade of this scheme."
            raise Problem(f"{file}: grades", what, f"{nearest(ceiling.grade, names)}Use the profile's names.")
