"""From the bytes of a spreadsheet to tables of text, in memory."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from connectors.gate import TEXT
from connectors.protocol import Refused
from declarations.problem import Problem
from declarations.yaml_file import nearest


def read_sheet(
    body: bytes, place: str, wanted: Sequence[str], sheet: str | None, header_row: int, page_rows: int
) -> Iterator[tuple[pa.Table, list[str], list[Refused]]]:
    """The wanted columns of a sheet (the first where none is named), ``page_rows`` rows at a time.

    Empty rows are passed over; a row with a value under no column name is refused. Raises Problem for a broken file,
    a missing sheet and a missing header.
    """
    rows = _rows(body, place, sheet)
    header = next(islice(rows, header_row - 1, None), None)
    names = [_text(cell) or "" for cell in header or []]
    if not set(names) & set(wanted):
        what = f"no column of the contract stands in row {header_row} of the sheet."
        raise Problem(place, what, "check 'header_row' and 'sheet' of the feed's source.")
    doubled = sorted({name for name in names if name in wanted and names.count(name) > 1})
    if doubled:
        raise Problem(place, f"column '{doubled[0]}' stands twice in the header.", "have the file sent with one of it.")
    taken = {name: names.index(name) for name in wanted if name in names}
    nameless = [i for i, name in enumerate(names) if not name]
    seen = [name for name in names if name]
    number = header_row
    first = True
    while chunk := list(islice(rows, page_rows)):
        good, refused = _sorted_out(chunk, number, place, len(names), nameless)
        columns = {name: pa.array([_text(row[i]) for row in good], TEXT) for name, i in taken.items()}
        yield pa.table(columns), seen, refused
        number += len(chunk)
        first = False
    if first:
        yield pa.table({name: pa.array([], TEXT) for name in taken}), seen, []


def _rows(body: bytes, place: str, sheet: str | None) -> Iterator[list[Any]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        names = book.sheet_names
        chosen = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        # calamine begins at the first cell in use; the header is counted from the sheet's first row
        start = chosen.start[0] if chosen.start else 0
        yield from ([] for _ in range(start))
        yield from chosen.iter_rows()
    except WorksheetNotFound:
        what = f"there is no sheet '{sheet}' (it has {', '.join(names)})."
        raise Problem(place, what, f"{nearest(sheet or '', names)}Correct 'sheet' of the feed's source.") from None
    except (CalamineError, OSError):
        raise Problem(place, "is no whole spreadsheet; it was cut off.", "have it sent again.") from None


def _sorted_out(chunk: list[list[Any]], before: int, place: str, width: int, nameless: list[int]) -> tuple[list[list[Any]], list[Refused]]:
    good, refused = [], []
    for number, row in enumerate(chunk, before + 1):
        if not any(cell != "" for cell in row):
            continue
        if len(row) > width or any(row[i] != "" for i in nameless):
            what = "has a value under no column name; the values are withheld."
            refused.append(Refused(f"{place}, row {number}", what))
        else:
            good.append(row)
    return good, refused


def _text(cell: Any) -> str | None:
    """A cell as text: whole numbers without '.0', dates and times in ISO 8601, empty as None."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, date | datetime | time):
        return cell.isoformat()
    return str(cell)
