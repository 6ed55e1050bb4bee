"""A bucket of an S3-compatible store, through Arrow's S3 file system. Secrets are the connection's login and password."""

import re
from collections.abc import Sequence
from typing import BinaryIO
from urllib.parse import urlsplit

import pyarrow.fs as pafs

from connectors.address import checked_address, flag
from connectors.places.base import Listed, Place, buffered
from connectors.protocol import Connection
from declarations.problem import Problem, SourceAway

CONNECT_SECONDS = 5
REQUEST_SECONDS = 30
ATTEMPTS = 2  # a dead endpoint is told in seconds; the pull itself is tried again later
_ERROR = re.compile(r"AWS Error ([A-Z_0-9]+)")
_LOGIN = ("SIGNATURE_DOES_NOT_MATCH", "INVALID_ACCESS_KEY_ID", "ACCESS_DENIED", "INVALID_CLIENT_TOKEN_ID", "UNRECOGNIZED_CLIENT")
_AWAY = ("NETWORK_CONNECTION", "SERVICE_UNAVAILABLE", "SLOW_DOWN", "REQUEST_TIMEOUT", "INTERNAL_FAILURE", "THROTTLING")


class S3Place(Place):
    """``root`` is ``bucket/prefix``. An object is read by ranges; it has no time finer than a second."""

    def __init__(self, feed: str, connection: Connection, root: str) -> None:
        super().__init__(feed, connection, root.strip("/"))
        if not self._root:
            raise Problem(self.place, "names no bucket.", "add 'bucket' to the connection's extra.")
        self._system = _connect(self.place, connection)

    def _files(self, patterns: Sequence[str]) -> list[Listed]:
        deep = any("/" in pattern for pattern in patterns)
        try:
            found = self._system.get_file_info(pafs.FileSelector(self._root, recursive=deep))
        except FileNotFoundError:  # no object has the prefix: an empty folder, as folders go in a store
            found = []
        except OSError as error:
            raise self._turned(error) from None
        return [self._listed(info) for info in found if info.type == pafs.FileType.File]

    def look(self, name: str) -> Listed | None:
        try:
            info = self._system.get_file_info(self._path(name))
        except OSError as error:
            raise self._turned(error) from None
        return self._listed(info) if info.type == pafs.FileType.File else None

    def open(self, file: Listed) -> BinaryIO:
        try:
            return buffered(self._system.open_input_file(self._path(file.name)), (OSError,), self._turned)
        except FileNotFoundError:
            raise self.gone(file.name) from None
        except OSError as error:
            raise self._turned(error) from None

    def move(self, name: str, target: str) -> None:
        try:
            self._system.move(self._path(name), self._path(target))  # a copy on the server, then a deletion
        except FileNotFoundError:
            raise self.gone(name) from None
        except OSError as error:
            if isinstance(away := self._turned(error), SourceAway):
                raise away from None
            what = f"cannot be moved to {target}."
            raise Problem(self.at(name), what, "ask for the right to write and delete, or take 'archive' out of the source.") from None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _listed(self, info: pafs.FileInfo) -> Listed:
        return Listed(info.path.removeprefix(f"{self._root}/"), info.size, info.mtime)

    def _turned(self, error: BaseException) -> Problem:
        """What the store's error means; its own text is not shown, it may have request ids and addresses in it."""
        found = _ERROR.search(str(error))
        code = found[1] if found else type(error).__name__
        if code in _LOGIN:
            fix = f"correct login (access key) and password (secret key) of connection '{self._connection_id}', and its rights."
            return Problem(self.place, f"the store refused the login ({code}).", fix)
        if code == "NO_SUCH_BUCKET":
            return Problem(self.place, f"there is no bucket {self._root.split('/')[0]}.", "correct 'bucket' in the connection's extra.")
        if found is None or code in _AWAY:
            what = f"the store does not answer as it should ({code})."
            return SourceAway(self.place, what, "check host and port of the connection and that the store is up, then pull again.")
        return Problem(self.place, f"the store refused to read {self._root} ({code}).", "ask its owner what that means.")


def _connect(place: str, connection: Connection) -> pafs.S3FileSystem:
    endpoint = str(connection.extra.get("endpoint_url") or connection.host or "")
    if not endpoint:
        raise Problem(place, "has no host.", "add 'host' (the store's endpoint, such as https://oss.example.cn) to the connection.")
    scheme, address, host, port = _endpoint(place, endpoint, connection)
    checked_address(place, host, port, connection)  # S3 signs the host's name: the client resolves it once more
    verify = connection.extra.get("verify")
    return pafs.S3FileSystem(
        access_key=connection.login,
        secret_key=connection.password,
        anonymous=connection.login is None,
        endpoint_override=address,
        scheme=scheme,
        region=str(connection.extra.get("region_name") or "us-east-1"),
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        force_virtual_addressing=flag(connection, "virtual_addressing"),
        tls_ca_file_path=verify if isinstance(verify, str) else None,
        background_writes=False,
    )


def _endpoint(place: str, endpoint: str, connection: Connection) -> tuple[str, str, str, int]:
    """Scheme, host with port as the client wants it, host, port. TLS unless the address says http."""
    try:
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        port = parts.port or connection.port
    except ValueError:
        raise Problem(place, "has an address that cannot be read.", "give https://host or http://host:port.") from None
    scheme = str(connection.extra.get("scheme") or parts.scheme)
    if scheme not in ("http", "https") or not parts.hostname:
        raise Problem(
            place, f"'{parts.scheme}://{parts.hostname or ''}' is no address of a store.", "give https://host or http://host:port."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return scheme, f"{host}:{port}" if port else host, parts.hostname, port or {"http": 80, "https": 443}[scheme]
