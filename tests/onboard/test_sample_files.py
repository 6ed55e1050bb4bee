"""Every kind of file gives a contract that reads the same file: charset, delimiter, header and sheet are found by themselves."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.connections import parse_connection
from connectors.protocol import Window
from connectors.registry import connector_for
from declarations.problem import Problem
from tests.onboard.conftest import Register, Registered, csv_text
from tests.onboard.people import people

ROWS = people(60)
Write = Callable[[str, bytes | str], Path]


def parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def xml(rows: list[dict[str, Any]]) -> str:
    records = "".join("<item>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + "</item>" for row in rows)
    return f"<?xml version='1.0' encoding='utf-8'?><answer><count>{len(rows)}</count><items>{records}</items></answer>"


PLAIN = [{key.replace("（万元）", ""): value for key, value in row.items()} for row in ROWS]
FILES: dict[str, bytes | str] = {
    "a.csv": csv_text(ROWS),
    "gb.csv": csv_text(ROWS).encode("gb18030"),
    "bom.csv": csv_text(ROWS).encode("utf-8-sig"),
    "utf16.csv": csv_text(ROWS).encode("utf-16"),
    "semicolon.csv": csv_text(ROWS, ";"),
    "tabs.txt": csv_text(ROWS, "\t"),
    "packed.csv.gz": gzip.compress(csv_text(ROWS).encode()),
    "titled.csv": "2025年信访台账,,\n" + csv_text(ROWS),
    "a.parquet": parquet(ROWS),
    "a.json": json.dumps({"code": 0, "data": {"list": ROWS, "codes": [1, 2]}}, ensure_ascii=False),
    "a.ndjson": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
    "a.xml": xml(PLAIN),
}


def landed(registered: Registered) -> list[dict[str, Any]]:
    """The rows of the registered feed, taken by its connector through the offered connection line."""
    name, _, value = registered.line.partition("=")
    connection = parse_connection(name, value)
    pages = connector_for(registered.contract, lambda _: connection).pages(Window(None, {}))
    return [row for page in pages for row in page.rows.to_pylist()]


@pytest.mark.parametrize("name", list(FILES))
def test_each_kind_of_file_is_understood_and_read_by_its_own_contract(name: str, register: Register, write: Write) -> None:
    found = register(sample=write(name, FILES[name]))
    types = found.types
    assert types["登记日期"] == "date %Y年%m月%d日"
    assert types["是否超期"] == "boolean"
    assert types["办结率"] == "decimal"
    assert types["信访编号"] == "string"
    assert found.contract.keys == ["item_no"]
    assert found.contract.column("item_class").codes == {text: text for text in ("申诉求决", "意见建议", "矛盾纠纷")}
    rows = landed(found)
    assert len(rows) == 60
    assert {row["item_no"] for row in rows} == {row["信访编号"] for row in ROWS}


def test_what_is_not_plain_is_named_in_the_source(register: Register, write: Write) -> None:
    found = register(sample=write("titled_202503.csv", ("台账,,\n" + csv_text(ROWS, ";")).encode("gb18030")))
    source = found.contract.source.model_dump(exclude_defaults=True)
    assert source["encoding"] == "gb18030"
    assert source["delimiter"] == ";"
    assert source["header_row"] == 2
    assert source["pattern"] == ["titled_*.csv"]


def workbook() -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    note = book.active
    note.title = "说明"
    note.append(["填报说明"])
    sheet = book.create_sheet("台账")
    sheet.append(["2025年审计问题整改台账"])
    sheet.append(["问题编号", "责任单位", "金额", "", "整改日期"])
    sheet.append(["", "", "发现", "整改", ""])
    for cells in ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"):
        sheet.merge_cells(cells)
    for i in range(40):
        sheet.append([f"SJ{i:03d}", f"单位{i % 5}", 100.5 + i, 50 + i, f"2025-0{i % 6 + 1}-15"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_with_a_title_and_merged_header_is_read_from_the_sheet_with_the_table(register: Register, write: Write) -> None:
    found = register(sample=write("台账.xlsx", workbook()))
    source = found.contract.source.model_dump(exclude_defaults=True)
    assert source["sheet"] == "台账"
    assert source["header_row"] == 2
    assert source["header_rows"] == 2
    assert found.types == {
        "问题编号": "string", "责任单位": "string", "金额/发现": "decimal", "金额/整改": "integer", "整改日期": "date",
    }  # fmt: skip
    assert found.contract.keys == ["finding_no"]
    assert len(landed(found)) == 40


def test_a_sheet_that_is_not_there_is_said_with_those_that_are(register: Register, write: Write) -> None:
    with pytest.raises(Problem, match=r"there is no sheet '帐'.*说明, 台账"):
        register(sample=write("a.xlsx", workbook()), sheet="帐")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"%PDF", "ending '.pdf' is not known"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xff\xfe\x00", "is no text"),
        ("a.csv", b"a\x00,b\n1,2\n", "is no text"),
        ("a.csv.gz", b"not packed", "no whole gzip file"),
        ("a.json", "{bad", "is not JSON"),
        ("a.json", '{"a": 1}', "holds no list of records"),
        ("a.parquet", b"PAR1 cut", "no whole Parquet file"),
        ("a.xml", "<a><b>", "is no plain XML"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(name: str, content: bytes | str, says: str, register: Register, write: Write) -> None:
    with pytest.raises(Problem, match=says):
        register(sample=write(name, content))
