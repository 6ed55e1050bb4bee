"""What a double of a source is: records that it holds, and ways to misbehave that a case turns on."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from conformance.canaries import left_out_value
from conformance.samples import Row, as_text
from connectors.protocol import Connection, Resolver
from declarations.feed import FeedContract

SPOILT = "坏字节"  # stands in a value whose bytes a double replaces by ones of no charset
NO_CHARSET = b"\xff\xff"


class Double:
    """A source on this machine that holds ``records`` and delivers them as the contract says that its source does.

    The author of a connector type subclasses it: ``traits`` says what the double can play (a case that needs more is not
    applicable, for the reason in ``lacks``), ``connection`` how to reach it, and ``stored`` or ``taken_away`` do what a
    change of the records means in the source. Used as a context manager; ``open`` and ``close`` start and end servers.
    """

    traits: frozenset[str] = frozenset({"columns", "deletes"})
    lacks: Mapping[str, str] = {}

    def __init__(self, contract: FeedContract, begin: datetime) -> None:
        self.contract = contract
        self.begin = begin
        self.records: list[Row] = []
        self.extra: dict[str, str] = {}  # columns that nobody announced, with what stands in them
        self.lost: set[str] = set()  # columns of the contract that are no longer sent
        self.shuffled = False  # whether the rows come in another order
        self.folder = Path()

    @property
    def derived(self) -> set[str]:
        """Columns (the contract's names) that follow from others in this source: it cannot send anything else there."""
        return set()

    @property
    def source(self) -> Any:
        """The contract's source: of the model that belongs to the connector type."""
        return self.contract.source

    def open(self, folder: Path) -> None:
        """Start, with an empty folder of its own."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """End."""

    def release(self) -> None:
        """Let go of everybody who is kept waiting."""

    def connection(self) -> Connection:
        """Where the source is; its login and password are those of ``conformance.canaries``."""
        raise NotImplementedError

    def stored(self, rows: list[Row]) -> None:
        """The source wrote these rows; ``records`` holds them already."""

    def taken_away(self, rows: list[Row]) -> None:
        """The source deleted these rows."""

    def stamp(self, number: int) -> Any:
        """The value of the cursor column in the row that the source writes as number ``number``: it grows with the number."""
        column = self._stamped()
        if column is not None and column.type == "integer":
            return number + 1
        if column is not None and column.type == "date":
            return self.begin + timedelta(days=number)
        if column is not None and column.type == "string":
            return f"{number + 1:012d}"
        return self.begin + timedelta(hours=number)

    def possible(self, row: Row) -> Row:
        """The row as this source can say it, where one of its columns follows from others."""
        return row

    def resolver(self) -> Resolver:
        """Any connection id leads here."""
        return lambda connection_id: self.connection()

    def put(self, *rows: Row) -> None:
        """The source writes these rows, each in place of an earlier one with its key."""
        keys = {self.key(row) for row in rows}
        self.records = [row for row in self.records if self.key(row) not in keys]
        self.add(*rows)

    def add(self, *rows: Row) -> None:
        """The source writes these rows beside those that it has."""
        self.records += rows
        self.stored(list(rows))

    def drop(self, *rows: Row) -> None:
        """The source deletes these rows."""
        keys = {self.key(row) for row in rows}
        self.records = [row for row in self.records if self.key(row) not in keys]
        self.taken_away(list(rows))

    def key(self, row: Row) -> tuple[Any, ...]:
        """The key of a row."""
        return tuple(row[name] for name in self.contract.keys)

    def wire(self, row: Row) -> dict[str, Any]:
        """A row under the source's names: what is taken, what the contract leaves out (a planted person), what is new."""
        taken = {c.source_name: row[c.name] for c in self.contract.columns if c.name not in self.lost}
        return {**taken, **{name: left_out_value(name) for name in self.contract.left_out}, **self.extra}

    def wire_text(self, row: Row) -> dict[str, str | None]:
        """``wire`` with every value as text."""
        texts = {c.source_name: as_text(c, row[c.name]) for c in self.contract.columns if c.name not in self.lost}
        return {name: texts.get(name, value) for name, value in self.wire(row).items()}

    def names(self) -> list[str]:
        """The names of all columns that are sent."""
        taken = [c.source_name for c in self.contract.columns if c.name not in self.lost]
        return [*taken, *self.contract.left_out, *self.extra]

    def lose_place(self) -> None:
        """The table, path or folder is gone (trait *loses_place*)."""
        raise NotImplementedError

    def asked(self) -> int:
        """How often the source was asked for anything; 0 where the double cannot tell."""
        return 0

    def state(self) -> object:
        """What changes when somebody writes into the source (trait *state*)."""
        return None

    def _stamped(self) -> Any:
        cursor = getattr(self.contract.source, "cursor", None)
        name = cursor.column if cursor else self.contract.version
        return self.contract.column(name) if name else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def spoilt(body: bytes, charset: str) -> bytes:
    """The body with the bytes of the mark ``SPOILT`` replaced by bytes that belong to no charset."""
    name = {"utf-16": "utf-16-le"}.get(charset.lower(), charset)
    return body.replace(SPOILT.encode(name), NO_CHARSET if name != "utf-16-le" else b"\x00\xd8\x00\xd8")


def in_order(rows: Iterable[Row], column: str | None) -> list[Row]:
    """Rows by a column's value; those without one first."""
    return sorted(rows, key=lambda row: (row[column] is not None, _sortable(row[column]))) if column else list(rows)


def _sortable(value: Any) -> Any:
    return str(value) if value is None or isinstance(value, str) else value
