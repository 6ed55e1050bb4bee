"""Rows and cells that cannot be counted: all gathered first, then told as one Problem or, where asked for, left out and kept."""

import duckdb

from declarations.problem import Problem

LEAVE_OUT = "or let the rest go on with --refuse-rows"


def raise_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise Problem with the first refused row of the first file, and how many more there are of each kind."""
    first = connection.execute(
        "select file, row_no, column_name, value, reason, fix from refused order by file_no, row_no, column_name, reason limit 1"
    ).fetchone()
    if first is None:
        return
    file, row_no, column, value, reason, fix = first
    place = f"{file}: row {row_no}" + (f", column '{column}'" if column else "")
    shown = f"'{value}' " if value is not None else "the cell is empty: "
    raise Problem(place, f"{shown}{reason}.{_more(connection)}", f"{fix}, {LEAVE_OUT}.")


def _more(connection: duckdb.DuckDBPyConnection) -> str:
    kinds = connection.execute("select count(*), reason from refused group by reason order by count(*) desc, reason").fetchall()
    total = sum(count for count, _ in kinds)
    if total == 1:
        return ""
    if len(kinds) == 1:
        return f" ({total - 1} more like this.)"
    return f" ({total} mistakes in all: {'; '.join(f'{count} × {reason}' for count, reason in kinds)}.)"


def count_refused(connection: duckdb.DuckDBPyConnection) -> int:
    """How many rows and cells were refused."""
    row = connection.execute("select count(*) from refused").fetchone()
    return int(row[0]) if row else 0
