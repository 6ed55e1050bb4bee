"""Every mistake in a table is one paragraph with file, row, column, value and next step; nothing is skipped without a word."""

import re
from pathlib import Path

import duckdb
import pytest
from score_desk import Desk

DECISION = "decision_no,document_no,subject,decision_type,decided_on,authority,points"
GROUPED = """
id: grouped
title: {en: Grouped, zh: 分组}
groups: {north: {en: North, zh: 北}, south: {en: South, zh: 南}}
tree: [{code: first, indicator: a, normalise: {method: min_max, peers: region}}]
adjustments: [{code: prize, title: {en: Prize, zh: 表彰}, kind: bonus, decision_type: prize}]
"""
GROUPS = "subject,group,region\nx,north,e\ny,south,e\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.put("grouped.yaml", GROUPED)
    desk.put("values.csv", "subject,a,b\nx,1,3\ny,5,7\n")
    desk.put("groups.csv", GROUPS)
    return desk


VALUES = {
    "a text in a number column of a wide table": (
        "subject,a,b\nx,1,2\ny,3,abc\n",
        r"v.csv: row 3, column 'b': 'abc' is not a number.*correct it",
    ),
    "a decimal comma": ("subject;a;b\nx;1,5;2\n", r"v.csv: row 2, column 'a': '1,5' is not a number"),
    "a text in a number column of a long table": (
        "subject,indicator,value\nx,a,1\nx,b,two\n",
        r"v.csv: row 3, column 'value': 'two' is not a number.*--absent.*--refuse-rows",
    ),
    "a row that stands twice, wide": (
        "subject,a,b\nx,1,2\nx,1,2\n",
        r"v.csv: row 2: 'x, all' stands more than once.*1 more like this.*keep one",
    ),
    "a row that stands twice, long": (
        "subject,period,indicator,value\nx,2024,a,1\nx,2024,a,2\nx,2024,b,3\n",
        r"v.csv: row 2: 'x, 2024, a' stands more than once",
    ),
    "an unknown status": (
        "subject,indicator,value,status\nx,a,,gone\n",
        r"row 2, column 'status': 'gone' is no status; there are ok, not_applicable, not_reported, too_few",
    ),
    "a status that says ok beside an empty cell": (
        "subject,indicator,value,status\nx,a,,ok\n",
        r"row 2, column 'value': the cell is empty.*says ok",
    ),
    "no subject in a row": ("subject,a,b\n,1,2\n", r"row 2, column 'subject': the cell is empty: but every row needs a subject"),
    "no period in a row": ("subject,period,a,b\nx,,1,2\n", r"row 2, column 'period': the cell is empty"),
    "no indicator in a row": ("subject,indicator,value\nx,,1\nx,a,2\n", r"row 2, column 'indicator': the cell is empty"),
    "a count that is none": ("subject,indicator,value,n\nx,a,1,2.5\n", r"row 2, column 'n': '2.5' is not a whole number"),
    "a day that is none": ("subject,a,b,known_at\nx,1,2,2024-02-30\n", r"row 2, column 'known_at': '2024-02-30' is no date"),
    "an unknown column of a long table": (
        "subject,indicator,value,statsu\nx,a,1,\n",
        r"v.csv: header: 'statsu' is no column.*Did you mean 'status'.*--ignore statsu",
    ),
    "no subjects": ("name,a,b\nx,1,2\n", r"v.csv: header: there is no column 'subject'.*it has name, a, b.*--column subject=name"),
    "two columns that could be the subject": (
        "id,unit,a,b\n1,x,1,2\n",
        r"'id' and 'unit' could both be the column 'subject'.*--column subject=id",
    ),
    "no values in a long table": ("subject,indicator\nx,a\n", r"there is no column 'value'"),
    "nothing that the scheme reads, wide": (
        "subject,c,d\nx,1,2\n",
        r"none of its columns is an indicator that the scheme reads.*the scheme reads a, b",
    ),
    "nothing that the scheme reads, long": (
        "subject,indicator,value\nx,c,1\n",
        r"no row is of an indicator that the scheme reads \(a, b\)",
    ),
    "a column twice": ("subject,a,a\nx,1,2\n", r"column 'a' stands 2 times"),
    "a column without a name": ("subject,a,\nx,1,2\n", r"column 3 of 3 has no name"),
    "a row that is too short": ("subject,a,b\nx,1\n", r"v.csv:2: this row has 2 cells, the header has 3"),
    "a quote that stays open": ('subject,a,b\n"x,1,2\n', r"v.csv:\d+: a double quote is opened and not closed"),
    "an empty file": ("", r"v.csv: is empty"),
    "only a header": ("subject,a,b\n", r"v.csv: there is no subject left to score"),
    "another charset": ("subject,a,b\n甲,1,2\n".encode("gb18030"), r"v.csv: is not UTF-8.*save it as UTF-8"),
}


@pytest.mark.parametrize(("table", "told"), VALUES.values(), ids=VALUES)
def test_a_mistake_in_the_values(desk: Desk, table: str | bytes, told: str) -> None:
    desk.put("v.csv", table)
    assert re.search(told, desk.typed("two.yaml", "--values", "v.csv").problem)
    assert not (desk.folder / "out").exists()


GROUP_MISTAKES = {
    "a group that the scheme does not have": (
        GROUPS.replace("south", "suoth"),
        r"groups.csv: row 3, column 'group': 'suoth' is no group.*Did you mean 'south'",
    ),
    "no group": (GROUPS.replace("south", ""), r"groups.csv: row 3, column 'group': the cell is empty"),
    "no attribute that the scheme names": ("subject,group\nx,north\ny,south\n", r"groups.csv: header: there is no column 'region'"),
    "an empty attribute": ("subject,group,region\nx,north,e\ny,south,\n", r"groups.csv: row 3, column 'region': the cell is empty"),
    "somebody twice": (f"{GROUPS}y,north,w\n", r"groups.csv: row 3, column 'subject': 'y' stands more than once.*1 more like this"),
    "somebody of the values in no group": (
        "subject,group,region\nx,north,e\n",
        r"values.csv: row 3, column 'subject': 'y' is not in the file of groups",
    ),
    "a share that is none": (
        "subject,group,region,days_share\nx,north,e,1\ny,south,e,1.5\n",
        r"row 3, column 'days_share': '1.5' is no share",
    ),
    "a role that is none": (
        "subject,group,region,role\nx,north,e,chief\ny,south,e,boss\n",
        r"row 3, column 'role': 'boss' is none of chief, deputy",
    ),
}


@pytest.mark.parametrize(("table", "told"), GROUP_MISTAKES.values(), ids=GROUP_MISTAKES)
def test_a_mistake_in_the_groups(desk: Desk, table: str, told: str) -> None:
    desk.put("groups.csv", table)
    assert re.search(told, desk.typed("grouped.yaml", "--values", "values.csv", "--groups", "groups.csv").problem)


def test_groups_that_are_needed_and_not_given(desk: Desk) -> None:
    answer = desk.typed("grouped.yaml", "--values", "values.csv")
    assert re.search(r"scheme has groups \(north, south\) and the attribute 'region'.*--groups FILE", answer.problem)


DECISION_MISTAKES = {
    "nobody": ("1,n1,z,prize,2024-05-01,Office,1", r"d.csv: row 2, column 'subject': 'z' is not among the scored subjects"),
    "no document": (
        "1,,x,prize,2024-05-01,Office,1",
        r"row 2, column 'document_no': the cell is empty: but a confirmed decision needs its document_no",
    ),
    "no authority": ("1,n1,x,prize,2024-05-01,,1", r"row 2, column 'authority': the cell is empty"),
    "no day": ("1,n1,x,prize,May,Office,1", r"row 2, column 'decided_on': 'May' is no date"),
    "points below 0": ("1,n1,x,prize,2024-05-01,Office,-1", r"row 2, column 'points': '-1' is below 0"),
    "points that are no number": ("1,n1,x,prize,2024-05-01,Office,two", r"row 2, column 'points': 'two' is not a finite number"),
    "points that are infinite": ("1,n1,x,prize,2024-05-01,Office,inf", r"row 2, column 'points': 'inf' is not a finite number"),
    "no points where the decision's own count": (
        "1,n1,x,prize,2024-05-01,Office,",
        r"row 2, column 'points': .*'prize' counts the decision's own",
    ),
    "one decision twice": (
        "1,n1,x,prize,2024-05-01,Office,1\n1,n1,x,prize,2024-05-01,Office,1",
        r"row 2, column 'decision_no': '1' stands more than once",
    ),
}


@pytest.mark.parametrize(("rows", "told"), DECISION_MISTAKES.values(), ids=DECISION_MISTAKES)
def test_a_mistake_in_the_decisions(desk: Desk, rows: str, told: str) -> None:
    desk.put("d.csv", f"{DECISION}\n{rows}\n")
    given = ("grouped.yaml", "--values", "values.csv", "--groups", "groups.csv", "--decisions", "d.csv")
    assert re.search(told, desk.typed(*given).problem)


def test_a_flag_that_is_neither_yes_nor_no(desk: Desk) -> None:
    desk.put("d.csv", f"{DECISION},confirmed\n1,n1,x,prize,2024-05-01,Office,1,maybe\n")
    answer = desk.typed("grouped.yaml", "--values", "values.csv", "--groups", "groups.csv", "--decisions", "d.csv")
    assert re.search(r"row 2, column 'confirmed': 'maybe' is neither true nor false", answer.problem)


OPTIONS = {
    "no scheme": (("values.csv",), r"no scheme is named"),
    "no values": (("two.yaml",), r"--values: there is no table of values"),
    "no such file": (("two.yaml", "--values", "gone.csv"), r"gone.csv: there is no such file"),
    "a kind of file that is not read": (("two.yaml", "--values", "book.xlsx"), r"book.xlsx: '.xlsx' is no kind of file.*save it as .csv"),
    "a period that nobody has": (("two.yaml", "--values", "values.csv", "--period", "2024"), r"--period: no file has the period '2024'"),
    "a day that is none": (("two.yaml", "--values", "values.csv", "--as-of", "May"), r"--as-of: 'May' is no date"),
    "a day for a table that knows none": (
        ("two.yaml", "--values", "values.csv", "--as-of", "2024-05-01"),
        r"values.csv: header: has no column 'known_at'",
    ),
    "a pair that is none": (("two.yaml", "--values", "values.csv", "--column", "iso3"), r"--column: 'iso3' is no pair"),
    "a name of ours that is none": (
        ("two.yaml", "--values", "values.csv", "--column", "subjct=subject"),
        r"--column subjct=subject: 'subjct' is none of our names.*Did you mean 'subject'",
    ),
    "a column that no file has": (
        ("two.yaml", "--values", "values.csv", "--column", "subject=iso"),
        r"--column subject=iso: no file has a column 'iso'",
    ),
    "an amount of memory that is none": (("two.yaml", "--values", "values.csv", "--memory", "much"), r"--memory, --threads: "),
    "a scheme with a mistake": (("broken.yaml", "--values", "values.csv"), r"broken.yaml:4: .*Did you mean 'tree'"),
}


@pytest.mark.parametrize(("arguments", "told"), OPTIONS.values(), ids=OPTIONS)
def test_a_mistake_in_what_was_typed(desk: Desk, arguments: tuple[str, ...], told: str) -> None:
    desk.put("book.xlsx", b"PK")
    desk.put("broken.yaml", "\nid: b\ntitle: {en: B, zh: 乙}\ntrea: []\n")
    assert re.search(told, desk.typed(*arguments).problem)


def test_one_value_in_two_files(desk: Desk) -> None:
    desk.put("first.csv", "subject,a,b\nx,1,\ny,3,4\n")
    desk.put("second.csv", "subject,indicator,value\nx,b,2\ny,b,5\n")
    told = desk.typed("two.yaml", "--values", "first.csv", "second.csv").problem
    assert re.search(r"first.csv: row 3: 'y, all, b' stands more than once", told)
    assert desk.scored("two.yaml", "--values", "first.csv", "second.csv", "--refuse-rows") == {"x": 1.5, "y": 3.0}


def test_all_kinds_of_mistakes_are_counted_in_one_paragraph(desk: Desk) -> None:
    desk.put("v.csv", "subject,indicator,value\nx,a,one\nx,b,two\ny,a,1\ny,a,2\n,a,3\n")
    told = desk.typed("two.yaml", "--values", "v.csv").problem
    assert "row 2, column 'value': 'one' is not a number. (5 mistakes in all: " in told
    for kind in ("2 × is not a number", "2 × stands more than once", "1 × but every row needs a subject"):
        assert kind in told


def test_refused_rows_are_left_out_counted_and_kept(desk: Desk) -> None:
    rows = ["x,a,one,", "x,b,2,", "y,a,1,", "y,a,2,", "y,b,3,", ",a,3,", "z,a,7,gone", "z,b,9,"]
    desk.put("v.csv", "\n".join(["subject,indicator,value,status", *rows]))
    answer = desk.typed("two.yaml", "--values", "v.csv", "--refuse-rows", "--out", str(desk.folder / "out"))
    assert answer.code == 0, answer
    assert "5 rows or cells refused" in answer.out
    assert desk.look("refused", '"row", "column", value') == [
        (2, "value", "one"), (4, None, "y, all, a"), (5, None, "y, all, a"), (7, "subject", None), (8, "status", "gone"),
    ]  # fmt: skip
    assert dict(desk.look("results", "subject, score")) == {"x": 2.0, "y": 3.0, "z": 9.0}
    assert [row[0] for row in desk.look("nodes", "status, node, subject") if row[1] == "first"] == ["invalid"] * 3
    written = duckdb.sql(f"select distinct file from '{desk.folder}/out/refused.parquet'").fetchall()
    assert written == [("v.csv",)]


def test_refused_rows_of_the_other_tables(desk: Desk) -> None:
    desk.put("groups.csv", GROUPS.replace("south", "suoth"))
    desk.put("d.csv", f"{DECISION}\n1,n1,z,prize,2024-05-01,Office,1\n")
    given = ("grouped.yaml", "--values", "values.csv", "--groups", "groups.csv", "--decisions", "d.csv", "--refuse-rows")
    assert desk.scored(*given) == {"x": 100.0}
    assert desk.look("refused", 'file, "row"') == [("d.csv", 2), ("groups.csv", 3), ("values.csv", 3)]


def test_a_folder_that_cannot_be_written_to(desk: Desk) -> None:
    desk.put("out", "a file")
    told = desk.typed("two.yaml", "--values", "values.csv", "--out", str(desk.folder / "out")).problem
    assert re.search(r"out: cannot be written to", told)
