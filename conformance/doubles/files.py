"""A folder into which files are dropped: each change of the source is one more file."""

import csv
import gzip
import io
import json
import zipfile
from datetime import datetime
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from conformance.canaries import connection
from conformance.doubles.double import Double, spoilt
from conformance.samples import Row
from connectors.protocol import Connection
from declarations.feed import FeedContract
from declarations.problem import Problem

TEXTS = (".csv", ".txt", ".tsv")
WRITABLE = (*TEXTS, ".json", ".ndjson", ".xml", ".parquet", ".xlsx")


class FilesDouble(Double):
    """A local folder. ``pattern`` is the first of the contract's patterns whose kind of file can be written here."""

    traits = Double.traits | {"files", "pages", "any_order", "repeats", "state", "loses_place"}
    lacks = {
        "http": "The folder is a local one: there is no server to answer with a status, to be slow or to break off.",
        "shifting": "A file is read whole: nothing changes while it is read.",
    }

    def __init__(self, contract: FeedContract, begin: datetime) -> None:
        super().__init__(contract, begin)
        self.count = 0
        self.pattern, self.ending = _writable(contract.id, self.source.pattern)
        self.traits = self.traits | ({"marker"} if self.source.complete_marker else set())
        self.traits |= {"charset"} if self.ending in (*TEXTS, ".json", ".ndjson", ".xml") else set()
        self.traits |= {"huge"} if self.ending != ".xlsx" and not self.source.fixed_width else set()
        if self.source.fixed_width:
            self.traits -= {"columns"}
        self.traits |= {"packed"} if self.pattern.endswith((".gz", ".zip")) else set()
        self.traits |= {"zip"} if self.pattern.endswith(".zip") else set()

    @property
    def inbox(self) -> Path:
        """The folder of the connection."""
        return self.folder / "inbox"

    def open(self, folder: Path) -> None:
        super().open(folder)
        self.inbox.mkdir()

    def connection(self) -> Connection:
        return connection(self.contract.source.connection, "file", host=None, extra={"path": str(self.inbox)})

    def stored(self, rows: list[Row]) -> None:
        self.drop_file(self.content(rows))

    def taken_away(self, rows: list[Row]) -> None:
        """A file that holds all that is left."""
        self.drop_file(self.content(self.records))

    def lose_place(self) -> None:
        """The folder is gone."""
        self.inbox.rename(self.folder / "elsewhere")

    def state(self) -> object:
        return {f.name: (f.stat().st_size, f.stat().st_mtime_ns) for f in sorted(self.inbox.rglob("*"))}

    def name(self) -> str:
        """The name of the next file."""
        self.count += 1
        return self.pattern.replace("**/", "").replace("*", f"{self.count:04d}").replace("?", "x")

    def drop_file(self, content: bytes, name: str | None = None, complete: bool = True) -> Path:
        """A file, and what says that it is complete."""
        file = self.inbox / (name or self.name())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        if complete and self.source.complete_marker:
            file.with_name(file.name + self.source.complete_marker).write_bytes(b"")
        if complete and self.source.control_file:
            file.with_name(file.name + self.source.control_file).write_text("{}")
        return file

    def content(self, rows: list[Row]) -> bytes:
        """Rows as the contract's kind of file."""
        return self.packed(self.plain(rows))

    def plain(self, rows: list[Row]) -> bytes:
        """The same, not packed."""
        return self._body([self.wire_text(row) for row in (reversed(rows) if self.shuffled else rows)])

    def packed(self, body: bytes) -> bytes:
        """A body packed as the pattern says."""
        if self.pattern.endswith(".zip"):
            member = (self.source.members or [f"*{self.ending}"])[0]
            return zipped(member.replace("*", "rows"), body)
        return gzip.compress(body) if self.pattern.endswith(".gz") else body

    def _body(self, texts: list[dict[str, str | None]]) -> bytes:
        if self.ending == ".parquet":
            return _parquet(texts, self.names())
        if self.ending == ".xlsx":
            return _workbook(texts, self.names(), self.source)
        if self.ending == ".ndjson":
            return spoilt("".join(json.dumps(t, ensure_ascii=False) + "\n" for t in texts).encode(), "utf-8")
        if self.ending == ".json":
            frame: Any = texts
            for part in reversed([p for p in self.source.records.split(".") if p]):
                frame = {part: frame}
            return spoilt(json.dumps(frame, ensure_ascii=False).encode(), "utf-8")
        if self.ending == ".xml":
            from conformance.doubles.rest import _xml

            return spoilt(_xml(self.source.records.rpartition(".")[2] or "record", texts, {}), "utf-8")
        return spoilt(self._lines(texts).encode(self.source.encoding), self.source.encoding)

    def _lines(self, texts: list[dict[str, str | None]]) -> str:
        if self.source.fixed_width:
            return "".join(_fixed(row, self.source.fixed_width) + "\n" for row in texts)
        out = io.StringIO()
        out.write("\n" * (self.source.header_row - 1))
        writer = csv.DictWriter(out, self.names(), delimiter=self.source.delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(texts)
        return out.getvalue()


def _writable(feed: str, patterns: list[str]) -> tuple[str, str]:
    for pattern in sorted(patterns, key=lambda p: p.lower().endswith(".xlsx")):
        ending = PurePosixPath(pattern.lower().removesuffix(".gz")).suffix
        ending = ".csv" if ending == ".zip" else ending
        if ending in WRITABLE and (ending != ".xlsx" or find_spec("openpyxl")) and not _has_choice(pattern):
            return pattern, ending
        if fnmatch("rows_0001.csv", pattern):
            return "rows_*.csv", ".csv"
    what = f"no file that matches {', '.join(patterns)} can be made up (known: {', '.join(WRITABLE)})."
    raise Problem(f"feed {feed}", what, "give a pattern with one of these endings, or test with a double of your own.")


def zipped(member: str, content: bytes) -> bytes:
    """A zip file with one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(member, content)
    return out.getvalue()


def _has_choice(pattern: str) -> bool:
    return "[" in pattern


def _fixed(row: dict[str, str | None], fields: Any) -> str:
    line = ""
    for field in sorted(fields, key=lambda f: f.start):
        line = line.ljust(field.start - 1)[: field.start - 1] + (row.get(field.name) or "").ljust(field.length)[: field.length]
    return line


def _parquet(texts: list[dict[str, str | None]], names: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([t[name] for t in texts], pa.string()) for name in names}), out)
    return out.getvalue()


def _workbook(texts: list[dict[str, str | None]], names: list[str], source: Any) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    wanted = source.sheet if isinstance(source.sheet, str) else (source.sheet or ["Sheet1"])[0]
    sheet.title = wanted.replace("*", "县")
    for _ in range(source.header_row - 1):
        sheet.append([])
    sheet.append(names)
    for text in texts:
        sheet.append([text[name] for name in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
