"""A scheme without some of its indicators, which is still a whole scheme."""

from collections.abc import Collection

from declarations.scheme.adjust import Table
from declarations.scheme.aggregate import method_of
from declarations.scheme.parameter import ANY_GROUP, Fixed, fixed_for
from declarations.scheme.prepare import Denominate, Derive, Prepare, Previous
from declarations.scheme.reads import expression_names, indicators_read
from declarations.scheme.scheme import Scheme
from declarations.scheme.tree import Node

_DIGITS = 15
_ROOT = "score"


def without_indicators(scheme: Scheme, gone: Collection[str]) -> Scheme:
    """The scheme whose tree has no leaf of these indicators; branches without leaves go, too.

    Siblings take over the weights in proportion (nothing to do where weights are relative, unless they are summed);
    ``minimum_available`` is lowered to the children that are left. Prepare steps no longer name what nothing reads. At least one leaf
    must be left.
    """
    tree = _siblings(scheme, scheme.tree, method_of(scheme.aggregate), gone)
    slim = scheme.model_copy(update={"tree": tree, **_at_least(scheme.minimum_available, tree)})
    steps = _prepare(slim, gone)
    return slim if steps == slim.prepare else slim.model_copy(update={"prepare": steps})


def locked_indicators(scheme: Scheme) -> set[str]:
    """Indicators of the tree that cannot go: read elsewhere, or named as a node by ties, grades, adjustments or an expression."""
    own = {leaf.indicator for top in scheme.tree for leaf in top.walk() if leaf.indicator}
    bare = scheme.model_copy(update={"tree": [_renamed(node) for node in scheme.tree]})
    bare = bare.model_copy(update={"prepare": _prepare(bare, own)})
    nodes = locked_nodes(scheme)
    named = {leaf.indicator for top in scheme.tree for leaf in top.walk() if leaf.indicator and leaf.code in nodes}
    return own & (indicators_read(bare) | _inputs(list(scheme.prepare)) | named)


def locked_nodes(scheme: Scheme) -> set[str]:
    """Nodes of the tree that must stay: something else of the scheme names them."""
    named = {*scheme.ties, *(requirement.node for grade in scheme.grades for requirement in grade.requires)}
    for a in scheme.adjustments:
        named |= {a.by} if isinstance(a, Table) else set()
        named |= expression_names(a.when) if a.when else set()
        named |= {name for name in [getattr(a, "node", None), *getattr(a, "nodes", [])] if name}
    for screen in scheme.screens:
        named |= {name for name in (getattr(screen, "first", None), getattr(screen, "second", None)) if name}
    if method_of(scheme.aggregate) == "expression":
        named |= {node.code for node in scheme.tree}
    for node in scheme.nodes():
        if method_of(node.aggregate) == "expression":
            named |= {child.code for child in node.children}
    return named & {node.code for top in scheme.tree for node in top.walk()}


def _renamed(node: Node) -> Node:
    """The node with its leaves' indicators under a name that nothing else reads."""
    if node.children:
        return node.model_copy(update={"children": [_renamed(child) for child in node.children]})
    return node.model_copy(update={"indicator": None})


def _siblings(scheme: Scheme, nodes: list[Node], method: str, gone: Collection[str]) -> list[Node]:
    kept = [slim for node in nodes if (slim := _without(scheme, node, gone)) is not None]
    if len(kept) == len(nodes) or (scheme.weights == "relative" and method != "sum"):
        return kept
    groups = list(scheme.groups) or [ANY_GROUP]
    factor = {group: _total(nodes, group) / _total(kept, group) if _total(kept, group) else 1.0 for group in groups}
    return [node.model_copy(update={"weight": _scaled(node.weight, factor)}) for node in kept]


def _without(scheme: Scheme, node: Node, gone: Collection[str]) -> Node | None:
    if not node.children:
        return None if node.indicator in gone else node
    children = _siblings(scheme, node.children, method_of(node.aggregate), gone)
    if not children:
        return None
    return node.model_copy(update={"children": children, **_at_least(node.minimum_available, children)})


def _at_least(declared: int | None, left: list[Node]) -> dict[str, int]:
    """Another ``minimum_available`` where fewer children are left than that."""
    return {"minimum_available": len(left)} if declared and declared > len(left) else {}


def _total(nodes: list[Node], group: str) -> float:
    return sum(fixed_for(node.weight, group) or 0.0 for node in nodes)


def _scaled(weight: Fixed, factor: dict[str, float]) -> Fixed:
    """One number where it is the same for all groups."""
    by_group = {group: round((fixed_for(weight, group) or 0.0) * times, _DIGITS) for group, times in factor.items()}
    return next(iter(by_group.values())) if len(set(by_group.values())) == 1 else by_group


def _prepare(scheme: Scheme, gone: Collection[str]) -> list[Prepare]:
    """The steps that are still of use; a step that made or treated only what is gone is not."""
    steps = list(scheme.prepare)
    while True:
        read = indicators_read(scheme.model_copy(update={"prepare": []})) | _inputs(steps)
        unread = {code for code in {*gone, *_made(steps)} if code not in read}
        kept = [slim for step in steps if (slim := _slim_step(step, unread)) is not None]
        if kept == steps:
            return kept
        steps = kept


def _inputs(steps: list[Prepare]) -> set[str]:
    """What steps read to make or to measure other values."""
    found: set[str] = set()
    for step in steps:
        if isinstance(step, Derive):
            found |= expression_names(step.expression)
        elif isinstance(step, Previous):
            found.add(step.indicator)
        elif isinstance(step, Denominate):
            found.add(step.by)
    return found


def _made(steps: list[Prepare]) -> set[str]:
    return {step.code for step in steps if isinstance(step, Derive | Previous)}


def _slim_step(step: Prepare, unread: set[str]) -> Prepare | None:
    if isinstance(step, Derive | Previous):
        return None if step.code in unread else step
    named = step.indicators
    kept = [code for code in named if code not in unread]
    if kept == named:
        return step
    return step.model_copy(update={"indicators": kept}) if kept else None
