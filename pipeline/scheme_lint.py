"""What is allowed in a scheme and yet deserves a second look, from its declarations alone. Each finding says the next step."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from declarations.indicator import Indicator
from declarations.rules import RuleProfile
from declarations.scheme import ANY_GROUP, COMPARING, Node, Scheme, expression_names, fixed_for, indicators_read, method_of
from declarations.scheme.adjust import Event, Table
from declarations.scheme.aggregate import NodeExpression, PowerMean
from declarations.scheme.attainable import attainable, final_range
from declarations.scheme.comparing import comparing_leaves
from declarations.scheme.effective import applies_to, effective_weights
from declarations.scheme.normalise import Expression, TargetCompletion
from declarations.scheme.prepare import Derive
from declarations.scheme.screen import Divergence, Identity

TINY = 0.005
COMPARING_MUCH = 0.5
INFLATED = 1.5


@dataclass(frozen=True)
class Advice:
    """A warning: which kind, where (node codes or a key), what it is, what to do about it."""

    kind: str
    where: str
    what: str
    fix: str


def lint(
    scheme: Scheme,
    profile: RuleProfile | None = None,
    indicators: Mapping[str, Indicator] | None = None,
    schemes: Mapping[str, Scheme] | None = None,
) -> list[Advice]:
    """All warnings, in the order of the tree. The scheme must be sound. ``indicators``, ``schemes``: those of its project."""
    return [
        *_tiny(scheme),
        *_inflated(scheme),
        *_one_child(scheme),
        *_no_influence(scheme),
        *_negative(scheme),
        *_peers(scheme, profile),
        *_all_or_nothing(scheme),
        *_unused(scheme),
        *_near_names(scheme, indicators),
        *_caps(scheme),
        *_grades(scheme),
        *(_dead_indicators(scheme, indicators, schemes) if indicators is not None else ()),
    ]


def groups_of(scheme: Scheme) -> list[str]:
    """The groups of a scheme, or the one of everybody."""
    return list(scheme.groups) or [ANY_GROUP]


def tree_leaves(scheme: Scheme) -> list[Node]:
    """The leaves that make the score: those of the tree, without side trees."""
    return [node for top in scheme.tree for node in top.walk() if not node.children]


def peer_weight(scheme: Scheme, group: str) -> float:
    """The share of a group's effective weight whose points hang on the peers."""
    weights = effective_weights(scheme, group)
    total = sum(weights[leaf.code] for leaf in tree_leaves(scheme))
    comparing = comparing_leaves(scheme, group)
    return sum(weights[leaf.code] for leaf in tree_leaves(scheme) if leaf.code in comparing) / total if total else 0.0


def listed(names: list[str], most: int = 8) -> str:
    """Some names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def counted(number: int, one: str, several: str) -> str:
    """Such as ``1 leaf`` or ``3 leaves``."""
    return f"{number} {one if number == 1 else several}"


def _tiny(scheme: Scheme) -> Iterator[Advice]:
    weights = [effective_weights(scheme, group) for group in groups_of(scheme)]
    leaves = tree_leaves(scheme)
    most = {leaf.code: max(found[leaf.code] for found in weights) for leaf in leaves}
    tiny = [code for code, weight in most.items() if 0 < weight < TINY]
    if tiny:
        share = sum(most[code] for code in tiny)
        what = f"{counted(len(tiny), 'leaf counts', 'leaves count')} less than {100 * TINY:g} % each, together {100 * share:.1f} %."
        yield Advice("tiny weight", listed(tiny), what, "drop or merge them; 'traceless scheme slim' says what that would change.")
    for leaf in leaves:
        if most[leaf.code] == 0:
            yield Advice("no weight", leaf.code, "has no weight in any group.", "give it a weight, or take the leaf out.")


def _inflated(scheme: Scheme) -> Iterator[Advice]:
    """Parts that do not apply to a group hand their weight to the others: there a leaf counts more than the file seems to say."""
    for group in groups_of(scheme):
        real, said = effective_weights(scheme, group), _as_said(scheme, group)
        grown = [leaf.code for leaf in tree_leaves(scheme) if said[leaf.code] and real[leaf.code] > INFLATED * said[leaf.code]]
        if grown:
            worst = max(grown, key=lambda code: real[code] / said[code])
            what = (
                f"in group '{group}' {counted(len(grown), 'leaf counts', 'leaves count')} more than declared, as others do not apply: "
                f"{worst} {100 * real[worst]:.1f} % instead of {100 * said[worst]:.1f} %."
            )
            fix = "see 'traceless scheme show --group', and give the group weights of its own where that is not meant."
            yield Advice("effective weight", listed(grown), what, fix)


def _as_said(scheme: Scheme, group: str) -> dict[str, float]:
    """Weights multiplied down the tree as though every node applied."""
    found: dict[str, float] = {}

    def share_out(siblings: list[Node], whole: float, method: str) -> None:
        weights = [fixed_for(node.weight, group) or 0.0 for node in siblings]
        total = 1.0 if method == "sum" else sum(weights)
        for node, weight in zip(siblings, weights, strict=True):
            found[node.code] = whole * weight / total if total else 0.0
            share_out(node.children, found[node.code], method_of(node.aggregate))

    share_out(scheme.tree, 1.0, method_of(scheme.aggregate))
    return found


def _one_child(scheme: Scheme) -> Iterator[Advice]:
    for node in scheme.nodes():
        if len(node.children) == 1:
            what = f"has one child, '{node.children[0].code}': the two always have the same points."
            yield Advice("one child", node.code, what, "put the child in its place, or give it siblings.")


def _no_influence(scheme: Scheme) -> Iterator[Advice]:
    """A leaf whose whole range of points, times its weight, vanishes in the rounding."""
    step = 0.5 * 10.0**-scheme.decimals
    known = [(attainable(scheme, group), effective_weights(scheme, group)) for group in groups_of(scheme)]
    for leaf in tree_leaves(scheme):
        spans = [(found[leaf.code][1] - found[leaf.code][0]) * weights[leaf.code] for found, weights in known if weights[leaf.code]]
        if spans and 0 < max(spans) < step:
            what = f"moves the score by at most {max(spans):.2g}, less than half of its last decimal."
            yield Advice("no influence", leaf.code, what, "raise its weight, widen its points, or take it out.")


def _negative(scheme: Scheme) -> Iterator[Advice]:
    known = {group: attainable(scheme, group) for group in groups_of(scheme)}
    branches = [("score", scheme.aggregate, scheme.tree), *((n.code, n.aggregate, n.children) for n in scheme.nodes())]
    for name, how, children in branches:
        if not children or method_of(how) not in ("geometric", "harmonic", "power"):
            continue
        below = [c.code for c in children if any(found[c.code][0] < 0 for g, found in known.items() if applies_to(c, g))]
        if below:
            power = f" (p = {how.p:g})" if isinstance(how, PowerMean) else ""
            what = f"is a {method_of(how)} mean{power} of {listed(below)}, whose points can be below 0: then it is invalid."
            fix = "clamp them above 0 with 'after', rescale them (min_max from 1), or use an arithmetic mean."
            yield Advice("negative points", name, what, fix)


def _peers(scheme: Scheme, profile: RuleProfile | None) -> Iterator[Advice]:
    for group in groups_of(scheme):
        share = peer_weight(scheme, group)
        if share > COMPARING_MUCH:
            named = f"in group '{group}' " if group else ""
            what = f"{named}{100 * share:.0f} % of the weight compares peers: a score moves when the others' values move."
            yield Advice("compares peers", "tree", what, "use absolute methods (efficacy, ladder, target) where a standard is known.")
    least = profile.peer_group_minimum if profile else 1
    comparing = [(leaf, leaf.normalise) for leaf in scheme.leaves() if leaf.normalise and leaf.normalise.method in COMPARING]
    without = [leaf.code for leaf, method in comparing if getattr(method, "fallback", None) is None]
    if without and least > 1:
        leaves = counted(len(without), "leaf that compares peers is", "leaves that compare peers are")
        what = f"without a fallback {leaves} too_few in groups below {least}."
        yield Advice("no fallback", listed(without), what, "give each a 'fallback', an absolute method for small groups.")
    lowered = [leaf.code for leaf, method in comparing if (getattr(method, "minimum_peers", None) or least) < least]
    if lowered:
        what = f"compare fewer peers than the {least} that the rule profile asks for."
        yield Advice("few peers", listed(lowered), what, "take 'minimum_peers' away, or give the reason in the scheme's description.")


def _all_or_nothing(scheme: Scheme) -> Iterator[Advice]:
    for leaf in scheme.leaves():
        method = leaf.normalise
        targets = [fixed_for(method.target, group) for group in groups_of(scheme)] if isinstance(method, TargetCompletion) else []
        if any(target is not None and target <= 0 for target in targets):
            what = "has a target of 0 or less: full points where it is met, none where it is not, nothing between."
            yield Advice("all or nothing", leaf.code, what, "use a ladder or efficacy if points between are meant.")


def _unused(scheme: Scheme) -> Iterator[Advice]:
    """Parts that are declared and that nothing reads."""
    for leaf in scheme.leaves():
        method = leaf.normalise
        if isinstance(method, Expression):
            idle = sorted(set(method.parameters) - expression_names(method.sql))
            if idle:
                yield Advice("unused", leaf.code, f"declares {listed(idle)}, which its expression does not name.", "use or remove them.")
            if "x" not in expression_names(method.sql):
                yield Advice("unused", leaf.code, "its expression does not name x, the leaf's own value.", "name x, or another indicator.")
    for node in scheme.nodes():
        if isinstance(node.aggregate, NodeExpression):
            idle = sorted({child.code for child in node.children} - expression_names(node.aggregate.sql))
            if idle:
                yield Advice("unused", node.code, f"its expression does not name its children {listed(idle)}.", "name or remove them.")
    read = _read_of(scheme)
    for i, step in enumerate(scheme.prepare):
        if isinstance(step, Derive) and step.code not in read:
            yield Advice("unused", f"prepare.{i}", f"makes '{step.code}', which nothing reads.", "read it in a leaf, or remove the step.")


def _read_of(scheme: Scheme) -> set[str]:
    """What the scheme reads of what it makes itself."""
    without = scheme.model_copy(update={"prepare": []})
    made = [step for step in scheme.prepare if isinstance(step, Derive)]
    inside = set().union(*(expression_names(step.expression) for step in made)) if made else set()
    steps = {getattr(step, "by", None) for step in scheme.prepare} | {getattr(step, "indicator", None) for step in scheme.prepare}
    return indicators_read(without) | inside | {name for name in steps if name}


def _near_names(scheme: Scheme, indicators: Mapping[str, Indicator] | None) -> Iterator[Advice]:
    """In a scheme that stands alone any name may be an indicator; one in an expression that is nearly another is perhaps a slip."""
    if indicators is not None:
        return
    solid = {node.code for node in scheme.nodes()} | {leaf.indicator for leaf in scheme.leaves() if leaf.indicator} | scheme.derived_codes()
    for name in sorted(_in_expressions(scheme) - solid):
        close = difflib.get_close_matches(name, sorted(solid), n=1, cutoff=0.8)
        if close and not name.startswith(close[0]) and not close[0].startswith(name):
            what = f"'{name}' is named in an expression and taken as an indicator of the values."
            yield Advice("near name", name, what, f"Did you mean '{close[0]}'? Else see that the values have it.")


def _in_expressions(scheme: Scheme) -> set[str]:
    """Names that stand in free text, where a slip makes another name of them."""
    texts = [a.when for a in scheme.adjustments if a.when] + [step.expression for step in scheme.prepare if isinstance(step, Derive)]
    named = {a.by for a in scheme.adjustments if isinstance(a, Table)}
    for screen in scheme.screens:
        texts += [screen.left, screen.right] if isinstance(screen, Identity) else []
        named |= {screen.first, screen.second} if isinstance(screen, Divergence) else set()
    for leaf in scheme.leaves():
        if isinstance(leaf.normalise, Expression):
            named |= expression_names(leaf.normalise.sql) - {"x"} - set(leaf.normalise.parameters)
    return named.union(*(expression_names(text) for text in texts)) - {"score"}


def _caps(scheme: Scheme) -> Iterator[Advice]:
    """A bound one way only: what is added has no end while what is taken has, or the other way round."""
    events = [a for a in scheme.adjustments if isinstance(a, Event)]
    kinds: dict[str, list[Any]] = {"bonus": [], "deduction": []}
    for event in events:
        kinds[event.kind].append(event)
    for kind, other in (("bonus", "deduction"), ("deduction", "bonus")):
        free = [a.code for a in kinds[kind] if a.cap is None and a.pool is None]
        bound = [a.code for a in kinds[other] if a.cap is not None or a.pool is not None]
        if free and (bound or not kinds[other]):
            against = f", while {listed(bound)} ({other}) have" if bound else ""
            what = f"{'add' if kind == 'bonus' else 'take'} points without a cap{against}."
            yield Advice("one-sided caps", listed(free), what, "give each a 'cap', or all a 'pool' with a cap in adjustment_caps.")


def _grades(scheme: Scheme) -> Iterator[Advice]:
    if not scheme.grades:
        return
    ranges = {group: final_range(scheme, group) for group in groups_of(scheme)}
    most, least = max(high for _, high in ranges.values()), min(low for low, _ in ranges.values())
    for grade in scheme.grades:
        if grade.cut is not None and grade.cut > most:
            what = f"starts at {grade.cut:g}; no result can be above {most:g}."
            yield Advice("out of reach", f"grade {grade.grade}", what, "lower its cut, or let more points be reached.")
    last = scheme.grades[-1]
    if last.cut is not None and least < last.cut:
        shown = "any number below" if math.isinf(least) else f"{least:g}"
        what = f"starts at {last.cut:g}, and a result can be {shown}: it would have no grade."
        yield Advice("no grade below", f"grade {last.grade}", what, "take its cut away: the lowest grade is for the rest.")


def _dead_indicators(scheme: Scheme, indicators: Mapping[str, Indicator], schemes: Mapping[str, Scheme] | None) -> Iterator[Advice]:
    read = set().union(*(indicators_read(one) for one in (schemes or {scheme.id: scheme}).values()))
    cadres = scheme.subject_class == "cadre"
    dead = [code for code, found in indicators.items() if code not in read and (found.subject == "cadre") == cadres]
    if dead:
        what = f"{counted(len(dead), 'indicator is', 'indicators are')} declared and computed, and read by no scheme."
        yield Advice("dead indicator", listed(dead), what, "score them, name them in a screen, or remove them from indicators/.")
