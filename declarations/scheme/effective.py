"""How much each node really counts: the product of the shares down the tree."""

from declarations.scheme.aggregate import method_of
from declarations.scheme.parameter import fixed_for
from declarations.scheme.scheme import Scheme
from declarations.scheme.tree import Node


def effective_weights(scheme: Scheme, group: str = "") -> dict[str, float]:
    """For each node of the tree its share of the score in a group, where all data are there; parents first.

    Siblings share what their parent has, in proportion to their weights; a node that does not apply to the group has 0 and
    hands its part to its siblings. Under a ``sum`` the weights count as declared, so that shares need not sum to 1. Whatever
    a method does beside weighting (``min``, ``best`` …) is left out: it hangs on the data. Side trees and blends are left out.
    """
    found: dict[str, float] = {}
    _share_out(scheme.tree, 1.0, method_of(scheme.aggregate), group, found)
    return found


def nominal_weights(scheme: Scheme, group: str = "") -> dict[str, float]:
    """For each node of the tree its weight as it is declared for a group."""
    return {node.code: fixed_for(node.weight, group) or 0.0 for top in scheme.tree for node in top.walk()}


def applies_to(node: Node, group: str) -> bool:
    """Whether a node (for a branch: at least one leaf below it) applies to a group."""
    below = not node.children or any(applies_to(child, group) for child in node.children)
    return below and group not in node.not_applicable_to


def _share_out(siblings: list[Node], whole: float, method: str, group: str, found: dict[str, float]) -> None:
    weights = [(fixed_for(node.weight, group) or 0.0) if applies_to(node, group) else 0.0 for node in siblings]
    total = 1.0 if method == "sum" else sum(weights)
    for node, weight in zip(siblings, weights, strict=True):
        found[node.code] = whole * weight / total if total else 0.0
        _share_out(node.children, found[node.code], method_of(node.aggregate), group, found)
