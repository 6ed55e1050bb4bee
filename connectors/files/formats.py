"""The formats of files: each reads one opened file to parts of tables, as streams where the format allows it.

JSON, workbooks and, from places without ranged reads, Parquet and zip are read whole into memory: up to
``WHOLE_MEGABYTES``, never to a disk, where identities must not lie.
"""

import io
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.charset import Charset, as_utf8, line_blocks
from connectors.header import check_header
from connectors.parse_csv import CsvForm, Part, stream_csv
from connectors.parse_fixed import stream_fixed
from connectors.parse_json import JsonReader
from connectors.parse_xlsx import SheetForm, read_sheets
from connectors.parse_xml import XmlReader
from connectors.unpack import Allowance, check_inside
from declarations.feed import FeedContract, FilesSource
from declarations.problem import Problem

PAGE_ROWS = 100_000
WHOLE_MEGABYTES = 256
_ENDINGS = {
    **dict.fromkeys((".csv", ".txt", ".tsv"), "csv"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel"),
    ".json": "json",
    **dict.fromkeys((".ndjson", ".jsonl"), "ndjson"),
    ".xml": "xml",
    ".parquet": "parquet",
}


@dataclass(frozen=True)
class Opened:
    """One file, or one file out of a zip: its name, what errors call it, and how its bytes are had (again)."""

    name: str
    place: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Asked:
    """What is wanted of a file: the contract, the columns as the file calls them, and whether the sheet's name is one."""

    contract: FeedContract
    source: FilesSource
    wanted: Collection[str]
    sheet_name: bool = False


def read(file: Opened, asked: Asked) -> Generator[Part, None, None]:
    """The parts of a file by its declared format, else by its ending. Raises Problem."""
    yield from _FORMATS[_format_of(file, asked.source)](file, asked)


def seekable(stream: BinaryIO, place: str) -> BinaryIO:
    """The stream itself where it can be read by ranges, else its bytes in memory."""
    if stream.seekable():
        return stream
    with stream:
        return io.BytesIO(_whole(stream, place))


def _format_of(file: Opened, source: FilesSource) -> str:
    if source.format:
        return source.format
    ending = PurePosixPath(file.name.lower()).suffix
    known = _ENDINGS.get(ending)
    if source.fixed_width and known in (None, "csv"):
        return "fixed"
    if known is None:
        fix = f"narrow 'pattern' (in a zip: 'members') to files of {', '.join(_ENDINGS)}; or say 'format' in the feed's source."
        raise Problem(file.place, f"the ending '{ending}' is not known.", fix)
    return known


def _whole(stream: BinaryIO, place: str) -> bytes:
    body = stream.read((WHOLE_MEGABYTES << 20) + 1)
    if len(body) > WHOLE_MEGABYTES << 20:
        what = f"is longer than {WHOLE_MEGABYTES} MB, too long for a file that must be read whole."
        raise Problem(place, what, "have it sent as CSV or NDJSON (.csv.gz), which are read as they come, or in smaller files.")
    if not body:
        raise Problem(place, "is empty.", "have the file sent again.")
    return body


def _csv(file: Opened, asked: Asked) -> Iterator[Part]:
    source = asked.source
    tabs = file.name.lower().endswith(".tsv") and source.delimiter == ","
    form = CsvForm(source.encoding, "\t" if tabs else source.delimiter, source.quote, source.header_row)
    yield from stream_csv(file.open, file.place, asked.wanted, form)


def _fixed(file: Opened, asked: Asked) -> Iterator[Part]:
    source = asked.source
    with file.open() as stream:
        fields, unit = source.fixed_width or [], source.width_in
        yield from stream_fixed(stream, file.place, asked.wanted, fields, unit, source.encoding, source.line_width)


def _json(file: Opened, asked: Asked) -> Iterator[Part]:
    with file.open() as stream:
        body = as_utf8(_whole(stream, file.place), file.place, asked.source.encoding, asked.wanted)
    answer = JsonReader(asked.contract, asked.source.records).read(body, file.place)
    yield answer.records, sorted(answer.seen), list(answer.refused)


def _ndjson(file: Opened, asked: Asked) -> Iterator[Part]:
    reader = JsonReader(asked.contract, "")
    before = 0
    with file.open() as stream:
        charset = Charset(file.place, asked.source.encoding, asked.wanted)
        for block in line_blocks(charset.blocks(stream)):
            answer = reader.read_lines(block.encode(), file.place, before)
            yield answer.records, sorted(answer.seen), list(answer.refused)
            before += block.count("\n")


def _xml(file: Opened, asked: Asked) -> Iterator[Part]:
    source = asked.source
    if not source.records:
        raise Problem(file.place, "is XML.", "name the row's element as 'records' in the feed's source.")
    reader = XmlReader(file.place, source.records, asked.wanted)
    told = 0
    with file.open() as stream:
        # the declaration inside the document counts, unless the contract says another charset
        for table in reader.tables(stream, None if source.encoding.lower() in ("utf-8", "utf8") else source.encoding):
            refused = list(reader.refused[told:])
            told += len(refused)
            yield table, sorted(reader.seen), refused


def _excel(file: Opened, asked: Asked) -> Iterator[Part]:
    source = asked.source
    with file.open() as stream:
        body = _whole(stream, file.place)
    if body.startswith(b"PK"):
        check_inside(io.BytesIO(body), Allowance(file.place, source.unpacked_megabytes, len(body)))
    sheets = [source.sheet] if isinstance(source.sheet, str) else source.sheet or []
    form = SheetForm(sheets, source.header_row, source.header_rows, asked.sheet_name)
    yield from read_sheets(body, file.place, asked.wanted, form, PAGE_ROWS)


def _parquet(file: Opened, asked: Asked) -> Iterator[Part]:
    with seekable(file.open(), file.place) as stream:
        try:
            parquet = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
            names = parquet.schema_arrow.names
            check_header(names, asked.wanted, file.place, "in the file", "correct 'source' of the contract's columns.")
            columns = [name for name in names if name in asked.wanted]
            if not parquet.metadata.num_rows:
                yield parquet.schema_arrow.empty_table().select(columns), names, []
            for batch in parquet.iter_batches(PAGE_ROWS, columns=columns):
                yield pa.Table.from_batches([batch]), names, []
        except (pa.ArrowException, OSError):
            raise Problem(file.place, "is no whole Parquet file; it was cut off.", "have it sent again.") from None


_FORMATS: dict[str, Callable[[Opened, Asked], Iterator[Part]]] = {
    "csv": _csv,
    "fixed": _fixed,
    "json": _json,
    "ndjson": _ndjson,
    "xml": _xml,
    "excel": _excel,
    "parquet": _parquet,
}
