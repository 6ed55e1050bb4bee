"""A cursor value as people type it."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from connectors.cursor import cursor_by
from declarations.feed import Column, FeedContract, FilesSource
from declarations.problem import Problem

EXAMPLES = {
    "date": "2025-03-31",
    "timestamp": "2025-03-31 or 2025-03-31T08:30:00",
    "integer": "120345",
    "decimal": "120345.5",
    "string": "A00120",
}


def cursor_column(contract: FeedContract) -> Column:
    """The column by which the feed is pulled. Raises Problem where there is none."""
    by = cursor_by(contract)
    if by is None:
        raise Problem(f"feed {contract.id}: source.cursor", *_why_none(contract))
    return contract.column(by.column)


def read_value(contract: FeedContract, column: Column, text: str) -> str:
    """The value as marks and windows hold it: ISO 8601 for dates and times. Raises Problem where it does not fit the column."""
    said = text.strip()
    try:
        if column.type == "date":
            return date.fromisoformat(said).isoformat()
        if column.type == "timestamp":
            return datetime.fromisoformat(said).isoformat()
        if column.type == "integer":
            return str(int(said))
        if column.type == "decimal":
            return _plain(Decimal(said))
    except (ValueError, InvalidOperation):
        said = ""
    if not said:
        what = f"'{text}' is no {column.type}, which the cursor column '{column.name}' ({column.zh}) is."
        raise Problem(f"feed {contract.id}: cursor", what, f"write it such as {EXAMPLES[column.type]}.")
    return said


def _plain(number: Decimal) -> str:
    if not number.is_finite():
        raise InvalidOperation
    return f"{number:f}"


def _why_none(contract: FeedContract) -> tuple[str, str]:
    """What is wrong, and what to do instead."""
    if isinstance(contract.source, FilesSource):
        what = "a feed of files has no cursor column: each file is taken once, whatever time its rows are of."
        reset = f"traceless feed cursor reset {contract.id} --why '…'"
        return what, f"put the files of that time into the folder again, or take all again: {reset}."
    what = "the feed has no cursor: each pull brings all that the source has."
    return what, f"pull it: traceless feed pull {contract.id}; or name a column in 'source.cursor' that only grows in the source."
