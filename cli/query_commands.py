"""``traceless query`` and ``traceless sql``: the published DuckDB, read-only."""

from typing import Annotated

import duckdb
import typer

from cli.screen import results, table
from declarations.problem import Problem
from declarations.project import open_project
from warehouse.publication import open_published

Publication = Annotated[str | None, typer.Option(help="An older publication, such as P000001-1a2b3c4d.")]


def query(
    statement: Annotated[str, typer.Argument(help="A SQL statement, such as \"from result where period = '2025'\".")],
    publication: Publication = None,
    limit: Annotated[int, typer.Option(help="Most rows shown.")] = 100,
    csv: Annotated[bool, typer.Option(help="Comma separated, for another program.")] = False,
) -> None:
    """Run one statement on the published marts (schema mart is searched first)."""
    project = open_project()
    with open_published(project.published_dir, publication) as con:
        _show(con, statement, limit, csv)


def sql(publication: Publication = None) -> None:
    """A prompt on the published marts; an empty line or Ctrl-D ends it."""
    project = open_project()
    with open_published(project.published_dir, publication) as con:
        results.print(table("Tables", ["table", "what it holds"], _tables(con)))
        while statement := _ask():
            try:
                _show(con, statement, 100, False)
            except Problem as problem:
                results.print(str(problem), markup=False)


def _ask() -> str:
    try:
        return input("sql> ").strip()
    except EOFError:
        return ""


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return con.execute("select table_name, comment from duckdb_tables() where schema_name = 'mart' order by table_name").fetchall()


def _show(con: duckdb.DuckDBPyConnection, statement: str, limit: int, csv: bool) -> None:
    try:
        relation = con.sql(statement)
        if relation is None:
            return
        rows = relation.fetchmany(limit + 1) if not csv else relation.fetchall()
        columns = relation.columns
    except duckdb.Error as error:
        tables = ", ".join(name for name, _ in _tables(con))
        raise Problem("query", str(error).splitlines()[0] + ".", f"tables are {tables}; 'describe result' lists columns.") from None
    if csv:
        import csv as writer
        import sys

        out = writer.writer(sys.stdout)
        out.writerow(columns)
        out.writerows(rows)
        return
    results.print(table("", columns, rows[:limit]))
    if len(rows) > limit:
        results.print(f"the first {limit} rows; more with --limit, all with --csv")
