"""The files connector and workbooks: xlsx, xls, ods; several sheets, headers of several rows, merged cells."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from declarations.problem import Problem
from tests.connectors.files_kit import feed, local, ods, pull, refused, rows, with_columns, workbook

DATA = Path(__file__).parent / "data"
SHEET = [["事项编号", "期限", "等级", "举报人"], ["007", date(2025, 3, 1), 5, "CANARY"],
         [None, None, None, None], ["008", datetime(2025, 3, 1, 8), 2.5, "CANARY"]]  # fmt: skip
TWO_ROWS = [["事项编号", "办理", None, "人员"], [None, "期限", "等级", "举报人"]]
JOINED: dict[str, Any] = {"columns": [
    {"name": "item_no", "source": "事项编号", "type": "string", "key": True, "zh": "编号", "meaning": "key"},
    {"name": "due_on", "source": "办理/期限", "type": "date", "zh": "期限", "meaning": "date"},
    {"name": "grade", "source": "办理/等级", "type": "integer", "zh": "等级", "meaning": "number"},
], "left_out": {"人员/举报人": "identity"}, "version": None}  # fmt: skip


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path


def test_spreadsheet(inbox):
    (inbox / "a.xlsx").write_bytes(workbook({"封面": [["督办"]], "督办事项": SHEET}))
    (page,) = pull(feed(sheet="督办事项"), local(inbox))
    assert page.rows.to_pylist() == [
        {"item_no": "007", "due_on": "2025-03-01", "grade": "5"},
        {"item_no": "008", "due_on": "2025-03-01T08:00:00", "grade": "2.5"},
    ]


@pytest.mark.parametrize("above", [[["督办情况"], []], [[], []]])
def test_spreadsheet_with_a_title_or_empty_rows_above_the_header_and_a_stray_value(inbox, above):
    lines = [*above, *SHEET, ["009", None, 1, "CANARY", "13912345678"]]
    (inbox / "a.xlsx").write_bytes(workbook({"S": [[None, *line] for line in lines]}))  # nor does it begin in column A
    pages = pull(feed(header_row=3), local(inbox))
    assert rows(pages, "item_no") == ["007", "008"]
    assert refused(pages) == [("a.xlsx, row 7", "has a value under no column name; the values are withheld.")]
    assert "13912345678" not in str(pages)


def test_several_sheets_by_name_and_glob_with_the_sheet_as_a_column(inbox):
    head = ["事项编号", "等级"]
    sheets = {
        "说明": [["x"]],
        "浦江县": [head, ["1", 1]],
        "兰溪市": [["等级", "事项编号"], [2, "2"]],
        "空县": [],
        "磐安县": [head, ["3", 3], ["x", 3, "y"]],
    }
    (inbox / "a.xlsx").write_bytes(workbook(sheets))
    pages = pull(feed(with_columns("_sheet"), sheet=["*县", "兰溪市"]), local(inbox))
    assert rows(pages, "item_no", "grade", "sheet") == [("1", "1", "浦江县"), ("2", "2", "兰溪市"), ("3", "3", "磐安县")]
    assert [at for at, _ in refused(pages)] == ["a.xlsx, sheet 磐安县, row 3"]
    with pytest.raises(Problem, match="sheet 说明: no column of the contract"):
        pull(feed(sheet="*"), local(inbox))


def test_a_header_of_two_rows_with_merged_cells(inbox):
    merged = {"S": ["A1:A2", "B1:C1"]}
    (inbox / "a.xlsx").write_bytes(workbook({"S": [*TWO_ROWS, ["007", date(2025, 3, 1), 5, "CANARY"]]}, merged))
    (page,) = pull(feed(JOINED, header_rows=2), local(inbox))
    assert page.rows.to_pylist() == [{"item_no": "007", "due_on": "2025-03-01", "grade": "5"}]
    assert page.columns_seen == {"事项编号", "办理/期限", "办理/等级", "人员/举报人"}


def test_cells_merged_downwards_belong_to_each_row_a_row_merged_across_is_refused(inbox):
    note = "填表人 CANARY 13912345678"
    lines = [["事项编号", "期限", "等级", "举报人"], ["007", date(2025, 3, 1), 5, "CANARY"], [None, None, 4, "CANARY"],
             ["合计", None, 9, None], ["008", None, 3, "CANARY"], [note, None, None, None], ["009", None, 2, "CANARY"]]  # fmt: skip
    merged = {"S": ["A2:A3", "B2:B3", "A4:B4", "A6:D6", "D5:E5"]}
    (inbox / "a.xlsx").write_bytes(workbook({"S": lines}, merged))
    pages = pull(feed(), local(inbox))
    assert rows(pages, "item_no", "due_on", "grade") == [
        ("007", "2025-03-01", "5"), ("007", "2025-03-01", "4"), ("008", None, "3"), ("009", None, "2"),
    ]  # fmt: skip
    assert [at for at, _ in refused(pages)] == ["a.xlsx, row 4", "a.xlsx, row 6"]
    assert "CANARY" not in str(pages)


def test_an_old_workbook_xls(inbox):
    """Of the file: a header in rows 3 and 4 that begins in column B, a cell merged downwards, a signature merged across."""
    (inbox / "merged.xls").write_bytes((DATA / "merged.xls").read_bytes())
    joined = {**JOINED, "left_out": {"举报人": "identity"}}
    pages = pull(feed(joined, pattern=["*.xls"], header_row=3, header_rows=2), local(inbox))
    assert rows(pages, "item_no", "due_on", "grade") == [("007", "2025-03-01", "5"), ("007", "2025-03-02", "4")]
    assert [at for at, _ in refused(pages)] == ["merged.xls, row 7"]


def test_an_open_document_spreadsheet(inbox):
    """It tells nothing of merged cells: upper names reach to the next one."""
    (inbox / "a.ods").write_bytes(
        ods([["事项编号", "办理", "", "人员"], ["", "期限", "等级", "举报人"], ["007", "2025-03-01", "5", "CANARY"]])
    )
    joined = {**JOINED, "columns": [{**JOINED["columns"][0], "source": "事项编号"}, *JOINED["columns"][1:]]}
    (page,) = pull(feed(joined, pattern=["*.ods"], header_rows=2), local(inbox))
    assert page.rows.to_pylist() == [{"item_no": "007", "due_on": "2025-03-01", "grade": "5"}]


@pytest.mark.parametrize(
    ("body", "source", "said"),
    [
        (workbook({"督办事项": SHEET})[:3000], {}, "cut off"),
        (b"PK", {}, "cut off"),
        ((DATA / "merged.xls").read_bytes()[:2000], {}, "cut off"),
        (workbook({"督办事项": SHEET}), {"sheet": "督办事項"}, "no sheet.*Did you mean '督办事项'"),
        (workbook({"督办事项": SHEET}), {"sheet": ["督*", "x*"]}, r"no sheet 'x\*'"),
        (workbook({"S": [["x"]]}), {}, "no column of the contract stands in row 1 of the sheet"),
        (workbook({"S": [["事项编码", "等 级"]]}), {}, "For '事项编号': Did you mean '事项编码'"),
        (workbook({"S": [["x"], ["y"]]}), {"header_rows": 2}, "in rows 1 to 2"),
        (workbook({"S": [["等级", "等级"]]}), {}, "'等级' stands twice"),
        (workbook({"S": []}), {}, "no column of the contract"),
        (workbook({"S": [], "T": []}), {"sheet": "*"}, "no column of the contract"),
    ],
)
def test_workbooks_that_are_refused(inbox, body, source, said):
    (inbox / "a.xlsx").write_bytes(body)
    with pytest.raises(Problem, match=said) as caught:
        pull(feed(**source), local(inbox))
    assert "file a.xlsx" in caught.value.place
