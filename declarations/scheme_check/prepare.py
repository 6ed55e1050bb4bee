"""Prepare steps: each works on what is read or was made before it."""

from declarations.scheme import expression_names, indicators_read
from declarations.scheme.prepare import By, Denominate, Derive, Impute, Previous, Winsorise
from declarations.scheme_check.check import ATTRIBUTE_SLIPS, Check
from declarations.yaml_file import Path_, nearest

RESERVED = ("score", "x")


def check_prepare(check: Check) -> None:
    """Names in order: unknown ones, those made only later, codes that are taken."""
    made: set[str] = set()
    later = [step.code for step in check.scheme.prepare if isinstance(step, Derive | Previous)]
    read = _read(check)
    for i, step in enumerate(check.scheme.prepare):
        path: Path_ = ("prepare", i)
        if isinstance(step, Derive):
            check.expression((*path, "expression"), step.expression, check.values())
            _in_order(check, (*path, "expression"), _names(step.expression), made, later)
        if isinstance(step, Previous):
            check.known((*path, "indicator"), step.indicator)
            _in_order(check, (*path, "indicator"), {step.indicator}, made, later)
        if isinstance(step, Denominate):
            check.known((*path, "by"), step.by)
            _in_order(check, (*path, "by"), {step.by}, made, later)
            if step.by in step.indicators:
                check.add((*path, "by"), f"'{step.by}' would be divided by itself.", "take it out of 'indicators'.")
        for j, name in enumerate(getattr(step, "indicators", [])):
            _touched(check, (*path, "indicators", j), name, read)
            _in_order(check, (*path, "indicators", j), {name}, made, later)
        _whom(check, path, "by", step.by if isinstance(step, Impute) else None)
        _whom(check, path, "peers", step.peers if isinstance(step, Winsorise) else None)
        if isinstance(step, Derive | Previous):
            _code(check, (*path, "code"), step.code, made)
            made.add(step.code)
    _capitals(check, read)


def _read(check: Check) -> set[str]:
    try:
        return indicators_read(check.scheme) | check.derived
    except Exception:  # an expression that is none is told where it stands; then nothing is known of what is read
        return set()


def _names(expression: str) -> set[str]:
    try:
        return expression_names(expression)
    except Exception:  # told by check.expression
        return set()


def _in_order(check: Check, path: Path_, names: set[str], made: set[str], later: list[str]) -> None:
    for name in sorted(names & set(later) - made):
        step = next(i for i, s in enumerate(check.scheme.prepare) if isinstance(s, Derive | Previous) and s.code == name)
        what = f"'{name}' is made by step {step} only, and this is step {path[1]}."
        check.add(path, what, "put the steps in the order in which they need each other.")


def _touched(check: Check, path: Path_, name: str, read: set[str]) -> None:
    """A step reaches only what the scheme reads; another name is a slip, or work for nothing."""
    if read and name not in read:
        what = f"'{name}' is read by no leaf, parameter or step of this scheme."
        check.add(path, what, f"{nearest(name, sorted(read))}Correct it, or take it out.")


def _whom(check: Check, path: Path_, key: str, by: By | None) -> None:
    if by in ATTRIBUTE_SLIPS:
        what = f"{key} '{by}' would be an attribute of the subjects."
        check.add((*path, key), what, f"Did you mean '{ATTRIBUTE_SLIPS[by]}'? Write all, group, or an attribute.")


def _code(check: Check, path: Path_, code: str, made: set[str]) -> None:
    if code in made:
        check.add(path, f"'{code}' is made twice.", "give each step a code of its own.")
    elif check.around.indicators is not None and code in check.around.indicators:
        check.add(path, f"'{code}' is an indicator of the project.", "give the made value a code of its own.")
    elif code in RESERVED or code.startswith("unit_result."):
        check.add(path, f"'{code}' is a name of the engine's own.", "give the made value another code.")


def _capitals(check: Check, read: set[str]) -> None:
    """SQL does not tell capitals apart; two names that differ by nothing else would be one column."""
    first: dict[str, str] = {}
    for code in sorted(read):
        if first.setdefault(code.casefold(), code) != code:
            path = next((p for p, node in check.leaves() if node.indicator == code), ("tree",))
            where = (*path, "indicator") if path != ("tree",) else path
            check.add(where, f"'{code}' differs from '{first[code.casefold()]}' by capitals only.", "rename one of the two.")
