"""A web server on loopback that can be told to misbehave: hang, break off, drip."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

DRIP_SECONDS = 0.05
How = Literal["whole", "cut", "drip", "hang", "slam"]


@dataclass
class Request:
    """A request as it came. ``asked``: its parameters, from the query, a form or a JSON body."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    asked: dict[str, str]
    came: float = 0.0
    went: float = 0.0


@dataclass
class Reply:
    """An answer. ``cut``: half of the body, then the connection is closed; ``drip``: byte by byte without an end; ``hang``:
    nothing at all; ``slam``: the connection is closed without a word."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    how: How = "whole"


class LoopbackServer:
    """Answers every request with what ``answer`` returns, and remembers the requests."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.requests: list[Request] = []
        self.released = threading.Event()
        self._answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"loopback": self}))
        self._server.daemon_threads = True
        self.port = int(self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def answer(self, request: Request) -> Reply:
        """Note the request and answer it."""
        self.requests.append(request)
        return self._answer(request)

    def most_at_once(self) -> int:
        """The largest number of requests that were under way at one time."""
        marks = [(r.came, 1) for r in self.requests] + [(r.went or time.monotonic(), -1) for r in self.requests]
        most = now = 0
        for _, step in sorted(marks):
            now += step
            most = max(most, now)
        return most

    def close(self) -> None:
        """End; whoever is kept waiting is let go."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    loopback: "LoopbackServer"

    def do_GET(self) -> None:
        request = self._read()
        reply = self.loopback.answer(request)
        with suppress(OSError):  # the client gave up
            self._send(reply)
        request.went = time.monotonic()

    do_POST = do_GET

    def handle(self) -> None:
        with suppress(OSError):  # the client is gone, perhaps killed
            super().handle()

    def _read(self) -> Request:
        came = time.monotonic()
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = {**dict(parse_qsl(parts.query)), **_parameters(headers.get("content-type", ""), body)}
        return Request(self.command, parts.path, parts.query, headers, body, asked, came)

    def _send(self, reply: Reply) -> None:
        if reply.how in ("hang", "slam"):
            if reply.how == "hang":
                self.loopback.released.wait()
            self.close_connection = True
            return
        self.send_response(reply.status)
        length = len(reply.body) if reply.how != "drip" else 1 << 40
        for name, value in {"Content-Length": str(length), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.how == "drip":
            self._drip(reply.body)
            return
        whole = reply.how == "whole"
        self.wfile.write(reply.body if whole else reply.body[: len(reply.body) // 2])
        self.close_connection = self.close_connection or not whole

    def _drip(self, body: bytes) -> None:
        self.close_connection = True
        while not self.loopback.released.wait(DRIP_SECONDS):
            self.wfile.write(body[:1])

    def log_message(self, *args: Any) -> None:
        """Not a word on the console."""


def _parameters(kind: str, body: bytes) -> dict[str, str]:
    if not body:
        return {}
    if "json" in kind:
        with suppress(ValueError):
            return {name: str(value) for name, value in json.loads(body).items()}
    return dict(parse_qsl(body.decode("utf-8", "replace")))
