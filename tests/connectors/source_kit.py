"""Contracts, connections and a scriptable HTTP server for the connector tests."""

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.protocol import Connection, Resolver
from declarations.feed import FeedContract

COLUMNS: list[dict[str, Any]] = [
    {"name": "item_no", "type": "string", "key": True, "zh": "编号", "meaning": "key"},
    {"name": "grade", "type": "integer", "zh": "等级", "meaning": "a number"},
    {"name": "amount", "type": "decimal", "unit": "yuan", "zh": "金额", "meaning": "an amount"},
    {"name": "active", "type": "boolean", "zh": "主动", "meaning": "a flag"},
    {"name": "due_on", "type": "date", "zh": "期限", "meaning": "a date"},
    {"name": "updated_at", "type": "timestamp", "zh": "更新", "meaning": "version"},
]
LEFT_OUT = {"person_name": "identity", "phone": "identity"}


def contract(source: Mapping[str, Any], **changes: Any) -> FeedContract:
    """A small contract over ``source``; ``changes`` replace its top-level keys."""
    base: dict[str, Any] = {
        "id": "sample",
        "kind": "rating",
        "title": {"en": "Sample", "zh": "样例"},
        "description": "A feed for tests.",
        "owner": {"team": "tests"},
        "source": source,
        "columns": COLUMNS,
        "left_out": LEFT_OUT,
        "event_time": "due_on",
        "version": "updated_at",
        "retention": {"years": 1, "reason": "tests"},
    }
    return FeedContract.model_validate({**base, **changes})


def resolver(**fields: Any) -> Resolver:
    """Every id resolves to the same connection."""
    return lambda connection_id: Connection(id=connection_id, **fields)


def record(number: int, **changes: Any) -> dict[str, Any]:
    """A record as a source would send it, its left-out columns included."""
    return {
        "item_no": f"A{number:05d}",
        "grade": number % 5 + 1,
        "amount": f"{number}.10",
        "active": number % 2 == 0,
        "due_on": "2025-03-01",
        "updated_at": f"2025-03-{number % 28 + 1:02d}T08:00:00",
        "person_name": "CANARY-NAME",
        "phone": "13912345678",
        **changes,
    }


@dataclass
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str = ""
    method: str = "GET"
    target: str = ""  # path and query as they came over the wire


@dataclass
class Reply:
    body: bytes | str | dict[str, Any] | list[Any] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Server:
    """Answers every request with what ``answer`` returns and remembers the requests."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.requests: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # headers and body are two writes: the second would wait 40 ms

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length).decode()
                headers = {key.lower(): value for key, value in self.headers.items()}
                request = Request(parts.path, dict(parse_qsl(parts.query)), headers, body, self.command, self.path)
                outer.requests.append(request)
                reply = answer(request)
                content = reply.body if isinstance(reply.body, bytes) else None
                if content is None:
                    text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body, ensure_ascii=False)
                    content = text.encode()
                self.send_response(reply.status)
                for key, value in reply.headers.items():
                    self.send_header(key, value)
                if "content-length" not in {key.lower() for key in reply.headers}:
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                with suppress(BrokenPipeError, ConnectionResetError):  # the client gave up
                    if self.command != "HEAD":
                        self.wfile.write(content)

            do_POST = do_HEAD = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def resolver(self, **fields: Any) -> Resolver:
        extra = {"allow_loopback": True, **fields.pop("extra", {})}
        return resolver(**{"conn_type": "http", "host": "127.0.0.1", "port": self.port, "extra": extra, **fields})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
