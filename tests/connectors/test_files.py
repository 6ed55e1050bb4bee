"""The files connector: which files are taken, text formats, charsets, bad rows and files that were cut off."""

import gzip
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from connectors import charset, parse_csv
from connectors.files import FilesConnector
from connectors.protocol import Window
from declarations.problem import Problem, SourceAway
from tests.connectors.files_kit import SMALL, feed, local, pull, refused, rows, with_columns, zipped


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("gb18030", "gb18030"), ("gbk", "gbk"), ("utf-16", "utf-16"),
     ("utf-16-be", "utf-16-be"), ("utf-16-le", "utf-16-le")],
)  # fmt: skip
@pytest.mark.parametrize("block", [3, 1 << 22])  # 3: characters are cut by blocks
def test_charsets(inbox, encoding, written, block, monkeypatch):
    monkeypatch.setattr(charset, "BLOCK_BYTES", block)
    (inbox / "a.csv").write_bytes("事项编号,期限,等级,举报人\n007,2025-03-01,5,张三\n008,,,李四\n".encode(written))
    (page,) = pull(feed(encoding=encoding), local(inbox))
    assert page.rows.to_pylist() == [
        {"item_no": "007", "due_on": "2025-03-01", "grade": "5"},
        {"item_no": "008", "due_on": None, "grade": None},
    ]
    assert page.columns_seen == {"事项编号", "期限", "等级", "举报人"}
    assert page.file is not None
    assert page.file[0] == "a.csv"


def test_a_big_endian_mark_is_read(inbox):
    (inbox / "a.csv").write_bytes(b"\xfe\xff" + SMALL.encode("utf-16-be"))
    assert rows(pull(feed(encoding="utf-16"), local(inbox)), "item_no") == ["007"]


def test_delimiters_quotes_and_rows_above_the_header(inbox):
    (inbox / "a.csv").write_text("督办情况|\n\n事项编号|等级\n'0|07'|5\n'00''8\n'|4\n", encoding="utf-8")
    (inbox / "b.tsv").write_text('事项编号\t等级\n"009\t3\n', encoding="utf-8")
    assert rows(pull(feed(delimiter="|", quote="'", header_row=3), local(inbox)), "item_no") == ["0|07", "00'8\n"]
    assert rows(pull(feed(pattern=["*.tsv"], quote=""), local(inbox)), "item_no") == ['"009']


def test_no_row_is_lost_or_changed_between_blocks(inbox, monkeypatch):
    """Many small blocks give what one block gives, quotes with line ends in them included."""
    monkeypatch.setattr(charset, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(parse_csv, "BLOCK_BYTES", 500)
    values = [f'{i},"第{i}行\n, {"多" * (i % 40)}"' for i in range(1200)]
    values[500] = values[1000] = "1,2,3"
    values += ["1,2,3"] * 300  # blocks without a good row
    (inbox / "a.csv").write_text("\n".join(["事项编号,期限", *values]) + "\n", encoding="gb18030")
    pages = pull(feed(encoding="gb18030"), local(inbox))
    assert len(pages) > 50
    good = [i for i in range(1200) if i not in (500, 1000)]
    assert rows(pages, "item_no", "due_on") == [(str(i), f"第{i}行\n, {'多' * (i % 40)}") for i in good]
    assert [at for at, _ in refused(pages)] == [f"a.csv, row {i}" for i in (502, 1002, *range(1202, 1502))]
    assert [page.file is not None for page in pages] == [False] * (len(pages) - 1) + [True]


def test_fixed_width_in_characters(inbox):
    (inbox / "a.txt").write_text("007张三  2025-03-01 5\r\n\r\n008李四             4\r\n009短行\r\n", encoding="utf-8")
    fields = [{"name": "事项编号", "start": 1, "length": 3}, {"name": "举报人", "start": 4, "length": 4},
              {"name": "期限", "start": 8, "length": 10}, {"name": "等级", "start": 18, "length": 2}]  # fmt: skip
    pages = pull(feed(pattern=["*.txt"], fixed_width=fields), local(inbox))
    assert rows(pages, "item_no", "due_on", "grade") == [("007", "2025-03-01", "5"), ("008", None, "4")]
    assert refused(pages) == [("a.txt, line 4", "has 5 characters, not 19; the values are withheld.")]


def test_fixed_width_in_bytes_counts_a_chinese_character_twice(inbox, monkeypatch):
    monkeypatch.setattr(charset, "BLOCK_BYTES", 16)
    lines = ["督办一5李四", "督办二4王五", "abcdef3赵六", "a督办b2钱七", "督办1"]
    (inbox / "a.dat").write_bytes("".join(f"{line}\n" for line in lines).encode("gb18030"))
    fields = [{"name": "事项编号", "start": 1, "length": 6}, {"name": "等级", "start": 7, "length": 1}]
    source = {"pattern": ["*.dat"], "fixed_width": fields, "width_in": "bytes", "line_width": 11, "encoding": "gb18030"}
    pages = pull(feed(**source), local(inbox))
    assert rows(pages, "item_no", "grade") == [("督办一", "5"), ("督办二", "4"), ("abcdef", "3"), ("a督办b", "2")]
    assert refused(pages) == [("a.dat, line 5", "has 5 bytes, not 11; the values are withheld.")]
    fields = [{"name": "事项编号", "start": 1, "length": 5}, {"name": "等级", "start": 6, "length": 2}]
    pages = pull(feed(**{**source, "fixed_width": fields}), local(inbox))
    assert rows(pages, "item_no") == ["abcde", "a督办"]
    assert ("a.dat, line 1", "a field ends inside a character; the values are withheld.") in refused(pages)


def test_json_ndjson_xml_parquet_and_gzip(inbox, monkeypatch):
    monkeypatch.setattr(charset, "BLOCK_BYTES", 64)
    pq.write_table(pa.table({"事项编号": ["1"], "等级": [5], "举报人": ["CANARY"]}), inbox / "a.parquet")
    (inbox / "b.json").write_text('[{"事项编号": "2", "等级": 4, "举报人": "CANARY"}]', encoding="gb18030")
    (inbox / "c.csv.gz").write_bytes(gzip.compress("事项编号,等级\n3,3\n".encode("gb18030")))
    lines = [f'{{"事项编号": "{i}", "等级": {i % 5}}}' for i in range(100, 104)] + ["CANARY", '{"事项编号": "200", "等级": 1}']
    (inbox / "d.ndjson").write_text("\n".join(lines) + "\n", encoding="gb18030")
    (inbox / "e.xml").write_text(
        "<?xml version='1.0' encoding='gb18030'?><all><r><事项编号>6</事项编号><等级>2</等级></r></all>", encoding="gb18030"
    )
    pages = []
    for pattern in ("*.parquet", "*.json", "*.gz", "*.ndjson"):
        pages += pull(feed(pattern=[pattern], encoding="gb18030"), local(inbox))
    pages += pull(feed(pattern=["*.xml"], records="r", encoding="gb18030"), local(inbox))
    pages += pull(feed(pattern=["*.xml"], records="r"), local(inbox))
    assert rows(pages, "item_no", "grade") == [
        ("1", "5"), ("2", "4"), ("3", "3"), ("100", "0"), ("101", "1"), ("102", "2"), ("103", "3"), ("200", "1"), ("6", "2"), ("6", "2"),
    ]  # fmt: skip
    assert [at for at, _ in refused(pages)] == ["d.ndjson, line 5"]
    assert "CANARY" not in str([page.refused for page in pages])


def test_a_parquet_file_is_read_by_row_groups(inbox):
    table = pa.table({"事项编号": [str(i) for i in range(1000)], "等级": list(range(1000)), "举报人": ["CANARY"] * 1000})
    pq.write_table(table, inbox / "a.parquet", row_group_size=300)
    pages = pull(feed(pattern=["*.parquet"]), local(inbox))
    assert rows(pages, "item_no") == [str(i) for i in range(1000)]
    pq.write_table(table.slice(0, 0), inbox / "a.parquet")
    (page,) = pull(feed(pattern=["*.parquet"]), local(inbox))
    assert (page.rows.num_rows, page.columns_seen) == (0, {"事项编号", "等级", "举报人"})


def test_the_name_of_the_file_as_a_column(inbox):
    (inbox / "a.csv").write_text(SMALL, encoding="utf-8")
    (inbox / "b.zip").write_bytes(zipped({"x.csv": SMALL.encode(), "y.csv": SMALL.encode()}))
    pages = pull(feed(with_columns("_file"), pattern=["*"]), local(inbox))
    assert rows(pages, "file") == ["a.csv", "b.zip/x.csv", "b.zip/y.csv"]
    assert "_file" in pages[0].columns_seen


def test_only_complete_files_are_taken(inbox):
    for name in ("a.csv", "b.csv", "c.csv"):
        (inbox / name).write_text("事项编号,等级\n1,1\n", encoding="utf-8")
    (inbox / "a.csv.done").touch()
    (inbox / "c.done").touch()
    pages = pull(feed(complete_marker=".done", pattern=["*"]), local(inbox))
    assert [page.file[0] for page in pages if page.file] == ["a.csv", "c.csv"]
    assert pull(feed(stable_for="1h"), local(inbox)) == []
    os.utime(inbox / "b.csv", (1, 1))
    assert [page.file[0] for page in pull(feed(stable_for="1h"), local(inbox)) if page.file] == ["b.csv"]


def test_a_taken_file_is_passed_over_until_it_changes(inbox):
    file = inbox / "a.csv"
    file.write_text("事项编号,等级\n1,1\n", encoding="utf-8")
    (page,) = pull(feed(), local(inbox))
    assert page.file is not None
    taken = dict([page.file])
    assert pull(feed(), local(inbox), taken) == []
    file.write_text("事项编号,等级\n1,1\n2,2\n", encoding="utf-8")
    assert len(pull(feed(), local(inbox), taken)) == 1


def test_rows_with_a_wrong_number_of_fields_are_refused(inbox):
    (inbox / "a.csv").write_text("事项编号,等级\n1,1\n2,13912345678,2\n3\n4,4\n", encoding="utf-8")
    pages = pull(feed(), local(inbox))
    assert rows(pages, "item_no") == ["1", "4"]
    assert [at for at, _ in refused(pages)] == ["a.csv, row 3", "a.csv, row 4"]
    assert "13912345678" not in str(pages)


@pytest.mark.parametrize("written", ["事项编号,等级\n1,1\n", "事项编号,等级\n1,1\n2", '事项编号,等级\n1,"1'])
def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_time(inbox, written, monkeypatch):
    """Even what looks cut off says nothing of a file that is still being written."""
    file = inbox / "a.csv"
    file.write_text(written, encoding="utf-8")
    pages = FilesConnector(feed(), local(inbox)).pages(Window(None, {}))
    stream_csv = parse_csv.stream_csv

    def slow(*arguments):
        yield from stream_csv(*arguments)
        with file.open("a", encoding="utf-8") as more:
            more.write("2,2\n")

    monkeypatch.setattr("connectors.files.formats.stream_csv", slow if written.endswith("\n") else _growing(file, stream_csv))
    with pytest.raises(SourceAway, match="changed while it was read"):
        list(pages)


def _growing(file, stream_csv):
    def read(*arguments):
        try:
            yield from stream_csv(*arguments)
        finally:
            file.write_text("事项编号,等级\n1,1\n2,2\n", encoding="utf-8")

    return read


def fixed(length: int) -> dict[str, Any]:
    return {"pattern": ["*"], "fixed_width": [{"name": "事项编号", "start": 1, "length": length}]}


@pytest.mark.parametrize(
    ("name", "body", "source", "said"),
    [
        ("a.csv", "事项编号,等级\n1,1\n".encode("gb18030"), {}, "byte 0 .line 1.*encoding: gb18030"),
        ("a.csv", "事项编号,等级\n1,1\n".encode(), {"encoding": "gb18030"}, "utf-8"),
        ("a.csv", "事项编号,等级\n1,1\n".encode("utf-16"), {}, "byte 0 .line 1.*encoding: utf-16"),
        ("a.csv", "事项编号,等级\n1,1\n".encode("utf-16-le"), {"encoding": "utf-16"}, "byte order mark.*encoding: utf-16-le"),
        ("a.csv", b"a\n" * 100 + b"\xff", {"header_row": 9}, "no column of the contract|byte 200 .line 101"),
        ("a.txt", "编号001\n".encode("gb18030"), fixed(5), "byte 0 .line 1"),
        ("a.json", '[{"事项编号": "1"}]'.encode("gb18030"), {"pattern": ["*"]}, "byte 3 .line 1.*encoding: gb18030"),
        ("a.ndjson", '{"事项编号": "1"}\n'.encode("gb18030"), {"pattern": ["*"]}, "byte 2 .line 1.*encoding: gb18030"),
        ("a.xml", "<a><r><事项编号>1</事项编号></r></a>".encode("gb18030"), {"pattern": ["*"], "records": "r"}, "byte 7"),
        ("a.csv", "事项编号,等级\n1,\"1\n2,2\n".encode(), {}, "never closed"),
        ("a.csv", "事项编号,等级\n1,1\n2".encode(), {}, "last row has 1 fields.*cut off"),
        ("a.csv", "事项编号,等级\n1,\"".encode() + b"x\n" * (1 << 20), {}, "never closed"),
        ("a.csv", "事项编号,等级\n1,\"".encode() + b"x\n" * (3 << 20), {}, "row longer than 2 MB, or a quote that is never closed"),
        ("a.csv", "事项编号,等级\n\"1\"x,1\n2,\"2".encode(), {}, "never closed"),
        ("a.csv", b"a,b\n1,1\n", {}, "no column of the contract"),
        ("a.csv", "事项编码,b\n1,1\n".encode(), {}, "For '事项编号': Did you mean '事项编码'"),
        ("a.csv", "等级,等级\n1,1\n".encode(), {}, "twice"),
        ("a.csv", b"", {}, "is empty"),
        ("a.csv", b"\n\n", {}, "is empty"),
        ("a.csv", b'"' + b"x" * 200_000, {}, "cannot be read as column names"),
        ("a.txt", b"00154321\n0025", fixed(8), "line 2.*cut off"),
        ("a.ndjson", b'{"a": 1}\n{"a', {"pattern": ["*"]}, "last line .2. is no JSON and is not ended"),
        ("a.json", b'[{"a": 1', {"pattern": ["*"]}, "not JSON"),
        ("a.xml", b"<a><r><b>1</b></r>", {"pattern": ["*"], "records": "r"}, "not whole XML"),
        ("a.xml", b"<a/>", {"pattern": ["*"]}, "name the row's element as 'records'"),
        ("a.csv.gz", gzip.compress("事项编号\n1\n".encode() * 99)[:-9], {"pattern": ["*.gz"]}, "cut off"),
        ("a.parquet", b"PAR1" + b"\0" * 40, {"pattern": ["*.parquet"]}, "cut off"),
        ("a.pdf", b"x", {"pattern": ["*"]}, "ending '.pdf'"),
    ],
)  # fmt: skip
def test_bad_files_are_problems_that_name_the_file(inbox, name, body, source, said):
    (inbox / name).write_bytes(body)
    with pytest.raises(Problem, match=said) as caught:
        pull(feed(**source), local(inbox))
    assert f"file {name}" in caught.value.place


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_where_a_byte_does_not_fit_is_told_whatever_the_blocks(inbox, encoding, block, monkeypatch):
    monkeypatch.setattr(charset, "BLOCK_BYTES", block)
    good = ("事项编号,等级\n" + "督办,1\n" * 10 + "督").encode(encoding)
    (inbox / "a.csv").write_bytes(good + (b"\x00\xdc\x00\xdc" if encoding == "utf-16" else b"\xff\n\n"))
    with pytest.raises(Problem, match=f"byte {len(good)} .line 12"):
        pull(feed(encoding=encoding), local(inbox))


def test_a_declared_format_goes_before_the_ending(inbox):
    (inbox / "RY20250301.DAT").write_text(SMALL, encoding="utf-8")
    assert rows(pull(feed(pattern=["*.DAT"], format="csv"), local(inbox)), "item_no") == ["007"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"encoding": "utf-9"}, "no charset 'utf-9'"),
        ({"archive": "../done"}, "below the connection's"),
        ({"archive": "/done"}, "below the connection's"),
        ({"format": "fixed"}, "needs 'fixed_width'"),
        ({"fixed_width": [{"name": "a", "start": 1, "length": 9}], "line_width": 8}, "ends at 9"),
        ({"fixed_width": [{"name": "a", "start": 1, "length": 9}] * 2}, "'a' twice"),
        ({"fixed_width": [{"name": "a", "start": 1, "length": 9}], "width_in": "bytes", "encoding": "utf-16"}, "count characters"),
        ({"fixed_width": [{"name": "a", "start": 1, "length": 9}], "format": "csv"}, "does not go with 'format: csv'"),
    ],
)
def test_contradictions_in_the_contract(source, said):
    with pytest.raises(ValidationError, match=said):
        feed(**source)


def test_a_missing_folder_is_a_problem(tmp_path):
    with pytest.raises(Problem, match="no folder"):
        pull(feed(), local(tmp_path / "nowhere"))


def test_links_that_lead_out_of_the_folder_are_refused_others_followed(inbox, tmp_path):
    (tmp_path / "secret.csv").write_text(SMALL, encoding="utf-8")
    (inbox / "a.csv").write_text(SMALL, encoding="utf-8")
    (inbox / "b.csv").symlink_to(inbox / "a.csv")
    (inbox / "loop").symlink_to(inbox)
    os.mkfifo(inbox / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(inbox / "socket.csv"))
        assert len(pull(feed(pattern=["*.csv", "*/*.csv"]), local(inbox))) == 2
    (inbox / "c.csv").symlink_to("../secret.csv")
    with pytest.raises(Problem, match="is a link that leads out of the folder"):
        pull(feed(), local(inbox))


@pytest.mark.parametrize("name", ["..\\a.csv", "C:a.csv", "a\nb.csv", b"\xca\xc2.csv".decode(errors="surrogateescape")])
def test_names_that_lead_elsewhere_are_not_read(inbox, name):
    (inbox / name).write_text(SMALL, encoding="utf-8")
    with pytest.raises(Problem, match="leads elsewhere") as caught:
        pull(feed(), local(inbox))
    assert str(caught.value).isprintable()


def test_a_file_says_when_it_was_written(inbox):
    (inbox / "a.csv").write_text(SMALL, encoding="utf-8")
    os.utime(inbox / "a.csv", (1, 1))
    (page,) = pull(feed(), local(inbox))
    assert page.file == ("a.csv", f"{len(SMALL.encode())}-{datetime.fromtimestamp(1, UTC).isoformat()}")


def test_a_large_whole_file_is_refused_not_read(inbox, monkeypatch):
    monkeypatch.setattr("connectors.files.formats.WHOLE_MEGABYTES", 1)
    (inbox / "a.json").write_bytes(b" " * (2 << 20))
    with pytest.raises(Problem, match=r"longer than 1 MB.*NDJSON"):
        pull(feed(pattern=["*"]), local(inbox))


def test_a_file_of_which_no_row_is_good_tells_them_all(inbox):
    (inbox / "a.csv").write_text("事项编号,等级\n1\n2,2,2\n", encoding="utf-8")
    (inbox / "b.csv").write_text("事项编号,等级\n", encoding="utf-8")
    pages = pull(feed(), local(inbox))
    assert [(page.rows.num_rows, sorted(page.columns_seen)) for page in pages] == [(0, ["事项编号", "等级"])] * 2
    assert [at for at, _ in refused(pages)] == ["a.csv, row 2", "a.csv, row 3"]
