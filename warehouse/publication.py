"""The published file: made whole beside the others, then put in place of ``current.duckdb`` by one rename."""

import os
from pathlib import Path

import duckdb

from declarations.problem import Problem

CURRENT = "current.duckdb"


def export_publication(
    connection: duckdb.DuckDBPyConnection, folder: Path, publication: str, comments: dict[str, tuple[str, dict[str, str]]]
) -> Path:
    """Write ``published/<publication>.duckdb`` from the marts, unless it is there, and let ``current.duckdb`` name it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{publication}.duckdb"
    if not file.exists():
        _remove_leftovers(folder)
        temporary = folder / f".tmp-{os.getpid()}.duckdb"
        _write(connection, temporary, comments)
        _flush(temporary)
        temporary.rename(file)
    _switch(folder, file)
    return file


def open_published(folder: Path, publication: str | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to what is published now, or to an older publication. Raises Problem where there is none."""
    file = folder / (f"{publication}.duckdb" if publication else CURRENT)
    if not file.exists():
        raise _not_there(folder, publication)
    try:
        connection = duckdb.connect(str(file.resolve()), read_only=True)
    except duckdb.Error as error:
        what = f"cannot be opened ({str(error).splitlines()[0].rstrip('.')})."
        raise Problem(str(file), what, "name an older one with --publication; a new one is made when a score changes.") from None
    connection.execute("set search_path = 'mart'")
    return connection


def _not_there(folder: Path, publication: str | None) -> Problem:
    others = ", ".join(sorted(f.stem for f in folder.glob("P*.duckdb"))[-3:])
    if publication and others:
        return Problem(f"publication {publication}", "there is no such publication.", f"name one of {folder}, such as {others}.")
    return Problem(str(folder), "nothing is published yet.", "run 'traceless run --period YEAR' or 'traceless demo' first.")


def _write(connection: duckdb.DuckDBPyConnection, file: Path, comments: dict[str, tuple[str, dict[str, str]]]) -> None:
    connection.execute(f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as publication_out")
    try:
        connection.execute("create schema publication_out.mart")
        for table, (description, columns) in comments.items():
            target = f"publication_out.mart.{table}"
            said = [f"comment on table {target} is {_text(description)}"]
            said += [f'comment on column {target}."{column}" is {_text(meaning)}' for column, meaning in columns.items()]
            connection.execute(f"create table {target} as select * from mart.{table}; " + "; ".join(said))
    finally:
        connection.execute("detach publication_out")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _remove_leftovers(folder: Path) -> None:
    # only the holder of the warehouse's lock writes here, so what lies around is of a writer that died
    for leftover in folder.glob(".tmp-*"):
        leftover.unlink()


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _switch(folder: Path, file: Path) -> None:
    link = folder / f".tmp-link-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(file.name)
    link.rename(folder / CURRENT)
