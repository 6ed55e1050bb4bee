"""Connectors with planted faults: the real ones, spoilt in one way each. What a kit that can fail must notice."""

import contextlib
import dataclasses
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.protocol import Page, Window
from connectors.since import less
from declarations.base import to_timedelta
from declarations.problem import Problem

REAL = {
    "rest": "connectors.rest:RestConnector",
    "files": "connectors.files:FilesConnector",
    "sql": "connectors.sql:SqlConnector",
}
MEMORY: dict[tuple[str, str], Any] = {}  # what a connector should not have: a memory of its own


class Broken:
    """The real connector of the contract, to be spoilt."""

    def __init__(self, contract: Any, resolve: Any) -> None:
        from importlib import import_module

        module, _, name = REAL[contract.source.connector].partition(":")
        self.contract = self.spoil(contract)
        self.connection = resolve(contract.source.connection)
        self.real = getattr(import_module(module), name)(self.contract, resolve)
        self.where = (type(self).__name__, f"{self.connection.port}{self.connection.host}{self.connection.extra.get('path')}")

    def spoil(self, contract: Any) -> Any:
        return contract

    def pages(self, window: Window) -> Iterator[Page]:
        yield from self.real.pages(window)

    def changed(self, window: Window, change: Any) -> Iterator[Page]:
        for page in self.real.pages(window):
            yield dataclasses.replace(page, rows=change(page.rows))

    def cursor(self) -> str:
        return str(self.contract.source.cursor.column)


def _set(rows: pa.Table, name: str, values: Any) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, values)


class SwallowsErrors(Broken):
    """Takes an error for the end of the data."""

    def pages(self, window):
        with contextlib.suppress(Problem):
            yield from self.real.pages(window)


class DropsLastPage(Broken):
    def pages(self, window):
        *pages, _ = [*self.real.pages(window)] or [None]
        yield from pages


class FailsWhenEmpty(Broken):
    def pages(self, window):
        pages = list(self.real.pages(window))
        if not sum(page.rows.num_rows for page in pages):
            raise IndexError("list index out of range")
        yield from pages


class StampsItsTime(Broken):
    """Writes the time of the pull into the rows, so that no row is ever the same again."""

    def pages(self, window):
        name = next(c.name for c in self.contract.columns if c.type == "date" and not c.required)
        days = datetime.now(UTC).microsecond % 28 + 1, os.getpid() % 12 + 1
        stamp = f"2001-{days[1]:02d}-{days[0]:02d}"
        yield from self.changed(window, lambda rows: _set(rows, name, pa.array([stamp] * rows.num_rows)))


class StopsAtOlder(Broken):
    """Takes it for granted that rows come in the order of the cursor."""

    def pages(self, window):
        for page in self.real.pages(window):
            values = page.rows.column(self.cursor()).to_pylist()
            sound = next((i for i in range(1, len(values)) if values[i] < values[i - 1]), len(values))
            yield dataclasses.replace(page, rows=page.rows.slice(0, sound))
            if sound < len(values):
                return


class RenamesFiles(Broken):
    def pages(self, window):
        yield from self.real.pages(window)
        for file in Path(self.connection.extra["path"]).iterdir():
            file.rename(file.with_name(f"{file.name}.taken"))


class KeepsFirstState(Broken):
    """Sends of each record the state that it saw first."""

    def pages(self, window):
        seen = MEMORY.setdefault(self.where, {})
        for page in self.real.pages(window):
            rows = [seen.setdefault(row[self.contract.keys[0]], row) for row in page.rows.to_pylist()]
            yield dataclasses.replace(page, rows=pa.Table.from_pylist(rows, schema=page.rows.schema))


class SendsAllItEverSaw(Broken):
    def pages(self, window):
        seen = MEMORY.setdefault(self.where, {})
        for page in self.real.pages(window):
            seen.update({row[self.contract.keys[0]]: row for row in page.rows.to_pylist()})
        yield dataclasses.replace(page, rows=pa.Table.from_pylist(list(seen.values()), schema=page.rows.schema))


class AsksForAll(Broken):
    def pages(self, window):
        yield from self.real.pages(Window(None, {}))


class IgnoresLookBack(Broken):
    def pages(self, window):
        if window.since:
            back = to_timedelta(self.contract.source.cursor.look_back)
            window = dataclasses.replace(window, since=less(self.contract.column(self.cursor()), window.since, -back))
        yield from self.real.pages(window)


class KeepsItsOwnPlace(Broken):
    """Goes on from where it was, whatever it is asked for: resets and back-fills are ignored."""

    def pages(self, window):
        mine = MEMORY.get(self.where)
        for page in self.real.pages(Window(mine, window.taken)):
            newest = pc.max(page.rows.column(self.cursor())).as_py()
            MEMORY[self.where] = max(MEMORY.get(self.where) or "", newest or "")
            yield page


class GoesByItsOwnClock(Broken):
    """Asks for what was written since its own last pull; and what went wrong then does not matter to it."""

    def pages(self, window):
        mine = MEMORY.get(self.where)
        MEMORY[self.where] = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        with contextlib.suppress(Problem):
            yield from self.real.pages(dataclasses.replace(window, since=mine))


class DropsTheFuture(Broken):
    def pages(self, window):
        today = datetime.now(UTC).isoformat()
        yield from self.changed(window, lambda rows: rows.filter(pc.less(rows.column(self.cursor()), today)))


class FillsWithZero(Broken):
    def pages(self, window):
        def filled(rows):
            for column in self.contract.columns:
                if not column.required and column.type != "date":
                    rows = _set(rows, column.name, pc.fill_null(rows.column(column.name), "0"))
            return rows

        yield from self.changed(window, filled)


class DropsRowsWithoutKey(Broken):
    def pages(self, window):
        yield from self.changed(window, lambda rows: rows.filter(pc.is_valid(rows.column(self.contract.keys[0]))))


class CoercesToNull(Broken):
    """Makes nothing of what it cannot read."""

    def pages(self, window):
        def coerced(rows):
            for column in self.contract.columns:
                if column.type != "string":
                    values = rows.column(column.name)
                    odd = pc.match_substring_regex(values, "[g-z]{2}[^a-z]")
                    rows = _set(rows, column.name, pc.if_else(pc.fill_null(odd, False), None, values))
            return rows

        yield from self.changed(window, coerced)


class HidesColumns(Broken):
    """Says that it saw just the columns that are expected."""

    def pages(self, window):
        expected = frozenset(column.source_name for column in self.contract.columns)
        for page in self.real.pages(window):
            yield dataclasses.replace(page, columns_seen=expected)


class CutsTexts(Broken):
    def pages(self, window):
        def cut(rows):
            for name in rows.column_names:
                rows = _set(rows, name, pc.utf8_slice_codeunits(rows.column(name), 0, 4000))
            return rows

        yield from self.changed(window, cut)


class PrintsPassword(Broken):
    def pages(self, window):
        print(f"connecting as {self.connection.login} with {self.connection.password}")
        yield from self.real.pages(window)


class LogsHeaders(Broken):
    def pages(self, window):
        logging.getLogger(__name__).debug("connection: %s", dataclasses.asdict(self.connection))
        yield from self.real.pages(window)


class RemembersProgress(Broken):
    """Notes each page that it gave out, and goes on behind it, though nothing of it was landed."""

    def pages(self, window):
        note = Path(tempfile.gettempdir()) / f"broken-progress-{self.connection.port}"
        done = json.loads(note.read_text()) if note.exists() else 0
        for number, page in enumerate(self.real.pages(window)):
            if number < done:
                continue
            note.write_text(str(number + 1))
            yield page
        note.unlink(missing_ok=True)


class TakesHalfFiles(Broken):
    def spoil(self, contract):
        return contract.model_copy(update={"source": contract.source.model_copy(update={"complete_marker": None, "pattern": ["*.csv"]})})


class KnowsFilesByName(Broken):
    def pages(self, window):
        for page in self.real.pages(window):
            if page.file is None or page.file[0] not in window.taken:
                yield page


class UnpacksAnything(Broken):
    def spoil(self, contract):
        return contract.model_copy(update={"source": contract.source.model_copy(update={"unpacked_megabytes": 4096})})


class UnpacksToDisk(Broken):
    """Writes the members of a zip under their own names."""

    def pages(self, window):
        import zipfile

        folder = Path(self.connection.extra["path"])
        for file in folder.glob("*.zip"):
            with zipfile.ZipFile(file) as packed:
                for name in packed.namelist():
                    (folder / name).write_bytes(packed.read(name))
        yield from self.real.pages(window)
