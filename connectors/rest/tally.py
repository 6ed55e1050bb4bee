"""Whether the pages of one window are a whole: counted against the source's total, no page and no record twice."""

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from connectors.parse_json import Answer
from connectors.protocol import SourceChanged
from connectors.rest.pagers import whole_number
from declarations.feed import FeedContract
from declarations.problem import Problem

_FIX = "pull again when the source is quiet; page by 'keyset' or 'cursor', or ask for narrower windows ('slices')."


class Tally:
    """Follows the pages of one window. Raises SourceChanged, which is worth another try from the start.

    Records are only remembered (8 bytes each, a hash of the key) where the source declares ``paging.total``. ``own_doubles``
    are those that an earlier try saw on two pages: seen again, they are the source's own and no sign of change.
    """

    def __init__(self, contract: FeedContract, total_at: str | None, own_doubles: set[int]) -> None:
        self._keys = [contract.column(name).source_name for name in contract.keys]
        self._total_at = total_at
        self._own_doubles = own_doubles
        self._pages: dict[int, list[int]] = {}
        self._hashes: list[Any] = []
        self._count = 0
        self.fetched = 0
        self.total: int | None = None

    def add(self, answer: Answer, place: str) -> None:
        """Count a page. Raises SourceChanged where it is a repeated one, or the total is another than before."""
        self._count += 1
        self.fetched += answer.records.num_rows + len(answer.refused)
        self._check_repeated(answer.records, place)
        if self._total_at is None:
            return
        told = answer.told.get(self._total_at)
        if told is not None:
            total = whole_number(told, place, "paging.total")
            if self.total is not None and total != self.total:
                what = f"the source changed while it was read: page 1 spoke of {self.total} records in all, this page of {total}."
                raise SourceChanged(place, what, _FIX)
            self.total = total
        self._hashes.append(_hashes(answer.records, self._keys))

    def finish(self, place: str) -> None:
        """After the last page. Raises SourceChanged where the count is not the total, or records stood on two pages."""
        if self._total_at is None:
            return
        if self.total is None:
            fix = "correct 'paging.total' of the feed's source, or remove it."
            raise Problem(place, f"no page says how many records there are (nothing at '{self._total_at}').", fix)
        if self.fetched != self.total:
            what = f"{self.fetched} records came, the source speaks of {self.total}: it changed while it was read, or a page was cut short."
            raise SourceChanged(place, what, _FIX)
        doubled = self._on_two_pages()
        if doubled - self._own_doubles:
            count = len(doubled)
            self._own_doubles |= doubled
            records = "record" if count == 1 else "records"
            what = f"{count} {records} came on two pages: rows moved while they were read, and others were missed."
            raise SourceChanged(place, what, _FIX)

    def _check_repeated(self, records: pa.Table, place: str) -> None:
        if not records.num_rows:
            return
        page = hash((records.num_rows, *(str(records.slice(at, 1).to_pylist()) for at in (0, records.num_rows - 1))))
        earlier = self._pages.setdefault(page, [])
        if len(earlier) >= (1 if records.num_rows > 1 else 2):  # one record may have moved, or stand twice in the source
            what = f"this page is the same as page {earlier[0]}."
            fix = "check that the source knows the parameters of 'paging' and orders its records firmly."
            raise SourceChanged(place, what, fix)
        earlier.append(self._count)

    def _on_two_pages(self) -> set[int]:
        if len(self._hashes) < 2:
            return set()
        every = np.sort(np.concatenate(self._hashes))
        return set(every[1:][every[1:] == every[:-1]].tolist())


def _hashes(records: pa.Table, keys: list[str]) -> Any:
    """One 64-bit hash for each key of the page."""
    present = [name for name in keys if name in records.column_names]
    if not present or not records.num_rows:
        return np.empty(0, np.uint64)
    names = ", ".join('CAST("' + name.replace('"', '""') + '" AS VARCHAR)' for name in present)
    with duckdb.connect() as con:
        con.register("page", records.select(present))
        return con.execute(f"SELECT DISTINCT hash({names}) AS h FROM page").fetchnumpy()["h"]
