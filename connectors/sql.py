"""A table or query of a database, streamed from the server, allow-listed columns only."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import URL, Connection, Engine

from connectors.gate import TEXT, admit
from connectors.protocol import Connection as SourceConnection
from connectors.protocol import Page, Resolver, Window
from connectors.since import as_asked
from declarations.feed import Column, CursorBy, FeedContract, SqlSource
from declarations.problem import Problem, SourceAway
from declarations.yaml_file import nearest

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mssql": "mssql+pyodbc",
    "oracle": "oracle+oracledb",
}
DATABASE_WRITES_TEXT = {"postgresql", "sqlite"}  # a cast there keeps a number's text; others are cast by pyarrow
CONNECT_SECONDS = 10


class SqlConnector:
    """Rows of one table or query, in the order in which the database gives them."""

    def __init__(self, contract: FeedContract, resolve: Resolver) -> None:
        if not isinstance(contract.source, SqlSource):
            raise TypeError(f"feed {contract.id} has no sql source")
        self._contract = contract
        self._source = contract.source
        self._connection = resolve(contract.source.connection)
        self._place = f"feed {contract.id}: connection '{self._connection.id}'"
        self._url = _url(self._place, self._connection)

    def pages(self, window: Window) -> Iterator[Page]:
        """Pages of ``fetch_rows`` rows."""
        with self._connected() as connection:
            relation, types = self._relation(connection)
            wanted = [c for c in self._contract.columns if c.source_name in types]
            if not wanted:
                what = f"{self._where()} has no column of the contract (it has {', '.join(types)})."
                raise Problem(self._place, what, "correct 'table' or the columns' 'source'.")
            in_database = self._url.get_backend_name() in DATABASE_WRITES_TEXT
            fields = [_field(relation.c[c.source_name], in_database) for c in wanted]
            query = sa.select(*fields)
            cursor = self._source.cursor
            if cursor and window.since:
                query = query.where(self._condition(relation, types, cursor, window.since))
            result = connection.execution_options(stream_results=True, yield_per=self._source.fetch_rows).execute(query)
            names = [c.source_name for c in wanted]
            for rows in result.partitions():
                columns = [_text_array(list(values)) for values in zip(*rows, strict=True)]
                yield admit(self._contract, pa.table(columns, names=names), types)

    def _relation(self, connection: Connection) -> tuple[sa.FromClause, dict[str, sa.types.TypeEngine[Any]]]:
        """The table or query with its columns. Only names and types are read, never a left-out value."""
        if self._source.query is not None:
            text = self._source.query.strip().rstrip(";")
            probe = connection.execute(sa.text(f"SELECT * FROM ({text}) AS q WHERE 1 = 0"))  # the owner's own SQL
            names = list(probe.keys())
            types: dict[str, sa.types.TypeEngine[Any]] = {name: sa.types.NullType() for name in names}
            probe.close()
            query = sa.text(text).columns(*[sa.column(name, type_) for name, type_ in types.items()])
            return query.subquery("q"), types
        schema, name = _split(self._source.table or "")
        inspector = sa.inspect(connection)
        try:
            types = {column["name"]: column["type"] for column in inspector.get_columns(name, schema=schema)}
        except exc.NoSuchTableError:
            types = {}
        if not types:
            raise self._no_table(inspector, schema, name)
        columns = [sa.column(column, type_) for column, type_ in types.items()]
        return sa.table(name, *columns, schema=schema), types

    def _no_table(self, inspector: Any, schema: str | None, name: str) -> Problem:
        try:
            known = [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]
        except exc.SQLAlchemyError:
            known = []
        what = f"there is no table '{self._source.table}' in {self._address()}, or this login may not see it."
        return Problem(self._place, what, f"{nearest(name, known)}Correct 'table' of the feed's source.")

    def _condition(
        self, relation: sa.FromClause, types: dict[str, sa.types.TypeEngine[Any]], cursor: CursorBy, since: str
    ) -> sa.ColumnElement[bool]:
        column = self._contract.column(cursor.column)
        if column.source_name not in types:
            what = f"{self._where()} has no cursor column '{column.source_name}' (it has {', '.join(types)})."
            raise Problem(self._place, what, "correct 'cursor' of the feed's source.")
        field: sa.ColumnElement[Any] = relation.c[column.source_name]
        return field >= _bound(column, types[column.source_name], since, self._url.get_backend_name() == "sqlite")

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A read-only transaction; errors of the database as Problems without values."""
        engine: Engine | None = None
        try:
            engine = _engine(self._url, self._connection)
            with engine.connect() as connection:
                _read_only(connection)
                yield connection
        except (exc.NoSuchModuleError, ModuleNotFoundError) as error:
            what = f"no driver for '{self._url.drivername}' is installed ({getattr(error, 'name', None) or 'unknown'})."
            fix = "install the driver's package, or correct 'conn_type' of the connection."
            raise Problem(self._place, what, fix) from None
        except exc.SQLAlchemyError as error:
            raise self._explain(error) from None
        finally:
            if engine is not None:
                engine.dispose()

    def _explain(self, error: exc.SQLAlchemyError) -> Problem:
        cause = getattr(error, "orig", None) or error
        state = str(getattr(cause, "sqlstate", None) or "")
        text = str(cause)
        login_fix = f"correct login and password of connection '{self._connection.id}'."
        if state in ("28P01", "28000") or "authentication failed" in text or "Access denied" in text:
            return Problem(self._place, f"{self._address()} refused the login.", login_fix)
        if state == "3D000" or ("database" in text and "does not exist" in text) or "Unknown database" in text:
            return Problem(self._place, f"{self._address()} does not exist.", "correct 'schema' (the database's name).")
        if state == "42501":
            fix = "ask the database's owner for SELECT on the contract's columns."
            return Problem(self._place, f"the login may not read {self._where()} in {self._address()}.", fix)
        if isinstance(error, exc.OperationalError | exc.InterfaceError) and not state:
            what = f"{self._address()} cannot be reached or broke off ({type(cause).__name__})."
            return SourceAway(self._place, what, "check host and port of the connection, and that the database is up.")
        what = f"{self._address()} refused the query on {self._where()} ({type(cause).__name__} {state})."
        return Problem(self._place, what.replace(" )", ")"), "run the feed's query by hand; correct the feed's source.")

    def _address(self) -> str:
        url = self._url  # URL.set(username=None) would leave the user's name in
        return URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database).render_as_string()

    def _where(self) -> str:
        return f"table {self._source.table}" if self._source.table else "the query"


def _url(place: str, connection: SourceConnection) -> URL:
    driver = DRIVERS.get(connection.conn_type, connection.conn_type)
    if driver == "sqlite":
        file = Path(connection.schema or connection.host or "")
        if not file.is_file():
            raise Problem(place, f"there is no SQLite file {file}.", "correct 'host' (the file) of the connection.")
        return URL.create("sqlite", database=str(file))
    if not connection.host:
        raise Problem(place, "has no host.", "add 'host' to the connection.")
    return URL.create(
        driver,
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={k: str(v) for k, v in connection.extra.items() if isinstance(v, str | int)},
    )


def _engine(url: URL, connection: SourceConnection) -> Engine:
    backend = url.get_backend_name()
    if backend == "sqlite":
        address = f"{Path(url.database or '').resolve().as_uri()}?mode=ro"
        return sa.create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(address, uri=True),
            poolclass=sa.pool.NullPool,
            hide_parameters=True,
        )
    options: dict[str, Any] = {}
    if backend == "postgresql":
        options = {"connect_timeout": CONNECT_SECONDS, "options": "-c timezone=UTC -c datestyle=ISO"}
        options = {key: value for key, value in options.items() if key not in connection.extra}
    return sa.create_engine(url, connect_args=options, poolclass=sa.pool.NullPool, hide_parameters=True)


def _read_only(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    elif connection.dialect.name in ("mysql", "mariadb"):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _field(field: sa.ColumnElement[Any], in_database: bool) -> sa.ColumnElement[Any]:
    """In PostgreSQL and SQLite the database writes the text; a text column is left as it is."""
    if not in_database or isinstance(field.type, sa.types.String):
        return field
    return sa.cast(field, sa.Text).label(field.name)


def _bound(column: Column, type_: sa.types.TypeEngine[Any], since: str, sqlite: bool) -> Any:
    """``since`` as a value that the source's column compares well with."""
    if column.type == "integer":
        return int(since)
    if column.type == "decimal":
        return Decimal(since)
    if column.type not in ("date", "timestamp"):
        return since
    if isinstance(type_, sa.types.String) or sqlite:
        # text times differ in their separator ('T' or a blank): the day alone sorts before all of that day
        return as_asked(column, since) if column.format else since[:10]
    moment = datetime.fromisoformat(since)
    if isinstance(type_, sa.types.Date):
        return sa.literal(moment.date(), type_)
    return sa.literal(moment, type_) if not isinstance(type_, sa.types.NullType) else moment


def _split(table: str) -> tuple[str | None, str]:
    schema, _, name = table.rpartition(".")
    return schema or None, name


def _text_array(values: Sequence[Any]) -> pa.Array:
    """Text stays, other values go through pyarrow's casts; a Decimal keeps its digits whatever stands beside it."""
    try:
        return pa.array(values, TEXT)
    except (pa.ArrowException, TypeError):
        pass
    try:
        array = pa.array(values)
    except (pa.ArrowException, TypeError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], TEXT)
    if pa.types.is_decimal(array.type):
        return pa.array([None if value is None else format(value, "f") for value in values], TEXT)
    return array.cast(TEXT)
