"""The parts into which a back-fill's span is cut."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from connectors.since import order
from declarations.feed import Column, FeedContract, NbsSource, RestSource, SdmxSource
from declarations.problem import Problem
from pipeline.cursor_value import read_value

SPANS = ("day", "week", "month", "quarter", "year")
WHOLE = "all"
MOST = 2000
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Slice:
    """A part of the span, both ends inclusive. Where times are cut, one slice ends at the moment at which the next begins: a row
    of just that moment is in both, which changes nothing."""

    since: str
    until: str

    def __str__(self) -> str:
        return f"{self.since} … {self.until}"


def slices_of(contract: FeedContract, column: Column, since: str, until: str, every: str | None, zoned: bool = False) -> list[Slice]:
    """The slices from ``since`` to ``until`` (inclusive; a day without a time is meant whole), cut at the calendar's borders by
    ``every``: one of ``SPANS``, ``all``, or for numbers how many. None: months of dates and times, else one slice. ``zoned``: the
    source writes times with their offset, so bounds are given in UTC.

    Raises Problem for values that do not fit, an empty span, a span that would be cut too small.
    """
    low, high = read_value(contract, column, since), read_value(contract, column, until)
    place = f"feed {contract.id}: back-fill"
    if order(column, low) > order(column, high):
        raise Problem(place, f"--from {since} lies after --to {until}.", "swap them.")
    if high.startswith("9999-12"):
        raise Problem(place, f"--to {until} is where the calendar ends.", "leave --to out, or name a day that rows can have.")
    cut = (every or WHOLE) if column.type not in ("date", "timestamp") else (every or "month")
    if cut == WHOLE or not can_end(contract):
        cut = WHOLE
    parts = _cut(place, column, low, high, cut, zoned, len(until.strip()) <= 10)
    found = []
    for part in parts:
        found.append(part)
        if len(found) > MOST:
            raise Problem(place, f"'--slice {cut}' makes more than {MOST} slices.", "take a longer slice.")
    return found


def can_end(contract: FeedContract) -> bool:
    """Whether the source can be asked for rows up to a value: else slices would each bring all that follows."""
    source = contract.source
    if isinstance(source, RestSource):
        return source.until_parameter is not None
    return not isinstance(source, SdmxSource | NbsSource)


def _cut(place: str, column: Column, low: str, high: str, cut: str, zoned: bool, whole_day: bool) -> Iterator[Slice]:
    if column.type == "date":
        return _days(date.fromisoformat(low), date.fromisoformat(high), _span(place, cut))
    if column.type == "timestamp":
        begin, end = (datetime.fromisoformat(text) for text in (low, high))
        zone = UTC if zoned or begin.tzinfo or end.tzinfo else None
        begin, end = (moment if moment.tzinfo else moment.replace(tzinfo=zone) for moment in (begin, end))
        return _times(begin, end + (timedelta(days=1) if whole_day else timedelta()), _span(place, cut))
    if column.type == "integer":
        return _numbers(int(low), int(high), _count(place, cut))
    if cut != WHOLE:
        raise Problem(
            place, f"'--slice {cut}' cannot cut values of '{column.name}' ({column.type}).", f"leave --slice out, or say {WHOLE}."
        )
    return iter([Slice(low, high)])


def _days(low: date, high: date, span: str) -> Iterator[Slice]:
    while low <= high:
        last = min(_next(low, span) - timedelta(days=1), high) if span != WHOLE else high
        yield Slice(low.isoformat(), last.isoformat())
        low = last + timedelta(days=1)


def _times(low: datetime, high: datetime, span: str) -> Iterator[Slice]:
    while True:
        border = datetime.combine(_next(low.date(), span), time.min, low.tzinfo) if span != WHOLE else high
        last = min(border, high)
        yield Slice(low.isoformat(), last.isoformat())
        if last == high:
            return
        low = last


def _numbers(low: int, high: int, count: int | None) -> Iterator[Slice]:
    while low <= high:
        last = min(low + count - 1, high) if count else high
        yield Slice(str(low), str(last))
        low = last + 1


def _next(day: date, span: str) -> date:
    """The first day of the span after the one in which the day lies."""
    if span == "day":
        return day + timedelta(days=1)
    if span == "week":
        return day + timedelta(days=7 - day.weekday())
    months = _MONTHS[span]
    ahead = day.year * 12 + (day.month - 1) // months * months + months
    return date(ahead // 12, ahead % 12 + 1, 1)


def _span(place: str, cut: str) -> str:
    if cut not in (*SPANS, WHOLE):
        raise Problem(place, f"'--slice {cut}' is no span of time.", f"take one of {', '.join((*SPANS, WHOLE))}.")
    return cut


def _count(place: str, cut: str) -> int | None:
    if cut == WHOLE:
        return None
    if not cut.isdecimal() or int(cut) < 1:
        raise Problem(place, f"'--slice {cut}' is no number of values.", f"say how many, such as 100000, or {WHOLE}.")
    return int(cut)
