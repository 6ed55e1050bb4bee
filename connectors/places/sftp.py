"""A folder on an SFTP server. The server's key is always verified, unless the connection says it need not be."""

import asyncio
import posixpath
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import asyncssh
from fsspec.asyn import sync
from sshfs import SSHFileSystem

from connectors.address import checked_address, flag
from connectors.places.base import Listed, Place, buffered
from connectors.protocol import Connection
from declarations.problem import Problem, SourceAway

CONNECT_SECONDS = 15
ALIVE_SECONDS = 15  # how often a silent server is asked whether it lives; three times in vain end the connection
_ERRORS = (OSError, asyncssh.Error)


class SftpPlace(Place):
    """Regular files only: links on the server are not followed. Close it."""

    def __init__(self, feed: str, connection: Connection, root: str) -> None:
        super().__init__(feed, connection, root.rstrip("/") or "/")
        asyncssh.set_log_level("WARNING")  # each connection would else be told, up to the end of the interpreter
        self._system = _connect(self.place, connection)
        self._system.loop.set_exception_handler(_without_the_reported)

    def close(self) -> None:
        """Ends the connection."""
        self._system._finalize(self._system.loop, self._system._pool, self._system._stack)

    def _files(self, patterns: Sequence[str]) -> list[Listed]:
        depth = None if any("/" in pattern for pattern in patterns) else 1
        try:
            found = self._system.find(self._root, detail=True, maxdepth=depth)
            if not found and not self._system.isdir(self._root):
                raise FileNotFoundError
        except (FileNotFoundError, NotADirectoryError):
            raise self.no_folder() from None
        except PermissionError:
            what = f"folder {self._root} may not be read."
            raise Problem(self.place, what, "ask its owner for the right to read it.") from None
        except _ERRORS as error:
            raise self.broke_off(error) from None
        return [self._listed(posixpath.relpath(path, self._root), info) for path, info in found.items() if info.get("type") == "file"]

    def look(self, name: str) -> Listed | None:
        try:
            info = self._system.info(self._path(name))
        except FileNotFoundError:
            return None
        except _ERRORS as error:
            raise self.broke_off(error) from None
        return self._listed(name, info) if info.get("type") == "file" else None

    def open(self, file: Listed) -> BinaryIO:
        try:
            return buffered(self._system.open(self._path(file.name), "rb"), _ERRORS, self.broke_off)
        except FileNotFoundError:
            raise self.gone(file.name) from None
        except PermissionError:
            raise self.not_allowed(file.name) from None
        except _ERRORS as error:
            raise self.broke_off(error) from None

    def move(self, name: str, target: str) -> None:
        # not the file system's own mv: where the server cannot rename, that copies by shell and deletes even if the copy failed
        async def rename() -> None:
            async with self._system._pool.get() as channel:
                await channel.makedirs(posixpath.dirname(self._path(target)), exist_ok=True)
                await channel.rename(self._path(name), self._path(target))

        try:
            sync(self._system.loop, rename)
        except (asyncssh.SFTPNoSuchFile, FileNotFoundError):
            raise self.gone(name) from None
        except _ERRORS as error:
            what = f"cannot be moved to {target} ({type(error).__name__})."
            raise Problem(self.at(name), what, "ask its owner for the right to move it, or take 'archive' out of the source.") from None

    def _path(self, name: str) -> str:
        return posixpath.join(self._root, name)

    @staticmethod
    def _listed(name: str, info: dict[str, Any]) -> Listed:
        moment = info["mtime"]
        modified = moment if isinstance(moment, datetime) or moment is None else datetime.fromtimestamp(moment, UTC)
        return Listed(name, int(info["size"]), modified)


def _without_the_reported(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A file is read by many requests at once: when the server goes, the first that fails is told, and the others are not
    printed with their stack."""
    if not isinstance(context.get("exception"), _ERRORS):
        loop.default_exception_handler(context)


def _connect(place: str, connection: Connection) -> Any:
    host, port = connection.host or "", connection.port or 22
    if not host:
        raise Problem(place, "has no host.", "add 'host' to the connection.")
    address = f"{host}:{port}"
    target = checked_address(place, host, port, connection)[0]
    options: dict[str, Any] = {"client_keys": None, "agent_path": None, "config": None}
    if connection.extra.get("key_file"):
        options["client_keys"] = [str(connection.extra["key_file"])]
    try:
        return SSHFileSystem(
            target,
            port=port,
            host_key_alias=host,
            username=connection.login,
            password=connection.password,
            known_hosts=_known_hosts(place, connection),
            login_timeout=CONNECT_SECONDS,
            connect_timeout=CONNECT_SECONDS,
            keepalive_interval=ALIVE_SECONDS,
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
    except (*_ERRORS, TimeoutError) as error:
        what = f"{address} cannot be reached ({type(error).__name__})."
        raise SourceAway(place, what, "check host and port of the connection, and that the server is up.") from None


def _known_hosts(place: str, connection: Connection) -> Any:
    """Trusted keys: the extra's ``host_key`` line, else its file ``known_hosts``, else the user's; None (any) where
    ``no_host_key_check`` is set."""
    line = str(connection.extra.get("host_key") or "").strip()
    if line:
        key = " ".join(line.split()[-2:]) if line.split()[0].startswith("[") else line
        try:
            return ([asyncssh.import_public_key(key)], [], [])
        except (asyncssh.KeyImportError, ValueError):
            fix = "give the line of the server's public key, such as 'ssh-ed25519 AAAA…'."
            raise Problem(place, "'host_key' in the connection's extra is no public key.", fix) from None
    if flag(connection, "no_host_key_check"):
        return None
    named = str(connection.extra.get("known_hosts") or "")
    file = Path(named) if named else Path.home() / ".ssh" / "known_hosts"
    if file.exists():
        return str(file)
    if named:
        raise Problem(place, f"there is no file {named} of known hosts.", "correct 'known_hosts' in the connection's extra.")
    return ([], [], [])
