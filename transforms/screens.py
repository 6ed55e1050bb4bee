"""Screens: questions for a person about the data, each with its evidence. They read what was scored and change none of it.

Rules: declarations/scheme/screen.py; one SQL file a screen in score/screen/.
"""

from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from declarations.scheme import Scheme, Screen
from declarations.scheme.reads import expression_names
from declarations.scheme.screen import Bunching, Divergence, Identity, Jump, LowRegistration, Revision
from transforms.score_run import run_sql
from transforms.wide import quoted, text
from warehouse.rows import insert_rows

_NUMBERS = ("target", "width", "minimum_n")


def run_screens(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> None:
    """Replace ``score.review`` of the scheme and the scored periods by what the screens find.

    Reads the temp tables of the scoring: score_fact, score_case, scheme_node, scheme_indicator, value, tree.
    """
    run_sql(connection, "screen/create")
    connection.execute("set variable scheme = ?", [scheme.id])
    _make_tables(connection, scheme)
    run_sql(connection, "prepare/macros")
    run_sql(connection, "screen/values")
    for screen in scheme.screens:
        _set_variables(connection, screen)
        if isinstance(screen, Identity):
            _sides(connection, screen)
        run_sql(connection, f"screen/{screen.screen}")
    run_sql(connection, "screen/keep")


def _make_tables(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> None:
    tables: dict[str, list[list[Any]]] = {
        "scheme_screen (code varchar, screen varchar, title_en varchar, title_zh varchar, severity varchar)": [
            [s.code, s.screen, s.title.en, s.title.zh, s.severity] for s in scheme.screens
        ],
        "screen_name (name varchar)": [[name] for name in sorted({name for s in scheme.screens for name in _names(s)})],
        "scheme_made (name varchar)": [[name] for name in sorted(scheme.derived_codes())],
    }
    for table, rows in tables.items():
        connection.execute(f"create or replace temp table {table}")
        insert_rows(connection, table.split(" ")[0], rows)


def _names(screen: Screen) -> set[str]:
    """The nodes and indicators that a screen looks at."""
    if isinstance(screen, Identity):
        return expression_names(screen.left) | expression_names(screen.right)
    first, second, _ = _roles(screen)
    return {name for name in (first, second) if name is not None}


def _roles(screen: Screen) -> tuple[str, str | None, float]:
    """What a screen compares, and the limit beyond which it is a finding."""
    if isinstance(screen, Bunching):
        return screen.indicator, screen.target if isinstance(screen.target, str) else None, screen.significance
    if isinstance(screen, Divergence):
        return screen.first, screen.second, screen.at_most
    if isinstance(screen, Revision):
        return screen.first, screen.revised, screen.at_most
    if isinstance(screen, LowRegistration):
        return screen.indicator, screen.per, screen.at_least
    if isinstance(screen, Jump):
        return screen.indicator, None, screen.at_most
    return screen.left, screen.right, screen.tolerance


def _set_variables(connection: duckdb.DuckDBPyConnection, screen: Screen) -> None:
    first, second, limit = _roles(screen)
    numbers = {name: getattr(screen, name, None) for name in _NUMBERS}
    numbers["target"] = None if isinstance(numbers["target"], str) else numbers["target"]
    for name, value in {"code": screen.code, "first": first, "second": second, "limit": limit, **numbers}.items():
        connection.execute(f"set variable screen_{name} = ?", [value])


def _sides(connection: duckdb.DuckDBPyConnection, screen: Identity) -> None:
    """``identity_side``: both expressions for each case, over one column a name."""
    names = sorted(_names(screen))
    columns = ", ".join(f"max(case when name = {text(name)} then x end) as {quoted(name)}" for name in names)
    left, right = (_over_columns(sql) for sql in (screen.left, screen.right))
    connection.execute(
        f"create or replace temp table identity_side as select w.case_no, try({left}) as left_side, try({right}) as right_side "
        f"from (select case_no{', ' + columns if columns else ''} from screen_value group by case_no) as w"
    )


def _over_columns(sql: str) -> str:
    return sqlglot.parse_one(sql, dialect="duckdb").transform(_named).sql(dialect="duckdb")


def _named(part: exp.Expression) -> exp.Expression:
    if not isinstance(part, exp.Column):
        return part
    return exp.column(exp.to_identifier(part.name, quoted=True), table="w")
