"""Which points hang on the peers: they move when the others' values move."""

from typing import Any

from declarations.scheme.after import After
from declarations.scheme.aggregate import Aggregate, method_of
from declarations.scheme.normalise import COMPARING, peer_numbers
from declarations.scheme.scheme import Scheme
from declarations.scheme.tree import Node


def comparing_leaves(scheme: Scheme, group: str = "") -> set[str]:
    """Leaves of tree and side whose points compare peers in a group: by their method, or by a node above them that compares."""
    found: set[str] = set()
    whole = _node_compares(scheme.aggregate, scheme.after)
    for top in scheme.tree:
        _walk(top, group, whole, found)
    for top in scheme.side:
        _walk(top, group, False, found)
    return found


def method_compares(method: Any) -> bool:
    """Whether a method compares peers, itself or by a number that is a statistic of theirs."""
    return method.method in COMPARING or bool(peer_numbers(method))


def _walk(node: Node, group: str, above: bool, found: set[str]) -> None:
    compares = above or _node_compares(node.aggregate, node.after)
    method = node.normalise_by_group.get(group, node.normalise)
    if method is not None and (compares or method_compares(method)):
        found.add(node.code)
    for child in node.children:
        _walk(child, group, compares, found)


def _node_compares(how: Aggregate, after: list[After]) -> bool:
    return method_of(how) == "copeland" or any(step.compare is not None for step in after)
