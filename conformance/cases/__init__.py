"""The cases of the kit, in the order in which they are played: quick ones first."""

from conformance.case import Case
from conformance.cases import arrival, change, content, detours, folders, process, refusals, secrecy, wire

_ALL = (
    *arrival.CASES,
    *change.CASES,
    *content.CASES,
    *refusals.CASES,
    *detours.CASES,
    *wire.CASES,
    *folders.CASES,
    *process.CASES,
    *secrecy.CASES,
)
CASES: tuple[Case, ...] = tuple(sorted(_ALL, key=lambda case: case.slow))


def case_named(case_id: str) -> Case:
    """The case of that id. Raises Problem where there is none."""
    from declarations.problem import Problem
    from declarations.yaml_file import nearest

    found = {case.id: case for case in CASES}
    if case_id not in found:
        raise Problem("case", f"there is no case '{case_id}'.", f"{nearest(case_id, list(found))}See: traceless feed test --list.")
    return found[case_id]
