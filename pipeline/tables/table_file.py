"""A small table beside the values (groups, decisions, members, history): its columns as text, its rows numbered, its mistakes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.tables.columns import Column, find_columns
from pipeline.tables.reading import Reading
from pipeline.tables.source import Source, identifier, literal, open_source, reading


@dataclass(frozen=True)
class TableFile:
    """``raw_<name>`` has row_no and every wanted column as trimmed text, null where the file has none."""

    name: str
    number: int
    source: Source
    found: dict[str, str]
    columns: tuple[str, ...]

    @property
    def table(self) -> str:
        return f"raw_{self.name}"


def load_table(
    connection: duckdb.DuckDBPyConnection, name: str, number: int, path: Path, wanted: Iterable[Column], how: Reading
) -> TableFile:
    """Read a file into ``raw_<name>``. ``number`` orders files in what is told. Raises Problem for a file or a missing column."""
    wanted = tuple(wanted)
    source = open_source(connection, path)
    found = find_columns(source, wanted, how.columns)
    parts = [f"{_text(source, found.get(column.name))} as {identifier(column.name)}" for column in wanted]
    with reading(path):
        connection.execute(f"create or replace temp table raw_{name} as select row_no, {', '.join(parts)} from ({source.numbered()})")
    return TableFile(name, number, source, found, tuple(column.name for column in wanted))


def _text(source: Source, column: str | None) -> str:
    if column is None:
        return "null::varchar"
    at = identifier(column)
    if not source.is_number(column):
        return f"cell_text({at})"
    return f"case when {at} = floor({at}) then cast(cast({at} as bigint) as varchar) else cast({at} as varchar) end"


def refuse_where(connection: duckdb.DuckDBPyConnection, file: TableFile, column: str, condition: str, reason: str, fix: str) -> None:
    """Move the rows of a condition from ``raw_<name>`` into ``refused``. ``condition`` is SQL of this program over the columns."""
    at = file.found.get(column, column)
    connection.execute(
        f"insert into refused select ?, ?, row_no, ?, {identifier(column)}, ?, ? from {file.table} where {condition}",
        [file.number, file.source.path.name, at, reason, fix],
    )
    connection.execute(f"delete from {file.table} where {condition}")


def refuse_empty(connection: duckdb.DuckDBPyConnection, file: TableFile, *columns: str) -> None:
    """Refuse rows with an empty cell in a column that needs one."""
    for column in columns:
        if column in file.found:
            refuse_where(connection, file, column, f"{identifier(column)} is null", f"but every row needs a {column}", "fill it in")


def refuse_no_number(connection: duckdb.DuckDBPyConnection, file: TableFile, *columns: str) -> None:
    """Refuse rows with a text where a finite number or nothing is expected."""
    for column in columns:
        at = identifier(column)
        condition = f"cell_no_number({at}) or not coalesce(isfinite(cell_number({at})), true)"
        refuse_where(connection, file, column, condition, "is not a finite number", "correct it")


def refuse_repeats(connection: duckdb.DuckDBPyConnection, file: TableFile, keys: Iterable[str]) -> None:
    """Refuse all rows of a key that stands more than once."""
    keys = tuple(keys)
    listed = ", ".join(map(identifier, keys))
    repeated = f"row_no in (select unnest(list(row_no)) from {file.table} group by {listed} having count(*) > 1)"
    what = f"stands more than once ({', '.join(keys)} together name a row)"
    refuse_where(connection, file, keys[0], repeated, what, "keep one of the rows")


def refuse_other_words(connection: duckdb.DuckDBPyConnection, file: TableFile, column: str, words: Iterable[str]) -> None:
    """Refuse rows with a word that is none of these; an empty cell is none."""
    words = tuple(words)
    listed = ", ".join(map(literal, words))
    condition = f"{identifier(column)} is not null and lower({identifier(column)}) not in ({listed})"
    refuse_where(connection, file, column, condition, f"is none of {', '.join(words)}", "correct it")


def note_rows(connection: duckdb.DuckDBPyConnection, statement: str, most: int = 5) -> str | None:
    """What a query of one text column found, for a line on the screen: the first few and how many more; None where nothing."""
    rows = [str(row[0]) for row in connection.execute(statement).fetchall()]
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(rows[:most]) + more if rows else None
