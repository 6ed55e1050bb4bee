"""Pages to the Parquet files of a batch, with flat memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.gate import TEXT
from connectors.protocol import Page, Refused

GROUP_ROWS = 100_000
DICTIONARY_BYTES = 32 * 1024
REFUSED_SCHEMA = pa.schema([("_row", pa.int64()), ("position", TEXT), ("reason", TEXT)])


@dataclass
class Landed:
    """What was written: ``rows`` good ones, the refused, and what stays outside. ``ends`` are the numbers of the rows with which
    the ``files`` of a folder end, ``controls`` the control totals that the source named last."""

    rows: int = 0
    withheld: int = 0
    pages: int = 0
    columns_seen: set[str] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    controls: dict[str, str] = field(default_factory=dict)


def write_pages(folder: Path, names: list[str], pages: Iterable[Page], progress: Callable[[int], None] | None = None) -> Landed:
    """Writes ``data.parquet`` and ``refused.parquet``; rows are numbered from 1, the refused go on after the good."""
    landed = Landed()
    with _Writer(folder / "data.parquet", names) as writer:
        for page in pages:
            writer.add(page.rows)
            _count(landed, page)
            if progress:
                progress(landed.rows)
    numbers = range(landed.rows + 1, landed.rows + 1 + len(landed.refused))
    table = pa.table([list(numbers), [r.position for r in landed.refused], [r.reason for r in landed.refused]], schema=REFUSED_SCHEMA)
    pq.write_table(table, folder / "refused.parquet", compression="zstd")
    return landed


def _count(landed: Landed, page: Page) -> None:
    landed.rows += page.rows.num_rows
    landed.withheld += page.withheld
    landed.pages += 1
    landed.columns_seen |= page.columns_seen
    landed.refused.extend(page.refused)
    landed.controls.update(page.controls)
    if page.file:
        landed.files[page.file[0]] = page.file[1]
        landed.ends.append(landed.rows)


class _Writer:
    """Gathers small pages to row groups of ``GROUP_ROWS``."""

    def __init__(self, file: Path, names: list[str]) -> None:
        schema = pa.schema([("_row", pa.int64()), *((name, TEXT) for name in names)])
        self._writer = pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=names,  # given up at once where values hardly repeat: half the time, a smaller file
            dictionary_pagesize_limit=DICTIONARY_BYTES,
            column_encoding={"_row": "DELTA_BINARY_PACKED"},
        )
        self._waiting: list[pa.Table] = []
        self._count = 0
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def add(self, rows: pa.Table) -> None:
        self._waiting.append(rows)
        self._count += rows.num_rows
        if self._count >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._count:
            return
        table = pa.concat_tables(self._waiting)
        numbers = pa.array(np.arange(self._written + 1, self._written + 1 + table.num_rows))
        self._writer.write_table(table.add_column(0, "_row", numbers), row_group_size=GROUP_ROWS)
        self._written += table.num_rows
        self._waiting, self._count = [], 0
