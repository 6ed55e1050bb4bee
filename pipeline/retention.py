"""Retention 保存期限: rows that are older than their feed's contract keeps them are deleted, everywhere but in what was published."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import Project
from pipeline.judging import judging
from pipeline.steps import batch_files
from warehouse.batch import BatchFiles, Manifest
from warehouse.feed_marks import note_removal
from warehouse.removals import keep_heard, note_removals
from warehouse.staging import create_staging
from warehouse.store import open_warehouse, transaction

if TYPE_CHECKING:
    import duckdb

    from pipeline.thinning import TooOld

Say = Callable[[str], None]


@dataclass(frozen=True)
class FeedRetention:
    """One feed: rows that happened before ``before`` are too old. ``rows`` lie in the landing, ``going`` of them, in so many batches, are
    to go or went; ``oldest`` is the day of the oldest row; ``problem`` says why nothing could be done."""

    feed: str
    years: int | None = None
    before: date | None = None
    rows: int = 0
    oldest: date | None = None
    going: int = 0
    batches: int = 0
    problem: Problem | None = None


def keep_retention(
    project: Project, feeds: list[str] | None = None, now: datetime | None = None, dry_run: bool = False, say: Say = lambda _: None
) -> list[FeedRetention]:
    """Delete (``dry_run``: count) what is too old in these feeds; None: in all. A problem of one feed holds back no other.

    A row is kept for the years of its contract, from the end of the year in which it happened (``event_time``); a roster's row
    happens until its span ends. It is deleted from staging, from the validated and the landed files. Manifests keep their counts
    and hashes and say what was removed; facts and publications that were made of the rows stay.
    """
    known = sorted({*project.readable_feeds, *project.unreadable_feeds})
    found = []
    for feed in feeds or known:
        try:
            found.append(_one_feed(project, project.feed(feed), now or datetime.now(UTC), dry_run))
        except Problem as problem:
            found.append(FeedRetention(feed, problem=problem))
        say(f"{feed}: {found[-1].going} rows are too old" if found[-1].problem is None else f"{feed}: stopped")
    return found


def _one_feed(project: Project, contract: FeedContract, now: datetime, dry_run: bool) -> FeedRetention:
    from connectors.pull import pulling
    from connectors.since import kept_from
    from pipeline.thinning import TooOld

    files = batch_files(project, contract.id)
    before = kept_from(contract, now.date())
    old = TooOld(contract, files, before, f"kept for {contract.retention.years} years: {contract.retention.reason}")
    if not files.manifests():
        return FeedRetention(contract.id, contract.retention.years, before)
    with pulling(files, None), judging(files), open_warehouse(project.warehouse_file) as connection:
        create_staging(connection, contract)
        connection.execute(
            f'create or replace temp table expired_record as select record_id from staging."{contract.id}_last" where {old.by_day()}'
        )
        rows, oldest = _extent(connection, old)
        if not dry_run:
            note_removal(files, before, old.reason, now)
        going = {m.batch_id: _of_batch(connection, old, m, now, dry_run) for m in files.manifests()}
        if not dry_run:
            _from_warehouse(connection, old)
    return FeedRetention(
        contract.id, contract.retention.years, before, rows, oldest, sum(going.values()), sum(1 for count in going.values() if count)
    )


def _extent(connection: "duckdb.DuckDBPyConnection", old: "TooOld") -> tuple[int, date | None]:
    """Rows in the landing, and the day of the oldest that says when it happened."""
    row = connection.execute(f'select min(event_time) from staging."{old.contract.id}"').fetchone()
    return sum(manifest.rows_left for manifest in old.files.manifests()), row[0].date() if row and row[0] else None


def _of_batch(connection: "duckdb.DuckDBPyConnection", old: "TooOld", manifest: Manifest, now: datetime, dry_run: bool) -> int:
    from pipeline.thinning import mark_rows, thin

    going = mark_rows(connection, old, manifest)
    if dry_run:
        return going
    thinned = thin(connection, old, manifest, now)
    with transaction(connection):
        note_removals(connection, thinned)
        connection.execute(
            "delete from ops.quarantine where batch_id = ? and row_no not in (select _row from left_row)", [manifest.batch_id]
        )
    return manifest.rows_left - thinned.rows_left


def _from_warehouse(connection: "duckdb.DuckDBPyConnection", old: "TooOld") -> None:
    """Delete the rows from staging, last: until then it tells which records are too old."""
    feed = old.contract.id
    with transaction(connection):
        keep_heard(connection, old.contract)
        connection.execute(f'delete from staging."{feed}" where {old.condition()}')
        connection.execute(
            f'delete from staging."{feed}_superseded" as s where not exists '
            f'(select 1 from staging."{feed}" as v where v.batch_id = s.batch_id and v.row_no = s.row_no)'
        )


def removals_of(files: BatchFiles) -> tuple[int, date | None, str]:
    """How many rows of a feed were removed, from before which day, and why."""
    found = [removal for manifest in files.manifests() for removal in manifest.removed]
    last = max(found, key=lambda removal: removal.at, default=None)
    return sum(removal.rows for removal in found), last.before if last else None, last.reason if last else ""
