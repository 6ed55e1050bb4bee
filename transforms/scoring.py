"""The scoring engine: any scheme over any facts, set-based, in SQL; each result decomposes into its parts exactly.

It reads relations of the connection, which the caller makes (the last three are optional):

``score_subject``    period, subject_id, peer_group, ranking_group, days_share, takes_adjustments
``score_fact``       period, subject_id, indicator, value, n, interval_low, interval_high, status ('ok' or a kind of absence);
                     may hold more periods than are scored: history
``score_decision``   period, subject_id, decision_no, document_no, decision_type, decided_on, authority, points
                     (confirmed, signed off, not revoked)
``score_attribute``  period, subject_id, attribute, value: what ``peers`` and ``by`` may name
``score_member``     period, subject_id, unit_id, role, scheme, unit_score, unit_grade, unit_status: results of the subject's unit
``score_history``    period, subject_id, score, grade: results of earlier periods
"""

import duckdb

from declarations.indicator import Indicator
from declarations.problem import Problem
from declarations.rules import RuleProfile
from declarations.scheme import Node, Scheme
from transforms.adjust import adjust
from transforms.aggregate import aggregate
from transforms.grade import grade, keep_results
from transforms.leaf_parameter import make_leaf_parameter
from transforms.normalise import normalise
from transforms.prepare import prepare
from transforms.scheme_tables import SchemeTables
from transforms.score_run import after, number_values, replace_table, run_sql
from transforms.screens import run_screens

RESIDUAL = 1e-9
_OPTIONAL = {
    "score_attribute": "period varchar, subject_id varchar, attribute varchar, value varchar",
    "score_member": "period varchar, subject_id varchar, unit_id varchar, role varchar, scheme varchar, unit_score double, "
    "unit_grade varchar, unit_status varchar",
    "score_history": "period varchar, subject_id varchar, score double, grade varchar",
}


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
    for name in ("macros", "create"):
        run_sql(connection, name)
    make_optional(connection)
    tables = SchemeTables(scheme, indicators, tree, profile.peer_group_minimum)
    tables.fill(connection)
    connection.execute("set variable scheme = ?", [scheme.id])
    number_values(connection)
    prepare(connection, scheme, tables.numbers)
    leaves(connection, scheme, tables)
    aggregate(connection, tables)
    adjust(connection, scheme, profile)
    grade(connection, scheme, profile)
    run_sql(connection, "keep_nodes")
    check_decomposition(connection, scheme.id)
    keep_results(connection, scheme)
    run_screens(connection, scheme)


def make_optional(connection: duckdb.DuckDBPyConnection) -> None:
    """Make those of the optional relations that the caller did not, empty."""
    known = {row[0] for row in connection.execute("select table_name from information_schema.tables").fetchall()}
    for table, columns in _OPTIONAL.items():
        if table not in known:
            connection.execute(f"create temp table {table} ({columns})")


def leaves(connection: duckdb.DuckDBPyConnection, scheme: Scheme, tables: SchemeTables) -> None:
    """From values to the tree's leaves: small groups, parameters, methods, steps after, absences."""
    run_sql(connection, "leaf")
    methods = {row[4] for row in tables.rows["scheme_leaf"]}
    if any((row[9] or 1) > 1 for row in tables.rows["scheme_leaf"]):
        run_sql(connection, "fallback")
        replace_table(connection, "leaf", "leaf_next")
    make_leaf_parameter(connection, tables)
    normalise(connection, scheme, methods, tables)
    run_sql(connection, "points")
    scored = "leaf_computed"
    if tables.has_steps(leaves=True):
        scored = "leaf_stepped"
        connection.execute(f"create or replace temp table {scored} as select * from leaf_computed")
        after(connection, scored, leaves=True)
    connection.execute(f"create or replace temp view leaf_scored as select * from {scored}")
    run_sql(connection, "peer_mean")
    run_sql(connection, "missing")


def check_decomposition(connection: duckdb.DuckDBPyConnection, scheme: str) -> None:
    """Leaf contributions = points of each tree; leaf contributions + adjustments = score before rounding.

    Relative to the size of the points where these are beyond 1. Raises Problem with the worst subject.
    """
    run_sql(connection, "residual")
    row = connection.execute("select period, subject_id, residual from residual where not (residual < ?) limit 1", [RESIDUAL]).fetchone()
    if row:
        what = f"the score of {row[1]} in {row[0]} does not decompose: {row[2]:.3g} is left over."
        raise Problem(f"scheme {scheme}", what, "this is a fault of the engine; report it with the scheme. Nothing was published.")
