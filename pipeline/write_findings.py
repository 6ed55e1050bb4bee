"""Tables and pictures of an analysis in a folder, each file complete or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from declarations.problem import Problem


def write_findings(folder: Path, tables: Mapping[str, pa.Table], texts: Mapping[str, str]) -> list[Path]:
    """Write ``<name>.parquet`` for each table, and each text under its own name. Returns the files.

    Raises Problem where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [_table(table, folder / f"{name}.parquet") for name, table in tables.items()]
        return [*files, *(_text(text, folder / name) for name, text in texts.items())]
    except OSError as error:
        raise _not_written(folder, error) from None


def write_text(file: Path, text: str) -> None:
    """Write one file. Raises Problem where that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _text(text, file)
    except OSError as error:
        raise _not_written(file, error) from None


def _not_written(path: Path, error: OSError) -> Problem:
    return Problem(str(path), f"cannot be written to ({error.strerror}).", "check the path, its permissions and the free space there.")


def _table(table: pa.Table, file: Path) -> Path:
    unfinished = file.with_name(f".{file.name}.new")
    pq.write_table(table, unfinished, compression="zstd")
    os.replace(unfinished, file)
    return file


def _text(text: str, file: Path) -> Path:
    unfinished = file.with_name(f".{file.name}.new")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, file)
    return file
