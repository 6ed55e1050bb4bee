"""The files connector and what is packed: zip, gz, bombs; and control files beside a file."""

import gzip
import io
import os
import random
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest

from connectors import unpack
from declarations.problem import Problem, SourceAway
from tests.connectors.files_kit import SMALL, feed, local, pull, refused, rows, workbook, zipped

ZIP = {"pattern": ["*.zip", "*.gz", "*.xlsx"]}
ROWS = b"".join(b"%d,5\n" % i for i in range(20_000))
HEAD = "事项编号,等级\n".encode()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def test_members_of_a_zip_are_read_as_their_endings_say(inbox):
    json, xlsx = '[{"事项编号": "8", "等级": 4}]'.encode(), workbook({"S": [["事项编号"], ["9"]]})
    members = {"2025/a.csv": SMALL.encode(), "b.json": json, "c.xlsx": xlsx, "__MACOSX/a.csv": b"x"}
    (inbox / "a.zip").write_bytes(zipped(members))
    pages = pull(feed(**ZIP), local(inbox))
    assert rows(pages, "item_no") == ["007", "8", "9"]
    assert [page.file is not None for page in pages] == [False, False, True]
    (inbox / "a.zip").write_bytes(zipped({**members, "read.me": b"x", "x.zip": b"x"}))
    assert rows(pull(feed(**ZIP, members=["*/*.csv", "*.xlsx"]), local(inbox)), "item_no") == ["007", "9"]


def test_a_row_is_refused_under_the_name_of_its_member(inbox):
    (inbox / "a.zip").write_bytes(zipped({"b.csv": HEAD + b"1,2,3\n"}))
    assert [at for at, _ in refused(pull(feed(**ZIP), local(inbox)))] == ["a.zip/b.csv, row 2"]


def test_names_that_windows_wrote_in_its_own_charset(inbox):
    body = zipped({"xxxx.csv": SMALL.encode()}).replace(b"xxxx.csv", "督办.csv".encode("gb18030"))
    (inbox / "a.zip").write_bytes(body)
    assert rows(pull(feed(**ZIP, members=["督办.csv"]), local(inbox)), "item_no") == ["007"]


def test_a_gz_of_several_pieces(inbox):
    (inbox / "a.csv.gz").write_bytes(gzip.compress(HEAD + b"1,1\n") + gzip.compress(b"2,2\n"))
    assert rows(pull(feed(**ZIP), local(inbox)), "item_no") == ["1", "2"]


def test_nothing_is_written_to_a_disk(inbox, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was made")

    for name in ("mkstemp", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "mkdtemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    opened = os.open

    def only_reading(path: object, flags: int, *rest: object, **more: object) -> int:
        assert not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        return opened(path, flags, *rest, **more)

    (inbox / "a.zip").write_bytes(zipped({"a.csv": HEAD + ROWS}))
    (inbox / "b.csv.gz").write_bytes(gzip.compress(HEAD + ROWS))
    before = sorted(inbox.iterdir())
    monkeypatch.setattr(os, "open", only_reading)
    assert sum(page.rows.num_rows for page in pull(feed(**ZIP), local(inbox))) == 40_000
    assert sorted(inbox.iterdir()) == before


ZEROS = bytes(10 << 20)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.csv.gz", lambda: gzip.compress(HEAD + ZEROS)),
        ("a.zip", lambda: zipped({"a.csv": HEAD + ZEROS})),
        ("a.zip", lambda: zipped({f"{i}.csv": HEAD + ZEROS[: 1 << 18] for i in range(5)})),
        ("a.xlsx", lambda: zipped({"xl/workbook.xml": ZEROS})),
    ],
)
def test_a_bomb_is_stopped_at_the_contracts_limit(inbox, name, body):
    """10 MB of zeros in 10 kB, where the contract allows 1 MB."""
    (inbox / name).write_bytes(body())
    with pytest.raises(Problem, match="unpacks to more than 1 MB; unpacking was stopped"):
        pull(feed(**ZIP, unpacked_megabytes=1), local(inbox))


def test_unpacking_stops_at_the_limit_and_not_after_it():
    body = gzip.compress(bytes(64 << 20))
    with unpack.gunzipped(io.BytesIO(body), unpack.Allowance("here", 1, None)) as stream:
        got = [len(stream.read(1 << 19)), len(stream.read(1 << 19))]
        with pytest.raises(Problem, match="more than 1 MB"):
            stream.read(1)
    assert got == [1 << 19] * 2


@pytest.mark.parametrize("name", ["a.csv.gz", "a.zip"])
def test_a_bombs_ratio_is_refused_below_the_limit(inbox, name):
    body = HEAD + (b"0" * 1000 + b",1\n") * 20_000
    (inbox / name).write_bytes(gzip.compress(body) if name.endswith("gz") else zipped({"a.csv": body}))
    with pytest.raises(Problem, match="250 times its size, as a zip bomb does"):
        pull(feed(**ZIP), local(inbox))


def test_equal_rows_that_pack_well_are_no_bomb(inbox):
    line = b"007,5,CANARY-%d-text-that-stands-in-each-row,2025-03-01T08:00:00,2025-03-01T08:00:00,2025-03-01\n"
    noise = random.Random(1)
    body = HEAD.replace(b"\n", b",a,b,c,d\n") + b"".join(line % noise.randrange(100) for _ in range(200_000))
    (inbox / "a.csv.gz").write_bytes(gzip.compress(body))
    assert len(body) > unpack.RATIO_FROM_BYTES
    assert sum(page.rows.num_rows for page in pull(feed(**ZIP), local(inbox))) == 200_000


def _lying(body: bytes) -> bytes:
    """A zip whose member is said to be 100 bytes long, in both places."""
    size = len(HEAD + ZEROS).to_bytes(4, "little")
    return body.replace(size, (100).to_bytes(4, "little"))


def _encrypted(body: bytes) -> bytes:
    changed = bytearray(body)
    changed[6] |= 1
    changed[body.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def _link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        info = zipfile.ZipInfo("a.csv")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        file.writestr(info, "/etc/passwd")
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (zipped({"../a.csv": b"x"}), "leads elsewhere"),
        (zipped({"/etc/a.csv": b"x"}), "leads elsewhere"),
        (zipped({"xx\\a.csv": b"x"}).replace(b"xx\\a", b"..\\a"), "leads elsewhere"),
        (zipped({"C:a.csv": b"x"}), "leads elsewhere"),
        (zipped({"axb.csv": b"x"}).replace(b"axb", b"a\0b"), "leads elsewhere"),
        (zipped({"a.zip": b"x"}), "archive in an archive"),
        (zipped({"a.csv.gz": b"x"}), "archive in an archive"),
        (zipped({"a.csv": HEAD}, zipfile.ZIP_LZMA), "only deflate"),
        (_encrypted(zipped({"a.csv": HEAD})), "is encrypted"),
        (_link(), "is a link"),
        (_lying(zipped({"a.csv": HEAD + ZEROS})), "no whole zip file"),
        (zipped({f"{i}.csv": b"" for i in range(1001)}), "1001 files in it"),
        (zipped({}), "has no file in it"),
        (zipped({"a.csv": HEAD + ROWS})[:-30], "no whole zip file; it was cut off"),
        (zipped({"a.csv": HEAD + ROWS}, zipfile.ZIP_STORED).replace(b"\n77,5", b"\n78,5"), "no whole zip file"),
        (b"not a zip", "no whole zip file"),
        (zipped({"a.pdf": b"x"}), "ending '.pdf' is not known"),
    ],
)
def test_zips_that_are_refused(inbox, body, said):
    (inbox / "a.zip").write_bytes(body)
    with pytest.raises(Problem, match=said) as caught:
        pull(feed(**ZIP), local(inbox))
    assert "file a.zip" in caught.value.place
    assert str(caught.value).isprintable()


# control files


CONTROLLED = {"control_file": ".sum", "pattern": ["*"]}


def test_control_totals_are_summed_exactly_over_the_files(inbox):
    for name, control in {
        "a.csv": '{"rows": 1, "amount": 0.10, "big": 12345678901234567890.5, "made_by": "CANARY"}',
        "b.csv": "rows = 1\namount=0.20\n\nmade_by=CANARY\n",
        "c.csv": "rows=1\n",
    }.items():
        (inbox / name).write_text(SMALL, encoding="utf-8")
        (inbox / f"{name}.sum").write_text(control, encoding="utf-8")
    pages = pull(feed(**CONTROLLED), local(inbox))
    assert [dict(page.controls)["rows"] for page in pages] == ["1", "2", "3"]
    assert pages[-1].controls == {"rows": "3", "amount": "0.30", "big": "12345678901234567890.5"}


@pytest.mark.parametrize(
    ("control", "said"),
    [
        (None, "has no control file a.csv.sum"),
        ('{"rows": ', "no whole JSON"),
        ("rows 12", "line 1 is not of the form"),
        ("rows=CANARY", "has no number in it"),
        ("x" * (1 << 20) + "=1", "longer than 1 MB"),
    ],
)
def test_control_files_that_cannot_be_read(inbox, control, said):
    (inbox / "a.csv").write_text(SMALL, encoding="utf-8")
    if control is not None:
        (inbox / "a.csv.sum").write_text(control, encoding="utf-8")
    with pytest.raises(SourceAway if control is None else Problem, match=said) as caught:
        pull(feed(**CONTROLLED), local(inbox))
    assert "CANARY" not in str(caught.value)
