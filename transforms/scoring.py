"""The scoring engine: any scheme over any facts, set-based, in SQL; each result decomposes into its parts exactly.

It reads three relations of the connection, which the caller makes:

``score_subject``   period, subject_id, peer_group, ranking_group, days_share, takes_adjustments
``score_fact``      period, subject_id, indicator, value, n, interval_low, interval_high, status ('ok' or a kind of absence)
``score_decision``  period, subject_id, decision_no, document_no, decision_type, decided_on, authority, points
                    (confirmed, signed off, not revoked)
"""

from pathlib import Path

import duckdb

from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from transforms.scheme_tables import ROOT, fill_scheme_tables

RESIDUAL = 1e-9
_HERE = Path(__file__).parent / "score"


def score(
    connection: duckdb.DuckDBPyConnection,
    scheme: Scheme,
    profile: RuleProfile,
    indicators: dict[str, Indicator],
    tree: list[Node],
) -> None:
    """Score all subjects and periods of ``score_subject`` and keep the outcome in ``score.*``.

    Raises Problem where a score does not decompose within 1e-9, so that it is never published.
    """
    connection.execute("create schema if not exists score")
    _run(connection, "create")
    depth = fill_scheme_tables(connection, scheme, profile, indicators, tree)
    _variables(connection, scheme, profile)
    _run(connection, "leaf")
    _run(connection, "normalise")
    for level in range(depth - 1, -1, -1):
        connection.execute("set variable tree_depth = ?", [level])
        _run(connection, "aggregate")
    _contributions(connection, depth)
    for step in ("adjust", "result", "grade"):
        _run(connection, step)
    check_decomposition(connection, scheme.id)
    _run(connection, "keep")


def _run(connection: duckdb.DuckDBPyConnection, step: str) -> None:
    connection.execute((_HERE / f"{step}.sql").read_text())


def _variables(connection: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile) -> None:
    values = {
        "scheme": scheme.id,
        "score_unit": 10.0**scheme.decimals,
        "score_rounding": scheme.rounding,
        "minimum_coverage": profile.minimum_coverage,
        "minimum_days_share": profile.participation.minimum_days_share,
        "peer_group_minimum": profile.peer_group_minimum,
    }
    for name, value in values.items():
        connection.execute(f"set variable {name} = ?", [value])


def _contributions(connection: duckdb.DuckDBPyConnection, depth: int) -> None:
    """Top down, each parent's contribution is shared out to its children."""
    connection.execute(
        "create or replace temp table contributed as select period, subject_id, node, 1.0::double as weight, "
        "1.0::double as multiplier, normalised as contribution from tree where node = ? and normalised is not null",
        [ROOT],
    )
    for level in range(1, depth + 1):
        connection.execute("set variable tree_depth = ?", [level])
        _run(connection, "contribution")


def check_decomposition(connection: duckdb.DuckDBPyConnection, scheme: str) -> None:
    """Leaf contributions + adjustments = score before rounding. Raises Problem with the worst subject."""
    row = connection.execute(
        """select s.period, s.subject_id, abs(s.exact_score - coalesce(l.total, 0) - s.adjustment_points) as residual
        from scored as s
        left join (select k.period, k.subject_id, sum(k.contribution order by k.node) as total from contributed as k
                   join scheme_node as d on d.node = k.node and d.is_leaf group by k.period, k.subject_id) as l
          on l.period = s.period and l.subject_id = s.subject_id
        where s.base_score is not null and not (abs(s.exact_score - coalesce(l.total, 0) - s.adjustment_points) < ?)
        order by residual desc limit 1""",
        [RESIDUAL],
    ).fetchone()
    if row:
        what = f"the score of {row[1]} in {row[0]} does not decompose: {row[2]:.3g} is left over."
        raise Problem(f"scheme {scheme}", what, "this is a fault of the engine; report it with the scheme. Nothing was published.")
