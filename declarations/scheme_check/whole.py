"""The scheme among others: its year, its rules, the results of other times, units and schemes that enter it."""

from collections.abc import Iterator

from declarations.scheme import After, Scheme
from declarations.scheme_check.check import TOLERANCE, Check
from declarations.yaml_file import Path_, nearest


def check_whole(check: Check) -> None:
    """Look at what the scheme says about itself as a whole."""
    _rules(check)
    _blend(check)
    _other_schemes(check)
    if check.around.indicators is not None and check.scheme.year is None:
        check.add(("year",), "a scheme of the warehouse is of one year; 'year' is missing.", "add 'year', such as 2025.")
    steps: list[tuple[Path_, After]] = [(("after", i), step) for i, step in enumerate(check.scheme.after)]
    steps += [(("final", i), step) for i, step in enumerate(check.scheme.final)]
    steps += [((*path, "after", i), step) for path, node in check.nodes for i, step in enumerate(node.after)]
    for path, step in steps:
        factors = step.multiply.values() if isinstance(step.multiply, dict) else [step.multiply]
        if any(factor == 0 for factor in factors):
            check.add((*path, "multiply"), "a factor of 0 wipes the points out.", "give another factor.")
    for i, step in enumerate(check.scheme.final):
        if step.compare is not None:
            what = "adjusted scores are not compared; a node's points are."
            check.add(("final", i, "compare"), what, "put the step into 'after', of the scheme or of a node.")


def _rules(check: Check) -> None:
    scheme, rules = check.scheme, check.around.rules
    if scheme.rules is not None and scheme.rule_profile is not None:
        what = f"the scheme writes its rules out and names the profile '{scheme.rule_profile}'; which holds?"
        check.add(("rules",), what, "keep one of the two: 'rules' or 'rule_profile'.")
        return
    if rules is None or scheme.rules is not None:
        return
    if scheme.rule_profile is None and check.around.indicators is not None:
        check.add(("rule_profile",), "a scheme of the warehouse has rules; 'rule_profile' is missing.", "name a profile of schemes/rules/.")
    elif scheme.rule_profile is not None and check.profile is None:
        hint = nearest(scheme.rule_profile, sorted(rules))
        check.add(("rule_profile",), f"there is no rule profile '{scheme.rule_profile}'.", f"{hint}Look into schemes/rules/.")
    since = check.profile.effective_from if check.profile else None
    if since is not None and scheme.year is not None and since.year > scheme.year:
        what = f"the profile '{scheme.rule_profile}' holds from {since} on, after the scheme's year {scheme.year}."
        check.add(("rule_profile",), what, "name the profile that held in that year.")


def _blend(check: Check) -> None:
    blend = check.scheme.blend
    if blend is None:
        return
    if check.profile is not None and blend.routine < check.profile.routine_minimum - TOLERANCE:
        what = f"routine counts {blend.routine:g}; the rule profile asks for at least {check.profile.routine_minimum:g}."
        check.add(("blend", "routine"), what, "raise it, or name another rule profile.")
    names = [special.scheme for special in blend.special]
    check.repeated(("blend", "special"), "scheme", names, "the special appraisal '{name}' stands twice.", "name each once.")
    indicators = check.around.indicators
    if indicators is None or not blend.routine:
        return
    read = [leaf.indicator for path, leaf in check.leaves() if path[0] == "tree" and leaf.indicator]
    if read and not any("quarter" in indicators[code].periods for code in read if code in indicators):
        what = "routine results are those of the quarters, and no indicator of the tree has any."
        check.add(("blend", "routine"), what, "add 'quarter' to the 'periods' of indicators, or set routine: 0.")


def _other_schemes(check: Check) -> None:
    """Results of other schemes: they exist, are of the right class and year, and do not lead back to this one."""
    for path, code, same_class in _uses(check.scheme, check):
        if code == check.scheme.id:
            check.add(path, "the scheme would take in its own result.", "name another scheme.")
            continue
        schemes = check.around.schemes
        if schemes is None:
            continue
        other = schemes.get(code)
        if other is None:
            check.add(path, f"there is no scheme '{code}'.", f"{nearest(code, sorted(schemes))}Look into schemes/.")
        elif same_class != (other.subject_class == check.scheme.subject_class):
            whose = "the same subjects" if same_class else "units, another class"
            what = f"'{code}' appraises class '{other.subject_class}', this scheme '{check.scheme.subject_class}'."
            check.add(path, what, f"name a scheme of {whose}.")
        elif other.year is not None and check.scheme.year is not None and other.year != check.scheme.year:
            what = f"'{code}' is of {other.year}, this scheme of {check.scheme.year}; their results never meet."
            check.add(path, what, f"name the scheme of {check.scheme.year}.")
        elif _leads_back(check, code):
            check.add(path, f"'{code}' takes in the result of this scheme: a circle.", "take one of the two away.")


def _uses(scheme: Scheme, check: Check | None) -> Iterator[tuple[Path_, str, bool]]:
    """Where a scheme names another: key path, its id, whether it must appraise the same class."""
    nodes = check.nodes if check else [((), node) for node in scheme.nodes()]
    for path, node in nodes:
        if node.unit_result is not None:
            yield (*path, "unit_result", "scheme"), node.unit_result.scheme, False
    for i, special in enumerate(scheme.blend.special if scheme.blend else []):
        yield ("blend", "special", i, "scheme"), special.scheme, True


def _leads_back(check: Check, code: str) -> bool:
    schemes = check.around.schemes or {}
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        one = waiting.pop()
        if one == check.scheme.id:
            return True
        if one not in seen and one in schemes:
            seen.add(one)
            waiting += [other for _, other, _ in _uses(schemes[one], None)]
    return False
