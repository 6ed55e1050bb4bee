"""What a landed file holds, in one scan: a hash that hangs on no order, the newest cursor value, rows too old to be kept; and
whether anything in it is new."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from connectors.cursor import cursor_by
from connectors.protocol import Refused
from declarations.feed import Column, FeedContract
from warehouse.batch import GONE

CLOCK_SLACK = timedelta(days=1)
MEMORY = "160MB"  # beyond it DuckDB spills beside the batch that is being landed
THREADS = 2
PARQUET = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"
_SPREAD = 2_654_435_761
_ZONED = r"[0-9](Z|[+-]\d\d:?\d\d)$"


@dataclass(frozen=True)
class Content:
    """What a landed file holds without the ``expired`` rows, which are too old to be kept: number of rows, ``content`` (equal rows
    in any order and any split into pages give an equal hash), ``newest`` (the greatest value of the cursor column, ISO 8601
    for dates and times; None where no value can be read)."""

    rows: int
    content: str
    newest: str | None
    expired: int


@contextmanager
def scanning(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory, in UTC, that stays small: it spills into ``folder``."""
    spill = folder / ".spill"
    with duckdb.connect() as con:
        con.execute(f"SET TimeZone = 'UTC'; SET threads = {THREADS}; SET memory_limit = '{MEMORY}'")
        con.execute(f"SET temp_directory = {literal(str(spill))}")
        yield con
    shutil.rmtree(spill, ignore_errors=True)


def look(data: Path, contract: FeedContract, refused: Sequence[Refused], now: datetime, before: date | None = None) -> Content:
    """What the file holds. Rows that happened before ``before`` do not count.

    A cursor value later than ``now`` and a day does not count (where all are: ``now`` does): one wrong date of 2099 must not
    stop the feed until 2099, nor hide what the source writes today.
    """
    cursor = cursor_by(contract)
    column = contract.column(cursor.column) if cursor else None
    newest, zoned = (_newest(column, now), _is_zoned(column)) if column else ("NULL", "false")
    old = expired(contract, before)
    with scanning(data.parent) as con:
        names = [*contract.names, *([GONE] if GONE in _columns(con, data) else [])]
        found = con.execute(
            f"SELECT count(*), sum(CAST({row_hash(names)} >> 31 AS HUGEINT)), sum({_lengths(names)}), {newest}, bool_or({zoned}) "
            f"FROM read_parquet($data) WHERE NOT {old}",
            {"data": str(data)},
        ).fetchall()[0]
        rows, total, lengths, latest, has_zone = found
        every = con.execute("SELECT sum(num_rows) FROM parquet_file_metadata($data)", {"data": str(data)}).fetchall()[0][0]
        spoiled = sorted(f"{row.position}\0{row.reason}" for row in refused)
        parts = f"{rows}/{total or 0}/{lengths or 0}/" + "\0".join(spoiled)
        content = str(con.execute("SELECT md5(?)", [parts]).fetchall()[0][0])
    return Content(rows, content, _written(column, latest, has_zone), int(every or 0) - rows)


def drop_expired(data: Path, contract: FeedContract, before: date) -> None:
    """Take the rows that are too old out of a file that is not landed yet; the others keep their numbers."""
    thinned = data.with_name("thinned.parquet")
    with scanning(data.parent) as con:
        query = f"SELECT * FROM read_parquet({literal(str(data))}) WHERE NOT {expired(contract, before)}"
        con.execute(f"COPY ({query}) TO {literal(str(thinned))} {PARQUET}")
    thinned.replace(data)


def is_new(data: Path, earlier: Sequence[Path], contract: FeedContract) -> bool:
    """Whether a row of ``data`` stands in none of the ``earlier`` files, compared over all columns of the contract."""
    if not earlier:
        return True
    narrow = quoted(contract.version or contract.keys[0])
    row = f"{row_hash(contract.names)} AS h, {_lengths(contract.names)} AS l"
    with scanning(data.parent) as con:
        con.execute(f"CREATE VIEW fresh AS SELECT * FROM read_parquet({literal(str(data))})")
        low, high = con.execute(f"SELECT min({narrow}), max({narrow}) FROM fresh").fetchall()[0]
        query = f"""
            WITH known AS (
                SELECT * FROM (
                    SELECT * FROM (SELECT * FROM fresh LIMIT 0)
                    UNION ALL BY NAME
                    SELECT * FROM read_parquet($files, union_by_name := true)
                )
                WHERE {narrow} BETWEEN $low AND $high OR {narrow} IS NULL
            )
            SELECT 1 FROM (SELECT {row} FROM fresh) AS f ANTI JOIN (SELECT {row} FROM known) AS k USING (h, l) LIMIT 1
        """
        values = {"files": [str(file) for file in earlier], "low": low, "high": high}
        return bool(con.execute(query, values).fetchall())


def expired(contract: FeedContract, before: date | None) -> str:
    """SQL condition over landed texts: the row happened before that day. A row of a roster happens until its span ends, and one
    whose day cannot be read is judged by people first: neither is too old."""
    if before is None:
        return "false"
    moment = as_value(contract.column(contract.event_time), quoted(contract.event_time))
    day = f"TIMESTAMP '{before.isoformat()}'"
    if contract.kind == "roster" and "valid_to" in contract.names:
        ended = as_value(contract.column("valid_to"), quoted("valid_to"))
        return f"coalesce({moment} < {day} AND {ended} < {day}, false)"
    return f"coalesce({moment} < {day}, false)"


def row_hash(names: Sequence[str]) -> str:
    """128 bits of a row's texts, NULL unlike the empty text. With ``_lengths`` no two different rows are taken for one, even
    where a text holds the separator."""
    return f"md5_number(concat_ws(chr(1), {', '.join(f'coalesce({_text(name)}, chr(0))' for name in sorted(names))}))"


def _lengths(names: Sequence[str]) -> str:
    """The lengths of a row's texts, each with a weight of its own."""
    parts = (f"coalesce(strlen({_text(name)}), -1) * {(i * _SPREAD % 2**24) | 1}" for i, name in enumerate(sorted(names), 1))
    return " + ".join(parts)


def _text(name: str) -> str:
    return f"CAST({quoted(name)} AS VARCHAR)" if name == GONE else quoted(name)


def _newest(column: Column, now: datetime) -> str:
    """The aggregate that finds the greatest value."""
    value = as_value(column, quoted(column.name))
    if column.type not in ("date", "timestamp"):
        return f"max({value})"
    present = now.replace(tzinfo=None)
    limit = (present + CLOCK_SLACK).isoformat(timespec="seconds")
    sane = f"max(CASE WHEN {value} <= TIMESTAMP '{limit}' THEN {value} END)"
    return f"coalesce({sane}, max(CASE WHEN {value} IS NOT NULL THEN TIMESTAMP '{present.isoformat(timespec='seconds')}' END))"


def _is_zoned(column: Column) -> str:
    name = quoted(column.name)
    return f"CASE WHEN {_has_no_offset(name)} THEN false ELSE regexp_matches({name}, '{_ZONED}') END"


def _written(column: Column | None, found: object, zoned: bool | None) -> str | None:
    if column is None or found is None:
        return None
    if isinstance(found, datetime):
        if column.type == "date":
            return found.date().isoformat()
        return found.isoformat() + ("+00:00" if zoned else "")
    return str(found)


def as_value(column: Column, name: str) -> str:
    """SQL for the value that a landed text can be ordered by: dates and times as TIMESTAMP in UTC; NULL where it cannot be read."""
    if column.type in ("date", "timestamp"):
        if column.format:
            return f"CAST(try_strptime({name}, {literal(column.format)}) AS TIMESTAMP)"
        # a cast to TIMESTAMP costs a third but would drop an offset without a word; the session's zone is UTC
        aware = f"make_timestamp(epoch_us(try_cast({name} AS TIMESTAMPTZ)))"
        return f"CASE WHEN {_has_no_offset(name)} THEN try_cast({name} AS TIMESTAMP) ELSE {aware} END"
    if column.type == "integer":
        return f"try_cast({name} AS HUGEINT)"
    return f"try_cast({name} AS DECIMAL(38, 10))" if column.type == "decimal" else name


def _has_no_offset(name: str) -> str:
    """2025-03-31 and 2025-03-31T08:30:00 have no room for one."""
    return f"(length({name}) = 10 OR length({name}) = 19 AND {name}[17] = ':')"


def _columns(con: duckdb.DuckDBPyConnection, data: Path) -> set[str]:
    return {str(row[0]) for row in con.execute("SELECT name FROM parquet_schema(?)", [str(data)]).fetchall()}


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL text."""
    return "'" + text.replace("'", "''") + "'"
