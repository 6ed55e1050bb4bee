"""Bodies that are packed, cut off, endless or slow; and that nothing of a broken one is used."""

import contextlib
import gzip
import io
import time
import zlib
from datetime import timedelta

import pytest
from backports import zstd

from connectors.http import body as http_body
from connectors.http import source as http_source
from declarations.feed import RateBudget
from declarations.problem import Problem, SourceAway
from tests.connectors.http_kit import RawServer, source
from tests.connectors.source_kit import Reply

TEXT = ("县,评分\n" + "甲,5\n" * 50_000).encode()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]) + b"\0" * 20,  # two members and filling
    "deflate": zlib.compress(TEXT),
    "Deflate": raw_deflate(TEXT),
    "zstd": zstd.compress(TEXT),
    "ZSTD": zstd.compress(TEXT[:99]) + zstd.compress(TEXT[99:]),
    "identity": TEXT,
    "gzip, zstd": zstd.compress(gzip.compress(TEXT)),
}


@pytest.fixture
def raw():
    running = []

    def start(answer):
        running.append(RawServer(answer))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between attempts, none of which is made."""
    made = []
    monkeypatch.setattr("connectors.http.attempts.sleep", made.append)
    return made


@pytest.fixture
def brisk(monkeypatch):
    """Time-outs of a tenth of a second, which no contract can ask for."""
    monkeypatch.setattr(http_source, "to_timedelta", lambda text: timedelta(seconds=0.1))


def fetch(server):
    with source(server.port) as http:
        return http.get("/items", {}, "*/*").content


@pytest.mark.parametrize("encoding", PACKED)
def test_packed_bodies_are_unpacked(serve, encoding):
    server = serve(lambda r: Reply(PACKED[encoding], headers={"Content-Encoding": encoding}))
    assert fetch(server) == TEXT
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate, zstd"


@pytest.mark.parametrize("encoding", [name for name in PACKED if name != "identity"])
@pytest.mark.parametrize("size", [1, 7, 60_000])
def test_a_packed_body_is_the_same_in_whatever_parts_it_comes(encoding, size):
    packed = PACKED[encoding]
    parts = (packed[i : i + size] for i in range(0, len(packed), size))
    assert b"".join(http_body.unpacked("here", encoding, parts)) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "Deflate", "zstd"])
@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_packed_body_without_its_end_is_not_taken_for_a_whole_one(serve, pauses, encoding, share):
    packed = PACKED[encoding]
    server = serve(lambda r: Reply(packed[: int(len(packed) * share)], headers={"Content-Encoding": encoding}))
    with pytest.raises(SourceAway, match="broke off"):
        fetch(server)
    assert len(server.requests) == 3


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_an_empty_packed_body_is_empty(serve, encoding):
    assert fetch(serve(lambda r: Reply(b"", headers={"Content-Encoding": encoding}))) == b""


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_what_is_not_packed_as_it_says_is_told(serve, encoding):
    with pytest.raises(SourceAway, match=f"no {encoding}, though it says so"):
        fetch(serve(lambda r: Reply(b"plain text, not packed", headers={"Content-Encoding": encoding})))


@pytest.mark.parametrize(("encoding", "says"), [("br", "packs its answers with 'br'"), ("gzip, gzip, gzip", "more than twice")])
def test_a_packing_that_was_not_asked_for_is_told(serve, encoding, says):
    with pytest.raises(Problem, match=says):
        fetch(serve(lambda r: Reply(b"x", headers={"Content-Encoding": encoding})))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "gzip, gzip"])
def test_a_bomb_is_refused_while_it_is_unpacked(serve, monkeypatch, encoding):
    monkeypatch.setattr(http_source, "MAX_BODY_BYTES", 3 << 20)
    taken = []
    whole = http_body.parts_of
    monkeypatch.setattr(http_body, "parts_of", lambda *a: (taken.append(len(part)) or part for part in whole(*a)))
    zeros = bytes(40 << 20)
    bomb = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstd.compress}
    packed = gzip.compress(gzip.compress(zeros, 1), 1) if encoding == "gzip, gzip" else bomb[encoding](zeros)
    with pytest.raises(Problem, match="longer than 3 MiB once unpacked"):
        fetch(serve(lambda r: Reply(packed, headers={"Content-Encoding": encoding})))
    assert sum(taken) <= 3 << 20
    assert max(taken) <= 1 << 20, "no more than a MiB is unpacked at a time"


def test_a_body_that_is_longer_than_the_limit_is_refused(serve, monkeypatch):
    monkeypatch.setattr(http_source, "MAX_BODY_BYTES", 1 << 20)
    with pytest.raises(Problem, match=r"longer than 1 MiB\..*smaller pages"):
        fetch(serve(lambda r: Reply(bytes((1 << 20) + 1))))
    assert len(fetch(serve(lambda r: Reply(bytes(1 << 20))))) == 1 << 20


CUT = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 50,
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + b"x" * 30,
    "between chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + b"x" * 32 + b"\r\n",
    "wrong chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n",
    "no answer": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
}
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("kind", CUT)
def test_an_answer_that_is_cut_off_is_asked_for_again(raw, pauses, kind):
    server = raw(lambda connection, number: connection.sendall(CUT[kind] if number == 1 else WHOLE))
    assert fetch(server) == b"ok"
    assert len(pauses) == 1


@pytest.mark.parametrize("kind", ["length", "in a chunk", "between chunks", "no answer", "half a head"])
def test_an_answer_that_is_cut_off_each_time_is_never_used(raw, pauses, kind):
    server = raw(lambda connection, number: connection.sendall(CUT[kind]))
    with pytest.raises(SourceAway, match=r"broke off|without an answer"):
        fetch(server)
    assert len(server.heads) == 3
    assert [round(pause, 1) for pause in pauses] in ([0.3, 0.6], [0.3, 0.7])


def drip(connection, head, part, count=1000, every=0.02):
    connection.sendall(head)
    for _ in range(count):
        connection.sendall(part)
        time.sleep(every)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("head", "part", "says"),
    [
        (OK + b"Content-Length: 90000\r\n\r\n", b"x", "drips"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "drips"),
        (OK + b"\r\n", b"x", "drips"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y", r"no answer in 0\.1 s"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"y", "drips"),
    ],
)
def test_a_source_that_drips_is_given_up(raw, brisk, pauses, monkeypatch, head, part, says):
    monkeypatch.setattr(http_source, "BODY_TIMEOUTS", 3)
    server = raw(lambda connection, number: drip(connection, head, part))
    begun = time.monotonic()
    with pytest.raises(SourceAway, match=says) as caught:
        fetch(server)
    assert time.monotonic() - begun < 2.5
    assert "feed sample: connection 'api'" in caught.value.place


def test_a_source_that_is_slow_but_moves_is_waited_for(raw, brisk):
    length = 40 * 512
    head = OK + f"Content-Length: {length}\r\n\r\n".encode()
    server = raw(lambda connection, number: drip(connection, head, b"x" * 512, 40, 0.01))
    assert len(fetch(server)) == length


def test_silence_in_the_middle_is_told(raw, brisk, pauses):
    server = raw(lambda connection, number: connection.sendall(CUT["length"]) or connection.recv(1))
    with pytest.raises(SourceAway, match=r"sent nothing for 0\.1 s in the middle"):
        fetch(server)
    assert len(server.heads) == 2


def test_headers_of_any_case_and_the_charset_come_along(serve):
    kind = {"Content-Type": "text/csv; charset=GB18030", "Link": "<x>; rel=next"}
    with source(serve(lambda r: Reply(b"a", headers=kind)).port) as http:
        body = http.get("/items", {"page": "1"}, "*/*")
    assert (body.charset, body.headers["LINK"]) == ("GB18030", "<x>; rel=next")
    assert body.url.endswith("/items")
    with source(serve(lambda r: Reply(b"a", headers={"Content-Type": "text/csv"})).port) as http:
        assert http.get("/items", {}, "*/*").charset is None, "a guess of the library is none"


FILE = {"Last-Modified": "Tue, 01 Jul 2025 10:00:00 GMT", "ETag": '"a1"'}


def test_a_file_is_read_as_it_comes(serve):
    server = serve(lambda r: Reply(PACKED["gzip"], headers={"Content-Encoding": "gzip", **FILE}))
    with source(server.port) as http, http.open("/files/a.csv", accept="text/csv") as stream:
        lines = io.BufferedReader(stream)
        assert lines.readline().decode() == "县,评分\n"
        assert lines.read() == TEXT[len("县,评分\n".encode()) :]
        assert stream.headers["etag"] == '"a1"'
    assert server.requests[0].headers["accept"] == "text/csv"


def test_a_file_above_its_limit_is_refused_where_the_limit_is(serve):
    server = serve(lambda r: Reply(bytes(3 << 20)))
    with source(server.port) as http, http.open("/a", max_bytes=1 << 20) as stream, pytest.raises(Problem, match="longer than 1 MiB"):
        stream.readall()


def test_a_file_that_breaks_off_is_told_to_the_reader(raw):
    server = raw(lambda connection, number: connection.sendall(CUT["length"]))
    with source(server.port) as http, http.open("/a") as stream, pytest.raises(SourceAway, match="broke off"):
        stream.readall()
    assert len(server.heads) == 1


def test_a_file_that_is_busy_at_first_is_asked_for_again(serve, pauses):
    replies = iter([Reply(status=503), Reply(b"data")])
    with source(serve(lambda r: next(replies)).port) as http, http.open("/a") as stream:
        assert stream.read() == b"data"


def test_an_open_file_holds_its_place_until_it_is_closed(serve):
    server = serve(lambda r: Reply(b"data"))
    with source(server.port, rate=RateBudget(concurrent=1)) as http:
        with contextlib.closing(http.open("/a")):
            pass
        assert http.get("/b", {}, "*/*").content == b"data"


def test_what_a_source_says_of_a_file(serve):
    server = serve(lambda r: Reply(b"12345", headers=FILE))
    with source(server.port) as http:
        facts = http.head("/a")
    assert (facts.size, facts.etag, facts.modified.isoformat()) == (5, '"a1"', "2025-07-01T10:00:00+00:00")
    assert [r.method for r in server.requests] == ["HEAD"]


def test_a_source_without_head_is_asked_otherwise(serve):
    server = serve(lambda r: Reply(status=405) if r.method == "HEAD" else Reply(b"12345", headers={"Last-Modified": "nonsense"}))
    with source(server.port) as http:
        facts = http.head("/a")
        assert (facts.size, facts.modified, facts.etag) == (5, None, None)
        with pytest.raises(Problem, match="answered 404"):
            source(serve(lambda r: Reply(status=404)).port).head("/a")
