"""The working warehouse: one DuckDB file, one writer at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from declarations.problem import Problem

LOCK_PATIENCE_SECONDS = 600
_SCHEMA = Path(__file__).parent / "schema.sql"


@contextmanager
def open_warehouse(file: Path, patience: float = LOCK_PATIENCE_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working warehouse, open for writing; waits for its lock. Raises Problem when another holds it too long."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{file}.lock")
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        what = f"another process has been writing for more than {patience:g} s."
        raise Problem(str(file), what, "look at 'traceless status' for a running load; it frees the lock when it ends.") from None
    try:
        connection = _connect(file)
        try:
            yield connection
        finally:
            connection.close()
    finally:
        lock.release()


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(file))
    except duckdb.IOException as error:
        what = f"cannot be opened ({str(error).splitlines()[0]})."
        fix = "close other programs that have it open; only the pipeline opens it, people read published/current.duckdb."
        raise Problem(str(file), what, fix) from None
    connection.execute(f"set threads = {os.cpu_count() or 2}")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set checkpoint_threshold = '1GB'")  # once at the end, not after each large commit; the log is safe
    connection.execute(_SCHEMA.read_text())
    return connection


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.begin()
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
