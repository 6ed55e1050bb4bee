"""Rows of a table as JSON text, in the order of their last change, ready to be cut into pages without touching single rows."""

import bisect
import glob
import gzip
import threading
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

READERS = {
    ".parquet": "read_parquet(?, union_by_name = true)",
    ".csv": "read_csv(?, all_varchar = true, union_by_name = true)",
    ".ndjson": "read_ndjson(?, union_by_name = true)",
}
Place = tuple[str, str, int]


class Rows:
    """An immutable table. Row ``i`` has a place (changed, key, how many equal ones stand before it) that grows with ``i``."""

    def __init__(self, files: Sequence[str], keys: Sequence[str], changed: str | None) -> None:
        db = duckdb.connect()
        db.execute("SET arrow_large_buffer_size = true")
        reader = READERS[Path(files[0]).suffix]
        key = "concat_ws('|', " + ", ".join(f'"{name}"' for name in keys) + ")"
        moment = "''"
        if changed:
            moment = f"coalesce(strftime(try_cast(\"{changed}\" AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S'), \"{changed}\"::VARCHAR, '')"
        table = db.execute(
            f"SELECT {moment} AS changed, {key} AS key, to_json(row_of)::VARCHAR || ',' AS json FROM {reader} AS row_of ORDER BY 1, 2, 3",
            [list(files)],
        ).to_arrow_table()
        self._changed, self._key = table["changed"].combine_chunks(), table["key"].combine_chunks()
        text: Any = table["json"].cast(pa.large_string()).combine_chunks()
        if isinstance(text, pa.ChunkedArray):  # an empty table
            text = pa.array([], pa.large_string())
        _, offsets, data = text.buffers()
        self._offsets = (
            np.frombuffer(offsets, dtype=np.int64, count=len(text) + 1, offset=text.offset * 8) if len(text) else np.zeros(1, np.int64)
        )
        self._bytes = memoryview(data) if data is not None else memoryview(b"")
        self.count = len(text)

    def place(self, i: int) -> Place:
        """Where row ``i`` stands."""
        moment, key, before = self._changed[i].as_py(), self._key[i].as_py(), 0
        while i - before > 0 and self._key[i - before - 1].as_py() == key and self._changed[i - before - 1].as_py() == moment:
            before += 1
        return moment, key, before

    def first_since(self, since: str) -> int:
        """The first row that changed at or after a moment."""
        return bisect.bisect_left(range(self.count), since, key=lambda i: self._changed[i].as_py())

    def first_after(self, place: Place) -> int:
        """The first row behind a place, whatever was added meanwhile."""
        return bisect.bisect_right(range(self.count), place, key=self.place)

    def cut(self, start: int, stop: int) -> bytes:
        """The rows ``[start, stop)`` as the inside of a JSON list."""
        return bytes(self._bytes[self._offsets[start] : self._offsets[stop] - 1]) if stop > start else b""

    @lru_cache(maxsize=256)  # noqa: B019 - a handful of tables live as long as the process
    def packed(self, start: int, stop: int, head: bytes, tail: bytes) -> bytes:
        """The same between a head and a tail, compressed; the fastest level, as busy servers set it."""
        return gzip.compress(head + self.cut(start, stop) + tail, compresslevel=1, mtime=0)


class LiveRows:
    """Rows of all files that match a pattern; read anew when a file was added or changed."""

    def __init__(self, pattern: str, keys: Sequence[str], changed: str | None) -> None:
        self._pattern, self._keys, self._changed = pattern, keys, changed
        self._lock = threading.Lock()
        self._seen: list[tuple[str, int]] = []
        self._rows: Rows | None = None

    def now(self) -> Rows:
        """The table as it stands at this moment."""
        with self._lock:
            seen = [(name, Path(name).stat().st_mtime_ns) for name in sorted(glob.glob(self._pattern))]
            if self._rows is None or seen != self._seen:
                self._rows, self._seen = Rows([name for name, _ in seen], self._keys, self._changed), seen
            return self._rows


def as_moment(text: str) -> str:
    """A moment of a query as the tables write it: ISO 8601, local time. Raises ValueError."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None).isoformat(timespec="seconds")
