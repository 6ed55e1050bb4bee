"""The window as conditions on the cursor column, in the values that the column compares with."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from connectors.protocol import Window
from connectors.sql.kinds import Kind
from declarations.feed import Column
from declarations.problem import Problem

_DAY = timedelta(days=1)
_READ: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "decimal": Decimal,
    "date": datetime.fromisoformat,
    "timestamp": datetime.fromisoformat,
}
_FIX = "choose a cursor column that grows, or pull the whole table (no 'cursor')."


def conditions(place: str, column: Column, field: Any, kind: Kind, window: Window, sqlite: bool) -> list[sa.ColumnElement[bool]]:
    """``field`` at or after the window's since and at or before its until. Raises Problem for a column without an order.

    A day as the end of a window means the whole day. Times that the source keeps as text are compared by whole days:
    more is asked for than needed, never less.
    """
    for text in (window.since, window.until):
        if text is not None and not _is_value(column, text):
            what = f"'{text}' is no value of the cursor column '{column.source_name}' ({column.type})."
            raise Problem(place, what, "correct the window, or the feed's cursor.")
    if column.type in ("date", "timestamp"):
        low, high = _times(place, column, kind, window, sqlite)
    elif column.type in ("integer", "decimal"):
        if sqlite and kind is not Kind.NUMBER:
            field = sa.cast(field, sa.Numeric)  # a text would be greater than any number
        elif kind is Kind.TEXT:
            what = f"the cursor column '{column.source_name}' is text in the source, which does not sort as numbers do."
            raise Problem(place, what, _FIX)
        low, high = _number(column, window.since), (_number(column, window.until), True)
    else:
        low, high = window.since, (window.until, True)
    found = [] if low is None else [field >= low]
    end, inclusive = high
    if end is not None:
        found.append(field <= end if inclusive else field < end)
    return found


def _is_value(column: Column, text: str) -> bool:
    try:
        return column.type not in _READ or _READ[column.type](text) is not None
    except (ValueError, ArithmeticError):
        return False


def _number(column: Column, text: str | None) -> int | Decimal | None:
    if text is None:
        return None
    return int(text) if column.type == "integer" else Decimal(text)


def _times(place: str, column: Column, kind: Kind, window: Window, sqlite: bool) -> tuple[Any, tuple[Any, bool]]:
    """The low end, and the high end with whether it belongs to the window."""
    since, until = _moment(window.since), _moment(window.until)
    whole_day = window.until is not None and len(window.until) <= 10
    if sqlite or kind is Kind.TEXT:
        return _as_text(place, column, since), (_as_text(place, column, until, after=True), False)
    if kind is Kind.DATE:
        return _typed(since and since.date(), sa.Date()), (_typed(until and until.date(), sa.Date()), True)
    type_ = sa.DateTime(timezone=kind is Kind.ZONED)
    end = until + _DAY if until and whole_day else until
    return _typed(_in_zone(since, kind), type_), (_typed(_in_zone(end, kind), type_), not whole_day)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _in_zone(moment: datetime | None, kind: Kind) -> datetime | None:
    """An instant says its zone, another time has none; what says none is UTC."""
    if moment is None:
        return None
    if kind is Kind.ZONED:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _typed(value: date | datetime | None, type_: sa.types.TypeEngine[Any]) -> Any:
    return None if value is None else sa.literal(value, type_)


def _as_text(place: str, column: Column, moment: datetime | None, after: bool = False) -> str | None:
    """A day that sorts before (``after``: behind) all times of the moment's day. In text a blank or a 'T' may divide day
    and time, and where a zone is written the text's day may be another than the moment's: then a day more on each side."""
    if moment is None:
        return None
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    day += (_DAY if after else -_DAY) if moment.tzinfo else timedelta()
    day += _DAY if after else timedelta()
    if not column.format:
        return day.date().isoformat()
    if not _sorts(column.format):
        what = f"the cursor column '{column.source_name}' is text in the format {column.format}, which does not sort as time does."
        raise Problem(place, what, _FIX)
    return day.strftime(column.format)


def _sorts(format_: str) -> bool:
    """Whether texts of this format have the order of their times."""
    days = [(2000, 1, 30, 9), (2000, 2, 3), (2000, 10, 1), (2000, 10, 12)]
    moments = [datetime(1999, 12, 31, 23, 9, 8), *(datetime(*day) for day in days)]  # type: ignore[arg-type]
    texts = [moment.strftime(format_) for moment in moments]
    return sorted(texts) == texts and len(set(texts)) == len(texts)
