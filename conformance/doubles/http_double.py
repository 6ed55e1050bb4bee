"""A double that speaks HTTP: signs its callers in as the contract says, and answers what a case scripts."""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from conformance.canaries import LOGIN, PASSWORD, TOKEN, connection
from conformance.doubles.double import Double
from conformance.doubles.http_server import LoopbackServer, Reply, Request
from conformance.samples import Row
from connectors.protocol import Connection
from declarations.feed import FeedContract
from declarations.feed.auth import ApiKeyAuth, BasicAuth, BearerAuth, HmacAuth, OAuth2Auth

Script = Callable[[Request, int], Reply | None]
"""Given a request for data and its number from 1, what to answer; None: the ordinary answer."""


class HttpDouble(Double):
    """The server, sign-in, packing and the script; a subclass makes the ordinary answer in ``deliver``."""

    traits = Double.traits | {"http", "charset", "huge", "state"}

    def __init__(self, contract: FeedContract, begin: datetime) -> None:
        super().__init__(contract, begin)
        self.script: Script = lambda request, number: None
        self.packing: str | None = None
        self.tokens = 0
        self.total_said: int | None = None  # a lie about the number of records
        self._numbers = 0

    def open(self, folder: Path) -> None:
        super().open(folder)
        self.server = LoopbackServer(self._answer)

    def close(self) -> None:
        self.server.close()

    def release(self) -> None:
        self.server.released.set()

    def play(self, script: Script) -> None:
        """Follow a script from the next request for data on, which is number 1."""
        self.script, self._numbers = script, 0

    def repeating(self, number: int) -> Script:
        """A script that sends the page before once more in place of page ``number``, then goes on."""
        pages: list[Reply] = []

        def script(request: Request, now: int) -> Reply | None:
            if now == number:
                return pages[-1]
            pages.append(self.deliver(request))
            return pages[-1]

        return script

    def connection(self) -> Connection:
        return connection(self.contract.source.connection, "http", host="127.0.0.1", port=self.server.port, extra={"allow_loopback": True})

    def data_requests(self) -> list[Request]:
        """All requests but those for a token."""
        return [r for r in self.server.requests if r.path != self._token_path()]

    def asked(self) -> int:
        return len(self.server.requests)

    def state(self) -> object:
        """Requests that could change something: with another method than the contract's."""
        method = getattr(self.contract.source, "method", "GET")
        return sum(request.method != method for request in self.data_requests())

    def deliver(self, request: Request) -> Reply:
        """The ordinary answer to a request for data."""
        raise NotImplementedError

    def since(self, text: str | None) -> list[Row]:
        """The records at or after a value of the cursor column, in its order."""
        rows = list(self.records)
        cursor = getattr(self.contract.source, "cursor", None)
        if not text or cursor is None:
            return rows
        column = self.contract.column(cursor.column)
        return [row for row in rows if row[column.name] is None or _moment(column, row[column.name]) >= _moment(column, text)]

    def _answer(self, request: Request) -> Reply:
        if request.path == self._token_path():
            return self._token(request)
        self._numbers += 1
        scripted = self.script(request, self._numbers)
        if scripted is not None:
            return scripted
        if not self._is_known(request):
            return Reply(b'{"error": "unauthorized"}', 401)
        return self._packed(request, self.deliver(request))

    def _packed(self, request: Request, reply: Reply) -> Reply:
        offered = request.headers.get("accept-encoding", "")
        if self.packing is None or self.packing not in offered:
            return reply
        reply.body = _pack(self.packing, reply.body)
        reply.headers["Content-Encoding"] = self.packing
        return reply

    def _token_path(self) -> str | None:
        auth = getattr(self.contract.source, "auth", None)
        return "/" + auth.token_path.lstrip("/") if isinstance(auth, OAuth2Auth) else None

    def _token(self, request: Request) -> Reply:
        basic = request.headers.get("authorization") == _basic()
        form = (request.asked.get("client_id"), request.asked.get("client_secret")) == (LOGIN, PASSWORD)
        if not (basic or form) or request.asked.get("grant_type") != "client_credentials":
            return Reply(b'{"error": "invalid_client"}', 401)
        self.tokens += 1
        said = {"access_token": f"{TOKEN}-{self.tokens}", "token_type": "Bearer", "expires_in": 3600}
        return Reply(json.dumps(said).encode(), headers={"Content-Type": "application/json"})

    def _is_known(self, request: Request) -> bool:
        auth = getattr(self.contract.source, "auth", None)
        said = request.headers.get("authorization")
        if isinstance(auth, BasicAuth):
            return said == _basic()
        if isinstance(auth, BearerAuth):
            return said == f"Bearer {PASSWORD}"
        if isinstance(auth, OAuth2Auth):
            return self.tokens > 0 and said == f"Bearer {TOKEN}-{self.tokens}"
        if isinstance(auth, ApiKeyAuth):
            given = request.asked.get(auth.parameter) if auth.parameter else request.headers.get(auth.header.lower())
            return given == PASSWORD
        return _is_signed(auth, request) if isinstance(auth, HmacAuth) else True


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()


def _is_signed(auth: HmacAuth, request: Request) -> bool:
    """Whether the signature is the one that the contract's text and the shared secret make."""
    text = auth.text.format(
        method=request.method,
        path=request.path,
        query=request.query,
        timestamp=request.headers.get((auth.timestamp_header or "").lower(), ""),
        nonce=request.headers.get((auth.nonce_header or "").lower(), ""),
        body_sha256=hashlib.sha256(request.body).hexdigest(),
        key_id=LOGIN,
    )
    made = hmac.new(PASSWORD.encode(), text.encode(), auth.digest).digest()
    wanted = made.hex() if auth.encoding == "hex" else base64.b64encode(made).decode()
    given = request.headers.get(auth.signature_header.lower(), "")
    return request.headers.get(auth.key_header.lower()) == LOGIN and hmac.compare_digest(given, wanted)


def _pack(name: str, body: bytes) -> bytes:
    if name == "gzip":
        return gzip.compress(body)
    from backports import zstd

    return zstd.compress(body)


def _moment(column: Any, value: Any) -> Any:
    """A cursor value, typed or as it was asked for in text, so that two of them compare."""
    if column.type == "integer":
        return int(value)
    if column.type == "decimal":
        return float(value)
    if column.type == "string" or value is None:
        return str(value)
    if isinstance(value, str):
        value = datetime.strptime(value, column.format) if column.format else datetime.fromisoformat(value)
    found = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    offset = found.utcoffset() or timedelta()
    return found.replace(tzinfo=None) - offset
