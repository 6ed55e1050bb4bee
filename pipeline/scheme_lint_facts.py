"""What real facts show about a scheme: what is there, what tells subjects apart, what really moves the score."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from declarations.scheme import Scheme
from declarations.scheme.effective import effective_weights
from pipeline.scheme_lint import Advice, groups_of, listed, tree_leaves

_SQL = Path(__file__).parent / "scheme_sql"
NEARLY_NONE, FEW = 0.1, 0.5
ALIKE = 0.99
FEWEST = 8
MOST_SIBLINGS = 60
OFF = 3.0
COUNTS = 0.02
FULL_MARKS = 0.8


@dataclass(frozen=True)
class LeafWeight:
    """A leaf's share of the score: as its weights say, and as the facts show (share of the variance of scores, may be below 0)."""

    node: str
    effective: float
    importance: float | None


def lint_facts(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> list[Advice]:
    """Warnings over what ``score.*`` of a connection holds of the scheme."""
    return [*_availability(connection, scheme), *_alike(connection, scheme), *_importance(connection, scheme)]


def leaf_weights(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> list[LeafWeight]:
    """Each leaf's effective weight (the mean of groups, by their sizes) and its importance in the facts."""
    groups = _rows(connection, "weighed_groups", scheme=scheme.id)
    sizes = {row["peer_group"]: row["size"] for row in groups}
    part = scheme.blend.annual if scheme.blend and any(row["annual"] for row in groups) else 1.0
    weights = {group: effective_weights(scheme, group) for group in groups_of(scheme)}
    leaves = [leaf.code for leaf in tree_leaves(scheme)]
    found = {row["node"]: row["importance"] for row in _rows(connection, "importance", scheme=scheme.id, leaves=leaves)}
    whole = sum(sizes.values()) or 1
    return [
        LeafWeight(code, part * sum(weights[g].get(code, 0.0) * sizes.get(g, 0) for g in weights) / whole, found.get(code))
        for code in leaves
    ]


def _availability(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> Iterator[Advice]:
    step = 0.5 * 10.0**-scheme.decimals
    leaves = [leaf.code for leaf in tree_leaves(scheme)]
    weights = [effective_weights(scheme, group) for group in groups_of(scheme)]
    for row in _rows(connection, "availability", scheme=scheme.id, leaves=leaves):
        applicable, available = row["applicable"], row["available"]
        if applicable == 0:
            yield Advice("applies to nobody", row["node"], "does not apply to any subject of these facts.", "see 'not_applicable_to'.")
            continue
        share = available / applicable
        if share < FEW:
            kind = "dead indicator" if share < NEARLY_NONE else "seldom there"
            what = f"has points for {available} of {applicable} results ({100 * share:.0f} %)."
            yield Advice(kind, row["node"], what, f"see whether '{row['indicator']}' is delivered, or take the leaf out.")
        if available >= 2 and row["different"] == 1:
            yield Advice("constant", row["node"], f"gives everybody {row['most']:g} points.", "move its bounds, or take the leaf out.")
        elif available >= FEWEST and row["at_most"] / available > FULL_MARKS:
            what = f"gives {100 * row['at_most'] / available:.0f} % of the results its most points, {row['most']:g}."
            yield Advice("seldom tells apart", row["node"], what, "raise the standard, or give the weight to what differs.")
        elif available >= 2:
            moved = (row["most"] - row["least"]) * max(found[row["node"]] for found in weights)
            if moved < step:
                what = f"moves scores by at most {moved:.2g}, less than half of the last decimal."
                yield Advice("no influence", row["node"], what, "raise its weight, or take the leaf out.")


def _alike(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> Iterator[Advice]:
    for row in _rows(connection, "siblings", scheme=scheme.id, most=MOST_SIBLINGS, at_least=FEWEST, limit=ALIKE):
        same = row["correlation"] > 0
        what = f"order {row['n']} results {'alike' if same else 'the opposite way'} (rank correlation {row['correlation']:.3f})."
        fix = "keep one of the two: the other adds weight, not knowledge." if same else "see that one of the two has the right direction."
        yield Advice("alike" if same else "opposed", f"{row['first']}, {row['second']}", what, fix)


def _importance(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> Iterator[Advice]:
    """Weights are not importance: what hardly differs between subjects decides nothing (Paruolo, Saisana and Saltelli 2013)."""
    known = [one for one in leaf_weights(connection, scheme) if one.importance is not None]
    less = [one for one in known if one.effective >= COUNTS and one.importance is not None and 0 <= one.importance < one.effective / OFF]
    more = [one for one in known if one.importance is not None and one.importance >= COUNTS and one.importance > OFF * one.effective > 0]
    against = [one for one in known if one.importance is not None and one.importance < -COUNTS]
    if less:
        what = f"decide far less than their weights say: {_shown(less)}."
        yield Advice(
            "importance", listed([o.node for o in less]), what, "widen the spread of their points, or accept that they separate nobody."
        )
    if more:
        what = f"decide far more than their weights say: {_shown(more)}."
        yield Advice("importance", listed([o.node for o in more]), what, "narrow the spread of their points, or lower their weights.")
    if against:
        what = f"run against the score: {_shown(against)}."
        yield Advice("importance", listed([o.node for o in against]), what, "see that direction and bounds are meant so.")


def _shown(leaves: list[LeafWeight]) -> str:
    ordered = sorted(leaves, key=lambda one: -abs((one.importance or 0) - one.effective))
    return listed([f"{one.node} {100 * one.effective:.1f} % → {100 * (one.importance or 0):.1f} %" for one in ordered], 4)


def _rows(connection: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    cursor = connection.execute((_SQL / f"{name}.sql").read_text(), parameters)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
