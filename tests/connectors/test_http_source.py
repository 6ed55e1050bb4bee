"""What may be asked of a source, where redirects and next pages may lead, and when a busy source is asked again."""

import gzip
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from declarations.problem import Problem, SourceAway
from tests.connectors.http_kit import auth, source
from tests.connectors.source_kit import Reply

SECRET = "s3cret-key"


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between attempts, none of which is made."""
    made = []
    monkeypatch.setattr("connectors.http.attempts.sleep", made.append)
    return made


@pytest.mark.parametrize(
    ("send", "body", "kind"),
    [
        ("query", "", None),
        ("form", "a=1&b=%E5%8E%BF", "application/x-www-form-urlencoded"),
        ("json", '{"a": "1", "b": "\\u53bf"}', "application/json"),
    ],
)
def test_parameters_go_where_the_contract_says(serve, send, body, kind):
    server = serve(lambda r: Reply(b"ok"))
    with source(server.port) as http:
        http.send("POST", "/query", {"a": "1", "b": "县"}, send=send, accept="text/csv")
    (request,) = server.requests
    assert (request.method, request.body, request.headers.get("content-type")) == ("POST", body, kind)
    assert request.query == ({"a": "1", "b": "县"} if send == "query" else {})
    assert request.headers["accept"] == "text/csv"


def test_a_whole_address_of_the_same_host_is_taken(serve):
    server = serve(lambda r: Reply(b"ok"))
    with source(server.port, extra={"base_path": "/api"}) as http:
        http.get(f"http://127.0.0.1:{server.port}/api/items?page=2&q=a%2Fb", {"lang": "zh"}, "*/*")
        http.get("items?next=http://x/", {}, "*/*")
    assert server.requests[0].query == {"page": "2", "q": "a/b", "lang": "zh"}
    assert [r.path for r in server.requests] == ["/api/items", "/api/items"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://evil.example/items?k=CANARY", r"another host \(http://evil\.example:80\)"),
        ("https://127.0.0.1:{port}/items?k=CANARY", "another host"),
        ("http://127.0.0.1:1/items", "another host"),
        ("http://u:CANARY@127.0.0.1:{port}/items", "login or odd signs"),
        ("file:///etc/passwd", "scheme 'file'"),
        ("http://127.0.0.1:{port}\\@evil.example/", "odd signs|cannot be read"),
    ],
)
def test_no_other_host_is_asked_for_a_next_page(serve, url, says):
    server = serve(lambda r: Reply(b"ok"))
    with source(server.port, auth("api_key"), password=SECRET) as http, pytest.raises(Problem, match=says) as caught:
        http.get(url.format(port=server.port), {}, "*/*")
    assert server.requests == []
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("http://evil.example/items?k=CANARY", r"another host \(http://evil\.example:80\)"),
        ("//evil.example/items", "another host"),
        ("http://u:CANARY@127.0.0.1:{port}/n", "login or odd signs"),
        ("ftp://127.0.0.1/x", "scheme 'ftp'"),
        ("file:///etc/passwd", "scheme 'file'"),
        ("http://169.254.169.254/latest/meta-data/", "another host"),
        ("http://[::1", "cannot be read"),
    ],
)
def test_redirects_do_not_lead_away(serve, target, says):
    server = serve(lambda r: Reply(status=302, headers={"Location": target.format(port=server.port)}))
    with source(server.port, auth("api_key"), password=SECRET) as http, pytest.raises(Problem, match=says) as caught:
        http.get("/items", {}, "*/*")
    assert len(server.requests) == 1
    assert "CANARY" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("status", [302, 303, 307, 308])
def test_a_redirect_of_a_query_in_the_body_keeps_it_where_the_status_says_so(serve, status):
    server = serve(lambda r: Reply(b"ok") if r.path == "/n" else Reply(status=status, headers={"Location": "n"}))
    with source(server.port) as http:
        assert http.send("POST", "/items", {"a": "1"}, send="json").content == b"ok"
    assert (server.requests[1].method, server.requests[1].body) == (("GET", "") if status < 307 else ("POST", '{"a": "1"}'))


def test_the_body_of_a_redirect_is_not_read(serve):
    bomb = gzip.compress(bytes(40 << 20), 1)
    server = serve(
        lambda r: (
            Reply(b"ok")
            if r.path == "/n"
            else Reply(bomb, 302, {"Location": "/n", "Content-Encoding": "gzip", "Content-Length": "9999999"})
        )
    )
    with source(server.port) as http:
        assert http.get("/items", {}, "*/*").content == b"ok"


def test_redirects_in_a_circle_end(serve):
    server = serve(lambda r: Reply(status=302, headers={"Location": "/items"}))
    with source(server.port) as http, pytest.raises(Problem, match="more than 5 times"):
        http.get("/items", {}, "*/*")
    assert len(server.requests) == 6


@pytest.mark.parametrize("as_date", [False, True])
@pytest.mark.parametrize("status", [429, 503])
def test_the_time_that_a_busy_source_names_is_waited(serve, pauses, status, as_date):
    named = format_datetime(datetime.now(UTC) + timedelta(seconds=61), usegmt=True) if as_date else "60"
    replies = iter([Reply(status=status, headers={"Retry-After": named}), Reply(b"ok")])
    with source(serve(lambda r: next(replies)).port) as http:
        assert http.get("/items", {}, "*/*").content == b"ok"
    (waited,) = pauses
    assert 58 <= waited <= 61


@pytest.mark.parametrize("named", ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)])
def test_too_long_a_time_is_told_and_not_waited(serve, pauses, named):
    server = serve(lambda r: Reply(status=429, headers={"Retry-After": named}))
    with (
        source(server.port) as http,
        pytest.raises(SourceAway, match=r"come back in 3\d\d\d s.*pull again after that"),
    ):
        http.get("/items", {}, "*/*")
    assert (len(server.requests), pauses) == (1, [])


@pytest.mark.parametrize("named", [None, "soon", "-5", "Tue, 01 Jul 2014 10:00:00 GMT"])
def test_a_busy_source_that_names_no_time_is_asked_after_pauses_that_grow(serve, pauses, named):
    headers = {"Retry-After": named} if named else {}
    server = serve(lambda r: Reply(status=429, headers=headers))
    with source(server.port) as http, pytest.raises(SourceAway, match=r"answered 429.*lower 'rate'"):
        http.get("/items", {}, "*/*")
    assert len(server.requests) == 5
    assert pauses == sorted(pauses)
    assert sum(pauses) < 6


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_trouble_that_passes_is_not_noticed(serve, pauses, status):
    replies = iter([Reply(status=status), Reply(status=status), Reply(b"ok")])
    with source(serve(lambda r: next(replies)).port) as http:
        assert http.get("/items", {}, "*/*").content == b"ok"


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (400, Problem, "'path' and 'parameters'"), (401, Problem, "login and password of connection 'api'"),
        (403, Problem, "right|may read"),
        (404, Problem, "'path'"), (405, Problem, "'method'"), (501, SourceAway, "in trouble"), (500, SourceAway, "in trouble"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_next_step(serve, pauses, status, kind, says):
    server = serve(lambda r: Reply({"secret": SECRET, "phone": "13912345678"}, status))
    with source(server.port) as http, pytest.raises(kind, match=f"answered {status}.*{says}") as caught:
        http.get("/items", {"id": "13912345678"}, "*/*")
    assert type(caught.value) is kind
    assert "13912345678" not in str(caught.value)


def test_a_proxy_of_the_environment_is_not_used(serve, monkeypatch):
    proxy = serve(lambda r: Reply(b"proxy"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    with source(serve(lambda r: Reply(b"ok")).port) as http:
        assert http.get("/items", {}, "*/*").content == b"ok"
    assert proxy.requests == []


def test_no_log_and_no_error_holds_a_secret(serve, caplog, pauses):
    """Everything logs at DEBUG while requests succeed, are busy, are refused, break off and lead away."""
    caplog.set_level(logging.DEBUG)
    canaries = ("s3cret-key", "cl1ent-secret", "t0ken-text", "13912345678")
    replies = {
        "/ok": Reply(gzip.compress(b"ok"), headers={"Content-Encoding": "gzip"}),
        "/busy": Reply(status=503),
        "/no": Reply({"phone": "13912345678"}, 401),
        "/cut": Reply(b"x", headers={"Content-Length": "9", "Connection": "close"}),
        "/away": Reply(status=302, headers={"Location": "http://evil.example/?k=s3cret-key"}),
        "/near": Reply(status=302, headers={"Location": "/no?k=s3cret-key"}),
        "/token": Reply({"access_token": "t0ken-text"}),
    }
    server = serve(lambda r: replies[r.path])
    errors = []
    ways = [
        auth("api_key", parameter="k"), auth("api_key"), auth("basic"), auth("bearer"), auth("hmac"),
        auth("oauth2_client_credentials", token_path="/token", secret_in="form"),
    ]  # fmt: skip
    for how in ways:
        password = "cl1ent-secret" if how.scheme.startswith("oauth2") else "s3cret-key"
        with source(server.port, how, login="me", password=password) as http:
            for path in ("/ok", "/busy", "/no", "/cut", "/away", "/near"):
                for send in ("query", "form"):
                    try:
                        http.send("POST" if send == "form" else "GET", path, {"id": "13912345678"}, send=send)
                    except Problem as problem:
                        errors.append(f"{problem} {problem!r} {problem.args}")
    said = caplog.text + "".join(f"{record.msg} {record.args}" for record in caplog.records) + "".join(errors)
    assert "urllib3" in said, "the libraries' logs were looked at"
    assert len(errors) == 10 * len(ways)
    assert [canary for canary in canaries if canary in said] == []
