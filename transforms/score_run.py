"""Running the steps of transforms/score/, one SQL file each."""

from pathlib import Path

import duckdb

_HERE = Path(__file__).parent / "score"


def run_sql(connection: duckdb.DuckDBPyConnection, step: str) -> None:
    """Run one file of transforms/score/."""
    connection.execute((_HERE / f"{step}.sql").read_text(encoding="utf-8"))


def number_values(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``score_case``, ``peer`` and ``value``: a row for every case and indicator."""
    run_sql(connection, "case")
    query = "select (select count(*) from value) < (select count(*) from score_case) * (select count(*) from scheme_indicator)"
    row = connection.execute(query).fetchone()
    if row and row[0]:
        run_sql(connection, "value_absent")


def replace_table(connection: duckdb.DuckDBPyConnection, name: str, by: str) -> None:
    """Put one temp table in the place of another."""
    connection.execute(f"drop table if exists {name}")
    connection.execute(f"alter table {by} rename to {name}")


def after(connection: duckdb.DuckDBPyConnection, table: str, leaves: bool, depth: int | None = None) -> None:
    """Take the declared steps after the points, one ordinal at a time; nothing where none is declared."""
    row = connection.execute(
        "select max(s.ordinal) from scheme_after as s join scheme_node as n using (node_no) "
        "where n.is_leaf = ? and (? is null or n.depth = ?)",
        [leaves, depth, depth],
    ).fetchone()
    last = -1 if row is None or row[0] is None else row[0]
    for ordinal in range(last + 1):
        connection.execute("set variable after_ordinal = ?", [ordinal])
        connection.execute(f"create or replace temp view after_input as select * from {table}")
        row = connection.execute("select count(*) from scheme_after where op = 'compare' and ordinal = ?", [ordinal]).fetchone()
        run_sql(connection, "after_compare" if row and row[0] else "after")
        connection.execute("drop view after_input")
        replace_table(connection, table, "after_output")
