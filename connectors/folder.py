"""The folder that a files source reads: local or SFTP, listed and read through fsspec."""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.protocol import Connection
from declarations.problem import Problem, SourceAway

LOCAL_TYPES = ("file", "fs", "local", "folder")
SFTP_TYPES = ("sftp", "ssh")
CONNECT_SECONDS = 15


@dataclass(frozen=True)
class Listed:
    """A file with its path below the folder, and what changes when it is written again."""

    name: str
    size: int
    modified: datetime

    @property
    def fingerprint(self) -> str:
        """Size and time of the last change."""
        return f"{self.size}-{self.modified.astimezone(UTC).isoformat()}"


class Folder:
    """Lists and reads files below one folder; errors of the file system become Problems."""

    def __init__(self, feed: str, connection: Connection, file_system: Any, root: str) -> None:
        self._file_system = file_system
        self._root = root.rstrip("/") or "/"
        self.place = f"feed {feed}: connection '{connection.id}'"

    def files(self) -> list[Listed]:
        """All files directly or deeper below the folder, by name. Raises Problem where the folder is not there."""
        try:
            found = self._file_system.find(self._root, detail=True)
            if not found and not self._file_system.isdir(self._root):
                raise FileNotFoundError
        except (FileNotFoundError, NotADirectoryError):
            fix = "correct 'path' in the connection's extra."
            raise Problem(self.place, f"there is no folder {self._root}.", fix) from None
        except PermissionError:
            what = f"folder {self._root} may not be read."
            raise Problem(self.place, what, "ask its owner for the right to read it.") from None
        except OSError as error:
            raise self._broke_off(error) from None
        listed = [self._listed(path, info) for path, info in found.items() if info.get("type") == "file"]
        return sorted(listed, key=lambda file: file.name)

    def read(self, file: Listed) -> bytes:
        """The whole file, in memory. Raises Problem where it is gone or changed its length meanwhile."""
        try:
            content: bytes = self._file_system.cat_file(posixpath.join(self._root, file.name))
        except FileNotFoundError:
            raise SourceAway(self.at(file), "is gone since it was listed.", "pull again.") from None
        except PermissionError:
            raise Problem(self.at(file), "may not be read.", "ask its owner for the right to read it.") from None
        except OSError as error:
            raise self._broke_off(error) from None
        if len(content) != file.size:
            what = f"has {len(content)} bytes, when listed it had {file.size}: it is still being written."
            raise Problem(self.at(file), what, "pull again; set 'complete_marker' or 'stable_for' in the source.")
        return content

    def at(self, file: Listed) -> str:
        """Feed, connection and file: what an error names."""
        return f"{self.place}: file {file.name}"

    def _listed(self, path: str, info: dict[str, Any]) -> Listed:
        moment = info["mtime"]
        modified = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
        return Listed(posixpath.relpath(path, self._root), int(info["size"]), modified)

    def _broke_off(self, error: OSError) -> Problem:
        what = f"reading {self._root} broke off ({type(error).__name__})."
        return SourceAway(self.place, what, "check that the server is up, then pull again.")


@contextmanager
def open_folder(feed: str, connection: Connection) -> Iterator[Folder]:
    """The folder of a connection: ``path`` of its extra, else its schema (local: else its host)."""
    place = f"feed {feed}: connection '{connection.id}'"
    path = str(connection.extra.get("path") or connection.schema or "")
    if connection.conn_type in LOCAL_TYPES:
        from fsspec.implementations.local import LocalFileSystem

        root = str(Path(path or connection.host or ".").resolve())
        yield Folder(feed, connection, LocalFileSystem(skip_instance_cache=True), root)
    elif connection.conn_type in SFTP_TYPES:
        file_system = _sftp(place, connection)
        try:
            yield Folder(feed, connection, file_system, path or ".")
        finally:
            file_system._finalize(file_system.loop, file_system._pool, file_system._stack)
    else:
        fix = f"set 'conn_type' to one of {', '.join((*LOCAL_TYPES, *SFTP_TYPES))}."
        raise Problem(place, f"'{connection.conn_type}' is no folder.", fix)


def _sftp(place: str, connection: Connection) -> Any:
    """A connected SFTP file system. The server's key is always verified."""
    import asyncssh
    from sshfs import SSHFileSystem

    asyncssh.set_log_level("WARNING")  # each connection would else be told, up to the end of the interpreter

    address = f"{connection.host}:{connection.port or 22}"
    options: dict[str, Any] = {"client_keys": None, "agent_path": None, "config": None}
    if connection.extra.get("key_file"):
        options["client_keys"] = [str(connection.extra["key_file"])]
    try:
        return SSHFileSystem(
            connection.host,
            port=connection.port or 22,
            username=connection.login,
            password=connection.password,
            known_hosts=_known_hosts(place, connection),
            login_timeout=CONNECT_SECONDS,
            connect_timeout=CONNECT_SECONDS,
            skip_instance_cache=True,
            **options,
        )
    except asyncssh.HostKeyNotVerifiable:
        what = f"the key that {address} shows is not the one we know."
        fix = "ask its owner for the key's line and put it into the connection's extra as 'host_key'."
        raise Problem(place, what, fix) from None
    except (asyncssh.PermissionDenied, PermissionError):
        fix = f"correct login and password of connection '{connection.id}'."
        raise Problem(place, f"{address} refused the login.", fix) from None
    except (OSError, asyncssh.Error, TimeoutError) as error:
        what = f"{address} cannot be reached ({type(error).__name__})."
        raise SourceAway(place, what, "check host and port of the connection, and that the server is up.") from None


def _known_hosts(place: str, connection: Connection) -> Any:
    """The one trusted key where the connection gives it, else the user's known_hosts file."""
    import asyncssh

    line = str(connection.extra.get("host_key") or "").strip()
    if not line:
        file = Path.home() / ".ssh" / "known_hosts"
        return str(file) if file.exists() else ([], [], [])
    key = " ".join(line.split()[-2:]) if line.split()[0].startswith("[") else line
    try:
        return ([asyncssh.import_public_key(key)], [], [])
    except (asyncssh.KeyImportError, ValueError):
        fix = "give the line of the server's public key, such as 'ssh-ed25519 AAAA…'."
        raise Problem(place, "'host_key' in the connection's extra is no public key.", fix) from None
