"""The files connector at real servers: SFTP (asyncssh), S3 (SeaweedFS) and HTTP; and the archive that it moves files to."""

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import asyncssh
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files import FilesConnector
from connectors.places import is_safe
from connectors.protocol import Page, Resolver, Window
from connectors.pull import pull_feed
from declarations.problem import Problem, SourceAway
from tests.connectors.files_kit import SMALL, feed, local, pull, rows, workbook, zipped
from tests.connectors.sftp_server import Sftp
from tests.connectors.source_kit import Reply, Request, Server, resolver
from tests.connectors.weed import Store, serving

SHEET = {"督办事项": [["事项编号", "等级"], ["008", 4]]}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def sftp(inbox: Path) -> Iterator[Sftp]:
    server = Sftp(inbox.parent)
    yield server
    server.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with serving(tmp_path_factory.mktemp("weed")) as store:
        yield store


@pytest.fixture
def at(tmp_path: Path) -> str:
    """The test's own folder in the store."""
    return tmp_path.name


@pytest.fixture
def parquet(tmp_path: Path) -> bytes:
    pq.write_table(pa.table({"事项编号": ["009"], "等级": [3], "举报人": ["CANARY"]}), tmp_path / "x.parquet")
    return (tmp_path / "x.parquet").read_bytes()


def taken(pages: list[Page]) -> dict[str, str]:
    return dict(page.file for page in pages if page.file)


def all_kinds(parquet: bytes) -> dict[str, bytes]:
    """One file of each way of reading: as a stream, whole, by ranges, unpacked by ranges."""
    packed = zipped({"x.csv": SMALL.replace("007", "010").encode("gb18030")})
    return {"a.csv": SMALL.encode("gb18030"), "b.xlsx": workbook(SHEET), "c.parquet": parquet, "d.zip": packed}


EVERY = {"pattern": ["*.csv", "*.xlsx", "*.parquet", "*.zip"], "encoding": "gb18030"}
ALL_NUMBERS = ["007", "008", "009", "010"]


# SFTP


def test_sftp(sftp, inbox, parquet):
    for name, body in all_kinds(parquet).items():
        (inbox / name).write_bytes(body)
        (inbox / f"{name}.done").touch()
    (inbox / "e.csv").write_bytes(b"not complete")
    pages = pull(feed(**EVERY, complete_marker=".done"), sftp.resolver())
    assert rows(pages, "item_no") == ALL_NUMBERS
    assert sorted(taken(pages)) == ["a.csv", "b.xlsx", "c.parquet", "d.zip"]
    assert pull(feed(**EVERY, complete_marker=".done"), sftp.resolver(), taken(pages)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "WRONG"}, "refused the login"),
        ({"extra": {"host_key": "ssh-ed25519 AAAAbroken"}}, "no public key"),
        ({"extra": {"known_hosts": "/nowhere/known_hosts"}}, "no file /nowhere/known_hosts"),
        ({"port": 1}, "cannot be reached"),
        ({"path": "/nowhere"}, "no folder"),
        ({"host": ""}, "no host"),
        ({"host": "169.254.169.254"}, "link-local or metadata"),
        ({"extra": {"allow_loopback": False}}, "loopback"),
    ],
)
def test_sftp_problems(sftp, changes, said):
    with pytest.raises(Problem, match=said) as caught:
        pull(feed(), sftp.resolver(**changes))
    assert "WRONG" not in str(caught.value)


def test_sftp_of_another_key_or_an_unknown_one_is_not_trusted(sftp, inbox, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (inbox / "a.csv").write_text(SMALL, encoding="utf-8")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "others").write_text(f"[127.0.0.1]:{sftp.port} {other}", encoding="utf-8")
    for extra in ({"host_key": other}, {}, {"known_hosts": str(tmp_path / "others")}):
        with pytest.raises(Problem, match="not the one we know"):
            pull(feed(), sftp.resolver(extra=extra))
    (tmp_path / "known").write_text(f"[127.0.0.1]:{sftp.port} {sftp.key_line}", encoding="utf-8")
    for extra in ({"known_hosts": str(tmp_path / "known")}, {"no_host_key_check": True}):
        assert len(pull(feed(), sftp.resolver(extra=extra))) == 1


def test_sftp_that_breaks_off_in_mid_file(sftp, inbox, caplog):
    (inbox / "a.csv").write_text("事项编号,等级\n" + "1,1\n" * 2_000_000, encoding="utf-8")
    sftp.broken = True
    with pytest.raises(SourceAway, match="broke off"):
        pull(feed(), sftp.resolver())
    gc.collect()
    assert "Traceback" not in caplog.text


# S3


def test_s3(store, at, parquet):
    for name, body in all_kinds(parquet).items():
        store.put(f"{at}/inbox/{name}", body)
        store.put(f"{at}/inbox/{name}.done", b"x")
    store.put(f"{at}/inbox/deep/e.csv", b"not asked for")
    store.put(f"{at}/e.csv", b"not below the prefix")
    pages = pull(feed(**EVERY, complete_marker=".done"), store.resolver(at))
    assert rows(pages, "item_no") == ALL_NUMBERS
    assert pull(feed(**EVERY, complete_marker=".done"), store.resolver(at), taken(pages)) == []
    store.put(f"{at}/inbox/deep/e.csv", SMALL.encode())
    assert list(taken(pull(feed(pattern=["deep/*.csv"]), store.resolver(at)))) == ["deep/e.csv"]


def test_s3_without_a_file_yet_is_an_empty_folder(store, at):
    assert pull(feed(), store.resolver(at)) == []


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"password": "WRONG"}, Problem, "refused the login .SIGNATURE_DOES_NOT_MATCH"),
        ({"login": "WRONG"}, Problem, "refused the login .INVALID_ACCESS_KEY_ID"),
        ({"extra": {"bucket": "nowhere", "allow_loopback": True}}, Problem, "no bucket nowhere"),
        ({"extra": {"allow_loopback": True}}, Problem, "names no bucket"),
        ({"extra": {"bucket": "b"}}, Problem, "loopback"),
        ({"host": "http://169.254.169.254"}, Problem, "link-local or metadata"),
        ({"host": "ftp://127.0.0.1"}, Problem, "no address of a store"),
        ({"host": None}, Problem, "has no host"),
        ({"host": "http://127.0.0.1:1"}, SourceAway, "NETWORK_CONNECTION"),
    ],
)
def test_s3_problems(store, changes, error, said):
    began = time.monotonic()
    with pytest.raises(error, match=said) as caught:
        pull(feed(), store.resolver("b", **changes))
    assert "WRONG" not in str(caught.value)
    assert time.monotonic() - began < 5  # a dead store is told at once


def test_s3_speaks_tls_unless_told_otherwise(store, at):
    with pytest.raises(SourceAway, match="NETWORK_CONNECTION"):
        pull(feed(), store.resolver(at, host=f"127.0.0.1:{store.port}"))
    extra = {"bucket": "files", "path": at, "allow_loopback": True, "scheme": "http"}
    assert pull(feed(), store.resolver(at, host="127.0.0.1", port=store.port, extra=extra)) == []


def test_s3_keys_that_lead_elsewhere_are_not_read(store, at):
    store.put(f"{at}/inbox/C:a.csv", SMALL.encode())
    with pytest.raises(Problem, match="leads elsewhere"):
        pull(feed(), store.resolver(at))


# HTTP


class Site:
    """A web server over a dict of files, with an index page, ETags and HEAD."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.links: list[str] | None = None
        self.seen: list[str] = []
        self.server = Server(self._answer)

    def _answer(self, request: Request) -> Reply:
        self.seen.append(request.path)
        if request.path == "/out/":
            links = self.links if self.links is not None else sorted(self.files)
            return Reply("<html>" + "".join(f'<a href="{link}">x</a>' for link in links))
        body = self.files.get(unquote(request.path).removeprefix("/out/"))
        if body is None:
            return Reply(status=404)
        return Reply(body, headers={"etag": f'"{hash(body)}"'})

    def resolver(self, **changes: Any) -> Resolver:
        return self.server.resolver(**{"extra": {"path": "/out", "allow_loopback": True, "scheme": "http"}, **changes})


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.close()


def test_http_index(site, parquet):
    site.files = {**all_kinds(parquet), "e.csv": b"not complete", "督办.csv": SMALL.encode()}
    site.files |= {f"{name}.done": b"x" for name in all_kinds(parquet)}
    pages = pull(feed(**EVERY, complete_marker=".done"), site.resolver())
    assert rows(pages, "item_no") == ALL_NUMBERS
    assert pull(feed(**EVERY, complete_marker=".done"), site.resolver(), taken(pages)) == []
    site.files["a.csv"] = SMALL.replace("007", "107").encode("gb18030")
    assert rows(pull(feed(**EVERY, complete_marker=".done"), site.resolver(), taken(pages)), "item_no") == ["107"]


def test_http_index_leads_nowhere_else(site):
    site.files = {"督 办.csv": SMALL.encode()}
    other = "http://169.254.169.254/latest/meta-data.csv"
    site.links = [
        "?C=N;O=D",
        "../",
        "deep/",
        other,
        "//127.0.0.1:1/out/x.csv",
        "/x.csv",
        "%E7%9D%A3%20%E5%8A%9E.csv#top",
        "javascript:a.csv",
    ]
    (page,) = pull(feed(), site.resolver())
    assert page.file is not None
    assert page.file[0] == "督 办.csv"
    for link in ("%2e%2e%2fx.csv", "..%5Cx.csv", "a%00b.csv"):
        site.links = [link]
        site.seen.clear()
        with pytest.raises(Problem, match="leads elsewhere"):
            pull(feed(pattern=["*.csv", "*/*.csv"]), site.resolver())
        assert site.seen == ["/out/"]


def test_http_paths_without_an_index(site):
    site.files = {"2025/a.csv": SMALL.encode(), "2025/a.csv.done": b"x", "b.csv": SMALL.encode()}
    pages = pull(feed(pattern=["2025/a.csv", "b.csv"], complete_marker=".done"), site.resolver())
    assert list(taken(pages)) == ["2025/a.csv"]
    with pytest.raises(Problem, match="is not there"):
        pull(feed(pattern=["c.csv"]), site.resolver())


def test_http_file_of_which_no_change_could_be_seen():
    plain = Server(lambda _: Reply(SMALL))
    with pytest.raises(Problem, match="neither ETag nor Last-Modified"):
        pull(feed(pattern=["b.csv"]), plain.resolver(extra={"allow_loopback": True, "scheme": "http"}))
    plain.close()


def test_http_file_that_changes_while_it_is_read(site):
    site.files = {"b.csv": SMALL.encode()}
    answer = site._answer

    def changing(request: Request) -> Reply:
        reply = answer(request)
        site.files["b.csv"] += b"9,9\n"
        return reply

    site.server.close()
    site.server = Server(changing)
    pages = FilesConnector(feed(pattern=["b.csv"]), site.resolver()).pages(Window(None, {}))
    with pytest.raises(SourceAway, match="changed while it was read"):
        list(pages)


def test_http_files_cannot_be_archived(site):
    with pytest.raises(Problem, match="'archive' does not go with"):
        FilesConnector(feed(archive="done"), site.resolver())


def test_an_unknown_kind_of_connection():
    with pytest.raises(Problem, match="'ftp' is no place of files"):
        pull(feed(), resolver(conn_type="ftp"))


@pytest.mark.parametrize("name", ["../x", "/x", "a/../x", "a//x", "./x", "a/", "", "a\\x", "a\0x", "a\nx", "C:x", ".."])
def test_unsafe_names(name):
    assert not is_safe(name)
    assert is_safe("2025/督办 ..事项.csv")


# the archive


class Shelf:
    """A place with an inbox, seen from outside."""

    def __init__(self, resolve: Resolver, folder: Path | None = None, store: Store | None = None, at: str = "") -> None:
        self.resolve, self._folder, self._store, self._at = resolve, folder, store, at

    def put(self, name: str, body: bytes) -> None:
        if self._folder:
            (self._folder / name).write_bytes(body)
        elif self._store:
            self._store.put(f"{self._at}/inbox/{name}", body)

    def names(self) -> list[str]:
        if self._folder:
            return sorted(path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file())
        assert self._store
        return [name.removeprefix("inbox/") for name in self._store.names(self._at)]


@pytest.fixture(params=["local", "sftp", "s3"])
def shelf(request: pytest.FixtureRequest, inbox: Path) -> Shelf:
    if request.param == "s3":
        at, store = request.getfixturevalue("at"), request.getfixturevalue("store")
        return Shelf(store.resolver(at), store=store, at=at)
    return Shelf(local(inbox) if request.param == "local" else request.getfixturevalue("sftp").resolver(), inbox)


ARCHIVING = {"archive": "done", "complete_marker": ".ok", "control_file": ".sum", "pattern": ["*.csv", "*/*.csv"]}


def fill(shelf: Shelf, text: str = SMALL) -> None:
    shelf.put("a.csv", text.encode())
    shelf.put("a.csv.ok", b"x")
    shelf.put("a.csv.sum", b"rows=1")


def test_a_landed_file_is_archived_with_its_marker_and_control_file(shelf):
    fill(shelf)
    connector = FilesConnector(feed(**ARCHIVING), shelf.resolve)
    pages = list(connector.pages(Window(None, {})))
    assert shelf.names() == ["a.csv", "a.csv.ok", "a.csv.sum"]  # not before it was landed
    connector.landed(list(taken(pages)))
    connector.landed(list(taken(pages)))
    assert shelf.names() == ["done/a.csv", "done/a.csv.ok", "done/a.csv.sum"]
    assert pull(feed(**ARCHIVING), shelf.resolve, taken(pages)) == []
    fill(shelf, SMALL + "8,8\n")
    connector = FilesConnector(feed(**ARCHIVING), shelf.resolve)
    again = list(connector.pages(Window(None, taken(pages))))
    connector.landed(list(taken(again)))
    assert len(shelf.names()) == 6  # nothing was overwritten
    assert not any("/" not in name for name in shelf.names())


def test_a_pull_that_was_killed_before_it_archived_does_so_the_next_time(shelf, batches, monkeypatch):
    fill(shelf)
    contract = feed(**ARCHIVING)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FilesConnector, "landed", killed)
        with pytest.raises(KeyboardInterrupt):
            pull_feed(contract, batches, shelf.resolve)
    assert shelf.names() == ["a.csv", "a.csv.ok", "a.csv.sum"]
    assert pull_feed(contract, batches, shelf.resolve).status == "nothing_new"
    assert shelf.names() == ["done/a.csv", "done/a.csv.ok", "done/a.csv.sum"]
    (manifest,) = batches.manifests()
    assert (manifest.rows, manifest.controls) == (1, {"rows": "1"})


def test_a_file_that_was_written_again_after_it_was_read_is_not_archived_unread(shelf):
    fill(shelf)
    connector = FilesConnector(feed(**ARCHIVING), shelf.resolve)
    pages = list(connector.pages(Window(None, {})))
    fill(shelf, SMALL + "8,8\n")
    connector.landed(list(taken(pages)))
    assert shelf.names() == ["a.csv", "a.csv.ok", "a.csv.sum"]
    assert rows(pull(feed(**ARCHIVING), shelf.resolve, taken(pages)), "item_no") == ["007", "8"]


def test_an_archive_that_may_not_be_written_is_a_problem(inbox, tmp_path):
    (inbox / "a.csv").write_text(SMALL, encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", inbox / "done")
    connector = FilesConnector(feed(archive="done"), local(inbox))
    pages = list(connector.pages(Window(None, {})))
    with pytest.raises(Problem, match="leads out of the folder"):
        connector.landed(list(taken(pages)))
    (inbox / "done").unlink()
    (inbox / "done").write_text("a file", encoding="utf-8")
    with pytest.raises(Problem, match="cannot be moved"):
        connector.landed(list(taken(pages)))
    assert (inbox / "a.csv").exists()
