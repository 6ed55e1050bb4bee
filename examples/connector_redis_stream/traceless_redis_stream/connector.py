"""Rows from a Redis stream: an entry is a row, its fields are columns, its id is the cursor."""

from collections.abc import Iterator
from typing import Any, Literal

import pyarrow as pa
import redis
from pydantic import Field
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.address import checked_address
from connectors.gate import admit
from connectors.protocol import Page, Refused, Resolver, Window
from declarations.base import Duration, to_timedelta
from declarations.feed import CursorBy, FeedContract
from declarations.feed.source import PluggedSource
from declarations.problem import Problem, SourceAway

ENTRY_ID = "entry_id"


class RedisStreamSource(PluggedSource):
    """What stands under ``source:`` in a feed.yaml."""

    connector: Literal["redis_stream"]
    stream: str
    cursor: CursorBy | None = None
    page_rows: int = Field(default=5000, ge=1)
    timeout: Duration = "10s"


class RedisStreamConnector:
    """Asks with XRANGE from the last id on, page by page."""

    source_model = RedisStreamSource

    def __init__(self, contract: FeedContract, resolve: Resolver) -> None:
        self._contract = contract
        self._source: Any = contract.source
        self._connection = resolve(contract.source.connection)
        self._place = f"feed {contract.id}: connection '{self._connection.id}'"
        self._wanted = [column.source_name for column in contract.columns if column.source_name != ENTRY_ID]
        self._optional = {column.source_name for column in contract.columns if not column.required}

    def pages(self, window: Window) -> Iterator[Page]:
        """The entries of the window, oldest first."""
        begin = _id(window.since) if window.since else "-"
        end = _id(window.until) if window.until else "+"
        try:
            with self._server() as server:
                if not server.exists(self._source.stream):
                    what = f"there is no stream '{self._source.stream}'."
                    raise Problem(self._place, what, "correct 'stream' of the feed's source.")
                while entries := server.xrange(self._source.stream, begin, end, self._source.page_rows):
                    yield self._page(entries)
                    begin = f"({entries[-1][0].decode()}"
        except redis.AuthenticationError:
            fix = f"correct login and password of connection '{self._connection.id}'."
            raise Problem(self._place, "the server refused the login.", fix) from None
        except redis.ResponseError:
            what = f"'{self._source.stream}' cannot be read as a stream."
            raise Problem(self._place, what, "correct 'stream', and ask for the right to use XRANGE.") from None
        except (redis.ConnectionError, redis.TimeoutError) as error:
            what = f"cannot be reached or broke off ({type(error).__name__})."
            raise SourceAway(self._place, what, "check host and port of the connection, and that the server is up.") from None

    def _server(self) -> Any:
        c = self._connection
        port, seconds = c.port or 6379, to_timedelta(self._source.timeout).total_seconds()
        host = checked_address(self._place, c.host or "", port, c)[0]
        once = Retry(NoBackoff(), 0)
        return redis.Redis(host, port, int(c.schema or 0), c.password, seconds, seconds, username=c.extra.get("user"), retry=once)

    def _page(self, entries: list[Any]) -> Page:
        """Only wanted fields become columns. A field that may be empty is left out by whoever writes: that is not a lost column."""
        rows, refused = [], []
        for entry_id, fields in entries:
            try:
                row = {name: fields.get(name.encode()) for name in self._wanted}
                rows.append(
                    {name: value.decode() if value else None for name, value in row.items()} | {ENTRY_ID: _cursor(entry_id.decode())}
                )
            except UnicodeDecodeError:
                refused.append(Refused(f"entry {entry_id.decode()}", "is no UTF-8 text."))
        table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in [ENTRY_ID, *self._wanted]})
        sent = {name.decode(errors="replace") for _, fields in entries for name in fields}
        return admit(self._contract, table, {ENTRY_ID} | sent | self._optional, refused)


def _cursor(entry_id: str) -> str:
    """``1735689600000-7`` → ``1735689600000-0000000007``: as text it sorts as the stream does."""
    milliseconds, _, number = entry_id.partition("-")
    return f"{milliseconds}-{int(number):010d}"


def _id(cursor: str) -> str:
    """Back again: Redis wants no zeros in front."""
    milliseconds, _, number = cursor.partition("-")
    return f"{milliseconds}-{int(number or 0)}"
