"""``traceless query`` and ``traceless sql``: the published DuckDB, read-only."""

import csv as writer
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import duckdb
import typer

from cli.screen import errors, paragraph, results, table, tell
from declarations.problem import Problem
from declarations.project import open_project
from warehouse.publication import open_published

Publication = Annotated[str | None, typer.Option(help="An older publication, such as P000001-1a2b3c4d.")]
PROMPT_ROWS = 100


def query(
    statement: Annotated[str, typer.Argument(help="A SQL statement, such as \"from result where period = '2025'\".")],
    publication: Publication = None,
    limit: Annotated[int, typer.Option(help="Most rows shown.", min=1)] = 100,
    csv: Annotated[bool, typer.Option(help="Comma separated, whole and unrounded, for another program.")] = False,
) -> None:
    """Run one statement on the published marts (schema mart is searched first)."""
    with _published(publication) as con:
        _show(con, statement, limit, csv)


def sql(publication: Publication = None) -> None:
    """A prompt on the published marts; an empty line or Ctrl-D ends it."""
    with _published(publication) as con:
        results.print(table("Tables", ["table", "what it holds"], _tables(con)))
        while statement := _ask():
            try:
                _show(con, statement, PROMPT_ROWS, False)
            except Problem as problem:
                errors.print(paragraph(problem), soft_wrap=True, highlight=False)


@contextmanager
def _published(publication: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """What is published, for reading only: a statement can neither write a file nor read another one."""
    with open_published(open_project().published_dir, publication) as con:
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield con


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
            raise _no_answer(con)
        rows = relation.fetchall() if csv else relation.fetchmany(limit + 1)
        columns = relation.columns
    except duckdb.Error as error:
        raise _explained(con, error) from None
    if csv:
        out = writer.writer(sys.stdout)
        out.writerow(columns)
        out.writerows(rows)
        return
    results.print(table("", columns, rows[:limit]))
    if len(rows) > limit:
        tell(f"the first {limit} rows; more with --limit, all with --csv")
    elif len(rows) != 1:
        tell(f"{len(rows)} rows")


def _no_answer(con: duckdb.DuckDBPyConnection) -> Problem:
    return Problem("query", "the statement has no answer.", f"ask with select or from, such as: from result limit 5; {_tables_are(con)}")


def _explained(con: duckdb.DuckDBPyConnection, error: duckdb.Error) -> Problem:
    text = str(error)
    first = text.splitlines()[0].rstrip(".!")
    if "read-only" in text or "disabled by configuration" in text or "configuration has been locked" in text:
        fix = "ask with select or from; what is published is never changed. For a file use --csv and '>'."
        return Problem("query", f"only reading is allowed here: {first}.", fix)
    meant = re.search(r'Did you mean "([^"]+)"|Candidate bindings: (.+)', text)
    hint = f"Did you mean {meant[1] or meant[2]}? " if meant else ""
    return Problem("query", f"{first}.", f"{hint}correct the statement; {_tables_are(con)}")


def _tables_are(con: duckdb.DuckDBPyConnection) -> str:
    return f"tables are {', '.join(name for name, _ in _tables(con))}; 'describe result' lists columns."
