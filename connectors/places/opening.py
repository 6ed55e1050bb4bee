"""From a connection to the place that it means."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from connectors.places.base import Place
from connectors.protocol import Connection
from declarations.problem import Problem

LOCAL_TYPES = ("file", "fs", "local", "folder")
SFTP_TYPES = ("sftp", "ssh")
S3_TYPES = ("s3", "aws")
HTTP_TYPES = ("http", "https")


@contextmanager
def open_place(feed: str, connection: Connection) -> Iterator[Place]:
    """The files of a connection: below ``path`` of its extra, else its schema (local: else its host).

    S3: the bucket is ``bucket`` of the extra, else the schema; ``path`` is the prefix. HTTP: ``path`` below the host's
    address. Raises Problem for another type of connection, and where the place cannot be reached.
    """
    path = str(connection.extra.get("path") or "")
    if connection.conn_type in LOCAL_TYPES:
        from connectors.places.local import LocalPlace

        yield LocalPlace(feed, connection, path or connection.schema or connection.host or ".")
    elif connection.conn_type in SFTP_TYPES:
        from connectors.places.sftp import SftpPlace

        with closing(SftpPlace(feed, connection, path or connection.schema or ".")) as sftp:
            yield sftp
    elif connection.conn_type in S3_TYPES:
        from connectors.places.s3 import S3Place

        bucket = str(connection.extra.get("bucket") or connection.schema or "").strip("/")
        yield S3Place(feed, connection, f"{bucket}/{path.strip('/')}" if bucket else "")
    elif connection.conn_type in HTTP_TYPES:
        from connectors.places.http import HttpPlace

        with closing(HttpPlace(feed, connection, path)) as http:
            yield http
    else:
        known = ", ".join((*LOCAL_TYPES, *SFTP_TYPES, *S3_TYPES, *HTTP_TYPES))
        place = f"feed {feed}: connection '{connection.id}'"
        raise Problem(place, f"'{connection.conn_type}' is no place of files.", f"set 'conn_type' to one of {known}.")
