"""The tree: codes, weights, how children become their parent, what an absence does."""

from declarations.scheme import Node, Scheme, method_of
from declarations.scheme.aggregate import Aggregate, Best, NodeExpression, PowerMean
from declarations.scheme.parameter import fixed_for
from declarations.scheme_check.check import TOLERANCE, Check
from declarations.yaml_file import Path_

CHILDREN_OF_EXPRESSION = 6
ROOT = "score"
OF_BLEND = ("routine", "annual", "term", "routine_q1", "routine_q2", "routine_q3", "routine_q4")
PROPORTIONAL = ("arithmetic", "geometric", "harmonic", "power", "best", "copeland")
"""Methods that ask for shares; for min, max, median and expressions a weight only says who takes part."""
_OF_LEAVES = ("direction", "normalise_by_group", "minimum_n")
_OF_BRANCHES = ("aggregate", "minimum_available", "minimum_coverage")


def check_tree(check: Check) -> None:
    """Codes, weights and methods of every branch; what stands at a kind of node that has no use for it."""
    scheme = check.scheme
    _codes(check)
    _branch(check, (), scheme, scheme.tree, "tree")
    for path, node in check.nodes:
        _stray_keys(check, path, node)
        _missing(check, (*path, "missing"), node)
        if node.children:
            _branch(check, path, node, node.children, "children")
    _missing(check, ("missing",), scheme)
    for group in check.groups:
        if not any(group in check.applicable(path) for path, _ in check.leaves() if path[0] == "tree"):
            named = f"no leaf applies to group '{group}'." if group else "no leaf applies."
            check.add(("tree",), named, "take the group out of 'not_applicable_to' somewhere, or out of 'groups'.")


def _codes(check: Check) -> None:
    first: dict[str, str] = {}
    reserved = {ROOT, *(OF_BLEND if check.scheme.blend else ())}
    for path, node in check.nodes:
        folded = node.code.casefold()
        if folded in reserved or node.code.startswith("special."):
            check.add((*path, "code"), f"'{node.code}' is a name of the engine's own.", "give the node another code.")
        elif folded in first:
            same = "stands more than once" if first[folded] == node.code else f"differs from '{first[folded]}' by capitals only"
            fix = "give each node its own code (a node below itself would be a circle)."
            check.add((*path, "code"), f"the code {same}; a node has one parent.", fix)
        first.setdefault(folded, node.code)


def _branch(check: Check, path: Path_, parent: Node | Scheme, children: list[Node], key: str) -> None:
    """``path`` is the parent's; its children stand under ``key``."""
    for group in check.groups:
        _weights(check, path, parent, children, key, group)
    how, count = parent.aggregate, len(children)
    if isinstance(how, PowerMean) and how.p == 0:
        check.add((*path, "aggregate", "p"), "a power mean with p = 0 is the geometric mean.", "write aggregate: geometric.")
    if isinstance(how, Best) and how.count > count:
        check.add((*path, "aggregate", "count"), f"the best {how.count} of {count} children cannot be.", f"give at most {count}.")
    if parent.minimum_available is not None and parent.minimum_available > count:
        what = f"asks for {parent.minimum_available} available children and has {count}; nobody would ever get points."
        check.add((*path, "minimum_available"), what, f"give at most {count}.")
    _expression(check, path, how, children)


def _expression(check: Check, path: Path_, how: Aggregate, children: list[Node]) -> None:
    if not isinstance(how, NodeExpression):
        return
    if len(children) > CHILDREN_OF_EXPRESSION:
        what = f"an expression over {len(children)} children cannot be explained; at most {CHILDREN_OF_EXPRESSION}."
        check.add((*path, "aggregate"), what, "put some of the children under branches of their own.")
    check.expression((*path, "aggregate", "sql"), how.sql, {child.code for child in children})


def _weights(check: Check, path: Path_, parent: Node | Scheme, children: list[Node], key: str, group: str) -> None:
    weights = [fixed_for(child.weight, group) for child in children]
    for i, (child, weight) in enumerate(zip(children, weights, strict=True)):
        if weight is not None and weight < 0:
            named = check.in_group(group, child.weight)
            check.add((*path, key, i, "weight"), f"the weight{named} is {weight:g}.", "give 0 or more.")
    applying = [(child, w) for child, w in zip(children, weights, strict=True) if not group or group not in child.not_applicable_to]
    if any(w is None or not w >= 0 for _, w in applying):
        return  # told above, or where tables by group are looked at
    in_group = check.in_group(group, *(child.weight for child in children))
    if applying and not any(w for _, w in applying):
        check.add((*path, key), f"all weights{in_group} are 0, nothing would count.", "give at least one child a weight above 0.")
        return
    total = sum(w for w in weights if w is not None)
    if check.scheme.weights == "shares" and method_of(parent.aggregate) in PROPORTIONAL and not abs(total - 1) <= TOLERANCE:
        listed = " + ".join(f"{child.code} {w or 0:g}" for child, w in zip(children, weights, strict=True))
        unsaid = not any("weight" in child.model_fields_set for child in children)
        fix = (
            "give each a weight, or set 'weights: relative'."
            if unsaid
            else "change them so that they sum to 1, or set 'weights: relative'."
        )
        check.add((*path, key), f"the weights{in_group} sum to {total:.12g}, not 1: {listed}.", fix)


def _stray_keys(check: Check, path: Path_, node: Node) -> None:
    """What has no effect on this kind of node was meant for another."""
    kind, keys = ("branch", _OF_LEAVES) if node.children else ("leaf", _OF_BRANCHES)
    for key in keys:
        if key in node.model_fields_set:
            other = "leaf" if kind == "branch" else "branch"
            check.add((*path, key), f"'{key}' has no meaning for a {kind}.", f"remove it, or put it at a {other}.")
    if node.unit_result and node.minimum_n is not None:
        check.add((*path, "minimum_n"), "a unit's result has no number of cases.", "remove 'minimum_n'.")


def _missing(check: Check, path: Path_, holder: Node | Scheme) -> None:
    for status, rule in holder.missing.items():
        if isinstance(rule, int | float) and rule <= 0:
            what = f"missing data is never a zero; here {status} would give {rule:g} points."
            check.add((*path, status), what, "give a number above 0, or one of renormalise, incomplete, withhold, peer_mean.")
        if isinstance(holder, Node) and holder.children:
            what = f"a branch is absent only where its leaves are, and '{rule}' for {status} is a rule for leaves."
            check.add((*path, status), what, "say it at the leaves below, or in the scheme's own 'missing'.")
