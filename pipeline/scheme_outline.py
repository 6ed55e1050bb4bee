"""A scheme as a list of lines, one a node, with all that a picture says about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from declarations.base import Text
from declarations.scheme import Node, Scheme
from declarations.scheme.comparing import comparing_leaves
from declarations.scheme.effective import applies_to, effective_weights
from declarations.scheme.parameter import fixed_for
from declarations.scheme.words import after_words, aggregate_words, method_words, missing_words


@dataclass(frozen=True)
class Line:
    """``weight`` as declared, ``effective`` as a share of the score; both 0 where the node does not apply to the group.
    ``how``: the method or the aggregation in words; ``more``: steps after it, conditions, treatment of absences."""

    code: str
    parent: str | None
    depth: int
    title: Text
    weight: float
    effective: float
    applies: bool
    leaf: bool
    side: bool
    indicator: str | None
    how: str
    more: str
    compares: bool


def outline(scheme: Scheme, group: str = "") -> list[Line]:
    """The tree and, after it, the side trees of a scheme, parents first, as they are for a group."""
    weights, comparing = effective_weights(scheme, group), comparing_leaves(scheme, group)
    found = [line for top in scheme.tree for line in _lines(top, None, 0, group, weights, comparing, True)]
    return found + [line for top in scheme.side for line in _lines(top, None, 0, group, {}, comparing, True)]


def _lines(
    node: Node, parent: str | None, depth: int, group: str, weights: dict[str, float], comparing: set[str], above: bool
) -> Iterator[Line]:
    applies = above and applies_to(node, group)
    method = node.normalise_by_group.get(group, node.normalise)
    indicator = node.indicator or (f"result of {node.unit_result.scheme}" if node.unit_result else None)
    yield Line(
        code=node.code,
        parent=parent,
        depth=depth,
        title=node.label,
        weight=(fixed_for(node.weight, group) or 0.0) if applies else 0.0,
        effective=weights.get(node.code, 0.0),
        applies=applies,
        leaf=not node.children,
        side=not weights,
        indicator=indicator,
        how=method_words(method, group or None) if method else aggregate_words(node.aggregate),
        more="; ".join(_more(node)),
        compares=node.code in comparing,
    )
    for child in node.children:
        yield from _lines(child, node.code, depth + 1, group, weights, comparing, applies)


def _more(node: Node) -> Iterator[str]:
    if node.direction == "lower":
        yield "lower is better"
    if node.minimum_n:
        yield f"at least {node.minimum_n} cases"
    if node.minimum_available:
        yield f"at least {node.minimum_available} children"
    if node.minimum_coverage:
        yield f"coverage at least {node.minimum_coverage:g}"
    if node.unit_result and (node.unit_result.chief, node.unit_result.deputy) != (1, 1):
        yield f"chief × {node.unit_result.chief:g}, deputy × {node.unit_result.deputy:g}"
    for step in node.after:
        yield f"then {after_words(step)}"
    if node.missing:
        yield f"absent: {missing_words(node.missing)}"
