"""Values of other feeds that a batch is compared with: ``exists_in``, read from those feeds' accepted files.

No warehouse is opened. A value is known once an accepted row had it; rows that only say that a record is gone (``_gone``)
bring no value. What was compared with is told in the verdict, because a later batch of the other feed may judge otherwise.
"""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from declarations.feed import ExistsIn, FeedContract
from declarations.problem import Problem
from expectations.sql_text import ident, literal
from warehouse.batch import GONE, BatchFiles


@dataclass
class Compared:
    """How many accepted batches of each other feed were looked into, and the rules that found nothing to compare with."""

    batches: dict[str, int] = field(default_factory=dict)
    unchecked: list[ExistsIn] = field(default_factory=list)


def values_table(check: ExistsIn) -> str:
    """The table that holds the other feed's values, as text."""
    return f"values:{check.feed}.{check.other}"


def stands_in(check: ExistsIn, name: str) -> str:
    """Condition that a typed column's value is among the other feed's values; true for no value and where there are none."""
    table = ident(values_table(check))
    known = f"COALESCE(CAST({name} AS VARCHAR) IN (SELECT value FROM {table}), true)"
    return f"CASE WHEN EXISTS (SELECT 1 FROM {table}) THEN {known} ELSE true END"


def lookups(checks: list[object]) -> list[ExistsIn]:
    """The checks among these that look into other feeds, one for each feed and column."""
    return list({values_table(check): check for check in checks if isinstance(check, ExistsIn)}.values())


def create_empty(connection: duckdb.DuckDBPyConnection, checks: list[ExistsIn]) -> None:
    """The tables of values, without any."""
    for check in checks:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {ident(values_table(check))} (value VARCHAR)")


def accepted_files(files: BatchFiles, feed: str) -> list[Path]:
    """The files with accepted rows of another feed of the same landing, oldest first."""
    other = BatchFiles(files.landing.parent, files.validated.parent, feed)
    verdicts = [other.verdict(manifest.batch_id) for manifest in other.manifests()]
    return [other.accepted(v.batch_id) for v in verdicts if v is not None and v.status == "accepted" and v.accepted]


def read_values(
    connection: duckdb.DuckDBPyConnection, contract: FeedContract, checks: list[ExistsIn], accepted: dict[str, list[Path]], own_rows: str
) -> Compared:
    """Fill the tables of values. ``accepted``: files by feed; ``own_rows``: SELECT of this batch's typed rows, for a feed that
    refers to itself. Raises Problem where the other feed's rows have no such column."""
    create_empty(connection, checks)
    compared = Compared({check.feed: len(accepted[check.feed]) for check in checks})
    for check in checks:
        table = ident(values_table(check))
        queries = [_own_values(contract, check, own_rows)] if check.feed == contract.id else []
        if accepted[check.feed]:
            queries.append(_accepted_values(connection, contract, check, accepted[check.feed]))
        for query in queries:
            connection.execute(f"INSERT INTO {table} SELECT DISTINCT CAST(value AS VARCHAR) FROM ({query}) WHERE value IS NOT NULL")
        if not connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
            compared.unchecked.append(check)
    return compared


def _own_values(contract: FeedContract, check: ExistsIn, own_rows: str) -> str:
    return f"SELECT {ident(check.other)} AS value FROM ({own_rows})"


def _accepted_values(connection: duckdb.DuckDBPyConnection, contract: FeedContract, check: ExistsIn, found: list[Path]) -> str:
    listed = f"read_parquet([{', '.join(literal(str(file)) for file in found)}], union_by_name = true)"
    columns = {str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {listed}").fetchall()}
    if check.other not in columns:
        what = f"the accepted rows of feed {check.feed} have no column '{check.other}'."
        fix = f"correct 'other' in feeds/{contract.id}/feed.yaml, or pull {check.feed} again if the column is new there."
        raise Problem(f"feed {contract.id}: exists_in of {check.column}", what, fix)
    there = f"WHERE NOT COALESCE({GONE}, false)" if GONE in columns else ""
    return f"SELECT {ident(check.other)} AS value FROM {listed} {there}"
