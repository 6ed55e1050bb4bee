"""What can be wrong with a row of values: numbers in the SQL, words for people."""

from dataclasses import dataclass

import duckdb

from warehouse.rows import insert_rows

STATUSES = ("ok", "not_applicable", "not_reported", "too_few", "source_down", "invalid")


@dataclass(frozen=True)
class Flaw:
    """``column`` is where it is seen; a row with a ``keyless`` flaw belongs nowhere, other rows leave an invalid value."""

    number: int
    column: str
    reason: str
    fix: str
    keyless: bool = False


FLAWS = (
    Flaw(1, "subject", "but every row needs a subject", "fill it in", keyless=True),
    Flaw(2, "period", "but every row needs a period where there is such a column", "fill it in", keyless=True),
    Flaw(3, "indicator", "but every row needs an indicator", "fill it in", keyless=True),
    Flaw(4, "known_at", "is no date or time such as 2025-03-31", "correct it", keyless=True),
    Flaw(5, "value", "is not a number", "correct it, name the word with --absent where it means 'no value'"),
    Flaw(6, "status", f"is no status; there are {', '.join(STATUSES)}", "correct it"),
    Flaw(7, "value", "but the status says ok", "give the value, or the kind of its absence as status"),
    Flaw(8, "n", "is not a whole number from 0 on", "correct it"),
    Flaw(9, "interval_low", "is not a number", "correct it"),
    Flaw(10, "interval_high", "is not a number", "correct it"),
)
KEYLESS = tuple(flaw.number for flaw in FLAWS if flaw.keyless)


def fill_flaws(connection: duckdb.DuckDBPyConnection) -> None:
    """The flaws as the temp table ``flaw``."""
    connection.execute("create or replace temp table flaw (flaw int, column_name varchar, reason varchar, fix varchar)")
    insert_rows(connection, "flaw", [[flaw.number, flaw.column, flaw.reason, flaw.fix] for flaw in FLAWS])
