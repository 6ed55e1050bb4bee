"""One pull of one feed: what the source has since the last time becomes a batch in the landing, or nothing does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import filelock

from connectors.cursor import Cursor, cursor_by, cursor_of, standing
from connectors.landing import Landed, write_pages
from connectors.protocol import Connector, Resolver, SourceChanged, Window
from connectors.registry import connector_for
from connectors.settle import Job, Settled, settle
from connectors.since import order
from declarations.feed import FeedContract
from declarations.problem import Problem
from warehouse.batch import BatchFiles, remove_leftovers
from warehouse.feed_marks import note_pull, note_seen

LOCK_SECONDS = 900
ONCE_MORE = 2  # times that a source which changed while it was read is read again from the start


@dataclass(frozen=True)
class PullReport:
    """What a pull did. ``landed``: a new batch; ``known``: this very batch lay there already (a broken one is fetched
    again); ``nothing_new``: the source had nothing, or nothing that was not landed before; ``paused``: it was not asked.

    ``rows`` were fetched, ``withheld`` may never enter, ``expired`` are older than what was removed under retention; ``gone`` records
    of a snapshot are no longer there. ``afterwards`` is what went wrong when the rows were safe already, such as archiving a file.
    """

    feed: str
    status: Literal["landed", "nothing_new", "known", "paused"]
    batch_id: str | None
    rows: int
    withheld: int
    since: str | None
    until: str | None
    expired: int = 0
    gone: int = 0
    afterwards: Problem | None = None


def pull_feed(
    contract: FeedContract,
    files: BatchFiles,
    resolve: Resolver,
    now: datetime | None = None,
    progress: Callable[[int], None] | None = None,
    connector: Connector | None = None,
    say: Callable[[str], None] | None = None,
) -> PullReport:
    """Fetches what is new since the cursor and lands it whole or not at all. Raises Problem; then nothing is landed.

    ``now`` is the time of the pull (kept in the manifest; None: when its turn comes); ``progress`` is told the number of rows so far;
    ``say`` is told where the pull has to wait for another.
    """
    with pulling(files, say):
        try:
            batches = standing(files)
            cursor = cursor_of(contract, files, batches)
            job = Job(contract, files, Window(cursor.since, cursor.taken), batches, now or datetime.now(UTC), cursor)
            source = connector or connector_for(contract, resolve)
            landed, settled = _fetch(job, source, progress)
        except Problem as problem:
            files.note_stop(problem)
            raise
        if settled.status == "nothing_new":
            _note_seen(job, cursor, landed, settled)
            if _was_asked_again(contract, landed):
                _withdraw_broken(files)
        afterwards = _tell(source, [*cursor.taken, *landed.files])
        files.note_stop(afterwards)
        note_pull(files, settled.status, settled.rows, job.now)
        return _report(job, landed, settled, afterwards)


def pull_window(
    contract: FeedContract,
    files: BatchFiles,
    resolve: Resolver,
    since: str,
    until: str,
    now: datetime | None = None,
    progress: Callable[[int], None] | None = None,
    connector: Connector | None = None,
    say: Callable[[str], None] | None = None,
) -> PullReport:
    """A back-fill: fetches the rows from ``since`` to ``until`` (inclusive) and lands them; the live cursor stays where it is.

    The same window with the same content is *known*. Raises Problem; then nothing is landed.
    """
    with pulling(files, say):
        job = Job(contract, files, Window(since, {}, until), standing(files), now or datetime.now(UTC), None)
        landed, settled = _fetch(job, connector or connector_for(contract, resolve), progress)
        return _report(job, landed, settled, None)


def _fetch(job: Job, source: Connector, progress: Callable[[int], None] | None) -> tuple[Landed, Settled]:
    """Read the window and settle what came; from the start where the source changed meanwhile."""
    for attempt in range(1 + ONCE_MORE):
        try:
            with job.files.write(job.files.landing) as folder:
                landed = write_pages(folder, job.contract.names, source.pages(job.window), progress)
                return landed, settle(job, folder, landed)
        except SourceChanged:
            if attempt == ONCE_MORE:
                raise
    raise AssertionError("unreachable")


def _report(job: Job, landed: Landed, settled: Settled, afterwards: Problem | None) -> PullReport:
    return PullReport(
        job.contract.id,
        settled.status,
        settled.batch_id,
        settled.rows,
        landed.withheld,
        job.window.since,
        settled.until,
        settled.expired,
        settled.gone,
        afterwards,
    )


def _note_seen(job: Job, cursor: Cursor, landed: Landed, settled: Settled) -> None:
    """Remember how far a pull came that landed nothing: else what a reset asked for again would be asked for at each pull."""
    by = cursor_by(job.contract)
    further = None
    if by is not None and settled.until is not None:
        column = job.contract.column(by.column)
        further = settled.until if cursor.value is None or order(column, settled.until) > order(column, cursor.value) else None
    files = {name: fingerprint for name, fingerprint in landed.files.items() if cursor.taken.get(name) != fingerprint}
    if further is not None or files:
        note_seen(job.files, further, files, job.now)


def _tell(source: Connector, names: list[str]) -> Problem | None:
    """Tell a connector that wants to know which files lie safe in the landing, those of a killed pull among them."""
    tell = getattr(source, "landed", None)
    if tell is None or not names:
        return None
    try:
        tell(list(dict.fromkeys(names)))
    except Problem as problem:
        return problem
    return None


@contextmanager
def pulling(files: BatchFiles, say: Callable[[str], None] | None) -> Iterator[None]:
    """One pull of a feed at a time; what a killed one left behind is removed."""
    files.landing.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(files.landing / ".pull.lock")
    try:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            if say:
                say(f"{files.feed}: waits for another pull of this feed")
            lock.acquire(timeout=LOCK_SECONDS)
    except filelock.Timeout:
        what = f"another pull of this feed has run for more than {LOCK_SECONDS // 60} minutes."
        raise Problem(f"feed {files.feed}", what, "wait for it, or end it and pull again.") from None
    try:
        remove_leftovers(files.landing)
        yield
    finally:
        lock.release()


def _was_asked_again(contract: FeedContract, landed: Landed) -> bool:
    """Whether the pull has read again what had been broken: a file that was moved away once it was landed is not there any more."""
    return bool(landed.files) or not getattr(contract.source, "archive", None)


def _withdraw_broken(files: BatchFiles) -> None:
    """A broken batch is asked for again at each pull: when that brings nothing but what stands, the source is mended."""
    for manifest in files.manifests():
        verdict = files.verdict(manifest.batch_id)
        if manifest.purpose == "live" and verdict is not None and verdict.status == "broken":
            files.withdraw(verdict)
