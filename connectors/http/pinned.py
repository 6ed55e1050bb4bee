"""Connections to addresses that were checked, and to no others. Name and certificate are still those of the host."""

import socket
from collections.abc import Mapping
from functools import partial
from http.client import HTTPException
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.response import BaseHTTPResponse

from connectors.http.deadline import Deadline
from connectors.http.head import WholeHead

Pins = Mapping[tuple[str, int], list[str]]  # host and port → addresses that were checked


class PinnedAdapter(HTTPAdapter):
    """Connects only where ``pins`` has the host; ``patience``: seconds in which an answer's headers must be there."""

    def __init__(self, pins: Pins, patience: float, key_password: str | None = None) -> None:
        self._traits = {"pins": pins, "patience": patience}
        self._key_password = key_password
        super().__init__(max_retries=0, pool_maxsize=64)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """One pool a host, with connections of ours."""
        if self._key_password:
            options["key_password"] = self._key_password
        super().init_poolmanager(*args, **options)
        plain = type("_PlainConnection", (_Pinned, HTTPConnection), self._traits)
        secure = type("_SecureConnection", (_Pinned, HTTPSConnection), self._traits)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("_PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


class _Pinned:
    """Mixed into urllib3's connections: takes the address from the pins, never from a name server."""

    pins: Pins
    patience: float
    response_class = WholeHead

    def _new_conn(self: Any) -> socket.socket:
        name = self.host
        error: NewConnectionError | None = None
        for address in self.pins[name.strip("[]").rstrip(".").lower(), self.port]:
            self._dns_host = address  # what urllib3 connects to; the host's name stays in SNI, Host and the certificate
            try:
                return super()._new_conn()  # type: ignore[misc,no-any-return]
            except NewConnectionError as refused:
                error = refused
            finally:
                self._dns_host = name
        raise error or NewConnectionError(self, "no address")

    def getresponse(self: Any) -> BaseHTTPResponse:
        # the kernel's socket below TLS: ending the TLS session from another thread would break urllib3's reading
        cut = partial(_end, self.sock)
        with Deadline(self.patience, cut) as deadline:
            try:
                answer: Any = super().getresponse()  # type: ignore[misc]
            except (HTTPException, OSError):
                if deadline.passed:
                    raise TimeoutError from None
                raise
        answer.cut = cut
        return answer  # type: ignore[no-any-return]


def _end(sock: socket.socket) -> None:
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # it is over already
