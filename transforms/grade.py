"""From adjusted scores to places, suggested grades and what follows from them.

Rules: declarations/scheme/grade.py, declarations/scheme/adjust.py (vetoes), declarations/rules.py (ceilings, consequences, who takes
part). The order: score → who takes part → ties → vetoes → the first grade whose conditions hold → ceilings from the best grade
down → consequences. A grade is a suggestion; where equals stand across an edge there is none: panel decides.
"""

import duckdb

from declarations.rules import RuleProfile
from declarations.scheme import Scheme
from transforms.score_run import run_sql


def grade(connection: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile) -> None:
    """From ``scored`` (and what adjust() left) to the temp tables ``graded``, a row a case, and ``consequence``.

    ``score`` is ``exact_score`` at the scheme's decimals; null where the tree has none or its coverage is too low. ``status``:
    ok, incomplete (coverage too low for a grade or a score), or why the tree has no points. ``grade_note`` says why there is no
    grade, or what changed it; ``grade_evidence`` the places and shares behind it.
    """
    _set_variables(connection, scheme, profile)
    run_sql(connection, "grade/score")
    for number in range(1, len(scheme.ties) + 1):
        connection.execute("set variable tie_no = ?", [number])
        run_sql(connection, "grade/tie")
    for step in ("veto", "unit", "possible", "ceiling_room"):
        run_sql(connection, f"grade/{step}")
    for (number,) in connection.execute("select ceiling_no from scheme_ceiling order by ceiling_no").fetchall():
        connection.execute("set variable ceiling_no = ?", [number])
        run_sql(connection, "grade/ceiling")
    run_sql(connection, "grade/graded")
    run_sql(connection, "grade/consequence")


def keep_results(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> None:
    """Replace ``score.adjustment``, ``score.result`` and ``score.consequence`` of the scheme and the scored periods."""
    create_result_tables(connection)
    connection.execute("set variable scheme = ?", [scheme.id])
    connection.execute("set variable rank_shown = ?", [scheme.ranking.shown])
    run_sql(connection, "grade/keep")


def create_result_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that keep_results() fills, where they are not there yet."""
    run_sql(connection, "grade/create")


def _set_variables(connection: duckdb.DuckDBPyConnection, scheme: Scheme, profile: RuleProfile) -> None:
    values = {
        "score_decimals": scheme.decimals,
        "score_rounding": scheme.rounding,
        "score_coverage": profile.score_coverage,
        "minimum_coverage": profile.minimum_coverage,
        "minimum_days_share": profile.participation.minimum_days_share,
        "rank_on": scheme.ranking.on,
        "rank_by_group": scheme.ranking.within == "group",
        "rank_dense": scheme.ranking.ties == "dense",
        "use_ties": scheme.ranking.use_ties,
    }
    for name, value in values.items():
        connection.execute(f"set variable {name} = ?", [value])
