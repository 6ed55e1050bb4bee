"""A folder of this machine, or one that is mounted."""

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from connectors.places.base import Listed, Place, buffered
from connectors.protocol import Connection
from declarations.problem import Problem


class LocalPlace(Place):
    """Only regular files; folders that are links are not entered, files that are links must lead to a file below the folder."""

    def __init__(self, feed: str, connection: Connection, root: str) -> None:
        super().__init__(feed, connection, str(Path(root).resolve()))
        self._folder = Path(self._root)

    def _files(self, patterns: Sequence[str]) -> list[Listed]:
        if not self._folder.is_dir():
            raise self.no_folder()
        deep = any("/" in pattern for pattern in patterns)
        try:
            found = [self._listed(path) for path in self._walk(deep)]
        except PermissionError:
            what = f"folder {self._root} may not be read."
            raise Problem(self.place, what, "ask its owner for the right to read it.") from None
        except OSError as error:
            raise self.broke_off(error) from None
        return [file for file in found if file]

    def look(self, name: str) -> Listed | None:
        return self._listed(self._folder / name)

    def open(self, file: Listed) -> BinaryIO:
        path = self._folder / file.name
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self._folder):
                what = "is a link that leads out of the folder; it is not followed."
                raise Problem(self.at(file.name), what, "have the file itself put into the folder.")
            # not blocking: a name that has become a pipe since must not hold us up
            descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise self.gone(file.name)
            return buffered(os.fdopen(descriptor, "rb", buffering=0), (OSError,), self.broke_off)
        except FileNotFoundError:
            raise self.gone(file.name) from None
        except PermissionError:
            raise self.not_allowed(file.name) from None
        except OSError as error:
            raise self.broke_off(error) from None

    def move(self, name: str, target: str) -> None:
        to = self._folder / target
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            if not to.parent.resolve().is_relative_to(self._folder):
                what = f"its archive {target.rpartition('/')[0]} leads out of the folder."
                raise Problem(self.at(name), what, "correct 'archive' in the feed's source, or make it a folder of its own.")
            os.rename(self._folder / name, to)
        except FileNotFoundError:
            raise self.gone(name) from None
        except OSError as error:
            what = f"cannot be moved to {target} ({type(error).__name__})."
            raise Problem(self.at(name), what, "ask its owner for the right to move it, or take 'archive' out of the source.") from None

    def _walk(self, deep: bool) -> Iterator[Path]:
        for folder, folders, names in os.walk(self._folder, onerror=_raise):
            if not deep:
                folders.clear()
            yield from (Path(folder) / name for name in names)

    def _listed(self, path: Path) -> Listed | None:
        try:
            found = path.stat()
        except OSError:  # gone since, or a link to nowhere
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        modified = datetime.fromtimestamp(found.st_mtime, UTC)
        return Listed(path.relative_to(self._folder).as_posix(), found.st_size, modified)


def _raise(error: OSError) -> None:
    raise error
