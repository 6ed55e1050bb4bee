"""The files connector: a local folder and a real SFTP server."""

import asyncio
import gzip
import io
import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncssh
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files import FilesConnector
from connectors.protocol import Page, Resolver, Window
from declarations.problem import Problem
from tests.connectors.source_kit import contract, resolver

ALL = Window(None, {})
FILES = {"connector": "files", "connection": "sample_sftp", "pattern": ["*.csv", "*.xlsx"]}
CHINESE = [
    {"name": "item_no", "source": "事项编号", "type": "string", "key": True, "zh": "编号", "meaning": "key"},
    {"name": "due_on", "source": "期限", "type": "date", "zh": "期限", "meaning": "date"},
    {"name": "grade", "source": "等级", "type": "integer", "zh": "等级", "meaning": "number"},
]
ZH: dict[str, Any] = {"columns": CHINESE, "left_out": {"举报人": "identity"}, "version": None}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def local(folder: Path) -> Resolver:
    return resolver(conn_type="file", extra={"path": str(folder)})


def pull(feed: Any, resolve: Resolver, taken: dict[str, str] | None = None) -> list[Page]:
    return list(FilesConnector(feed, resolve).pages(Window(None, taken or {})))


def workbook(rows: list[list[Any]], sheet: str = "督办事项") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SHEET = [["事项编号", "期限", "等级", "举报人"], ["007", date(2025, 3, 1), 5, "CANARY"],
         [None, None, None, None], ["008", datetime(2025, 3, 1, 8), 2.5, "CANARY"]]  # fmt: skip


def test_gb18030_csv(inbox):
    (inbox / "a.csv").write_bytes("事项编号,期限,等级,举报人\n007,2025-03-01,5,张三\n008,,,李四\n".encode("gb18030"))
    (page,) = pull(contract({**FILES, "encoding": "gb18030"}, **ZH), local(inbox))
    assert page.rows.to_pylist() == [
        {"item_no": "007", "due_on": "2025-03-01", "grade": "5"},
        {"item_no": "008", "due_on": None, "grade": None},
    ]
    assert page.columns_seen == {"事项编号", "期限", "等级", "举报人"}
    assert page.file is not None
    assert page.file[0] == "a.csv"


def test_utf8_with_a_byte_order_mark(inbox):
    (inbox / "a.csv").write_bytes("\ufeff事项编号,等级\n007,5\n".encode())
    (page,) = pull(contract(FILES, **ZH), local(inbox))
    assert page.rows.column("item_no").to_pylist() == ["007"]


def test_spreadsheet(inbox):
    (inbox / "a.xlsx").write_bytes(workbook(SHEET))
    (page,) = pull(contract({**FILES, "sheet": "督办事项"}, **ZH), local(inbox))
    assert page.rows.to_pylist() == [
        {"item_no": "007", "due_on": "2025-03-01", "grade": "5"},
        {"item_no": "008", "due_on": "2025-03-01T08:00:00", "grade": "2.5"},
    ]


def test_spreadsheet_with_a_title_above_the_header_and_a_stray_value(inbox):
    rows = [["督办情况"], [], *SHEET, ["009", None, 1, "CANARY", "13912345678"]]
    (inbox / "a.xlsx").write_bytes(workbook(rows))
    (page,) = pull(contract({**FILES, "header_row": 3}, **ZH), local(inbox))
    assert page.rows.column("item_no").to_pylist() == ["007", "008"]
    assert [row.position.rpartition(", ")[2] for row in page.refused] == ["row 7"]
    assert "13912345678" not in str(page.refused)


def test_parquet_json_and_gzip(inbox):
    pq.write_table(pa.table({"事项编号": ["1"], "等级": [5], "举报人": ["CANARY"]}), inbox / "a.parquet")
    (inbox / "b.json").write_text('[{"事项编号": "2", "等级": 4, "举报人": "CANARY"}]', encoding="utf-8")
    (inbox / "c.csv.gz").write_bytes(gzip.compress("事项编号,等级\n3,3\n".encode()))
    pages = pull(contract({**FILES, "pattern": ["*.*"]}, **ZH), local(inbox))
    assert [row for page in pages for row in page.rows.select(["item_no", "grade"]).to_pylist()] == [
        {"item_no": "1", "grade": "5"}, {"item_no": "2", "grade": "4"}, {"item_no": "3", "grade": "3"},
    ]  # fmt: skip


def test_only_complete_files_are_taken(inbox):
    for name in ("a.csv", "b.csv", "c.csv"):
        (inbox / name).write_text("事项编号,等级\n1,1\n", encoding="utf-8")
    (inbox / "a.csv.done").touch()
    (inbox / "c.done").touch()
    pages = pull(contract({**FILES, "complete_marker": ".done"}, **ZH), local(inbox))
    assert [page.file[0] for page in pages if page.file] == ["a.csv", "c.csv"]
    assert pull(contract({**FILES, "stable_for": "1h"}, **ZH), local(inbox)) == []


def test_a_taken_file_is_passed_over_until_it_changes(inbox):
    file = inbox / "a.csv"
    file.write_text("事项编号,等级\n1,1\n", encoding="utf-8")
    feed = contract(FILES, **ZH)
    (page,) = pull(feed, local(inbox))
    assert page.file is not None
    taken = dict([page.file])
    assert pull(feed, local(inbox), taken) == []
    file.write_text("事项编号,等级\n1,1\n2,2\n", encoding="utf-8")
    assert len(pull(feed, local(inbox), taken)) == 1


def test_rows_with_a_wrong_number_of_fields_are_refused(inbox):
    (inbox / "a.csv").write_text("事项编号,等级\n1,1\n2,13912345678,2\n3\n4,4\n", encoding="utf-8")
    (page,) = pull(contract(FILES, **ZH), local(inbox))
    assert page.rows.column("item_no").to_pylist() == ["1", "4"]
    assert [row.position.rpartition(", ")[2] for row in page.refused] == ["row 3", "row 4"]
    assert "13912345678" not in str(page.refused)


@pytest.mark.parametrize(
    ("name", "body", "source", "said"),
    [
        ("a.csv", "事项编号,等级\n1,1\n".encode("gb18030"), {}, "byte 0 .line 1.*gb18030"),
        ("a.csv", "事项编号,等级\n1,1\n".encode(), {"encoding": "gb18030"}, "utf-8"),
        ("a.csv", "事项编号,等级\n1,\"1\n2,2\n".encode(), {}, "never closed"),
        ("a.csv", "事项编号,等级\n1,1\n2".encode(), {}, "last row has 1 fields.*cut off"),
        ("a.csv", b"a,b\n1,1\n", {}, "no column of the contract"),
        ("a.csv", "等级,等级\n1,1\n".encode(), {}, "twice"),
        ("a.csv", b"", {}, "is empty"),
        ("a.csv", b"\n\n", {}, "is empty"),
        ("a.csv", "事项编号\n1\n".encode(), {"encoding": "utf-9"}, "no charset 'utf-9'"),
        ("a.xlsx", workbook(SHEET)[:3000], {}, "cut off"),
        ("a.xlsx", b"PK", {}, "cut off"),
        ("a.xlsx", workbook(SHEET), {"sheet": "督办事項"}, "no sheet.*Did you mean '督办事项'"),
        ("a.xlsx", workbook([["x"]]), {}, "no column of the contract"),
        ("a.csv.gz", gzip.compress("事项编号\n1\n".encode() * 99)[:-9], {"pattern": ["*.gz"]}, "cut off"),
        ("a.parquet", b"PAR1" + b"\0" * 40, {"pattern": ["*.parquet"]}, "cut off"),
        ("a.pdf", b"x", {"pattern": ["*"]}, "ending '.pdf'"),
    ],
)  # fmt: skip
def test_bad_files_are_problems_that_name_the_file(inbox, name, body, source, said):
    (inbox / name).write_bytes(body)
    with pytest.raises(Problem, match=said) as caught:
        pull(contract({**FILES, **source}, **ZH), local(inbox))
    assert f"file {name}" in caught.value.place


def test_a_missing_folder_is_a_problem(tmp_path):
    with pytest.raises(Problem, match="no folder"):
        pull(contract(FILES, **ZH), local(tmp_path / "nowhere"))


class Sftp:
    """An asyncssh SFTP server over a folder, in a thread of its own."""

    def __init__(self, root: Path) -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._root = root
        self.port = 0
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        class Login(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("me", "secret")

        async def start() -> None:
            def sftp(channel: Any) -> asyncssh.SFTPServer:
                return asyncssh.SFTPServer(channel, chroot=str(self._root))

            server = await asyncssh.listen("127.0.0.1", 0, server_factory=Login, server_host_keys=[self.key], sftp_factory=sftp)
            self.port = server.get_port()
            self._ready.set()

        self._loop.run_until_complete(start())
        self._loop.run_forever()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def resolver(self, **changes: Any) -> Resolver:
        line = self.key.export_public_key().decode().strip()
        return resolver(**{"conn_type": "sftp", "host": "127.0.0.1", "port": self.port, "login": "me",
                           "password": "secret", "extra": {"host_key": line, "path": "/inbox"}, **changes})  # fmt: skip


@pytest.fixture
def sftp(inbox: Path) -> Iterator[Sftp]:
    server = Sftp(inbox.parent)
    yield server
    server.close()


def test_sftp(sftp, inbox):
    (inbox / "a.csv").write_bytes("事项编号,等级\n007,5\n".encode("gb18030"))
    (inbox / "a.csv.done").touch()
    (inbox / "b.xlsx").write_bytes(workbook(SHEET))
    (inbox / "b.xlsx.done").touch()
    feed = contract({**FILES, "encoding": "gb18030", "complete_marker": ".done"}, **ZH)
    pages = pull(feed, sftp.resolver())
    assert [page.rows.num_rows for page in pages] == [1, 2]
    taken = dict(page.file for page in pages if page.file)
    assert sorted(taken) == ["a.csv", "b.xlsx"]
    assert pull(feed, sftp.resolver(), taken) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "WRONG"}, "refused the login"),
        ({"extra": {"host_key": "ssh-ed25519 AAAAbroken", "path": "/inbox"}}, "no public key"),
        ({"port": 1}, "cannot be reached"),
    ],
)
def test_sftp_problems(sftp, changes, said):
    with pytest.raises(Problem, match=said) as caught:
        pull(contract(FILES, **ZH), sftp.resolver(**changes))
    assert "WRONG" not in str(caught.value)


def test_sftp_of_another_key_or_an_unknown_one_is_not_trusted(sftp, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    for extra in ({"host_key": other, "path": "/inbox"}, {"path": "/inbox"}):
        with pytest.raises(Problem, match="not the one we know"):
            pull(contract(FILES, **ZH), sftp.resolver(extra=extra))


def test_sftp_folder_that_is_not_there(sftp):
    extra = {**sftp.resolver()("x").extra, "path": "/nowhere"}
    with pytest.raises(Problem, match="no folder"):
        pull(contract(FILES, **ZH), sftp.resolver(extra=extra))
