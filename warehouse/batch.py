"""The landing's files: where a batch lies and what its manifest and verdict say.

``landing/<feed>/<batch_id>/``    ``data.parquet`` (column ``_row`` from 1 and the contract's columns as text),
                                  ``refused.parquet`` (rows that could not be read), ``manifest.json``; never changed, but for
                                  rows that are removed under retention, of which the manifest then speaks.
                                  A snapshot's data has the column ``_gone``: true where the record is no longer in the source
``landing/<feed>/.stopped.json``  why the last pull was stopped; not there when it went well
``validated/<feed>/<batch_id>/``  ``accepted.parquet`` (``_row`` and typed columns), ``quarantine.parquet``, ``verdict.json``
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from declarations.problem import Problem

Told = TypeVar("Told", bound=BaseModel)

STOPPED = ".stopped.json"
GONE = "_gone"  # column of a snapshot's rows: the record is no longer in the source
QUARANTINE_COLUMNS = ("feed", "batch_id", "row_no", "record_key", "rule", "column_name", "value", "reason")
SQL_TYPE = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(28,8)",  # exact, so that sums do not hang on the order of rows
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


class Removal(BaseModel):
    """Rows of a batch that were removed under retention: how many, those that happened before which day, why, when; and the
    hashes of what is left."""

    rows: int
    before: date
    reason: str
    at: datetime
    content_hash: str
    parquet_sha256: str


class Manifest(BaseModel):
    """What was landed, from where, when. ``rows`` counts all fetched rows, the refused among them; ``withheld`` counts rows of
    a class that must never enter, ``expired`` those that are older than what was removed under retention (both are in no file).

    Counts and hashes are those of the landing and stay as they are; ``removed`` says what was taken away since. Of a snapshot
    only what changed is landed: ``copied`` counts the rows of the whole copy, ``stood`` the rows that stood before it came.
    """

    batch_id: str
    feed: str
    contract: str
    since: str | None
    until: str | None
    files: dict[str, str] = {}
    rows: int
    refused: int = 0
    withheld: int = 0
    columns_seen: list[str]
    content_hash: str
    parquet_sha256: str
    pulled_at: datetime
    pages: int = 1
    controls: dict[str, str] = {}
    purpose: Literal["live", "backfill"] = "live"  # a back-fill does not move the cursor
    gone: int = 0  # rows that say that a record is no longer in the source (snapshots)
    copied: int | None = None
    stood: int | None = None
    totals: dict[str, str] = {}  # sums over the whole copy, of the columns with a control total
    expired: int = 0
    removed: list[Removal] = []

    @property
    def source_rows(self) -> int:
        """The rows that the source gave: of a snapshot those of the whole copy."""
        return self.rows if self.copied is None else self.copied

    @property
    def rows_left(self) -> int:
        """The rows that still lie in the landing."""
        return self.rows - sum(removal.rows for removal in self.removed)

    @property
    def content_left(self) -> str:
        """The hash of the rows that still lie in the landing."""
        return self.removed[-1].content_hash if self.removed else self.content_hash


class Finding(BaseModel):
    """One rule that failed: how many rows, and what it means in one sentence."""

    rule: str
    column: str | None
    rows: int
    message: str
    action: Literal["quarantine", "stop", "note"]


class Verdict(BaseModel):
    """What validation said of a batch. ``accepted + quarantined = fetched``; a broken batch loads nothing, nor does a
    withdrawn one: a broken batch whose source now says again what it had said before."""

    batch_id: str
    feed: str
    contract: str
    status: Literal["accepted", "broken", "withdrawn"]
    fetched: int
    accepted: int
    quarantined: int
    findings: list[Finding] = []
    advice: str | None = None
    validated_at: datetime
    compared_with: dict[str, int] = {}  # other feeds that rows were compared with → their accepted batches at that time


class BatchFiles:
    """Paths and atomic writing for the batches of one feed."""

    def __init__(self, landing_dir: Path, validated_dir: Path, feed: str) -> None:
        self.feed = feed
        self.landing = landing_dir / feed
        self.validated = validated_dir / feed

    def data(self, batch_id: str) -> Path:
        return self.landing / batch_id / "data.parquet"

    def refused(self, batch_id: str) -> Path:
        return self.landing / batch_id / "refused.parquet"

    def accepted(self, batch_id: str) -> Path:
        return self.validated / batch_id / "accepted.parquet"

    def quarantine(self, batch_id: str) -> Path:
        return self.validated / batch_id / "quarantine.parquet"

    def manifests(self) -> list[Manifest]:
        """All landed batches in the order of landing."""
        found = [_read(Manifest, f) for f in self.landing.glob("[!.]*/manifest.json")]
        return sorted(found, key=lambda m: (m.pulled_at, m.batch_id))

    def verdict(self, batch_id: str) -> Verdict | None:
        """The verdict on a batch, or None where it was not validated yet."""
        file = self.validated / batch_id / "verdict.json"
        return _read(Verdict, file) if file.exists() else None

    def stopped(self) -> Problem | None:
        """Why the last pull brought nothing in, or None where it went well."""
        try:
            return Problem(**json.loads((self.landing / STOPPED).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def note_stop(self, problem: Problem | None) -> None:
        """Remember why a pull was stopped, for whoever asks how the feed stands; None: it went well."""
        file = self.landing / STOPPED
        if problem is None:
            file.unlink(missing_ok=True)
            return
        whole = file.with_suffix(".new")
        whole.write_text(json.dumps({"place": problem.place, "what": problem.what, "fix": problem.fix}), encoding="utf-8")
        whole.replace(file)

    def withdraw(self, verdict: Verdict) -> None:
        """Say of a broken batch that its source no longer stands to it."""
        folder = self.validated / verdict.batch_id
        whole = folder / "verdict.new"
        whole.write_text(verdict.model_copy(update={"status": "withdrawn"}).model_dump_json(indent=2), encoding="utf-8")
        whole.replace(folder / "verdict.json")

    @contextmanager
    def write(self, parent: Path) -> Iterator[Path]:
        """A temporary folder below ``parent`` that is removed at the end unless ``seal`` gave it its name."""
        parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(parent)
        folder = parent / f".tmp-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def seal(folder: Path, name: str, replace: bool = False) -> Path:
    """Flush every file of a temporary folder to disk, then rename it: whole or not at all."""
    for file in [*folder.iterdir(), folder]:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    target = folder.parent / name
    old = folder.parent / f".tmp-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    if replace and target.exists():
        target.rename(old)
    folder.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target


def remove_leftovers(parent: Path) -> None:
    """Remove the temporary folders and files that processes left which were killed."""
    for left in parent.glob(".tmp-*"):
        if not _is_alive(left.name.split("-")[1]):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def _is_alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _read(model: type[Told], file: Path) -> Told:
    """What we wrote beside a batch. Raises Problem where the file is damaged: what was landed must not be forgotten quietly."""
    try:
        return model.model_validate_json(file.read_bytes())
    except ValidationError:
        fix = f"put it back from a backup; else remove {file.parent} and pull the feed anew (traceless feed cursor reset, feed pull)."
        raise Problem(str(file), f"is damaged: it is no {model.__name__.lower()} of a batch.", fix) from None
