"""What a place with files is: it lists them, opens them as streams, looks at one again and, where it may, moves one."""

import errno
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, BinaryIO, cast

from connectors.protocol import Connection
from declarations.problem import Problem, SourceAway

BUFFER_BYTES = 1 << 20
_BAD = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]|^/|^[A-Za-z]:|(^|/)(\.{0,2})(/|$)")


@dataclass(frozen=True)
class Listed:
    """A file with its path below the place, and what changes when it is written again (``mark``: an ETag)."""

    name: str
    size: int | None
    modified: datetime | None
    mark: str = ""

    @property
    def fingerprint(self) -> str:
        """Size, and the mark or the time of the last change."""
        when = self.mark or (self.modified.astimezone(UTC).isoformat() if self.modified else "")
        return f"{self.size}-{when}"


class Place(ABC):
    """Files below one folder, bucket or address; errors of the place become Problems.

    Names come from a server: those that lead out of the place (``..``, absolute, backslash, NUL) are never opened.
    """

    takes_moves = True

    def __init__(self, feed: str, connection: Connection, root: str) -> None:
        self.place = f"feed {feed}: connection '{connection.id}'"
        self._connection_id = connection.id
        self._root = root
        self._names: frozenset[str] = frozenset()

    def files(self, patterns: Sequence[str]) -> list[Listed]:
        """The files of the place, by name; those directly in it where no pattern has a '/'. Raises Problem where it is not there."""
        listed = sorted(self._files(patterns), key=lambda file: file.name)
        self._names = frozenset(file.name for file in listed)
        return listed

    @abstractmethod
    def _files(self, patterns: Sequence[str]) -> list[Listed]:
        """``files`` in any order."""

    @abstractmethod
    def look(self, name: str) -> Listed | None:
        """How the file is now; None where it is gone."""

    @abstractmethod
    def open(self, file: Listed) -> BinaryIO:
        """The file's bytes as a stream, which may or may not be seekable. Raises SourceAway where it is gone or breaks off."""

    def has(self, name: str) -> bool:
        """Whether there is such a file beside those that were listed."""
        return name in self._names

    def move(self, name: str, target: str) -> None:
        """Moves a file inside the place; the target is free and its folder is made. Raises Problem."""
        raise Problem(self.at(name), "cannot be moved: this place can only be read.", "take 'archive' out of the feed's source.")

    def at(self, name: str) -> str:
        """Feed, connection and file: what an error names."""
        return f"{self.place}: file {name}"

    def gone(self, name: str) -> SourceAway:
        return SourceAway(self.at(name), "is gone since it was listed.", "pull again.")

    def not_allowed(self, name: str) -> Problem:
        return Problem(self.at(name), "may not be read.", "ask its owner for the right to read it.")

    def no_folder(self) -> Problem:
        return Problem(self.place, f"there is no folder {self._root}.", "correct 'path' in the connection's extra.")

    def broke_off(self, error: BaseException) -> SourceAway:
        what = f"reading {self._root} broke off ({type(error).__name__})."
        return SourceAway(self.place, what, "check that the server is up, then pull again.")


class Guarded(io.RawIOBase):
    """A stream whose errors become what ``turn`` makes of them; so that no reader of a format takes them for its own."""

    def __init__(self, inner: Any, errors: tuple[type[BaseException], ...], turn: Callable[[BaseException], Problem]) -> None:
        super().__init__()
        self._inner, self._errors, self._turn = inner, errors, turn

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._inner.seekable())

    def readinto(self, buffer: Any) -> int:
        """Fills as much of ``buffer`` as the place gives at once; 0 at the end."""
        try:
            part = self._inner.read(len(buffer))
        except self._errors as error:
            raise self._turn(error) from None
        buffer[: len(part)] = part
        return len(part)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            if whence != io.SEEK_SET:
                self._inner.seek(0, whence)
                offset += int(self._inner.tell())
            if offset >= 0:
                self._inner.seek(offset)
                return offset
        except self._errors as error:
            raise self._turn(error) from None
        raise OSError(errno.EINVAL, "there is nothing before the start")  # the reader's mistake, as any file tells it

    def tell(self) -> int:
        return int(self._inner.tell())

    def close(self) -> None:
        """Ends the stream; that a broken one does not end well is no news."""
        if not self.closed:
            try:
                self._inner.close()
            except self._errors:
                pass
            finally:
                super().close()


def buffered(inner: Any, errors: tuple[type[BaseException], ...], turn: Callable[[BaseException], Problem]) -> BinaryIO:
    """A guarded stream that asks its place for large pieces."""
    return cast(BinaryIO, io.BufferedReader(Guarded(inner, errors, turn), BUFFER_BYTES))


def is_safe(name: str) -> bool:
    """Whether a name stays below its folder: relative, no ``.``, ``..`` or empty step, no backslash, drive or control sign."""
    return bool(name) and not _BAD.search(name)


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern fits. A pattern without '/' fits only files directly in the folder."""
    return any(fnmatchcase(name, pattern) if "/" in pattern else "/" not in name and fnmatchcase(name, pattern) for pattern in patterns)
