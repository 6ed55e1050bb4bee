"""Feeds over files for the tests of the files connector: contracts, workbooks, and a pull of a connector alone."""

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl

from connectors.files import FilesConnector
from connectors.protocol import Page, Resolver, Window
from tests.connectors.source_kit import contract, resolver

FILES = {"connector": "files", "connection": "sample_files", "pattern": ["*.csv", "*.xlsx"]}
CHINESE = [
    {"name": "item_no", "source": "事项编号", "type": "string", "key": True, "zh": "编号", "meaning": "key"},
    {"name": "due_on", "source": "期限", "type": "date", "zh": "期限", "meaning": "date"},
    {"name": "grade", "source": "等级", "type": "integer", "zh": "等级", "meaning": "number"},
]
ZH: dict[str, Any] = {"columns": CHINESE, "left_out": {"举报人": "identity"}, "version": None}
SMALL = "事项编号,等级\n007,5\n"


def feed(zh: dict[str, Any] = ZH, **source: Any) -> Any:
    """A contract over files; ``source`` changes its source."""
    return contract({**FILES, **source}, **zh)


def with_columns(*sources: str) -> dict[str, Any]:
    """The contract's columns and further ones (``_file``, ``_sheet``), called by their letters."""
    extra = [{"name": source.strip("_"), "source": source, "type": "string", "zh": source, "meaning": source} for source in sources]
    return {**ZH, "columns": [*CHINESE, *extra]}


def local(folder: Path) -> Resolver:
    return resolver(conn_type="file", extra={"path": str(folder)})


def pull(feed: Any, resolve: Resolver, taken: dict[str, str] | None = None) -> list[Page]:
    return list(FilesConnector(feed, resolve).pages(Window(None, taken or {})))


def rows(pages: list[Page], *names: str) -> list[Any]:
    """The values of the named columns (one: bare values) over all pages."""
    found = [row for page in pages for row in page.rows.select(list(names)).to_pylist()]
    return [row[names[0]] for row in found] if len(names) == 1 else [tuple(row.values()) for row in found]


def refused(pages: list[Page]) -> list[tuple[str, str]]:
    """Where rows were refused, after the file's name, and why."""
    return [(row.position.split("file ", 1)[1], row.reason) for page in pages for row in page.refused]


def workbook(sheets: dict[str, list[list[Any]]], merged: dict[str, list[str]] | None = None) -> bytes:
    """An xlsx of sheets of rows, with ranges such as 'A1:B1' merged."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
        for cells in (merged or {}).get(title, ()):
            sheet.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(lines: list[list[str]]) -> bytes:
    """An OpenDocument spreadsheet of text cells."""
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    body = "".join(f"<table:table-row>{''.join(map(cell.format, line))}</table:table-row>" for line in lines)
    base = "urn:oasis:names:tc:opendocument:xmlns:"
    names = " ".join(f"xmlns:{name}='{base}{name}:1.0'" for name in ("office", "table", "text"))
    inner = f"<office:body><office:spreadsheet><table:table table:name='S'>{body}</table:table></office:spreadsheet></office:body>"
    manifest = f"<m:manifest xmlns:m='{base}manifest:1.0'/>"
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": f"<office:document-content {names}>{inner}</office:document-content>".encode(),
        }
    )


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, body in members.items():
            file.writestr(name, body)
    return out.getvalue()
