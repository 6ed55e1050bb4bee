"""From the bytes of a spreadsheet (xlsx, xlsm, xlsb, xls, ods) to tables of text, in memory.

Merged cells: in the header a name stands over all its columns and is joined with the names below it by '/'. In the
body, a cell merged downwards has its value in each of its rows; a row in which a wanted column is merged with its
neighbours (a note, a total, a signature) is no record and is refused. ods files tell nothing of merges: there the
names of upper header rows reach to the next name, and merged body cells are empty but the first.
"""

import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from connectors.gate import TEXT
from connectors.header import check_header
from connectors.parse_csv import Part
from connectors.protocol import Refused
from declarations.problem import Problem
from declarations.yaml_file import nearest

SHEET_COLUMN = "_sheet"


@dataclass(frozen=True)
class SheetForm:
    """Which sheets (names or globs; none: the first), which rows have the column names, counted from 1, and whether the
    sheet's name is a column."""

    sheets: Sequence[str] = ()
    header_row: int = 1
    header_rows: int = 1
    named: bool = False


def read_sheets(body: bytes, place: str, wanted: Collection[str], form: SheetForm, page_rows: int) -> Iterator[Part]:
    """The wanted columns of each sheet, ``page_rows`` rows at a time; the sheet's name as ``_sheet`` where asked for.

    Empty rows are passed over; a row with a value under no column name is refused. Raises Problem for a broken file,
    a missing sheet and a missing header.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        names = _chosen(book.sheet_names, place, form.sheets)
        filled = [name for name in names if book.get_sheet_by_name(name).start is not None]
        for name in filled or names[:1]:  # a sheet without any cell among others is passed over
            sheet = book.get_sheet_by_name(name)
            at = f"{place}, sheet {name}" if form.sheets else place
            yield from _Sheet(sheet, at, wanted, form).parts(page_rows)
    except PasswordError:
        raise Problem(place, "is protected by a password.", "have it sent without one.") from None
    except (CalamineError, OSError):
        raise Problem(place, "is no whole spreadsheet; it was cut off.", "have it sent again.") from None


def _chosen(names: list[str], place: str, asked: Sequence[str]) -> list[str]:
    """The sheets that are asked for, in the order of the workbook."""
    if not names:
        raise Problem(place, "has no sheet.", "have it sent again.")
    if not asked:
        return names[:1]
    for each in asked:
        if not any(_fits(name, each) for name in names):
            what = f"there is no sheet '{each}' (it has {', '.join(names)})."
            raise Problem(place, what, f"{nearest(each, names)}Correct 'sheet' of the feed's source.")
    return [name for name in names if any(_fits(name, each) for each in asked)]


def _fits(name: str, asked: str) -> bool:
    return name == asked or fnmatchcase(name, asked)


class _Sheet:
    """One sheet. calamine gives its rows from the first one on, but its columns only from the first one in use (``left``)."""

    def __init__(self, sheet: CalamineSheet, place: str, wanted: Collection[str], form: SheetForm) -> None:
        self._place, self._form = place, form
        self._title = sheet.name if form.named else None
        self._rows = sheet.iter_rows()
        left = sheet.start[1] if sheet.start else 0
        merged = sheet.merged_cell_ranges
        self._merged = None if merged is None else [((top, a - left), (bottom, b - left)) for (top, a), (bottom, b) in merged]
        top = list(islice(self._rows, form.header_row - 1, form.header_row - 1 + form.header_rows))
        self._names = self._joined(top)
        rows = f"row {form.header_row}" if form.header_rows == 1 else f"rows {form.header_row} to {form.header_row + form.header_rows - 1}"
        check_header(self._names, wanted, place, f"in {rows} of the sheet", "check 'header_row' and 'sheet' of the feed's source.")
        self._taken = {name: self._names.index(name) for name in wanted if name in self._names}

    def parts(self, page_rows: int) -> Iterator[Part]:
        """At least one part."""
        number = self._form.header_row - 1 + self._form.header_rows
        body = _Merges(self._merged or [], number, set(self._taken.values()))
        seen = [name for name in self._names if name] + ([SHEET_COLUMN] if self._title is not None else [])
        first = True
        while chunk := list(islice(self._rows, page_rows)):
            good, refused = self._sorted_out(chunk, number, body)
            columns = {name: pa.array([_text(row[i]) if i < len(row) else None for row in good], TEXT) for name, i in self._taken.items()}
            if self._title is not None:
                columns[SHEET_COLUMN] = pa.array([self._title] * len(good), TEXT)
            yield pa.table(columns), seen, refused
            number += len(chunk)
            first = False
        if first:
            yield pa.table({name: pa.array([], TEXT) for name in self._taken}), seen, []

    def _joined(self, top: list[list[Any]]) -> list[str]:
        """The column names: what stands over a column, from the top down, joined by '/'."""
        width = max((len(row) for row in top), default=0)
        grid = [[_text(cell) or "" for cell in row] + [""] * (width - len(row)) for row in top]
        first = self._form.header_row - 1
        if self._merged is None:
            for row in grid[:-1]:
                _fill_right(row)
        for (number, left), (_, right) in self._merged or []:
            if first <= number < first + len(grid) and left < width:
                line = grid[number - first]
                line[left : right + 1] = [line[left]] * (min(right + 1, width) - left)
        return ["/".join(filter(None, column)) for column in zip(*grid, strict=True)]

    def _sorted_out(self, chunk: list[list[Any]], before: int, merges: "_Merges") -> tuple[list[list[Any]], list[Refused]]:
        good, refused = [], []
        width = len(self._names)
        nameless = [i for i, name in enumerate(self._names) if not name]
        for index, row in enumerate(chunk, before):
            across = merges.apply(index, row)
            if not any(cell != "" for cell in row):
                continue
            if across:
                what = "has cells merged across columns: a note or a total, no record; the values are withheld."
            elif any(cell != "" for cell in row[width:]) or any(row[i] != "" for i in nameless if i < len(row)):
                what = "has a value under no column name; the values are withheld."
            else:
                good.append(row)
                continue
            refused.append(Refused(f"{self._place}, row {index + 1}", what))
        return good, refused


class _Merges:
    """The merged cells of the body, applied row after row."""

    def __init__(self, ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]], first: int, wanted: set[int]) -> None:
        self._wanted = wanted
        self._starting: dict[int, list[tuple[int, int, int]]] = {}
        for (top, left), (bottom, right) in ranges:
            if top >= first:
                self._starting.setdefault(top, []).append((left, bottom, right))
        self._open: list[tuple[int, int, int, Any]] = []

    def apply(self, index: int, row: list[Any]) -> bool:
        """Fills in what was merged from above; whether a wanted column is merged with its neighbours in this row."""
        self._open = [each for each in self._open if each[1] >= index]
        for left, bottom, right in self._starting.get(index, ()):
            self._open.append((left, bottom, right, row[left] if left < len(row) else ""))
        across = False
        for left, _, right, value in self._open:
            if right > left and any(left <= i <= right for i in self._wanted):
                across = across or value != ""
            elif left < len(row):
                row[left] = value
        return across


def _fill_right(row: list[str]) -> None:
    for i in range(1, len(row)):
        row[i] = row[i] or row[i - 1]


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
