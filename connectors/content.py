"""What a landed file holds: a hash that hangs on no order, the newest cursor value, whether anything in it is new."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from connectors.protocol import Refused
from declarations.feed import Column, FeedContract

CLOCK_SLACK = timedelta(days=1)


def content_hash(data: Path, names: Sequence[str], refused: Sequence[Refused]) -> str:
    """Equal rows in any order and any split into pages give an equal hash: count and sum of 64-bit row hashes."""
    with duckdb.connect() as con:
        query = f"SELECT count(*), coalesce(sum({_row_hash(names, 'md5_number_lower')}), 0) FROM read_parquet(?)"
        count, total = con.execute(query, [str(data)]).fetchall()[0]
        spoiled = sorted(f"{row.position}\0{row.reason}" for row in refused)
        return str(con.execute("SELECT md5(?)", [f"{count}/{total}/" + "\0".join(spoiled)]).fetchall()[0][0])


def newest(data: Path, column: Column, now: datetime) -> str | None:
    """The greatest value of the cursor column: ISO 8601 for dates and times. None where no value can be read.

    A time later than ``now`` and a day is taken as that: one wrong date of 2099 must not stop the feed until 2099.
    """
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        limit = (now.replace(tzinfo=None) + CLOCK_SLACK).isoformat(timespec="seconds")
        name = _quoted(column.name)
        value = _as_value(column, name)
        if column.type in ("date", "timestamp"):
            value = f"CASE WHEN {value} > TIMESTAMP '{limit}' THEN TIMESTAMP '{limit}' ELSE {value} END"
        query = f"SELECT max({value}), bool_or(regexp_matches({name}, ?)) FROM read_parquet(?)"
        found, zoned = con.execute(query, [r"[0-9](Z|[+-]\d\d:?\d\d)$", str(data)]).fetchall()[0]
    if found is None:
        return None
    if column.type == "date":
        return str(found.date().isoformat())
    if column.type == "timestamp":
        return str(found.isoformat()) + ("+00:00" if zoned else "")
    return str(found)


def is_new(data: Path, earlier: Sequence[Path], contract: FeedContract) -> bool:
    """Whether a row of ``data`` stands in none of the ``earlier`` files, compared over all columns of the contract."""
    if not earlier:
        return True
    narrow = _quoted(contract.version or contract.keys[0])
    with duckdb.connect() as con:
        con.execute("CREATE VIEW fresh AS SELECT * FROM read_parquet('" + str(data).replace("'", "''") + "')")
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
            SELECT 1 FROM (SELECT {_row_hash(contract.names, "md5_number")} AS h FROM fresh) AS f
            ANTI JOIN (SELECT {_row_hash(contract.names, "md5_number")} AS h FROM known) AS k USING (h)
            LIMIT 1
        """
        values = {"files": [str(file) for file in earlier], "low": low, "high": high}
        return bool(con.execute(query, values).fetchall())


def _row_hash(names: Sequence[str], function: str) -> str:
    """Each value with its length before it, so that no two different rows read the same; NULL is not the empty text."""
    parts = [f"coalesce(length({name}) || ':' || {name}, '-')" for name in map(_quoted, sorted(names))]
    return f"{function}(concat({', '.join(parts)}))"


def _as_value(column: Column, name: str) -> str:
    if column.type in ("date", "timestamp"):
        if column.format:
            return f"CAST(try_strptime({name}, '{column.format.replace(chr(39), chr(39) * 2)}') AS TIMESTAMP)"
        # a cast to TIMESTAMP would drop an offset without a word; the session's zone is UTC
        return f"make_timestamp(epoch_us(try_cast({name} AS TIMESTAMPTZ)))"
    if column.type == "integer":
        return f"try_cast({name} AS HUGEINT)"
    return f"try_cast({name} AS DECIMAL(38, 10))" if column.type == "decimal" else name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
