"""A sample from delimited text: charset, delimiter and header row are found by looking."""

import csv
import io

from connectors.parse_csv import read_csv
from declarations.problem import Problem
from pipeline.onboard.sample import MOST_ROWS, Sample

DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 40
_HEADER_WITHIN = 15


def sample_csv(body: bytes, whole: bool, place: str, records: str | None = None) -> Sample:
    """The rows of a delimited text, read as the files connector reads them."""
    del records
    if not whole:
        body = body[: body.rfind(b"\n") + 1]
    encoding = charset_of(body, place)
    head = _head(body, encoding)
    delimiter = delimiter_of(head)
    lines = [row for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)]
    if "\0" in head or not lines:
        raise Problem(place, "is no text: it has zero bytes, or nothing that could be read.", "name a file with rows; have it sent again.")
    header = _header_row(lines)
    names = [name.strip() for name in lines[header]]
    table, _, refused = read_csv(body, place, [name for name in names if name], encoding, delimiter, header + 1)
    found: dict[str, object] = {}
    if encoding != "utf-8":
        found["encoding"] = encoding
    if delimiter != ",":
        found["delimiter"] = delimiter
    if header:
        found["header_row"] = header + 1
    notes = {"encoding": "found by reading it", "delimiter": "found by counting fields", "header_row": "the lines above it are a title"}
    if refused:
        notes[""] = f"{len(refused):,} rows have another number of fields than the header and would be refused"
    return Sample(table.slice(0, MOST_ROWS), found, whole and table.num_rows <= MOST_ROWS, notes=notes)


def charset_of(body: bytes, place: str) -> str:
    """The charset in which all of the text can be read: by its mark, else UTF-8, else UTF-16, else GB18030 国标."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    zeros = body[:4000].count(0)
    tried = ("utf-16-le", "utf-16-be") if zeros > len(body[:4000]) / 8 else ("utf-8", "gb18030", "cp1252")
    if zeros and len(tried) == 2 and body[:1] == b"\0":
        tried = ("utf-16-be", "utf-16-le")
    for name in tried:
        try:
            body.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    raise Problem(place, "is text in no charset that we know (UTF-8, UTF-16, GB18030, Windows-1252).", "have it sent as UTF-8.")


def delimiter_of(head: str) -> str:
    """The sign that parts most lines into the same number of fields, and into most."""
    best, score = ",", (0.0, 0)
    for sign in DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=sign) if row]
        if not widths:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        found = (widths.count(usual) / len(widths), usual)
        if usual > 1 and (found[0] * found[1], found[1]) > score:
            best, score = sign, (found[0] * found[1], found[1])
    return best


def _head(body: bytes, encoding: str) -> str:
    text = body[:200_000].decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = text.splitlines(keepends=True)
    return "".join(lines[:_LOOKED_AT])


def _header_row(lines: list[list[str]]) -> int:
    """The first row as wide as most, all of whose cells are filled, different and no numbers; else the first row."""
    widths = [len(row) for row in lines if row]
    usual = max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 0
    for number, row in enumerate(lines[:_HEADER_WITHIN]):
        cells = [cell.strip() for cell in row]
        if len(cells) == usual and all(cells) and len(set(cells)) == len(cells) and not any(_is_number(cell) for cell in cells):
            return number
    return next((number for number, row in enumerate(lines) if row), 0)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
