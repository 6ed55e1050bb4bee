"""How far the cells of a workbook's sheet reach. Its reader makes room for the whole rectangle up to the last cell, so that
two cells, the first and the last one of a sheet, would ask for hundreds of GB, and the process would be ended."""

import re

from declarations.problem import Problem

MOST_CELLS = 32 << 20  # about 1 GB in the reader
_OVERLAP = 4096
_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["'](?:[^>]*[^/>])?>""")


class Extent:
    """Looks at a sheet's XML block after block. Cells that are only formatted do not count."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._rest = b""
        self._rows = self._columns = 0

    def see(self, block: bytes) -> None:
        """Raises Problem as soon as the rectangle holds more than ``MOST_CELLS``."""
        text = self._rest + block
        found = _CELL.findall(text)
        if found:
            self._rows = max(self._rows, max(int(row) for _, row in found))
            self._columns = max(self._columns, max(map(_number, {letters for letters, _ in found})))
        if self._rows * self._columns > MOST_CELLS:
            what = f"has a sheet whose cells reach to row {self._rows} and column {self._columns}: {self._rows * self._columns:,} cells."
            raise Problem(self._place, what, "delete what stands far from the table, or have it sent as CSV.")
        self._rest = text[-_OVERLAP:]


def _number(letters: bytes) -> int:
    """``A`` is 1, ``AA`` 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
