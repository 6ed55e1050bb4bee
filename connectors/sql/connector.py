"""Rows of a table or query: what is asked for, and by which of the two ways it comes."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection

from connectors.address import flag
from connectors.gate import admit
from connectors.protocol import Page, Resolver, Window
from connectors.sql.bounds import conditions
from connectors.sql.database import MYSQL, database_url, open_engine, reachable, shown
from connectors.sql.errors import EndedHere, Speaker
from connectors.sql.fast import BrokenOff, NoFastPath, has_fast_path, stream_fast
from connectors.sql.kinds import Kind
from connectors.sql.query import checked_query, tables_of
from connectors.sql.relation import Relation, meant_table, read_query, read_table, split
from connectors.sql.rights import writing_rights
from connectors.sql.session import make_read_only
from connectors.sql.stream import ColumnNotText, stream_rows
from declarations.base import to_timedelta
from declarations.feed import FeedContract, SqlSource
from declarations.problem import Problem

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Plan:
    """The statement, the source names and kinds of its columns, all columns that the source has, and the same statement
    without parameters for the fast path (None where that cannot be gone)."""

    query: sa.Select[Any]
    names: list[str]
    kinds: list[Kind]
    seen: list[str]
    fast: str | None


class SqlConnector:
    """Rows of one table or query, in the order in which the database gives them.

    ``fast=False`` goes without the fast path, as does a connection whose extra has ``fast_path: false``.
    """

    def __init__(self, contract: FeedContract, resolve: Resolver, fast: bool = True) -> None:
        if not isinstance(contract.source, SqlSource):
            raise TypeError(f"feed {contract.id} has no sql source")
        self._contract = contract
        self._source = contract.source
        self._connection = resolve(contract.source.connection)
        self._place = f"feed {contract.id}: connection '{self._connection.id}'"
        self._url = database_url(self._place, self._connection)
        self._seconds = to_timedelta(self._source.timeout).total_seconds()
        asked = "fast_path" not in self._connection.extra or flag(self._connection, "fast_path")
        self._fast = fast and asked and has_fast_path(self._url)
        where = f"table {self._source.table}" if self._source.table else "the query"
        self._say = Speaker(self._place, self._connection.id, shown(self._url), where, self._source.timeout, self._seconds)
        self._query = checked_query(f"feed {contract.id}", self._source.query, self._backend) if self._source.query is not None else None
        self._began = time.monotonic()

    @property
    def _backend(self) -> str:
        return self._url.get_backend_name()

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of at most ``fetch_rows`` rows."""
        with self.connected() as connection:
            plan = self._plan(connection, window)
            for line in self._advice(connection):
                _log.warning("%s: %s", self._place, line)
            if plan.fast is None:
                yield from self._admitted(plan, stream_rows(connection, plan.query, plan.names, plan.kinds, self._source.fetch_rows))
                return
        yield from self._fast_pages(plan)

    def advice(self) -> list[str]:
        """What is not wrong but should be better: an account that may do more than read."""
        with self.connected() as connection:
            return self._advice(connection)

    def _advice(self, connection: Connection) -> list[str]:
        tables = [split(self._source.table)] if self._source.table else tables_of(self._query or "", self._backend)
        rights = writing_rights(connection, tables)
        return [f"the login {right}: ask the database's owner for an account that can only read." for right in rights]

    def _fast_pages(self, plan: _Plan) -> Iterator[Page]:
        from adbc_driver_manager import Error

        addresses = reachable(self._place, self._url, self._connection)
        try:
            tables = stream_fast(self._url, addresses, plan.fast or "", self._source.fetch_rows, self._seconds, self._begin)
            yield from self._admitted(plan, tables)
        except NoFastPath:
            _log.info("%s: ADBC cannot connect, so psycopg reads.", self._place)
            with self.connected() as connection:
                yield from self._admitted(plan, stream_rows(connection, plan.query, plan.names, plan.kinds, self._source.fetch_rows))
        except (Error, BrokenOff) as error:
            cause = OSError() if isinstance(error, BrokenOff) else error
            raise self._say.explain(cause, self._took(), getattr(error, "alive", None)) from None
        except EndedHere:
            raise self._say.too_long() from None

    def _admitted(self, plan: _Plan, tables: Iterator[pa.Table]) -> Iterator[Page]:
        for table in tables:
            if self._took() > self._seconds:
                raise EndedHere
            yield admit(self._contract, table.rename_columns(plan.names), plan.seen)

    def _plan(self, connection: Connection, window: Window) -> _Plan:
        relation = self._relation(connection)
        wanted = [column for column in self._contract.columns if column.source_name in relation.columns]
        if not wanted:
            what = f"{self._say.where} has no column of the contract (it has {', '.join(relation.columns)})."
            raise Problem(self._place, what, "correct 'table' or the columns' 'source'.")
        names = list(dict.fromkeys(column.source_name for column in wanted))
        written = self._backend == "postgresql"  # by the server: nothing is left to be done
        kinds = [Kind.TEXT if written else relation.columns[name] for name in names]
        query = sa.select(*[self._field(relation, name).label(f"c{i}") for i, name in enumerate(names)])
        for condition in self._conditions(relation, window):
            query = query.where(condition)
        fast = self._literal(connection, query) if self._fast else None
        self._begin()
        return _Plan(query, names, kinds, list(relation.columns), fast)

    def _relation(self, connection: Connection) -> Relation:
        if self._query is not None:
            return read_query(connection, self._query)
        table = self._source.table or ""
        found = read_table(connection, table)
        if found is None:
            what = f"there is no table '{table}' in {self._say.address}, or this login may not see it."
            raise Problem(self._place, what, f"{meant_table(connection, table)}Correct 'table' of the feed's source.")
        return found

    def _field(self, relation: Relation, name: str) -> Any:
        """PostgreSQL writes the text itself; MySQL does so in its protocol, but for a 4-byte float, which it would round."""
        field, kind = relation.source.c[name], relation.columns[name]
        if self._backend == "postgresql" and kind is not Kind.TEXT:
            return sa.cast(field, sa.Text)
        if self._backend in MYSQL and kind is Kind.FLOAT:
            return sa.cast(field, sa.types.DOUBLE())
        return field

    def _conditions(self, relation: Relation, window: Window) -> list[sa.ColumnElement[bool]]:
        cursor = self._source.cursor
        if cursor is None or (window.since is None and window.until is None):
            return []
        column = self._contract.column(cursor.column)
        name = column.source_name
        if name not in relation.columns:
            what = f"{self._say.where} has no cursor column '{name}' (it has {', '.join(relation.columns)})."
            raise Problem(self._place, what, "correct 'cursor' of the feed's source.")
        return conditions(self._place, column, relation.source.c[name], relation.columns[name], window, self._backend == "sqlite")

    def _literal(self, connection: Connection, query: sa.Select[Any]) -> str:
        compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        return str(compiled) % ()  # the driver's style doubles each '%'

    def _begin(self) -> None:
        self._began = time.monotonic()

    def _took(self) -> float:
        return time.monotonic() - self._began

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A read-only transaction; errors of the database as Problems without values."""
        engine: sa.Engine | None = None
        try:
            with suppress(NotImplementedError):  # a missing driver is said before an address that nobody can reach yet
                self._url.get_dialect().import_dbapi()
            engine = open_engine(self._url, reachable(self._place, self._url, self._connection), self._seconds)
            self._begin()
            with engine.connect() as connection:
                make_read_only(connection, self._seconds)
                yield connection
        except (exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise self._say.no_driver(self._url.drivername, error) from None
        except ColumnNotText as error:
            raise self._say.not_text(error.column, error.type_) from None
        except (exc.SQLAlchemyError, UnicodeDecodeError, EndedHere) as error:
            raise self._say.explain(error, self._took()) from None
        finally:
            if engine is not None:
                engine.dispose()
