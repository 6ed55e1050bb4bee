"""A database: a SQLite file, so that the SQL connector is played without a server."""

import hashlib
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.canaries import connection
from conformance.doubles.double import NO_CHARSET, SPOILT, Double
from conformance.samples import Row
from connectors.protocol import Connection
from declarations.feed import FeedContract

TYPES = {"integer": "INTEGER", "decimal": "NUMERIC", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "string": "TEXT"}


class SqlDouble(Double):
    """One table, written anew at each change."""

    traits = Double.traits | {"pages", "any_order", "charset", "huge", "state", "loses_place"}
    lacks = {
        "http": "SQLite is a file: there is no server to answer with an HTTP status, to be slow or to break off.",
        "shifting": "A statement sees one state of the table: nothing changes while it is read.",
        "repeats": "A database does not send a page twice.",
    }

    def __init__(self, contract: FeedContract, begin: datetime) -> None:
        super().__init__(contract, begin)
        self.table = str(self.source.table)

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "source.sqlite"

    def open(self, folder: Path) -> None:
        super().open(folder)
        self._write()

    def connection(self) -> Connection:
        return connection(self.contract.source.connection, "sqlite", host=str(self.file))

    def stored(self, rows: list[Row]) -> None:
        self._write()

    def taken_away(self, rows: list[Row]) -> None:
        self._write()

    def lose_place(self) -> None:
        """The table is gone."""
        with sqlite3.connect(self.file) as db:
            db.execute(f'DROP TABLE "{self.table}"')

    def state(self) -> object:
        return hashlib.sha256(self.file.read_bytes()).hexdigest(), sorted(f.name for f in self.folder.iterdir())

    def _write(self) -> None:
        types = {c.source_name: TYPES[c.type] for c in self.contract.columns}
        columns = ", ".join(f'"{name}" {types.get(name, "TEXT")}' for name in self.names())
        values = ", ".join(f"CAST(:{i} AS TEXT)" for i in range(len(self.names())))
        with sqlite3.connect(self.file) as db:
            db.execute(f'DROP TABLE IF EXISTS "{self.table}"')
            db.execute(f'CREATE TABLE "{self.table}" ({columns})')
            rows = list(reversed(self.records)) if self.shuffled else self.records
            db.executemany(f'INSERT INTO "{self.table}" VALUES ({values})', [self._values(row) for row in rows])
        db.close()

    def _values(self, row: Row) -> dict[str, Any]:
        texts = self.wire_text(row)
        return {str(i): _bytes(texts[name]) for i, name in enumerate(self.names())}


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode().replace(SPOILT.encode(), NO_CHARSET)
