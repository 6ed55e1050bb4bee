"""Watching a run: everything that is logged, printed or warned, and every connection that is opened."""

import io
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

_WATCHED: list[tuple[str, list[str]]] = []
_HOOKED: list[bool] = []


@contextmanager
def everything_said(said: list[str]) -> Iterator[None]:
    """Appends to ``said`` what is logged (down to DEBUG), printed and warned meanwhile."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(stream), redirect_stderr(stream), warnings.catch_warnings():
            warnings.simplefilter("always")
            yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        said.append(stream.getvalue())


@contextmanager
def connections_to(host: str, reached: list[str]) -> Iterator[None]:
    """Notes every attempt of this process to connect to a host, and stops it before a packet leaves."""
    if not _HOOKED:  # an audit hook cannot be taken away again
        sys.addaudithook(_hook)
        _HOOKED.append(True)
    watch = (host, reached)
    _WATCHED.append(watch)
    try:
        yield
    finally:
        _WATCHED.remove(watch)


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    for host, reached in _WATCHED:
        if host in str(arguments[1]):
            reached.append(str(arguments[1]))
            raise ConnectionRefusedError("the conformance kit lets nobody through")
