"""Adjustments and vetoes: names that exist, decisions that count once, pools with a cap."""

from declarations.scheme.adjust import Add, Consistency, Event, HoldHarmless, Multiply, Table, Variance, WorstQuantile
from declarations.scheme.parameter import fixed_for
from declarations.scheme_check.check import Check
from declarations.yaml_file import Path_, nearest


def check_adjustments(check: Check) -> None:
    """Look at all adjustments in order, their pools, and the vetoes."""
    adjustments = check.scheme.adjustments
    check.repeated(("adjustments",), "code", [a.code for a in adjustments], "the code '{name}' stands twice.", "give each its own code.")
    for i, adjustment in enumerate(adjustments):
        path: Path_ = ("adjustments", i)
        if adjustment.when is not None:
            check.expression((*path, "when"), adjustment.when, check.values(*check.codes, "score"), condition=True)
        if isinstance(adjustment, Event):
            _event(check, path, adjustment)
        elif isinstance(adjustment, Multiply):
            _factor(check, path, adjustment)
        elif isinstance(adjustment, Add):
            _points(check, path, adjustment)
        elif isinstance(adjustment, WorstQuantile):
            _worst(check, path, adjustment)
        else:
            _named(check, path, adjustment)
    _pools(check)
    _vetoes(check)


def _event(check: Check, path: Path_, event: Event) -> None:
    """Of two that take the same decisions the second never gets one, unless the first leaves some subjects out."""
    for other in check.scheme.adjustments[: int(path[1])]:
        same = isinstance(other, Event) and other.decision_type == event.decision_type and other.when is None
        if same and (not other.groups or not event.groups or set(other.groups) & set(event.groups)):
            what = f"decisions '{event.decision_type}' are already taken by '{other.code}'; a decision counts once."
            check.add((*path, "decision_type"), what, "name another decision type, or keep the two apart by 'groups'.")


def _factor(check: Check, path: Path_, adjustment: Multiply) -> None:
    for group in adjustment.groups or check.groups:
        value = fixed_for(adjustment.factor, group)
        if value is not None and value <= 0:
            what = f"the factor is {value:g}{check.in_group(group, adjustment.factor)}: it would wipe the score out."
            check.add((*path, "factor"), what, "give a factor above 0, such as 1.05.")


def _points(check: Check, path: Path_, adjustment: Add) -> None:
    values = [fixed_for(adjustment.points, group) for group in adjustment.groups or check.groups]
    if values and all(value == 0 for value in values):
        check.add((*path, "points"), "0 points change nothing.", "give the points, or take the adjustment out.")
    elif adjustment.cap is not None and all(value is not None and abs(value) > adjustment.cap for value in values):
        check.add((*path, "cap"), f"the cap {adjustment.cap:g} always cuts the points off.", "lower the points or raise the cap.")


def _worst(check: Check, path: Path_, adjustment: WorstQuantile) -> None:
    if adjustment.node is not None:
        check.known_node((*path, "node"), adjustment.node)
    if adjustment.factor is not None and adjustment.factor <= 0:
        check.add((*path, "factor"), f"the factor is {adjustment.factor:g}: it would wipe the score out.", "give a factor above 0.")
    if adjustment.points == 0 or adjustment.factor == 1:
        key = "points" if adjustment.points == 0 else "factor"
        check.add((*path, key), f"{key} {getattr(adjustment, key):g} changes nothing.", "give another, or take the adjustment out.")


def _named(check: Check, path: Path_, adjustment: Table | Consistency | Variance | HoldHarmless) -> None:
    if isinstance(adjustment, HoldHarmless):
        check.known_node((*path, "node"), adjustment.node)
    elif isinstance(adjustment, Table):
        names = check.values(*check.codes)
        if names is not None and adjustment.by not in names:
            what = f"'{adjustment.by}' is neither a node nor an indicator."
            check.add((*path, "by"), what, f"{nearest(adjustment.by, sorted(names))}Correct it.")
    else:
        for i, code in enumerate(adjustment.nodes):
            check.known_node((*path, "nodes", i), code)
        check.repeated((*path, "nodes"), "", adjustment.nodes, "'{name}' stands twice.", "name each node once.")
        if adjustment.points == 0:
            check.add((*path, "points"), "0 points change nothing.", "give the points, or take the adjustment out.")


def _pools(check: Check) -> None:
    caps = check.scheme.adjustment_caps
    used = {a.pool for a in check.scheme.adjustments if a.pool is not None}
    for i, adjustment in enumerate(check.scheme.adjustments):
        if adjustment.pool is not None and adjustment.pool not in caps:
            what = f"the pool '{adjustment.pool}' has no cap."
            fix = f"{nearest(adjustment.pool, sorted(caps))}Add it to adjustment_caps, such as {{{adjustment.pool}: 5}}."
            check.add(("adjustments", i, "pool"), what, fix)
    for pool, cap in caps.items():
        if pool not in used:
            what = f"no adjustment names the pool '{pool}', so that its cap bounds nothing."
            check.add(("adjustment_caps", pool), what, f"{nearest(pool, sorted(used))}Name it in an adjustment's 'pool'.")
        if cap <= 0:
            check.add(("adjustment_caps", pool), f"the cap is {cap:g}: nothing could count.", "give a cap above 0.")


def _vetoes(check: Check) -> None:
    scheme = check.scheme
    grades = [grade.grade for grade in scheme.grades]
    check.repeated(("vetoes",), "code", [v.code for v in scheme.vetoes], "the code '{name}' stands twice.", "give each its own code.")
    for i, veto in enumerate(scheme.vetoes):
        if not grades:
            what = f"'{veto.effect}' works on grades, and the scheme has none."
            check.add(("vetoes", i, "effect"), what, "declare 'grades', or take the veto out.")
        elif veto.grade is not None and veto.grade not in grades:
            check.add(
                ("vetoes", i, "grade"), f"'{veto.grade}' is no grade.", f"{nearest(veto.grade, grades)}It is one of {', '.join(grades)}."
            )
        elif veto.effect == "cap_grade" and veto.grade == grades[0]:
            what = f"'{veto.grade}' is the best grade: none better is held back."
            check.add(("vetoes", i, "grade"), what, "name the best grade that remains possible.")
