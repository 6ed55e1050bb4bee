"""From the bytes of a CSV file or answer to a table of text, in memory."""

import csv
import io
from collections.abc import Collection

import pyarrow as pa
import pyarrow.csv

from connectors.gate import TEXT
from connectors.protocol import Refused
from declarations.problem import Problem

_GUESSES = ("utf-8", "gb18030", "utf-16")


def read_csv(
    body: bytes, place: str, wanted: Collection[str], encoding: str = "utf-8", delimiter: str = ",", header_row: int = 1
) -> tuple[pa.Table, list[str], list[Refused]]:
    """The wanted columns under their stripped names, all column names, and rows with a wrong number of fields.

    An empty field is NULL. Raises Problem for a wrong charset (with the byte position), a missing header, a doubled
    wanted column, and for what shows that the text was cut off: a last row too short without an end of line, a quote
    that is never closed.
    """
    text = _decode(body, place, encoding, wanted)
    raw_names = _header(text, place, delimiter, header_row)
    names = [name.strip() for name in raw_names]
    _check_names(names, place, wanted, body, encoding)
    _check_quotes(text, place, delimiter)
    refused: list[Refused] = []
    cut_off: list[str] = []
    tail = text.rpartition("\n")[2]  # empty where the last line was ended

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        what = f"has {row.actual_columns} fields, the header has {row.expected_columns}; the values are withheld."
        refused.append(Refused(f"{place}, row {row.number}", what))
        if row.actual_columns < row.expected_columns and row.text == tail:
            cut_off.append(what)
        return "skip"

    raw = [name for name in raw_names if name.strip() in wanted]
    data = text.encode()
    table = pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=len(data) + 64, skip_rows=header_row - 1),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: TEXT for name in raw},
            include_columns=raw or raw_names[:1],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    if cut_off:
        what = f"its last row {cut_off[0].partition(';')[0]}, and its line is not ended; the file was cut off."
        raise Problem(place, what, "have it sent again whole; a short last row that is meant needs an end of line.")
    table = table.rename_columns([name.strip() for name in table.column_names])
    return table.select([name.strip() for name in raw]), names, refused


def _decode(body: bytes, place: str, encoding: str, wanted: Collection[str]) -> str:
    try:
        return body.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise Problem(place, f"there is no charset '{encoding}'.", "correct 'encoding' in the feed's source.") from None
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        what = f"is not {encoding}: byte {error.start} (line {line}) does not fit."
        raise Problem(place, what, _encoding_hint(body, wanted, encoding)) from None


def _encoding_hint(body: bytes, wanted: Collection[str], declared: str) -> str:
    for guess in _GUESSES:
        try:
            head = body.decode(guess).removeprefix("\ufeff").split("\n", 20)
        except UnicodeDecodeError:
            continue
        if guess != declared and any(name in line for line in head for name in wanted):
            return f"it reads well as {guess}: set 'encoding: {guess}' in the feed's source."
    return "correct 'encoding' in the feed's source, or have the file sent again in the agreed charset."


def _header(text: str, place: str, delimiter: str, header_row: int) -> list[str]:
    lines = io.StringIO(text, newline="")
    for _ in range(header_row - 1):
        lines.readline()
    names = next((row for row in csv.reader(lines, delimiter=delimiter) if row), None)
    if names is None:
        raise Problem(place, f"is empty: it has no row {header_row} with column names.", "have the file sent again.")
    return names


def _check_names(names: list[str], place: str, wanted: Collection[str], body: bytes, encoding: str) -> None:
    doubled = sorted({name for name in names if name in wanted and names.count(name) > 1})
    if doubled:
        raise Problem(place, f"column '{doubled[0]}' stands twice in the header.", "have the file sent with one of it.")
    if not set(names) & set(wanted):
        what = f"no column of the contract stands in the header (read as {encoding})."
        hint = _encoding_hint(body, wanted, encoding)
        raise Problem(place, what, f"check 'header_row' and 'delimiter'; {hint}")


def _check_quotes(text: str, place: str, delimiter: str) -> None:
    """A quote that is never closed would swallow the rest of the file: the sign of a cut-off file."""
    if text.count('"') % 2 == 0:
        return
    limit = csv.field_size_limit(max(len(text), 131_072))
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise Problem(place, "a quote is never closed; the file was cut off.", "have it sent again.") from None
    finally:
        csv.field_size_limit(limit)
