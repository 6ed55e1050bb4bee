"""Putting a handful of Python rows into a table: one statement, whatever their number."""

from collections.abc import Sequence
from typing import Any

import duckdb

_AT_ONCE = 500


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows by position; nothing for none. For declarations and counts, not for data that grows."""
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        places = ", ".join(f"({', '.join('?' * len(row))})" for row in part)
        connection.execute(f"insert into {table} values {places}", [value for row in part for value in row])
