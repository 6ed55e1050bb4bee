"""Numbers wherever they stand: finite, complete by group, read from indicators that exist."""

from typing import Any

from declarations.scheme import FromIndicator, FromPeers
from declarations.scheme_check.check import ATTRIBUTE_SLIPS, Check, parts
from declarations.yaml_file import Path_, nearest

LARGEST = 1e150
_NOT_BY_GROUP = {"groups", "missing", "adjustment_caps", "by_unit_grade", "parameters"}


def check_numbers(check: Check) -> None:
    """Look at every number, every table by group and every indicator that stands for a number."""
    for path, value in parts(check.scheme):
        if isinstance(value, int | float) and not abs(value) <= LARGEST:
            check.add(path, f"{value} is no number to reckon with.", f"give a finite number of at most {LARGEST:g}.")
        elif isinstance(value, dict) and path and path[0] != "rules" and path[-1] not in _NOT_BY_GROUP:
            _by_group(check, path, value)
        elif isinstance(value, FromIndicator):
            check.known((*path, "indicator"), value.indicator)
        elif isinstance(value, FromPeers):
            _of_peers(check, path, value)
    _groups_named(check)


def _of_peers(check: Check, path: Path_, value: FromPeers) -> None:
    if "fallback" in path:
        what = f"a fallback takes over where there are too few peers, and cannot take their {value.peers}."
        check.add((*path, "peers"), what, "give a number, or one for each group.")
    if value.among in ATTRIBUTE_SLIPS:
        what = f"among '{value.among}' would be an attribute of the subjects."
        check.add((*path, "among"), what, f"Did you mean '{ATTRIBUTE_SLIPS[value.among]}'? Write all, group, or an attribute.")


def _by_group(check: Check, path: Path_, table: dict[str, Any]) -> None:
    """Keys are groups of the scheme; none is left out that needs a number."""
    groups = check.scheme.groups
    for key in table:
        if key not in groups:
            _unknown(check, (*path, key), key)
    needed = _needed(check, path)
    missing = [group for group in needed if group not in table]
    if groups and missing and path[-1] != "normalise_by_group" and any(key in groups for key in table):
        check.add(path, f"has no value for group '{missing[0]}'.", f"give one for each of {', '.join(needed)}.")


def _needed(check: Check, path: Path_) -> list[str]:
    """The groups that a table at this path has to answer for."""
    node = check.node_at(path)
    if node is None:
        adjustment = check.scheme.adjustments[int(path[1])] if path[0] == "adjustments" and len(path) > 1 else None
        return (adjustment.groups if adjustment else []) or check.groups
    if "normalise_by_group" in path:
        return [str(path[path.index("normalise_by_group") + 1])] if path[-1] != "normalise_by_group" else []
    top = next(path[:n] for n in range(len(path), 0, -1) if path[:n] in check.at)
    applicable = check.applicable(top)
    return [g for g in applicable if g not in node.normalise_by_group] if "normalise" in path else applicable


def _groups_named(check: Check) -> None:
    """Lists of groups."""
    listed: list[tuple[Path_, list[str]]] = [((*path, "not_applicable_to"), node.not_applicable_to) for path, node in check.nodes]
    listed += [(("adjustments", i, "groups"), a.groups) for i, a in enumerate(check.scheme.adjustments)]
    for path, groups in listed:
        for i, group in enumerate(groups):
            if group not in check.scheme.groups:
                _unknown(check, (*path, i), group)


def _unknown(check: Check, path: Path_, group: str) -> None:
    groups = list(check.scheme.groups)
    if groups:
        check.add(path, f"there is no group '{group}'.", f"{nearest(group, groups)}The groups are {', '.join(groups)}.")
    else:
        check.add(path, f"names group '{group}', but the scheme declares no groups.", "declare 'groups', or give one number for all.")
