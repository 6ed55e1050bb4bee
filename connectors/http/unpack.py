"""Unpacks what a source packed (gzip, deflate, zstd), never more than a little ahead of whoever reads.

``requests`` could unpack too, but takes a packed body that was cut off for a whole one.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from declarations.problem import Problem, SourceAway

ACCEPT_ENCODING = "gzip, deflate, zstd"
STEP = 1 << 20  # bytes that one step unpacks at most: a bomb is noticed after the first one too many
MAX_LAYERS = 2
HEAD = 2  # bytes by which a packing is known; none is as short


class CutOff(Exception):
    """The packed body ended before its end."""


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def unpacked(place: str, encoding: str | None, parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of a body without its Content-Encoding. Raises CutOff at an early end, Problem for what is no such packing."""
    layers = [name.strip().lower() for name in (encoding or "").split(",")]
    layers = [name for name in layers if name not in ("", "identity")]
    if len(layers) > MAX_LAYERS:
        raise Problem(place, "packs its answers more than twice.", "ask the source's owner to send them with gzip only.")
    for name in reversed(layers):
        parts = _one_layer(place, name.removeprefix("x-"), parts)
    return iter(parts)


def _one_layer(place: str, name: str, parts: Iterable[bytes]) -> Iterator[bytes]:
    new = {"gzip": _gzip, "deflate": _deflate, "zstd": _zstd}.get(name)
    if new is None:
        what = f"packs its answers with '{name[:20]}', which was not asked for."
        raise Problem(place, what, f"ask the source's owner to honour Accept-Encoding ({ACCEPT_ENCODING}).")
    try:
        yield from _unpack(new, parts)
    except (zlib.error, _zstd_error(), EOFError):
        raise SourceAway(place, f"sent a body that is no {name}, though it says so.", "pull again; then tell the source's owner.") from None


def _unpack(new: Callable[[bytes], _Unpacker], parts: Iterable[bytes]) -> Iterator[bytes]:
    """Frame after frame. Between the frames, and before the first one, the body may end."""
    unpacker: _Unpacker | None = None
    data = b""
    for part in parts:
        data += part
        if unpacker is None and len(data) < HEAD:
            continue
        while data or _holds_more(unpacker):
            if unpacker is None or unpacker.eof:
                if not data.strip(b"\0"):
                    break  # some packers fill up with zeros
                unpacker = new(data)
            out = unpacker.decompress(data, STEP)
            data = unpacker.unused_data if unpacker.eof else getattr(unpacker, "unconsumed_tail", b"")
            if out:
                yield out
        data = b""
    if data or (unpacker is not None and not unpacker.eof):
        raise CutOff


def _holds_more(unpacker: Any) -> bool:
    """A zstd unpacker keeps what it has not unpacked yet; zlib hands it back."""
    return unpacker is not None and not unpacker.eof and getattr(unpacker, "needs_input", True) is False


def _gzip(first: bytes) -> _Unpacker:
    return zlib.decompressobj(wbits=31)


def _deflate(first: bytes) -> _Unpacker:
    """With zlib's two-byte head, as the standard says, or raw, as many servers do."""
    headed = len(first) > 1 and first[0] & 15 == 8 and (first[0] << 8 | first[1]) % 31 == 0
    return zlib.decompressobj(wbits=15 if headed else -15)


def _zstd(first: bytes) -> _Unpacker:
    from backports import zstd

    unpacker: _Unpacker = zstd.ZstdDecompressor()
    return unpacker


def _zstd_error() -> type[Exception]:
    from backports import zstd

    error: type[Exception] = zstd.ZstdError
    return error
