"""The fast path for PostgreSQL: ADBC streams the server's text straight into Arrow, where its driver is installed."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from typing import Any

import pyarrow as pa
from sqlalchemy.engine import URL

from connectors.ahead import ahead
from connectors.gate import TEXT
from connectors.sql.database import postgres_options
from connectors.sql.session import postgres_setup

BATCH_BYTES = 8 << 20


class NoFastPath(Exception):
    """ADBC cannot connect here although the database's own driver can."""


class BrokenOff(Exception):
    """The stream ended before its end. ``alive`` says whether the database still answers on this connection."""

    def __init__(self, alive: bool) -> None:
        super().__init__()
        self.alive = alive


def has_fast_path(url: URL) -> bool:
    """Whether ADBC's driver for this database is installed."""
    return url.drivername == "postgresql+psycopg" and find_spec("adbc_driver_postgresql") is not None


def stream_fast(url: URL, addresses: list[str], statement: str, rows: int, seconds: float, began: Callable[[], None]) -> Iterator[pa.Table]:
    """Tables of at most ``rows`` rows, all text, in a read-only transaction whose statement may take ``seconds``.

    ``statement`` has no parameters: with any, the driver would not stream. ``began`` is called when it is sent. Raises
    NoFastPath before anything was read, BrokenOff, and ADBC's errors, which have an sqlstate.
    """
    from adbc_driver_manager import Error

    with closing(_connect(url, addresses, seconds)) as connection, closing(connection.cursor()) as cursor:
        began()
        cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
        try:
            cursor.execute(statement)
            # not fetch_record_batch(): its errors come through Arrow and have lost their sqlstate
            yield from _tables(cursor, ahead(_batches(cursor._results.reader)), rows)
        except Error as error:
            if getattr(error, "sqlstate", None):
                raise
            raise BrokenOff(_answers(connection)) from None


def _tables(cursor: Any, batches: Generator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The server makes and sends the next batch while this one is worked on."""
    with closing(batches):
        try:
            for batch in batches:
                table = _as_text(batch)
                for start in range(0, table.num_rows, rows):
                    yield table.slice(start, rows)
        except GeneratorExit:  # nobody wants the rest: the server need not make it, and nobody reads on when the line is closed
            with suppress(Exception):
                cursor.adbc_cancel()
            raise


def _batches(reader: Any) -> Generator[pa.RecordBatch]:
    with suppress(StopIteration):
        while True:
            yield reader.read_next_batch()


def _connect(url: URL, addresses: list[str], seconds: float) -> Any:
    import adbc_driver_manager
    import adbc_driver_postgresql.dbapi
    from psycopg.conninfo import make_conninfo

    said = {"host": url.host, "port": url.port, "dbname": url.database, "user": url.username, "password": url.password}
    options = {**{key: value for key, value in said.items() if value is not None}, **postgres_options(url, addresses), **url.query}
    try:
        connection = adbc_driver_postgresql.dbapi.connect(make_conninfo("", **options))
    except adbc_driver_manager.Error:
        raise NoFastPath from None
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(postgres_setup(seconds))
            cursor.fetchall()
    except adbc_driver_manager.Error:
        connection.close()
        raise NoFastPath from None
    return connection


def _as_text(batch: pa.RecordBatch) -> pa.Table:
    table = pa.Table.from_batches([batch])
    return (
        table
        if all(type_ == TEXT for type_ in table.schema.types)
        else table.cast(pa.schema([(name, TEXT) for name in table.column_names]))
    )


def _answers(connection: Any) -> bool:
    with suppress(Exception):
        connection.rollback()
        return True
    return False
