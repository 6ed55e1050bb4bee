"""The stretches of time that a REST source is asked for: the whole window, or one slice of it after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.protocol import Window
from connectors.since import as_asked
from declarations.feed import Column, FeedContract, RestSource
from declarations.problem import Problem

LOCAL = ZoneInfo("Asia/Shanghai")  # the clock behind times that come without a zone


@dataclass(frozen=True)
class Span:
    """What to send as the window's two ends, in the source's own format; ``name`` is empty where there are no slices."""

    since: str | None
    until: str | None
    name: str = ""


def spans(contract: FeedContract, source: RestSource, window: Window, now: datetime) -> Iterator[Span]:
    """The window in one piece, or its slices, oldest first: half-open, cut at the calendar's borders. At least one.

    Raises Problem where slices of time are asked of a cursor that is no time.
    """
    column = contract.column(source.cursor.column) if source.cursor else None
    if column is None:
        yield Span(None, None)
    elif source.slices is None:
        since = as_asked(column, window.since) if window.since else None
        until = _asked_end(column, source, window.until) if window.until and source.until_parameter else None
        yield Span(since, until)
    else:
        yield from _slices(contract, column, source, window, now)


def _slices(contract: FeedContract, column: Column, source: RestSource, window: Window, now: datetime) -> Iterator[Span]:
    every = source.slices.every if source.slices else "day"
    if column.type not in ("date", "timestamp") or (column.type == "date" and every == "hour"):
        what = f"slices of a {every} cannot be cut from column '{column.name}', a {column.type}."
        raise Problem(f"feed {contract.id}: source.slices", what, "take a date or timestamp as cursor, or longer slices.")
    assert source.slices is not None
    begin = datetime.fromisoformat(window.since) if window.since else datetime.combine(source.slices.first, time())
    end = _end(column, window.until) if window.until else None
    stop = end or _now(column, begin, now)
    if end and end.tzinfo is None:
        stop = end.replace(tzinfo=begin.tzinfo)
    while True:
        border = _border(begin, every)
        upto = min(border, stop) if end else border
        yield Span(_asked(column, begin), _asked(column, _last(column, source, upto)), f"slice {_short(begin)} to {_short(upto)}")
        begin = border
        if begin >= stop:
            return


def _asked_end(column: Column, source: RestSource, until: str) -> str:
    """The window's inclusive end as the source wants it."""
    if column.type in ("date", "timestamp"):
        return _asked(column, _last(column, source, _end(column, until)))
    exclusive = source.until_is == "exclusive" and column.type == "integer"
    return str(int(until) + 1) if exclusive else until


def _end(column: Column, until: str) -> datetime:
    """The moment just after an inclusive end; a bare date means its whole day."""
    whole_day = column.type == "date" or len(until) == len("2025-03-01")
    return datetime.fromisoformat(until) + (timedelta(days=1) if whole_day else timedelta(seconds=1))


def _last(column: Column, source: RestSource, upto: datetime) -> datetime:
    """What to send so that rows before ``upto`` come and none at it."""
    if source.until_is == "exclusive":
        return upto
    if column.type == "date":
        return upto - timedelta(days=1)
    coarse = column.format is not None and "%f" not in column.format
    return upto - (timedelta(seconds=1) if coarse else timedelta(microseconds=1))


def _asked(column: Column, moment: datetime) -> str:
    return as_asked(column, moment.date().isoformat() if column.type == "date" else moment.isoformat())


def _now(column: Column, begin: datetime, now: datetime) -> datetime:
    """The end of a window without one, on the clock of the cursor's values."""
    here = now.astimezone(begin.tzinfo) if begin.tzinfo else now.astimezone(LOCAL).replace(tzinfo=None)
    return datetime.combine(here.date(), time()) + timedelta(days=1) if column.type == "date" else here


def _border(moment: datetime, every: str) -> datetime:
    """The next border of the calendar after ``moment``."""
    if every == "hour":
        return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if every == "day":
        return day + timedelta(days=1)
    if every == "week":
        return day + timedelta(days=7 - day.weekday())
    months = {"month": 1, "quarter": 3, "year": 12}[every]
    count = (day.year * 12 + day.month - 1) // months * months + months
    return day.replace(year=count // 12, month=count % 12 + 1, day=1)


def _short(moment: datetime) -> str:
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
