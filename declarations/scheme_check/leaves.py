"""Leaves: the indicator, the direction, and whether the method can give anything at all with its numbers."""

from collections.abc import Iterator
from typing import Any

from declarations.scheme import COMPARING, Node
from declarations.scheme.normalise import Expression, peer_numbers
from declarations.scheme_check.check import ATTRIBUTE_SLIPS, Check
from declarations.scheme_check.methods import check_method
from declarations.yaml_file import Path_


def check_leaves(check: Check) -> None:
    """Look at every leaf, with every method that it may use in some group."""
    for path, leaf in check.leaves():
        if leaf.indicator is not None:
            _indicator(check, path, leaf, leaf.indicator)
        for where, method, groups in _methods(check, path, leaf):
            _method(check, where, method, leaf, groups)


def direction_of(check: Check, leaf: Node) -> str | None:
    """The direction that is declared for a leaf; None where nothing says it."""
    if leaf.direction or leaf.indicator is None or check.around.indicators is None:
        return leaf.direction
    found = check.around.indicators.get(leaf.indicator)
    return found.direction if found else None


def _methods(check: Check, path: Path_, leaf: Node) -> Iterator[tuple[Path_, Any, list[str]]]:
    """Each method with its key path and the groups in which it is used; a fallback after its method."""
    applicable = check.applicable(path)
    used = [g for g in applicable if g not in leaf.normalise_by_group]
    listed: list[tuple[Path_, Any, list[str]]] = [((*path, "normalise"), leaf.normalise, used)]
    listed += [((*path, "normalise_by_group", g), method, [g]) for g, method in leaf.normalise_by_group.items()]
    for where, method, groups in listed:
        yield where, method, groups
        if getattr(method, "fallback", None) is not None:
            yield (*where, "fallback"), method.fallback, groups


def _indicator(check: Check, path: Path_, leaf: Node, code: str) -> None:
    check.known((*path, "indicator"), code)
    found = (check.around.indicators or {}).get(code)
    if found is None:
        return
    if found.direction == "neither" and leaf.direction is None:
        what = f"'{code}' is neither better high nor low."
        check.add((*path, "indicator"), what, "score another, or say with 'direction' what is better here.")
    cadres = check.scheme.subject_class == "cadre"
    if not cadres and found.subject == "cadre":
        what = f"'{code}' is measured for cadres; a {check.scheme.subject_class} never has a value."
        check.add((*path, "indicator"), what, "name an indicator of organisations.")
    if cadres and found.subject == "organisation" and found.attribution is None:
        what = f"'{code}' is an organisation's and has no attribution; a cadre never has a value."
        check.add((*path, "indicator"), what, "give the indicator an 'attribution', or name one of cadres.")


def _method(check: Check, path: Path_, method: Any, leaf: Node, groups: list[str]) -> None:
    for group in groups or check.groups:
        check_method(check, path, method, group, direction_of(check, leaf))
        _enough_peers(check, path, method, group)
    by = getattr(method, "peers", None)
    if method.method in COMPARING and by in ATTRIBUTE_SLIPS:
        what = f"peers '{by}' would be an attribute of the subjects."
        check.add((*path, "peers"), what, f"Did you mean '{ATTRIBUTE_SLIPS[by]}'? Write all, group, or an attribute.")
    _one_peerage(check, path, method)
    if isinstance(method, Expression):
        _expression(check, path, method)


def _one_peerage(check: Check, path: Path_, method: Any) -> None:
    """A leaf has one set of peers."""
    among = {number.among for number in peer_numbers(method)}
    if method.method in COMPARING and among - {"group"}:
        check.add(path, f"'among' beside the peers of {method.method}.", "say with 'peers' of the method whom it compares.")
    elif len(among) > 1:
        check.add(
            path, f"its numbers are of different peers: {', '.join(sorted(among))}.", "name the same 'among' in all, or make two leaves."
        )


def _expression(check: Check, path: Path_, method: Expression) -> None:
    names = check.values("x", *method.parameters)
    for name in method.parameters:
        taken = name == "x" or name in (check.around.indicators or {}) or name in check.derived
        if taken:
            what = f"the parameter '{name}' has the name of {'the value itself' if name == 'x' else 'an indicator'}."
            check.add((*path, "parameters", name), what, "give it another name.")
    check.expression((*path, "sql"), method.sql, names)


def _enough_peers(check: Check, path: Path_, method: Any, group: str) -> None:
    """A comparing method without a fallback, in a group that is known to be too small, never gives a point."""
    sizes = check.around.group_sizes
    if sizes is None or (check.profile is None and getattr(method, "minimum_peers", None) is None):
        return
    if method.method not in COMPARING or method.fallback is not None or method.peers not in ("group", "all"):
        return
    everybody = method.peers == "all" or check.scheme.peers == "class"
    size = sum(sizes.values()) if everybody else sizes.get(group, 0)
    minimum = method.minimum_peers or (check.profile.peer_group_minimum if check.profile else 1)
    if size < minimum:
        whom = "all together are" if everybody else f"group '{group}' has" if group else "there are"
        what = f"{method.method} needs {minimum} peers; {whom} {size}, so that the leaf would always be too_few."
        fix = "give it a 'fallback' (an absolute method), compare with peers: all, or lower minimum_peers."
        check.add((*path, "minimum_peers") if method.minimum_peers else path, what, fix)
