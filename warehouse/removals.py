"""What the warehouse knows of rows that were removed under retention: how many of which batch, when and why; no values."""

from datetime import UTC, date

import duckdb

from declarations.feed import FeedContract
from warehouse.batch import Manifest
from warehouse.rows import insert_rows


def note_removals(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Write down what a batch's manifest says of removals; again without harm."""
    connection.execute("delete from ops.removal where batch_id = ?", [manifest.batch_id])
    rows = [
        [manifest.feed, manifest.batch_id, r.rows, r.before, r.reason, r.at.astimezone(UTC).replace(tzinfo=None)] for r in manifest.removed
    ]
    insert_rows(connection, "ops.removal (feed, batch_id, rows, before, reason, removed_at)", rows)


def frozen_before(connection: duckdb.DuckDBPyConnection, feeds: list[str]) -> date:
    """What was computed of these feeds for periods that end by this day stays as it is: rows behind it are removed."""
    row = connection.execute("select max(before) from ops.removal where list_contains(?, feed)", [feeds]).fetchone()
    return row[0] if row and row[0] else date.min


def heard_on(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> date | None:
    """The newest day of which the feed has ever spoken, be it in rows that are removed since."""
    clock = "version_at" if contract.version and contract.column(contract.version).type in ("date", "timestamp") else "event_time"
    row = connection.execute(
        f'select greatest((select max(try_cast({clock} as date)) from staging."{contract.id}"), '
        "(select max(heard_on) from ops.heard where feed = ?))",
        [contract.id],
    ).fetchone()
    return row[0] if row else None


def keep_heard(connection: duckdb.DuckDBPyConnection, contract: FeedContract) -> None:
    """Remember how far a feed was heard, before rows of it are deleted."""
    heard = heard_on(connection, contract)
    if heard is not None:
        connection.execute("insert or replace into ops.heard values (?, ?)", [contract.id, heard])
