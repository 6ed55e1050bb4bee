"""Taking rows that are too old out of a batch's files, in an order in which a kill anywhere is mended by doing it again."""

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from connectors.content import PARQUET, as_value, expired, literal, look, quoted
from connectors.landing import REFUSED_SCHEMA
from connectors.protocol import Refused
from connectors.settle import sha256
from declarations.feed import FeedContract
from warehouse.batch import BatchFiles, Manifest, Removal
from warehouse.staging import record_id


@dataclass(frozen=True)
class TooOld:
    """What is too old in a feed: rows that happened before ``before``, and every version of a record whose last one did (temp table
    ``expired_record``). Rows without a readable day go by the day of their pull."""

    contract: FeedContract
    files: BatchFiles
    before: date
    reason: str

    def by_day(self) -> str:
        """SQL condition over typed rows, of staging or of accepted files: the row itself is too old."""
        day = f"timestamp '{self.before.isoformat()}'"
        old = f"try_cast({quoted(self.contract.event_time)} as timestamp) < {day}"
        if self.contract.kind == "roster" and "valid_to" in self.contract.names:  # a span happens until it ends
            old = f"({old} and try_cast(valid_to as timestamp) < {day})"
        return f"coalesce({old}, false)"

    def condition(self) -> str:
        """SQL condition over typed rows: the row, or the last version of its record, is too old."""
        return f"({self.by_day()} or {record_id(self.contract)} in (select record_id from expired_record))"


def mark_rows(con: duckdb.DuckDBPyConnection, old: TooOld, manifest: Manifest) -> int:
    """Temp tables ``going`` (numbers of landed rows) and ``going_accepted``; the number of rows that are to go from the landing."""
    contract, files, batch = old.contract, old.files, manifest.batch_id
    con.execute("create or replace temp table going_accepted (_row bigint)")
    con.execute("create or replace temp table accepted_row (_row bigint)")
    if files.accepted(batch).exists():
        con.execute(f"create or replace temp table accepted_row as select _row from {_relation(files.accepted(batch))}")
        rows = _texts(contract, files.accepted(batch))
        con.execute(f"create or replace temp table going_accepted as select _row from {rows} where {old.condition()}")
    pulled_before = str(manifest.pulled_at.date() < old.before).lower()
    no_day = f"({as_value(contract.column(contract.event_time), quoted(contract.event_time))} is null and {pulled_before})"
    con.execute(
        f"""create or replace temp table going as
        select _row from {_texts(contract, files.data(batch))}
        where _row in (select _row from going_accepted)
           or (_row not in (select _row from accepted_row) and ({expired(contract, old.before)} or {no_day}))"""
    )
    refused = _count(con, files.refused(batch)) if pulled_before == "true" and files.refused(batch).exists() else 0
    return int(_one(con, "select count(*) from going")) + refused


def thin(con: duckdb.DuckDBPyConnection, old: TooOld, manifest: Manifest, now: datetime) -> Manifest:
    """Take the marked rows out of the batch's files and say so in its manifest; returns the manifest as it is now.

    The landing first and its manifest, which counts what is missing; then what validation wrote. What a killed run left undone is done.
    """
    files, batch = old.files, manifest.batch_id
    if _one(con, "select count(*) from going"):
        _rewrite(con, files.data(batch), "_row not in (select _row from going)")
    if files.refused(batch).exists() and manifest.pulled_at.date() < old.before and _count(con, files.refused(batch)):
        _write_table(files.refused(batch), REFUSED_SCHEMA.empty_table())
    manifest = _noted(con, old, manifest, now)
    left = f"select _row from {_relation(files.data(batch))} union all select _row from {_relation(files.refused(batch))}"
    con.execute(f"create or replace temp table left_row as {left}")
    if _one(con, "select count(*) from going_accepted"):
        _rewrite(con, files.accepted(batch), "_row not in (select _row from going_accepted)")
    if files.quarantine(batch).exists():
        lines = f"select count(*) from {_relation(files.quarantine(batch))} where row_no not in (select _row from left_row)"
        if _one(con, lines):
            _rewrite(con, files.quarantine(batch), "row_no in (select _row from left_row)")
    _check(con, files, manifest)
    return manifest


def _noted(con: duckdb.DuckDBPyConnection, old: TooOld, manifest: Manifest, now: datetime) -> Manifest:
    """The manifest with what its files hold less than it counts."""
    files, batch = old.files, manifest.batch_id
    missing = manifest.rows_left - _count(con, files.data(batch)) - _count(con, files.refused(batch))
    if not missing:
        return manifest
    rows = con.execute(f"select position, reason from {_relation(files.refused(batch))}").fetchall()
    content = look(files.data(batch), old.contract, [Refused(*row) for row in rows], now).content
    parquet = sha256(files.data(batch))
    removal = Removal(rows=missing, before=old.before, reason=old.reason, at=now, content_hash=content, parquet_sha256=parquet)
    noted = manifest.model_copy(update={"removed": [*manifest.removed, removal]})
    file = files.landing / batch / "manifest.json"
    whole = file.with_name("manifest.json.new")
    whole.write_text(noted.model_dump_json(indent=2), encoding="utf-8")
    _put(whole, file)
    return noted


def _check(con: duckdb.DuckDBPyConnection, files: BatchFiles, manifest: Manifest) -> None:
    """Law 1 on what is left: every row of the landing is accepted or quarantined."""
    verdict = files.verdict(manifest.batch_id)
    if verdict is None or verdict.status != "accepted":
        return
    quarantine = _relation(files.quarantine(manifest.batch_id))
    accepted = _count(con, files.accepted(manifest.batch_id))
    refused = int(_one(con, f"select count(distinct row_no) from {quarantine}"))
    if accepted + refused != manifest.rows_left:
        what = f"{accepted} accepted and {refused} refused rows are not the {manifest.rows_left} that are left"
        raise RuntimeError(f"feed {files.feed}, batch {manifest.batch_id}: {what}")


def _texts(contract: FeedContract, file: Path) -> str:
    """The file's rows with all columns of the contract as text; NULL where an older batch has no such column."""
    columns = ", ".join(f"null::varchar as {quoted(name)}" for name in contract.names)
    return f"((select null::bigint as _row, {columns} where false) union all by name (select * from {_relation(file)}))"


def _relation(file: Path) -> str:
    return f"read_parquet({literal(str(file))})"


def _rewrite(con: duckdb.DuckDBPyConnection, file: Path, keep: str) -> None:
    whole = file.with_name(file.name + ".new")
    con.execute(f"copy (select * from {_relation(file)} where {keep}) to {literal(str(whole))} {PARQUET}")
    _put(whole, file)


def _write_table(file: Path, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    whole = file.with_name(file.name + ".new")
    pq.write_table(table, whole, compression="zstd")
    _put(whole, file)


def _put(whole: Path, file: Path) -> None:
    """Flush a file that is written whole, and let it take the place of the other."""
    descriptor = os.open(whole, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    whole.replace(file)


def _count(con: duckdb.DuckDBPyConnection, file: Path) -> int:
    return int(_one(con, f"select coalesce(sum(num_rows), 0) from parquet_file_metadata({literal(str(file))})")) if file.exists() else 0


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
