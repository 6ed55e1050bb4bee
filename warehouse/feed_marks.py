"""Marks that people and pulls leave beside the batches of a feed: small JSON files in its landing, written whole or not at all.

``.cursor.json``     where pulling goes on from, as a person set it: counts before what batches say that were pulled earlier
``.paused.json``     the feed is not to be pulled, by whom and why
``.seen.json``       how far pulls came that brought nothing new; written by pulls alone
``.pulled.json``     when a pull last went well, with news or without; written by pulls alone
``.retention.json``  rows that happened before this day were removed and do not come in again
"""

import os
from datetime import date, datetime
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from declarations.problem import Problem
from warehouse.batch import BatchFiles

CURSOR, PAUSED, SEEN, PULLED, RETENTION = ".cursor.json", ".paused.json", ".seen.json", ".pulled.json", ".retention.json"


class CursorMark(BaseModel):
    """Pulling goes on from ``value`` (ISO 8601 for dates and times); None: everything is asked for again.

    What was pulled before ``set_at`` says nothing any more about the cursor, nor about which files were taken.
    """

    value: str | None
    set_at: datetime
    by: str
    why: str


class PauseMark(BaseModel):
    """The feed is paused since ``at``."""

    by: str
    why: str
    at: datetime


class SeenMark(BaseModel):
    """How far pulls came that brought nothing new: newest cursor value, files read. Older than a cursor mark: void."""

    until: str | None = None
    files: dict[str, str] = {}
    at: datetime


class PullMark(BaseModel):
    """A live pull went well at ``at``: how it ended, and how many rows the source gave."""

    at: datetime
    status: str
    rows: int


class RetentionMark(BaseModel):
    """Rows that happened before ``before`` were removed at ``at``, for ``reason``."""

    before: date
    at: datetime
    reason: str


def cursor_mark(files: BatchFiles) -> CursorMark | None:
    """Where a person said that pulling goes on from, or None. Raises Problem where the mark is damaged."""
    return _read(files, CURSOR, CursorMark)


def set_cursor(files: BatchFiles, value: str | None, by: str, why: str, at: datetime) -> CursorMark:
    """Say where pulling goes on from; None asks for everything again."""
    mark = CursorMark(value=value, set_at=at, by=by, why=why)
    _write(files, CURSOR, mark)
    return mark


def paused(files: BatchFiles) -> PauseMark | None:
    """By whom, why and since when the feed is paused, or None. Raises Problem where the mark is damaged."""
    return _read(files, PAUSED, PauseMark)


def pause(files: BatchFiles, by: str, why: str, at: datetime) -> PauseMark:
    """Say that the feed is not to be pulled."""
    mark = PauseMark(by=by, why=why, at=at)
    _write(files, PAUSED, mark)
    return mark


def unpause(files: BatchFiles) -> PauseMark | None:
    """Lift the pause; returns what it said, or None where there was none."""
    mark = paused(files)
    (files.landing / PAUSED).unlink(missing_ok=True)
    return mark


def seen(files: BatchFiles) -> SeenMark | None:
    """How far pulls came that brought nothing new since the cursor was set, or None."""
    mark, set_by_hand = _read(files, SEEN, SeenMark), cursor_mark(files)
    return None if mark and set_by_hand and mark.at <= set_by_hand.set_at else mark


def note_seen(files: BatchFiles, until: str | None, taken: dict[str, str], at: datetime) -> None:
    """Remember how far a pull came that brought nothing new; files are added to those noted before."""
    before = seen(files)
    known = before or SeenMark(at=at)
    _write(files, SEEN, SeenMark(until=until or known.until, files={**known.files, **taken}, at=at))


def last_pull(files: BatchFiles) -> PullMark | None:
    """The last live pull that went well, whether it brought news or none; None before the first."""
    return _read(files, PULLED, PullMark)


def note_pull(files: BatchFiles, status: str, rows: int, at: datetime) -> None:
    """Remember a live pull that went well."""
    _write(files, PULLED, PullMark(at=at, status=status, rows=rows))


def removed_before(files: BatchFiles) -> RetentionMark | None:
    """Up to which day rows were removed under retention, or None."""
    return _read(files, RETENTION, RetentionMark)


def note_removal(files: BatchFiles, before: date, reason: str, at: datetime) -> None:
    """Say that rows from before a day are removed."""
    _write(files, RETENTION, RetentionMark(before=before, at=at, reason=reason))


_Mark = TypeVar("_Mark", bound=BaseModel)


def _read(files: BatchFiles, name: str, model: type[_Mark]) -> _Mark | None:
    file = files.landing / name
    try:
        return model.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        fix = "remove it and say again what it said (traceless feed cursor, feed pause, retention)."
        raise Problem(f"feed {files.feed}", f"{file} is damaged.", fix) from None


def _write(files: BatchFiles, name: str, mark: BaseModel) -> None:
    files.landing.mkdir(parents=True, exist_ok=True)
    whole = files.landing / f".tmp-{os.getpid()}-{name.strip('.')}"
    with whole.open("w", encoding="utf-8") as stream:
        stream.write(mark.model_dump_json(indent=2))
        stream.flush()
        os.fsync(stream.fileno())
    whole.replace(files.landing / name)
