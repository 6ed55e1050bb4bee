"""What the tests of the HTTP transport share: a source for a server, and a server that says exactly the bytes it is told."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pydantic import TypeAdapter

from connectors.http import HttpSource
from connectors.protocol import Connection
from declarations.feed import Auth, RateBudget


def auth(scheme: str = "none", **fields: Any) -> Auth:
    """An ``auth`` as a contract would declare it."""
    found: Auth = TypeAdapter(Auth).validate_python({"scheme": scheme, **fields})
    return found


def source(port: int, how: Auth | None = None, timeout: str = "5s", rate: RateBudget | None = None, **fields: Any) -> HttpSource:
    """A source on this machine; ``fields`` are of the connection."""
    extra = {"allow_loopback": True, **fields.pop("extra", {})}
    connection = Connection(**{"id": "api", "conn_type": "http", "host": "127.0.0.1", "port": port, "extra": extra, **fields})
    return HttpSource("sample", connection, how or auth(), timeout, rate)


class RawServer:
    """Reads the head of each request, hands it and the socket to ``answer`` and closes; remembers the heads."""

    def __init__(self, answer: Callable[[socket.socket, int], None]) -> None:
        self.heads: list[str] = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client gave up
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65536)
                if not part:
                    return
                head += part
            self.heads.append(head.decode("latin-1"))
            self._answer(connection, len(self.heads))

    def close(self) -> None:
        self._listener.close()
