"""What becomes of fetched rows: a batch with a name and a place in the landing, or nothing where nothing is new."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from connectors.content import Content, drop_expired, is_new, look
from connectors.cursor import Cursor, cursor_by
from connectors.landing import Landed
from connectors.protocol import Window
from connectors.since import kept_from
from connectors.snapshot import Difference, keep_difference
from declarations.feed import FeedContract, FilesSource
from declarations.project import fingerprint
from warehouse.batch import BatchFiles, Manifest, seal
from warehouse.feed_marks import removed_before


@dataclass(frozen=True)
class Job:
    """One pull: what is asked of whom, when, and the batches that stand before it. A live one has a ``cursor``, a back-fill none."""

    contract: FeedContract
    files: BatchFiles
    window: Window
    standing: list[Manifest]
    now: datetime
    cursor: Cursor | None

    @property
    def live(self) -> list[Manifest]:
        """The standing batches that no back-fill brought."""
        return [manifest for manifest in self.standing if manifest.purpose == "live"]

    @property
    def is_whole_copy(self) -> bool:
        """Whether every pull brings all that the source has, and only the order of arrival tells what is newer."""
        return self.contract.snapshot or (self.contract.version is None and cursor_by(self.contract) is None)


@dataclass(frozen=True)
class Settled:
    """What became of a pull. ``landed``: a new batch; ``known``: this very batch lay there already; ``nothing_new``: nothing that
    was not landed before. ``rows`` were fetched; ``expired`` are too old to be taken in again; ``gone`` records are no longer there."""

    status: Literal["landed", "nothing_new", "known"]
    batch_id: str | None
    rows: int
    until: str | None
    expired: int = 0
    gone: int = 0


def settle(job: Job, folder: Path, landed: Landed) -> Settled:
    """Give the fetched rows in ``folder`` their name and place, unless they hold nothing new."""
    data, before = folder / "data.parquet", _removed_before(job)
    difference = _difference(job, data, landed, before)
    content = look(data, job.contract, landed.refused, job.now, before)
    if content.expired:
        drop_expired(data, job.contract, before or date.min)
    expired = content.expired + (difference.expired if difference else 0)
    until = content.newest if job.window.until is None else job.window.until
    nothing = Settled("nothing_new", None, landed.rows + len(landed.refused), content.newest, expired)
    if _is_nothing(job, landed, content, expired, difference):
        return nothing
    batch_id = _batch_id(job, until, content.content)
    if job.cursor is None and (job.files.landing / batch_id).exists():
        return Settled("known", batch_id, nothing.rows, until, expired)
    if _is_repeat(job, data, landed, content, difference):
        return nothing
    if job.cursor is not None:
        batch_id = _fresh(job.files, batch_id)
    settled = Settled("landed", batch_id, nothing.rows, until, expired, difference.gone if difference else 0)
    if (job.files.landing / batch_id).exists():
        return Settled("known", batch_id, nothing.rows, until, expired, settled.gone)
    manifest = _manifest(job, landed, content, difference, settled, data)
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
    seal(folder, batch_id)
    return settled


def sha256(file: Path) -> str:
    """The hash of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _removed_before(job: Job) -> date | None:
    """Rows from before this day were removed under retention, which still asks for it: they do not come in again."""
    mark = removed_before(job.files)
    return min(mark.before, kept_from(job.contract, job.now.date())) if mark else None


def _difference(job: Job, data: Path, landed: Landed, before: date | None) -> Difference | None:
    """What a whole copy changes, ``data`` cut down to it; None for other feeds, and for the first copy."""
    if not job.contract.snapshot or not (job.standing or len(landed.ends) > 1):
        return None
    if isinstance(job.contract.source, FilesSource) and not landed.files:
        return None
    earlier = [job.files.data(manifest.batch_id) for manifest in job.standing]
    return keep_difference(data, earlier, job.contract, before, landed.ends, find_gone=not landed.refused)


def _manifest(job: Job, landed: Landed, content: Content, difference: Difference | None, settled: Settled, data: Path) -> Manifest:
    copied = difference.copied if difference else landed.rows - content.expired
    return Manifest(
        batch_id=str(settled.batch_id),
        feed=job.contract.id,
        contract=fingerprint(job.contract),
        since=job.window.since,
        until=settled.until,
        files=landed.files,
        rows=content.rows + len(landed.refused),
        refused=len(landed.refused),
        withheld=landed.withheld,
        columns_seen=sorted(landed.columns_seen),
        content_hash=content.content,
        parquet_sha256=sha256(data),
        pulled_at=job.now,
        pages=landed.pages,
        controls=landed.controls,
        purpose="live" if job.cursor is not None else "backfill",
        gone=settled.gone,
        copied=copied + len(landed.refused) if job.contract.snapshot else None,
        stood=(difference.stood if difference else 0) if job.contract.snapshot else None,
        totals=difference.totals if difference else {},
        expired=settled.expired,
    )


def _is_nothing(job: Job, landed: Landed, content: Content, expired: int, difference: Difference | None) -> bool:
    """Whether not one row is to be landed. A source that was asked for all it has and had nothing gives an empty batch, which its
    expectations must judge; a folder without a new file was not asked for anything."""
    if content.rows or landed.refused:
        return False
    if difference is not None or job.window.until is not None or landed.withheld or expired:
        return True
    asked = bool(landed.files) if isinstance(job.contract.source, FilesSource) else job.window.since is None
    return not asked or _repeats_last(job, content)


def _is_repeat(job: Job, data: Path, landed: Landed, content: Content, difference: Difference | None) -> bool:
    """Whether all of this was landed before. Without a version column a row may go back to what it was: then only
    the very same content as the last time is a repeat."""
    if not job.standing or not (content.rows or landed.refused):
        return False
    if landed.refused and not _refused_before(job, landed):
        return False
    if difference is not None:
        return content.rows == 0
    if job.is_whole_copy:
        return _repeats_last(job, content)
    return not content.rows or not is_new(data, [job.files.data(manifest.batch_id) for manifest in job.standing], job.contract)


def _repeats_last(job: Job, content: Content) -> bool:
    return bool(job.live) and job.live[-1].content_left == content.content


def _refused_before(job: Job, landed: Landed) -> bool:
    import pyarrow.parquet as pq

    known: set[tuple[str, str]] = set()
    for manifest in job.standing:
        if manifest.refused:
            table = pq.read_table(job.files.refused(manifest.batch_id), columns=["position", "reason"])
            known.update((row["position"], row["reason"]) for row in table.to_pylist())
    return all((row.position, row.reason) in known for row in landed.refused)


def _batch_id(job: Job, until: str | None, content: str) -> str:
    """The hash of feed, window and content; for a feed of whole copies also of the batch before, so that a copy which goes back
    to an earlier state is a batch of its own."""
    parts = [job.contract.id, job.window.since or "", until or "", content]
    if job.is_whole_copy and job.live:
        parts.append(job.live[-1].batch_id)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _fresh(files: BatchFiles, batch_id: str) -> str:
    """Another name where a batch of this name has been overtaken: the source broke in the same way once more."""
    if not (files.landing / batch_id).exists():
        return batch_id
    last = next(m for m in reversed(files.manifests()) if m.purpose == "live" or m.batch_id == batch_id)
    if last.batch_id == batch_id and not _is_withdrawn(files, batch_id):
        return batch_id
    return hashlib.sha256(f"{batch_id}\0{last.batch_id}".encode()).hexdigest()[:16]


def _is_withdrawn(files: BatchFiles, batch_id: str) -> bool:
    verdict = files.verdict(batch_id)
    return verdict is not None and verdict.status == "withdrawn"
