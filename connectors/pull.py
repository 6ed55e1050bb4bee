"""One pull of one feed: what the source has since the last time becomes a batch in the landing, or nothing does."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import filelock

from connectors.content import content_hash, is_new, newest
from connectors.landing import Landed, write_pages
from connectors.protocol import Connector, Resolver, Window
from connectors.registry import connector_for
from connectors.since import less, order
from declarations.base import to_timedelta
from declarations.feed import CursorBy, FeedContract, FilesSource
from declarations.problem import Problem
from declarations.project import fingerprint
from warehouse.batch import BatchFiles, Manifest, remove_leftovers, seal

LOCK_SECONDS = 900


@dataclass(frozen=True)
class PullReport:
    """What a pull did. ``landed``: a new batch; ``known``: this very batch lay there already (a broken one is fetched
    again); ``nothing_new``: the source had nothing, or nothing that was not landed before."""

    feed: str
    status: Literal["landed", "nothing_new", "known"]
    batch_id: str | None
    rows: int
    withheld: int
    since: str | None
    until: str | None


def pull_feed(
    contract: FeedContract,
    files: BatchFiles,
    resolve: Resolver,
    now: datetime,
    progress: Callable[[int], None] | None = None,
    connector: Connector | None = None,
) -> PullReport:
    """Fetches the feed's window and lands it whole or not at all. Raises Problem; then nothing is landed.

    ``now`` is the time of the pull (kept in the manifest); ``progress`` is told the number of rows so far.
    """
    with _alone(files):
        try:
            standing = [m for m in files.manifests() if not _is_broken(files, m.batch_id)]
            window = _window(contract, standing)
            source = connector or connector_for(contract, resolve)
            with files.write(files.landing) as folder:
                landed = write_pages(folder, contract.names, source.pages(window), progress)
                report = _settle(contract, files, folder, landed, window, standing, now)
        except Problem as problem:
            files.note_stop(problem)
            raise
        files.note_stop(None)
        if report.status == "nothing_new":
            _withdraw_broken(files)
        return report


def _settle(
    contract: FeedContract,
    files: BatchFiles,
    folder: Path,
    landed: Landed,
    window: Window,
    standing: list[Manifest],
    now: datetime,
) -> PullReport:
    """Gives the batch its name and place, unless it holds nothing new."""
    rows = landed.rows + len(landed.refused)
    cursor = _cursor(contract)
    data = folder / "data.parquet"
    until = newest(data, contract.column(cursor.column), now) if cursor and landed.rows else None
    content = content_hash(data, contract.names, landed.refused)
    repeats_last = bool(standing) and standing[-1].content_hash == content
    empty = not rows and (repeats_last or not _is_empty_whole(contract, landed, window))
    if empty or (rows and _is_repeat(contract, files, data, landed, repeats_last, standing)):
        return PullReport(contract.id, "nothing_new", None, rows, landed.withheld, window.since, until)
    batch_id = _fresh(files, _batch_id(contract, window.since, until, content, standing))
    status: Literal["landed", "known"] = "known"
    if not (files.landing / batch_id).exists():
        manifest = Manifest(
            batch_id=batch_id,
            feed=contract.id,
            contract=fingerprint(contract),
            since=window.since,
            until=until,
            files=landed.files,
            rows=rows,
            refused=len(landed.refused),
            withheld=landed.withheld,
            columns_seen=sorted(landed.columns_seen),
            content_hash=content,
            parquet_sha256=_sha256(data),
            pulled_at=now,
            pages=landed.pages,
        )
        (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        seal(folder, batch_id)
        status = "landed"
    return PullReport(contract.id, status, batch_id, rows, landed.withheld, window.since, until)


def _window(contract: FeedContract, standing: list[Manifest]) -> Window:
    """From the newest cursor value of the batches that stand, less the look-back; without the files they hold."""
    taken = {name: mark for manifest in standing for name, mark in manifest.files.items()}
    cursor = _cursor(contract)
    ends = [manifest.until for manifest in standing if manifest.until]
    if cursor is None or not ends:
        return Window(None, taken)
    column = contract.column(cursor.column)
    latest = max(ends, key=lambda end: order(column, end))
    return Window(less(column, latest, to_timedelta(cursor.look_back)), taken)


def _is_repeat(contract: FeedContract, files: BatchFiles, data: Path, landed: Landed, repeats_last: bool, standing: list[Manifest]) -> bool:
    """Whether all of this was landed before. Without a version column a row may go back to what it was: then only
    the very same content as the last time is a repeat."""
    if not standing:
        return False
    if contract.version is None and _cursor(contract) is None:
        return repeats_last
    if landed.refused and not _refused_before(files, landed, standing):
        return False
    return not is_new(data, [files.data(manifest.batch_id) for manifest in standing], contract)


def _is_empty_whole(contract: FeedContract, landed: Landed, window: Window) -> bool:
    """Whether the source was asked for all it has and had nothing: a batch that its expectations must judge.
    A folder without a new file was not asked for anything."""
    asked = bool(landed.files) if isinstance(contract.source, FilesSource) else window.since is None
    return asked and not landed.withheld


def _refused_before(files: BatchFiles, landed: Landed, standing: list[Manifest]) -> bool:
    import pyarrow.parquet as pq

    known: set[tuple[str, str]] = set()
    for manifest in standing:
        if manifest.refused:
            table = pq.read_table(files.refused(manifest.batch_id), columns=["position", "reason"])
            known.update((row["position"], row["reason"]) for row in table.to_pylist())
    return all((row.position, row.reason) in known for row in landed.refused)


def _batch_id(contract: FeedContract, since: str | None, until: str | None, content: str, standing: list[Manifest]) -> str:
    """The hash of feed, window and content; for a feed of whole copies (no cursor, no version) also of the batch
    before, so that a copy which goes back to an earlier state is a batch of its own."""
    parts = [contract.id, since or "", until or "", content]
    if contract.version is None and _cursor(contract) is None and standing:
        parts.append(standing[-1].batch_id)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _fresh(files: BatchFiles, batch_id: str) -> str:
    """Another name where a batch of this name has been overtaken: the source broke in the same way once more."""
    overtaken = (files.landing / batch_id).exists() and files.manifests()[-1]
    if not overtaken or (overtaken.batch_id == batch_id and not _is_withdrawn(files, batch_id)):
        return batch_id
    return hashlib.sha256(f"{batch_id}\0{overtaken.batch_id}".encode()).hexdigest()[:16]


@contextmanager
def _alone(files: BatchFiles) -> Iterator[None]:
    """One pull of a feed at a time; what a killed one left behind is removed."""
    files.landing.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(files.landing / ".pull.lock", timeout=LOCK_SECONDS):
            remove_leftovers(files.landing)
            yield
    except filelock.Timeout:
        what = f"another pull of this feed has run for more than {LOCK_SECONDS // 60} minutes."
        raise Problem(f"feed {files.feed}", what, "wait for it, or end it and pull again.") from None


def _withdraw_broken(files: BatchFiles) -> None:
    """A broken batch is asked for again at each pull: when that brings nothing but what stands, the source is mended."""
    for manifest in files.manifests():
        verdict = files.verdict(manifest.batch_id)
        if verdict is not None and verdict.status == "broken":
            files.withdraw(verdict)


def _is_broken(files: BatchFiles, batch_id: str) -> bool:
    verdict = files.verdict(batch_id)
    return verdict is not None and verdict.status != "accepted"


def _is_withdrawn(files: BatchFiles, batch_id: str) -> bool:
    verdict = files.verdict(batch_id)
    return verdict is not None and verdict.status == "withdrawn"


def _cursor(contract: FeedContract) -> CursorBy | None:
    return getattr(contract.source, "cursor", None)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
