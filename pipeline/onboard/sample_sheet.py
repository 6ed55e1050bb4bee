"""A sample from a workbook: which sheet, in which rows the header stands, what merged cells say."""

import io
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from declarations.problem import Problem
from declarations.yaml_file import nearest
from pipeline.onboard.sample import MOST_ROWS, TEXT, Sample

_HEADER_WITHIN = 15
_MOST_HEADER_ROWS = 3
Grid = list[list[Any]]


def sample_sheet(body: bytes, place: str, sheet: str | None = None) -> Sample:
    """The rows of one sheet: the one named, else the first that has a table."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    except (CalamineError, OSError):
        raise Problem(place, "is no whole spreadsheet.", "have it sent again.") from None
    names = book.sheet_names
    if sheet is not None and sheet not in names:
        raise Problem(place, f"there is no sheet '{sheet}' (it has {', '.join(names)}).", f"{nearest(sheet, names)}Correct --sheet.")
    filled = [name for name in names if _height(book, name) > 1]
    chosen = sheet or (filled or names)[0]
    grid, merged = _grid(book, chosen)
    first, height = _header(grid, merged)
    header = _names(grid, merged, first, height)
    rows = [row for row in grid[first + height :] if any(cell != "" for cell in row)]
    table = _table(header, rows[:MOST_ROWS])
    source: dict[str, Any] = {}
    notes = {"sheet": f"of {len(names)} sheets: {', '.join(names)}"} if len(names) > 1 else {}
    if chosen != names[0] or len(filled) > 1 or sheet:
        source["sheet"] = chosen
    if first:
        source["header_row"] = first + 1
        notes["header_row"] = "the rows above it are a title"
    if height > 1:
        source["header_rows"] = height
        notes["header_rows"] = "merged cells are joined from the top down with '/'"
    return Sample(table, source, len(rows) <= MOST_ROWS, notes=notes)


def _height(book: CalamineWorkbook, name: str) -> int:
    chosen = book.get_sheet_by_name(name)
    return int(chosen.height) if chosen.width else 0


def _grid(book: CalamineWorkbook, name: str) -> tuple[Grid, list[tuple[tuple[int, int], tuple[int, int]]]]:
    """All cells from the sheet's first row on, and the merged ranges as (first row, first column), (last row, last column)."""
    sheet = book.get_sheet_by_name(name)
    cells: Grid = sheet.to_python(skip_empty_area=False)
    return cells, list(sheet.merged_cell_ranges or [])


def _header(grid: Grid, merged: list[tuple[tuple[int, int], tuple[int, int]]]) -> tuple[int, int]:
    """First row of the header and how many rows it takes: a title (one cell in a row) stands above, merged groups reach down."""
    across = {(row, start) for (row, start), (_, end) in merged if end > start}
    first = 0
    for number, row in enumerate(grid[:_HEADER_WITHIN]):
        filled = [cell for cell in row if cell != ""]
        if len(filled) > 1 and all(isinstance(cell, str) for cell in filled):
            first = number
            break
    height = 1
    while height < _MOST_HEADER_ROWS and any(row == first + height - 1 for row, _ in across) and _is_words(grid, first + height):
        height += 1
    return first, height


def _is_words(grid: Grid, number: int) -> bool:
    cells = [cell for cell in grid[number] if cell != ""] if number < len(grid) else []
    return bool(cells) and all(isinstance(cell, str) for cell in cells)


def _names(grid: Grid, merged: list[tuple[tuple[int, int], tuple[int, int]]], first: int, height: int) -> list[str]:
    """A column's name: the words above it from the top down, each once; a merged cell says the same for all its columns."""
    if first >= len(grid):
        return []
    filled = {(row, column): _text(grid[row][column]) or "" for row in range(first, first + height) for column in range(len(grid[first]))}
    for (top, left), (bottom, right) in merged:
        for row in range(max(top, first), min(bottom, first + height - 1) + 1):
            for column in range(left, right + 1):
                filled[(row, column)] = filled.get((top, left), "")
    names = []
    for column in range(len(grid[first])):
        parts = [filled.get((row, column), "") for row in range(first, first + height)]
        names.append("/".join(dict.fromkeys(part for part in parts if part)))
    return names


def _table(header: list[str], rows: Grid) -> pa.Table:
    columns = {name: pa.array([_text(row[i]) if i < len(row) else None for row in rows], TEXT) for i, name in enumerate(header) if name}
    return pa.table(columns)


def _text(cell: Any) -> str | None:
    """A cell as the files connector writes it: whole numbers without '.0', dates and times in ISO 8601, empty as None."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date | datetime | time) else str(cell)
