"""Adjustments: what changes a score after the tree, in declared order, each movement a row with its evidence.

Formulas: declarations/scheme/adjust.py. One SQL file a kind in score/adjust/; the steps of ``scheme.final`` come last.
"""

import duckdb
import sqlglot
from sqlglot import exp

from declarations.rules import RuleProfile
from declarations.scheme import Adjustment, Scheme, expression_names
from transforms.scheme_result_tables import fill_result_tables
from transforms.score_run import run_sql
from transforms.wide import pivot

_FILES = {"bonus": "event", "deduction": "event"}
_OVER_NODES = ("consistency", "variance")
_RUNNING_SCORE = "score"


def adjust(connection: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile) -> None:
    """From ``tree``, ``value``, ``score_case`` and ``score_decision`` to the temp tables ``adjusted`` and ``scored``.

    ``adjusted``: a row each movement of a score (``points`` as proposed, ``counted_points`` within all caps, signed).
    ``scored``: ``base_score + adjustment_points = exact_score``; ``adjustment_points`` are the sum of the counted points, the
    steps of ``scheme.final`` (kind ``final``) among them. Also fills the tables ``scheme_*`` that ranks and grades read.
    """
    fill_result_tables(connection, scheme, profile)
    connection.execute("set variable peers_all = ?", [scheme.peers == "class"])
    run_sql(connection, "adjust/start")
    named = {name for a in scheme.adjustments if a.when for name in expression_names(a.when)} - {_RUNNING_SCORE}
    if any(a.when for a in scheme.adjustments):
        pivot(connection, "condition_value", named)
    for ordinal, adjustment in enumerate(scheme.adjustments, 1):
        connection.execute("set variable adjustment_no = ?", [ordinal])
        run_sql(connection, "adjust/eligible")
        if adjustment.when:
            _keep_where(connection, adjustment.when)
        _propose(connection, adjustment)
        run_sql(connection, "adjust/count")
    for ordinal in range(len(scheme.final)):
        connection.execute("set variable adjustment_no = ?", [len(scheme.adjustments) + ordinal + 1])
        connection.execute("set variable final_ordinal = ?", [ordinal])
        run_sql(connection, "adjust/final")
    run_sql(connection, "adjust/scored")


def _propose(connection: duckdb.DuckDBPyConnection, adjustment: Adjustment) -> None:
    if adjustment.kind in _OVER_NODES:
        run_sql(connection, "adjust/nodes")
    run_sql(connection, f"adjust/{_FILES.get(adjustment.kind, adjustment.kind)}")


def _keep_where(connection: duckdb.DuckDBPyConnection, condition: str) -> None:
    """Leave only those in ``eligible_case`` for whom the condition is true; null, or not computable, is not true."""
    over_columns = sqlglot.parse_one(condition, dialect="duckdb").transform(_named).sql(dialect="duckdb")
    connection.execute(
        "delete from eligible_case where case_no not in ("
        "select e.case_no from eligible_case as e join condition_value as w using (case_no) "
        f"where coalesce(try({over_columns}), false))"
    )


def _named(part: exp.Expression) -> exp.Expression:
    """A code of the condition as a column of condition_value, ``score`` as the running score; over 0 nothing can be computed."""
    if isinstance(part, exp.Div):
        part.set("expression", exp.Nullif(this=part.expression, expression=exp.Literal.number(0)))
    if not isinstance(part, exp.Column):
        return part
    return exp.column(exp.to_identifier(part.name, quoted=True), table="e" if part.name == _RUNNING_SCORE else "w")
