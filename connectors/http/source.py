"""The face of the HTTP transport: what the connectors ask a source for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from connectors.http.attempts import Attempts
from connectors.http.body import MAX_BODY_BYTES, Body, Limits, parts_of, read_whole
from connectors.http.budget import Budget
from connectors.http.credentials import Open, client_certificate, credentials, sends_secret
from connectors.http.endpoint import base_url, origin, split_url, without_query
from connectors.http.failures import Passing
from connectors.http.refusals import refusal, token_refusal
from connectors.http.stream import HttpStream
from connectors.http.token import TokenSource
from connectors.http.transport import Ask, Exchange, Transport
from connectors.http.unpack import ACCEPT_ENCODING
from connectors.protocol import Connection
from declarations.base import to_timedelta
from declarations.feed import Auth, MutualTls, OAuth2Auth, RateBudget
from declarations.problem import Problem

MAX_FILE_BYTES = 64 << 30
BODY_TIMEOUTS = 30  # a whole body may take so many time-outs
FILE_SECONDS = 6 * 3600.0
MAX_TOKEN_BYTES = 1 << 20


@dataclass(frozen=True)
class FileFacts:
    """What a source says of a file without sending it; None for what it does not say."""

    url: str
    size: int | None
    modified: datetime | None
    etag: str | None


class HttpSource:
    """Asks below a connection's address. Close it, or use it as a context manager.

    ``rate`` is the budget, which all processes of this machine keep together; ``state_dir`` is where they keep it.
    """

    def __init__(
        self,
        feed: str,
        connection: Connection,
        auth: Auth,
        timeout: str,
        rate: RateBudget | None = None,
        state_dir: Path | None = None,
    ) -> None:
        self._feed, self._connection, self._auth = feed, connection, auth
        self._timeout = to_timedelta(timeout).total_seconds()
        self._base = base_url(feed, connection)
        here = self.place(self._base)
        if isinstance(auth, MutualTls) and not self._base.startswith("https:"):
            fix = 'put "scheme": "https" into the extra of the connection.'
            raise Problem(here, "is not spoken to over TLS, so no client certificate can be shown.", fix)
        certificate = client_certificate(here, auth, connection)
        self._tokens = TokenSource(here, partial(self._token_body, auth)) if isinstance(auth, OAuth2Auth) else None
        self._credentials = credentials(here, auth, connection, self._tokens)
        self._budget = Budget(here, connection, self._base, rate or RateBudget(), state_dir)
        self._transport = Transport(connection, self.place, self._timeout, self._budget, certificate, sends_secret(auth))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._transport.close()
        self._budget.close()

    def place(self, url: str) -> str:
        """Feed, connection and address without parameters: what an error names."""
        return f"feed {self._feed}: connection '{self._connection.id}': {without_query(url)}"

    def url(self, path_or_url: str) -> str:
        """The whole address of a path below the connection's, or of an address on its host. Raises Problem for another host."""
        if "://" not in path_or_url.split("?", 1)[0]:
            return f"{self._base}/{path_or_url.lstrip('/')}"
        place = self.place(self._base)
        split_url(place, path_or_url)
        if origin(path_or_url) != origin(self._base):
            scheme, host, port = origin(path_or_url)
            what = f"leads to another host ({scheme}://{host}:{port}); the secrets must not go there."
            raise Problem(place, what, "if that host is right, set it in the connection; else correct 'path' or 'paging'.")
        return path_or_url

    def get(self, path_or_url: str, parameters: Mapping[str, str], accept: str, missing_ok: bool = False) -> Body | None:
        """The answer to a GET; None for 404 where ``missing_ok``. Raises Problem for everything but success."""
        return self.send("GET", path_or_url, parameters, accept=accept, missing_ok=missing_ok)

    def send(
        self,
        method: str,
        path_or_url: str,
        parameters: Mapping[str, Any],
        send: Literal["query", "json", "form"] = "query",
        accept: str = "*/*",
        missing_ok: bool = False,
    ) -> Body | None:
        """The same with any method; ``send`` says where the parameters go."""
        ask = Ask(
            method,
            self.url(path_or_url),
            {"Accept": accept, "Accept-Encoding": ACCEPT_ENCODING},
            parameters if send == "query" else None,
            parameters if send == "form" else None,
            dict(parameters) if send == "json" else None,
        )
        limits = Limits(MAX_BODY_BYTES, self._timeout, BODY_TIMEOUTS * self._timeout)
        attempts = Attempts(self.place(ask.url))
        while True:
            try:
                exchange = self._success(ask, attempts, missing_ok)
                if exchange is None:
                    return None
                try:
                    content = read_whole(self.place(ask.url), exchange.answer, limits)
                finally:
                    exchange.close()
                headers = exchange.answer.headers
                return Body(content, _charset(headers), headers, without_query(str(exchange.answer.url)))
            except Passing as passing:
                attempts.failed(passing)

    def open(self, path_or_url: str, accept: str = "*/*", max_bytes: int = MAX_FILE_BYTES) -> HttpStream:
        """A file, read as it comes. It is one of the requests under way until it is closed.

        Raises Problem for everything but success; once bytes were given out, a break is not mended but raised.
        """
        ask = Ask("GET", self.url(path_or_url), {"Accept": accept, "Accept-Encoding": ACCEPT_ENCODING})
        exchange = self._patiently(ask)
        answer = exchange.answer
        limits = Limits(max_bytes, self._timeout, FILE_SECONDS)
        parts = parts_of(self.place(ask.url), answer, limits)
        return HttpStream(parts, answer.headers, without_query(str(answer.url)), exchange.close)

    def head(self, path_or_url: str, accept: str = "*/*", missing_ok: bool = False) -> FileFacts | None:
        """Size, time and mark of a file, without its content; None for 404 where ``missing_ok``. Raises Problem for the rest."""
        ask = Ask("HEAD", self.url(path_or_url), {"Accept": accept, "Accept-Encoding": "identity"})
        exchange = self._patiently(ask, refused_ok=(404, 405, 501) if missing_ok else (405, 501))
        if exchange.answer.status_code == 404:
            exchange.close()
            return None
        if exchange.answer.status_code >= 300:  # a server without HEAD: the head of a GET says the same
            exchange.close()
            exchange = self._patiently(Ask("GET", ask.url, ask.headers))
        exchange.close()
        headers = exchange.answer.headers
        length = headers.get("content-length", "")
        return FileFacts(
            url=without_query(str(exchange.answer.url)),
            size=int(length) if length.isdecimal() else None,
            modified=_date(headers.get("last-modified")),
            etag=headers.get("etag"),
        )

    def _patiently(self, ask: Ask, refused_ok: tuple[int, ...] = ()) -> Exchange:
        attempts = Attempts(self.place(ask.url))
        while True:
            try:
                exchange = self._success(ask, attempts, refused_ok=refused_ok)
                if exchange is None:
                    raise AssertionError("None stands for a missing answer only where that is allowed")
                return exchange
            except Passing as passing:
                attempts.failed(passing)

    def _success(self, ask: Ask, attempts: Attempts, missing_ok: bool = False, refused_ok: tuple[int, ...] = ()) -> Exchange | None:
        """A successful answer, asked for until the source is not busy and the token is taken."""
        renewed = False
        while True:
            exchange = self._transport.send(ask, self._credentials)
            status = exchange.answer.status_code
            if status < 300 or status in refused_ok:
                return exchange
            exchange.close()
            if status == 404 and missing_ok:
                return None
            if status == 401 and self._tokens is not None and not renewed:
                self._tokens.drop()  # the source ended the token before its time
                renewed = True
            elif not attempts.is_busy(exchange.answer):
                raise refusal(self.place(ask.url), exchange.answer, self._connection.id)

    def _token_body(self, auth: OAuth2Auth) -> bytes:
        """The answer of the token's address: below the connection's, or the extra ``token_url`` where that is elsewhere."""
        url = str(self._connection.extra.get("token_url") or self.url(auth.token_path))
        place = self.place(url)
        split_url(place, url)
        login, password = self._connection.login or "", self._connection.password or ""
        form = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {})}
        signed: AuthBase = Open()
        if auth.secret_in == "form":
            form |= {"client_id": login, "client_secret": password}
        else:
            signed = HTTPBasicAuth(login.encode(), password.encode())
        ask = Ask("POST", url, {"Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING}, form=form)
        attempts = Attempts(place)
        while True:
            try:
                exchange = self._transport.send(ask, signed)
                try:
                    if exchange.answer.status_code == 200:
                        return read_whole(place, exchange.answer, Limits(MAX_TOKEN_BYTES, self._timeout, 2 * self._timeout))
                finally:
                    exchange.close()
                if not attempts.is_busy(exchange.answer):
                    raise token_refusal(place, exchange.answer, self._connection.id)
            except Passing as passing:
                attempts.failed(passing)


def _charset(headers: Mapping[str, str]) -> str | None:
    """The charset that the answer names; a guess of requests is none."""
    return requests.utils.get_encoding_from_headers(headers) if "charset" in headers.get("content-type", "") else None


def _date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
