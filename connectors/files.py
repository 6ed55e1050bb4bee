"""Files dropped into a folder: .csv, .xlsx, .parquet, .json; each is taken once, when it is complete."""

import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.folder import Folder, Listed, open_folder
from connectors.gate import admit
from connectors.parse_csv import read_csv
from connectors.parse_json import JsonReader
from connectors.parse_xlsx import read_sheet
from connectors.protocol import Page, Refused, Resolver, Window
from declarations.base import to_timedelta
from declarations.feed import FeedContract, FilesSource
from declarations.problem import Problem

PAGE_ROWS = 100_000
SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TEXTS = (".csv", ".txt", ".tsv")
Part = tuple[pa.Table, list[str], list[Refused]]


class FilesConnector:
    """One or more pages a file; the file's last page carries its name and fingerprint."""

    def __init__(self, contract: FeedContract, resolve: Resolver) -> None:
        if not isinstance(contract.source, FilesSource):
            raise TypeError(f"feed {contract.id} has no files source")
        self._contract = contract
        self._source = contract.source
        self._connection = resolve(contract.source.connection)
        self._wanted = [column.source_name for column in contract.columns]

    def pages(self, window: Window) -> Iterator[Page]:
        """The pages of the complete files that were not taken yet."""
        with open_folder(self._contract.id, self._connection) as folder:
            for file in self._complete(folder.files()):
                if window.taken.get(file.name) == file.fingerprint:
                    continue
                yield from self._file_pages(folder, file)

    def _complete(self, listed: list[Listed]) -> list[Listed]:
        """The files that match a pattern and are wholly written."""
        names = {file.name for file in listed}
        marker = self._source.complete_marker
        found = [f for f in listed if any(_matches(f.name, pattern) for pattern in self._source.pattern)]
        if marker:
            marked = [f for f in found if f.name + marker in names or _stem(f.name) + marker in names]
            return [f for f in marked if not f.name.endswith(marker)]
        latest = datetime.now(UTC) - to_timedelta(self._source.stable_for)
        return [f for f in found if f.modified <= latest or self._source.stable_for == "0s"]

    def _file_pages(self, folder: Folder, file: Listed) -> Iterator[Page]:
        """The last page is held back until the end is reached, so that it can say that the file is done."""
        before: Part | None = None
        for part in self._parts(folder, file):
            if before is not None:
                yield admit(self._contract, *before)
            before = part
        done = (file.name, file.fingerprint)
        yield admit(self._contract, *(before or (pa.table({}), [], [])), file=done)

    def _parts(self, folder: Folder, file: Listed) -> Iterator[Part]:
        place = folder.at(file)
        body = folder.read(file)
        name = file.name.lower()
        if name.endswith(".gz"):
            body, name = _unpacked(body, place), name.removesuffix(".gz")
        ending = PurePosixPath(name).suffix
        if not body:
            raise Problem(place, "is empty.", "have the file sent again.")
        if ending in SHEETS:
            yield from read_sheet(body, place, self._wanted, self._source.sheet, self._source.header_row, PAGE_ROWS)
        elif ending in TEXTS:
            source = self._source
            yield read_csv(body, place, self._wanted, source.encoding, source.delimiter, source.header_row)
        elif ending == ".json":
            answer = JsonReader(self._contract, "").read(body, place)
            yield answer.records, sorted(answer.seen), list(answer.refused)
        elif ending == ".parquet":
            yield from self._parquet(body, place)
        else:
            known = ", ".join((*TEXTS, *SHEETS, ".json", ".parquet"))
            raise Problem(place, f"the ending '{ending}' is not known.", f"narrow 'pattern' to files of {known}.")

    def _parquet(self, body: bytes, place: str) -> Iterator[Part]:
        try:
            file = pq.ParquetFile(pa.BufferReader(body))
            names = file.schema_arrow.names
            columns = [name for name in names if name in self._wanted]
            for batch in file.iter_batches(PAGE_ROWS, columns=columns):
                yield pa.Table.from_batches([batch]), names, []
        except (pa.ArrowException, OSError):
            raise Problem(place, "is no whole Parquet file; it was cut off.", "have it sent again.") from None


def _matches(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) if "/" in pattern else "/" not in name and fnmatch(name, pattern)


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _unpacked(body: bytes, place: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            return packed.read()
    except (EOFError, OSError, zlib.error):
        raise Problem(place, "is no whole gzip file; it was cut off.", "have it sent again.") from None
