"""How traceless a scheme is: what of it comes out of systems by itself, what people have to judge or enter, what they no longer fill in.

Automatic is a leaf whose value a system holds for its own work: audit, inspection, petition, service rating, statistics. Nobody
enters it for the appraisal; that the public rates a service is part of the service. Ballots of an evaluation are people's
judgement, given for the appraisal. A leaf that no feed delivers would have to be entered by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from declarations.feed import FeedContract
from declarations.indicator import Indicator
from declarations.scheme.adjust import Event
from declarations.scheme.effective import effective_weights
from declarations.scheme.parameter import ANY_GROUP
from declarations.scheme.prepare import Derive, Previous
from declarations.scheme.reads import expression_names, indicators_read
from declarations.scheme.scheme import Scheme
from declarations.scheme.tree import Node

Kinds = Mapping[str, str]
Share = tuple[float, float]
AUTOMATIC = ("audit", "inspection", "petition", "rating", "statistics")


@dataclass(frozen=True)
class Measures:
    """``automatic_by_group``: share of the effective weight, 0 to 1, in each group ('' without groups); ``automatic``: the least
    of them. ``judged``: share by ballots, where it is largest. ``manual_entries``: indicators that somebody would have to enter.
    ``documents``: adjustments and vetoes that rest on confirmed decisions; they are counted, not weighed."""

    automatic: float
    automatic_by_group: dict[str, float]
    judged: float
    manual_entries: int
    entered_by_hand: tuple[str, ...]
    indicators: int
    leaves: int
    feeds: tuple[str, ...]
    documents: int
    replaces: tuple[str, ...]


def measures(
    scheme: Scheme,
    indicators: Mapping[str, Indicator],
    feeds: Mapping[str, FeedContract],
    schemes: Mapping[str, Scheme] | None = None,
) -> Measures:
    """The measures of a scheme in its project. A result of another scheme is as automatic as that scheme is."""
    kinds = {code: feeds[found.feed].kind for code, found in indicators.items() if found.feed in feeds}
    groups = list(scheme.groups) or [ANY_GROUP]
    exact = {group: _blended(scheme, group, kinds, schemes or {}, (scheme.id,)) for group in groups}
    shares = {group: (round(automatic, 12), round(judged, 12)) for group, (automatic, judged) in exact.items()}
    read = indicators_read(scheme)
    by_hand = tuple(sorted(read - set(kinds)))
    return Measures(
        automatic=min(automatic for automatic, _ in shares.values()),
        automatic_by_group={group: automatic for group, (automatic, _) in shares.items()},
        judged=max(judged for _, judged in shares.values()),
        manual_entries=len(by_hand),
        entered_by_hand=by_hand,
        indicators=len(read),
        leaves=sum(not node.children for top in scheme.tree for node in top.walk()),
        feeds=tuple(sorted({indicators[code].feed for code in read if code in indicators})),
        documents=sum(isinstance(a, Event) for a in scheme.adjustments) + len(scheme.vetoes),
        replaces=tuple(scheme.replaces),
    )


def _blended(scheme: Scheme, group: str, kinds: Kinds, schemes: Mapping[str, Scheme], above: tuple[str, ...]) -> Share:
    """Automatic and judged share of a result: routine, annual and term parts are the tree's own, special ones another scheme's."""
    own = _of_tree(scheme, group, kinds, schemes, above)
    if scheme.blend is None:
        return own
    rest = 1 - sum(special.weight for special in scheme.blend.special)
    parts = [(rest, own)]
    parts += [(special.weight, _of_scheme(special.scheme, group, kinds, schemes, above)) for special in scheme.blend.special]
    return sum(w * share[0] for w, share in parts), sum(w * share[1] for w, share in parts)


def _of_tree(scheme: Scheme, group: str, kinds: Kinds, schemes: Mapping[str, Scheme], above: tuple[str, ...]) -> Share:
    weights = effective_weights(scheme, group)
    leaves = [node for top in scheme.tree for node in top.walk() if not node.children]
    total = sum(weights[leaf.code] for leaf in leaves)
    if not total:
        return 0.0, 0.0
    shares = [(weights[leaf.code] / total, _of_leaf(scheme, leaf, kinds, schemes, above)) for leaf in leaves]
    return sum(w * share[0] for w, share in shares), sum(w * share[1] for w, share in shares)


def _of_leaf(scheme: Scheme, leaf: Node, kinds: Kinds, schemes: Mapping[str, Scheme], above: tuple[str, ...]) -> Share:
    if leaf.unit_result is not None:
        return _of_scheme(leaf.unit_result.scheme, ANY_GROUP, kinds, schemes, above)
    sources = _sources(scheme, leaf.indicator or "")
    automatic = sources and all(kinds.get(code) in AUTOMATIC for code in sources)
    judged = any(kinds.get(code) == "evaluation" for code in sources)
    return float(bool(automatic)), float(judged)


def _of_scheme(code: str, group: str, kinds: Kinds, schemes: Mapping[str, Scheme], above: tuple[str, ...]) -> Share:
    """Of another scheme: in the same group where it has it, else in its least automatic one. Unknown: not automatic."""
    other = schemes.get(code)
    if other is None or code in above:
        return 0.0, 0.0
    groups = [group] if group in other.groups else list(other.groups) or [ANY_GROUP]
    return min(_blended(other, one, kinds, schemes, (*above, code)) for one in groups)


def _sources(scheme: Scheme, code: str) -> set[str]:
    """The indicators that a value is made of."""
    for step in scheme.prepare:
        if isinstance(step, Derive) and step.code == code:
            return set().union(*(_sources(scheme, name) for name in expression_names(step.expression)))
        if isinstance(step, Previous) and step.code == code:
            return _sources(scheme, step.indicator)
    return {code}
