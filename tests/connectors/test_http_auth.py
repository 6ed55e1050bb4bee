"""How requests say who asks, judged by servers that check it by code of their own."""

import base64
import hashlib
import hmac
import json
import threading

import pytest
from pydantic import ValidationError

from declarations.problem import Problem
from tests.connectors.http_kit import auth, source
from tests.connectors.source_kit import Reply

SECRET = "s3cret-密码"
OAUTH = {"scheme": "oauth2_client_credentials", "token_path": "/token"}


def ask(serve, how, answer=lambda r: Reply(b"ok"), path="/items", **fields):
    """The one request that a GET leads to."""
    server = serve(answer)
    with source(server.port, auth(**how), **fields) as http:
        assert http.get(path, {"page": "1"}, "*/*").content == b"ok"
    return server.requests[-1]


def test_basic_with_a_password_in_chinese(serve):
    request = ask(serve, {"scheme": "basic"}, login="reader", password=SECRET)
    kind, _, packed = request.headers["authorization"].partition(" ")
    assert (kind, base64.b64decode(packed).decode()) == ("Basic", f"reader:{SECRET}")


def test_bearer(serve):
    assert ask(serve, {"scheme": "bearer"}, password="abc.def").headers["authorization"] == "Bearer abc.def"


def test_a_key_in_a_header(serve):
    request = ask(serve, {"scheme": "api_key", "header": "X-Key"}, password="k1")
    assert request.headers["x-key"] == "k1"
    assert "authorization" not in request.headers


def test_a_key_as_a_parameter_beside_the_others(serve):
    request = ask(serve, {"scheme": "api_key", "parameter": "appkey"}, password="k&1=?")
    assert request.query == {"page": "1", "appkey": "k&1=?"}
    assert "x-api-key" not in request.headers


def test_a_key_that_the_next_address_already_brings_is_not_sent_twice(serve):
    server = serve(lambda r: Reply(b"ok"))
    with source(server.port, auth("api_key", parameter="appkey"), password="k1") as http:
        http.get(http.url("/items?appkey=k1&page=2"), {}, "*/*")
        assert server.requests[0].query == {"appkey": "k1", "page": "2"}
        assert server.requests[0].target.count("appkey") == 1


def test_nothing_is_sent_where_nothing_is_declared(serve):
    assert not {"authorization", "x-api-key", "cookie"} & set(ask(serve, {}, login="me", password=SECRET).headers)


@pytest.mark.parametrize("scheme", ["bearer", "api_key", "hmac", "basic", "oauth2_client_credentials"])
def test_what_is_missing_in_the_connection_is_named(scheme):
    with pytest.raises(Problem, match=f"has no .*'auth: {scheme}' needs.* add .* to connection 'api'"):
        source(1, auth(**(OAUTH if "oauth" in scheme else {"scheme": scheme})))


def test_a_password_with_a_line_break_is_told_without_showing_it():
    with pytest.raises(Problem, match="line break") as caught:
        source(1, auth("bearer"), password="s3cret\n")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("digest", ["sha256", "sha1", "sha512", "md5"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_each_request_is_signed_as_the_source_reckons_it(serve, digest, encoding):
    seen = set()

    def answer(request):
        path, _, query = request.target.partition("?")
        headers = request.headers
        body = hashlib.sha256(request.body.encode()).hexdigest()
        parts = [request.method, path, query, headers["x-timestamp"], headers["x-nonce"], body]
        mac = hmac.new(SECRET.encode(), "\n".join(parts).encode(), getattr(hashlib, digest))
        right = mac.hexdigest() if encoding == "hex" else base64.b64encode(mac.digest()).decode()
        fresh = headers["x-nonce"] not in seen
        seen.add(headers["x-nonce"])
        return Reply(b"ok") if fresh and headers["x-signature"] == right and headers["x-key-id"] == "key-7" else Reply(status=401)

    server = serve(answer)
    with source(server.port, auth("hmac", digest=digest, encoding=encoding), login="key-7", password=SECRET) as http:
        assert http.get("/县/a b", {"名": "值 +&", "n": "1"}, "*/*").content == b"ok"
        assert http.send("POST", "/q", {"a": "值"}, send="json").content == b"ok"
        assert http.send("POST", "/q", {"a": "值", "b": "2"}, send="form").content == b"ok"
    assert [r.method for r in server.requests] == ["GET", "POST", "POST"]


def test_a_request_that_is_made_again_is_signed_again(serve, monkeypatch):
    monkeypatch.setattr("connectors.http.attempts.sleep", lambda seconds: None)
    replies = iter([Reply(status=503), Reply(b"ok")])
    server = serve(lambda r: next(replies))
    with source(server.port, auth("hmac"), password=SECRET) as http:
        http.get("/", {}, "*/*")
    first, second = (r.headers["x-nonce"] for r in server.requests)
    assert first != second


def test_a_template_of_ones_own(serve):
    how = {"scheme": "hmac", "text": "{key_id}|{timestamp}|{path}", "signature_header": "Sign", "nonce_header": None}
    request = ask(serve, how, login="app", password=SECRET)
    text = f"app|{request.headers['x-timestamp']}|/items"
    assert request.headers["sign"] == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert "x-nonce" not in request.headers


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"text": "{method} {secret}"}, "names {secret}"),
        ({"text": "{method"}, "brace"),
        ({"text": "{path.__class__}"}, "names"),
        ({"text": "{path:{secret}}"}, "names"),
        ({"text": "{timestamp}", "timestamp_header": None}, "'timestamp_header' must say"),
    ],
)
def test_a_wrong_template_is_told_when_the_contract_is_read(fields, says):
    with pytest.raises(ValidationError, match=says):
        auth("hmac", **fields)


class TokenServer:
    """Gives tokens t1, t2 …; takes the newest one only, until it is told that it ended."""

    def __init__(self, **said):
        self.said, self.given, self.ended = said, 0, set()

    def __call__(self, request):
        if request.path == "/token":
            self.given += 1
            self.asked = request
            return Reply({"access_token": f"t{self.given}", "token_type": "Bearer", **self.said})
        sent = request.headers.get("authorization", "")
        return Reply(status=401) if sent != f"Bearer t{self.given}" or sent in self.ended else Reply(b"ok")


@pytest.mark.parametrize(("lifetime", "renewed_at"), [(3600, 3571), (20, 18.5), ("60", 55)])
def test_a_token_is_renewed_before_it_ends(serve, monkeypatch, lifetime, renewed_at):
    tokens = TokenServer(expires_in=lifetime)
    server = serve(tokens)
    now = [1000.0]
    monkeypatch.setattr("connectors.http.token.now", lambda: now[0])
    with source(server.port, auth(**OAUTH), login="me", password="pw") as http:
        for passed, given in ((0, 1), (renewed_at - 2, 1), (renewed_at, 2)):
            now[0] = 1000.0 + passed
            assert http.get("/items", {}, "*/*").content == b"ok"
            assert tokens.given == given
    assert [r.path for r in server.requests].count("/items") == 3, "no request was refused on the way"


def test_a_token_that_ended_early_is_renewed_once(serve):
    tokens = TokenServer(expires_in=3600)
    with source(serve(tokens).port, auth(**OAUTH), login="me", password="pw") as http:
        http.get("/items", {}, "*/*")
        tokens.ended.add("Bearer t1")
        assert http.get("/items", {}, "*/*").content == b"ok"
        assert tokens.given == 2
        tokens.ended |= {f"Bearer t{n}" for n in range(99)}
        with pytest.raises(Problem, match="answered 401"):
            http.get("/items", {}, "*/*")
        assert tokens.given == 3, "renewed once, not for ever"


@pytest.mark.parametrize("where", ["header", "form"])
def test_client_id_and_secret_go_where_the_source_wants_them(serve, where):
    tokens = TokenServer()
    with source(serve(tokens).port, auth(**OAUTH, scope="read", secret_in=where), login="me", password="p&w") as http:
        http.get("/items", {}, "*/*")
    if where == "header":
        assert base64.b64decode(tokens.asked.headers["authorization"].removeprefix("Basic ")) == b"me:p&w"
        assert tokens.asked.body == "grant_type=client_credentials&scope=read"
    else:
        assert "authorization" not in tokens.asked.headers
        assert tokens.asked.body == "grant_type=client_credentials&scope=read&client_id=me&client_secret=p%26w"


def test_tokens_may_come_from_another_host_that_the_connection_names(serve):
    tokens = TokenServer()
    elsewhere = serve(tokens)
    server = serve(lambda r: Reply(b"ok") if r.headers["authorization"] == "Bearer t1" else Reply(status=401))
    extra = {"token_url": f"http://127.0.0.1:{elsewhere.port}/token"}
    with source(server.port, auth(**OAUTH), login="me", password="pw", extra=extra) as http:
        assert http.get("/items", {}, "*/*").content == b"ok"


def test_a_token_server_may_be_busy(serve, monkeypatch):
    monkeypatch.setattr("connectors.http.attempts.sleep", lambda seconds: None)
    replies = iter([Reply(status=503), Reply({"access_token": "t"}), Reply(b"ok")])
    with source(serve(lambda r: next(replies)).port, auth(**OAUTH), login="me", password="pw") as http:
        assert http.get("/items", {}, "*/*").content == b"ok"


@pytest.mark.parametrize("said", [b"<html>", b"{}", b"[]", b'{"access_token": ""}', b'{"access_token": "a\\nb"}', b"[" * 9000, b"\xff"])
def test_what_is_no_token_is_told(serve, said):
    with (
        source(serve(lambda r: Reply(said)).port, auth(**OAUTH), login="me", password="pw") as http,
        pytest.raises(Problem, match=r"no OAuth2 token.*'token_path'"),
    ):
        http.get("/items", {}, "*/*")


def test_threads_share_one_token(serve):
    tokens = TokenServer()
    with source(serve(tokens).port, auth(**OAUTH), login="me", password="pw") as http:
        threads = [threading.Thread(target=http.get, args=("/items", {}, "*/*")) for _ in range(6)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert tokens.given == 1


def test_a_secret_does_not_go_over_plain_http_to_another_machine(monkeypatch):
    monkeypatch.setattr("connectors.address.system_lookup", lambda host, port: ["10.0.0.9"])
    with source(80, auth("basic"), host="far.gov.cn", login="u", password=SECRET) as http:
        with pytest.raises(Problem, match=r'over plain http.*"scheme": "https"') as caught:
            http.get("/", {}, "*/*")
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(("how", "extra"), [("basic", {"allow_plain_http": True}), ("hmac", {}), ("none", {})])
def test_plain_http_is_spoken_where_no_secret_is_on_the_wire_or_somebody_wants_it(monkeypatch, how, extra):
    class Connected(Exception):
        pass

    def connect(self, where):
        raise Connected

    monkeypatch.setattr("connectors.address.system_lookup", lambda host, port: ["10.0.0.9"])
    monkeypatch.setattr("socket.socket.connect", connect)
    with source(80, auth(how), host="far.gov.cn", login="u", password=SECRET, extra=extra) as http, pytest.raises(Connected):
        http.get("/", {}, "*/*")


def test_reprs_show_no_secret(serve):
    server = serve(lambda r: Reply(json.dumps({"phone": "13912345678"})))
    with source(server.port, auth("api_key", parameter="k"), login="me", password=SECRET, extra={"token": SECRET}) as http:
        body = http.get("/items", {"id": "13912345678"}, "*/*")
        shown = f"{http!r} {vars(http)!r} {body!r} {http.place('/x?k=' + SECRET)}"
    assert SECRET not in shown
    assert "13912345678" not in shown
