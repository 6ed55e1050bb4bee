"""From a stream of CSV to tables of text, some rows at a time and with flat memory.

Measured on 3 million rows of 8 columns (321 MB), six of them taken: pyarrow's reader 1.2 CPU-s, DuckDB's ``read_csv``
1.6; at 250 to 300 MB both. pyarrow reads from any stream (unpacked, ranged, decoded on the way), DuckDB from files.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv

from connectors.charset import Charset
from connectors.gate import TEXT
from connectors.header import check_header
from connectors.protocol import Refused
from declarations.problem import Problem

BLOCK_BYTES = 2 << 20  # also the longest row; pyarrow reads up to 32 blocks ahead
_HEADER_CHARACTERS = 1 << 20
_END = "\0end"
Part = tuple[pa.Table, list[str], list[Refused]]


@dataclass(frozen=True)
class CsvForm:
    """How the text is written: charset, separator, quote ('' for none) and the row of the column names, from 1."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_row: int = 1


def read_csv(body: bytes, place: str, wanted: Collection[str], encoding: str = "utf-8", delimiter: str = ",", header_row: int = 1) -> Part:
    """The same as ``stream_csv``, of a whole body in memory, in one table."""
    form = CsvForm(encoding, delimiter, header_row=header_row)
    parts = list(stream_csv(lambda: io.BytesIO(body), place, wanted, form))
    return pa.concat_tables([part[0] for part in parts]), parts[0][1], [row for part in parts for row in part[2]]


def stream_csv(again: Callable[[], BinaryIO], place: str, wanted: Collection[str], form: CsvForm) -> Iterator[Part]:
    """The wanted columns under their stripped names, all column names, and rows with a wrong number of fields.

    At least one part comes. An empty field is NULL. ``again`` opens the stream; it is asked a second time only where
    quotes do not pair. Raises Problem for a wrong charset (with line and byte), a missing header, a doubled wanted
    column, and for what shows that the text was cut off: a last row too short without an end of line, a quote that is
    never closed.
    """
    with again() as stream:
        charset = Charset(place, form.encoding, wanted)
        blocks = charset.blocks(stream)
        raw_names, lines, after = _header(blocks, place, form)
        names = [name.strip() for name in raw_names]
        fix = f"check 'header_row' and 'delimiter'; {charset.hint()}"
        check_header(names, wanted, place, f"in the header (read as {form.encoding})", fix)
        text = _Utf8(chain([after], blocks), form.quote)
        refused = _RefusedRows(place, lines)
        taken = {str(i): name for i, name in enumerate(names) if name in wanted}
        given = False
        try:
            for table in _tables(text, len(names), list(taken), form, refused):
                yield table.rename_columns(list(taken.values())), names, refused.take()
                given = True
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error):
                raise Problem(place, "cannot be read as CSV.", "check 'delimiter' and 'quote' of the feed's source.") from None
            what = f"has a row longer than {BLOCK_BYTES >> 20} MB, or a quote that is never closed: the file was cut off."
            raise Problem(place, what, "have it sent again whole; check 'quote' of the feed's source.") from None
        rest = refused.take()
        if rest or not given:  # pyarrow gives no table where no row is good
            yield pa.table({name: pa.array([], TEXT) for name in taken.values()}), names, rest
    if text.quotes % 2:
        _check_quotes(again, place, form)
    if refused.is_cut_off(text.tail):
        what = f"its last row {refused.last_short[1]}, and its line is not ended; the file was cut off."
        raise Problem(place, what, "have it sent again whole; a short last row that is meant needs an end of line.")


def _tables(text: "_Utf8", width: int, taken: list[str], form: CsvForm, refused: "_RefusedRows") -> Iterator[pa.Table]:
    if not text.has_more():
        return
    reader = pyarrow.csv.open_csv(
        pa.PythonFile(text, mode="r"),
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=[str(i) for i in range(width)]),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=form.delimiter, quote_char=form.quote or False, newlines_in_values=bool(form.quote), invalid_row_handler=refused.add
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: TEXT for name in taken},
            include_columns=taken,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


class _RefusedRows:
    """Gathers rows with a wrong number of fields; the text of the last short one is kept to see whether it was cut off."""

    def __init__(self, place: str, lines: int) -> None:
        self._place, self._lines = place, lines
        self._rows: list[Refused] = []
        self.last_short = ("", "")

    def add(self, row: Any) -> str:
        what = f"has {row.actual_columns} fields, the header has {row.expected_columns}"
        number = "" if row.number is None else f", row {row.number + self._lines}"
        self._rows.append(Refused(f"{self._place}{number}", f"{what}; the values are withheld."))
        if row.actual_columns < row.expected_columns:
            self.last_short = (row.text, what)
        return "skip"

    def take(self) -> list[Refused]:
        rows, self._rows = self._rows, []
        return rows

    def is_cut_off(self, tail: str) -> bool:
        return bool(tail) and self.last_short[0] == tail


class _Utf8:
    """Blocks of text as a file of UTF-8 for pyarrow; counts quotes and remembers what follows the last end of line."""

    closed = False

    def __init__(self, blocks: Iterator[str], quote: str) -> None:
        self._blocks = blocks
        self._quote = quote
        self._rest = memoryview(b"")
        self.quotes = 0
        self.tail = ""

    def has_more(self) -> bool:
        """Whether anything is left to read."""
        while not self._rest:
            text = next(self._blocks, None)
            if text is None:
                return False
            self._note(text)
            self._rest = memoryview(text.encode())
        return True

    def read(self, size: int = -1) -> bytes:
        """``size`` bytes (-1: all), fewer only at the end: pyarrow takes a short read for a whole block."""
        parts, missing = [], size
        while missing and self.has_more():
            part = self._rest if missing < 0 else self._rest[:missing]
            self._rest = self._rest[len(part) :]
            parts.append(part)
            missing -= len(part) if missing > 0 else 0
        return b"".join(parts)

    def close(self) -> None:
        """Nothing: who opened the stream closes it."""

    def _note(self, text: str) -> None:
        if self._quote:
            self.quotes += text.count(self._quote)
        _, end, tail = text.rpartition("\n")
        self.tail = tail if end else (self.tail + tail)[:BLOCK_BYTES]


def _header(blocks: Iterator[str], place: str, form: CsvForm) -> tuple[list[str], int, str]:
    """The column names, the number of lines up to their end, and what was read of the text after them."""
    head = ""
    for block in blocks:
        head += block
        if head.count("\n") > form.header_row or len(head) >= _HEADER_CHARACTERS:
            break
    lines = io.StringIO(head, newline="")
    for _ in range(form.header_row - 1):
        lines.readline()
    reader = csv.reader(iter(lines.readline, ""), delimiter=form.delimiter, **_quoting(form))
    try:
        names = next((row for row in reader if row), None)
    except csv.Error:
        fix = "check 'header_row', 'delimiter' and 'quote' of the feed's source; have the file sent again if they are right."
        raise Problem(place, f"row {form.header_row} cannot be read as column names.", fix) from None
    if names is None:
        raise Problem(place, f"is empty: it has no row {form.header_row} with column names.", "have the file sent again.")
    return names, form.header_row - 1 + reader.line_num, lines.read()


def _quoting(form: CsvForm) -> dict[str, Any]:
    return {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}


def _check_quotes(again: Callable[[], BinaryIO], place: str, form: CsvForm) -> None:
    """A quote that is never closed would swallow the rest of the file: the sign of a cut-off file. So it does a last row of ours."""
    limit = csv.field_size_limit(BLOCK_BYTES)
    try:
        with again() as stream:
            lines = chain(_lines(Charset(place, form.encoding).blocks(stream)), [_END])
            last = deque(csv.reader(lines, delimiter=form.delimiter, **_quoting(form)), maxlen=1)
    except csv.Error:
        last = deque()
    finally:
        csv.field_size_limit(limit)
    if not last or last[0] != [_END]:
        raise Problem(place, "a quote is never closed; the file was cut off.", "have it sent again; check 'quote' of the feed's source.")


def _lines(blocks: Iterator[str]) -> Iterator[str]:
    rest = ""
    for block in blocks:
        *lines, rest = (rest + block).split("\n")
        yield from (f"{line}\n" for line in lines)
    yield rest
