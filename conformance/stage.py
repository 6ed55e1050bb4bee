"""Where a case is played: a feed, its double, a folder, and the real chain from pull to warehouse."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from conformance import chain
from conformance.case import Deviation
from conformance.chain import OneFeed, Outcome
from conformance.doubles.double import Double
from conformance.doubles.files import FilesDouble
from conformance.doubles.http_double import HttpDouble
from conformance.killed import Victims
from conformance.needs import look_back
from conformance.patience import Waits, hurried
from conformance.samples import Row, Samples, as_text, as_type, stamps
from connectors.protocol import Connection
from declarations.feed import FeedContract
from declarations.problem import Problem

MOST_ROWS = 1000


class Stage:
    """One case's world. ``expect`` and its like raise Deviation."""

    def __init__(
        self,
        contract: FeedContract,
        double: Double,
        samples: Samples,
        folder: Path,
        victims: Victims,
        connector: str | None,
        patience: float,
    ) -> None:
        self.contract = contract
        self.double = double
        self.folder = folder
        self.victims = victims
        self.connector = connector
        self.patience = patience
        self.waits = Waits()
        self.hurried = True
        self._samples = samples
        self.project = OneFeed(folder / "project", folder / "var", contract)

    def play_with(self, source: Any) -> None:
        """Go on with another source in the contract."""
        self.contract = self.contract.model_copy(update={"source": source})
        self.double.contract = self.contract
        self.project = OneFeed(self.project.root, self.project.var, self.contract)

    @property
    def http(self) -> HttpDouble:
        """The double of a source that is reached over HTTP."""
        assert isinstance(self.double, HttpDouble)
        return self.double

    @property
    def inbox(self) -> FilesDouble:
        """The double of a folder."""
        assert isinstance(self.double, FilesDouble)
        return self.double

    # rows

    def rows(self, count: int, start: int = 0) -> list[Row]:
        """Valid rows of records ``start`` and on, written in that order."""
        return [dict(row) for row in self._samples.first[start : start + count]]

    def changed(self, row: Row, number: int = 100) -> Row:
        """Another valid state of a row's record, written as number ``number``."""
        at = next(i for i, one in enumerate(self._samples.first) if self.double.key(one) == self.double.key(row))
        return self.stamped(self._samples.second[at], number)

    def stamped(self, row: Row, number: int) -> Row:
        """The row as if it had been written as number ``number``."""
        return self.at(row, self.double.stamp(number))

    def at(self, row: Row, moment: Any) -> Row:
        """The row as if it had been written at a moment: a datetime (feeds whose cursor is a time) or what ``Double.stamp`` gives."""
        return self.double.possible({**row, **stamps(self.contract, moment)})

    def now(self) -> datetime:
        """The present, as a source writes it."""
        return datetime.now(UTC).replace(microsecond=0, tzinfo=None)

    @property
    def look_back(self) -> timedelta:
        """The contract's look-back window."""
        return look_back(self.contract)

    # doing

    def run(self, connection: Connection | None = None) -> Outcome:
        """Pull, validate, load. A Problem is part of the outcome; another exception is a Deviation."""
        return self._watched(lambda outcome: self._run(outcome, connection))

    def pull(self, connection: Connection | None = None) -> Outcome:
        """Pull only."""
        return self._watched(lambda outcome: self._pull(outcome, connection))

    def backfill(self, begin: datetime, end: datetime) -> Outcome:
        """Pull a window again beside the live pulls, validate, load."""
        return self._watched(lambda outcome: self._backfill(outcome, begin, end))

    def _backfill(self, outcome: Outcome, begin: datetime, end: datetime) -> None:
        try:
            outcome.report = chain.backfill(self.project, self.double.resolver(), begin, end)
        finally:
            chain.take_in(self.project, outcome)

    def _run(self, outcome: Outcome, connection: Connection | None) -> None:
        try:
            self._pull(outcome, connection)
        finally:
            chain.take_in(self.project, outcome)

    def _pull(self, outcome: Outcome, connection: Connection | None) -> None:
        resolve = self.double.resolver() if connection is None else lambda connection_id: connection
        outcome.report = chain.pull(self.project, resolve, self._still_sane)

    def _still_sane(self, rows: int) -> None:
        """Asked after each page: a connector that never comes to an end must not stop the kit."""
        if rows > MOST_ROWS:
            raise Deviation("the pages to come to an end", f"more than {MOST_ROWS} rows came from a source that holds some twenty.")

    def _watched(self, work: Callable[[Outcome], None]) -> Outcome:
        outcome = Outcome()
        begin = time.monotonic()
        with hurried(self.hurried) as self.waits, chain.in_place_of(self.contract.source.connector, self.connector):
            try:
                work(outcome)
            except Problem as problem:
                outcome.problem = problem
            except Deviation:
                raise
            except Exception as error:
                raise Deviation("rows or a Problem, never a stack trace", f"there was a {chain.trace_of(error)}.") from error
        outcome.seconds = time.monotonic() - begin
        return outcome

    # expecting

    def expect(self, holds: object, expected: str, happened: str) -> None:
        """Raises Deviation unless it holds."""
        if not holds:
            raise Deviation(expected, happened)

    def went_well(self, outcome: Outcome) -> None:
        """No Problem."""
        if outcome.problem is not None:
            raise Deviation("the pull to go well", f"it was stopped: {outcome.problem}")

    def fetched(self, outcome: Outcome, count: int) -> None:
        """So many rows came, each of them accepted or refused."""
        self.went_well(outcome)
        self.expect(outcome.fetched == count, f"{count} rows from the source", f"{outcome.fetched} came.")
        total = outcome.accepted + outcome.quarantined
        self.expect(total == count, f"{count} rows accepted or quarantined", f"{outcome.accepted} and {outcome.quarantined} were.")

    def refused(self, outcome: Outcome, *words: str) -> Problem:
        """The pull was stopped by a Problem that names the feed, each of the words, and a next step; nothing half landed."""
        if outcome.problem is None:
            raise Deviation("the pull to be stopped with a Problem", f"it went on as if nothing were wrong ({outcome.fetched} rows).")
        problem = outcome.problem
        text = str(problem)
        for word in (self.contract.id, *words):
            self.expect(word in text, f"the Problem to name '{word}'", f"it says: {text}")
        self.expect(problem.fix.strip(), "the Problem to say the next step", f"it says: {text}")
        self.nothing_half_landed()
        return problem

    def brings(self, rows: Sequence[Row]) -> None:
        """A pull lands just these records: for cases about the way here, which need no validation and no warehouse."""
        self.brought(self.pull(), rows)

    def brought(self, outcome: Outcome, rows: Sequence[Row]) -> None:
        """The pull went well and landed just these records, once each."""
        import pyarrow.parquet as pq

        self.went_well(outcome)
        self.expect(outcome.fetched == len(rows), f"{len(rows)} rows from the source", f"{outcome.fetched} came.")
        newest = self.project.files.manifests()[-1]
        landed = pq.read_table(self.project.files.data(newest.batch_id), columns=self.contract.keys).to_pylist()
        keys = sorted(str([row[name] for name in self.contract.keys]) for row in landed)
        wanted = sorted(str([as_text(self.contract.column(name), row[name]) for name in self.contract.keys]) for row in rows)
        self.expect(keys == wanted, f"the records {', '.join(wanted)} in the landing", f"there are {', '.join(keys)}.")

    def batches(self, count: int) -> None:
        """So many batches lie in the landing."""
        found = len(self.project.files.manifests())
        self.expect(found == count, f"{count} batches in the landing", f"there are {found}.")

    def nothing_half_landed(self) -> None:
        """No leftovers of a stopped pull."""
        left = [str(f.relative_to(self.folder)) for f in self.project.landing_dir.glob("*/.tmp-*")]
        self.expect(not left, "nothing of a stopped pull in the landing", f"{', '.join(left)} was left there.")

    def holds(self, rows: Iterable[Row]) -> None:
        """The warehouse's current versions are just these rows, once each, value by value."""
        wanted = {self._key(row): self._plain(row) for row in rows}
        found = [self._plain(row) for row in self.held()]
        keys = [self._key(row) for row in found]
        doubled = sorted({str(key) for key in keys if keys.count(key) > 1})
        self.expect(not doubled, "each record once", f"{', '.join(doubled)} is there more than once.")
        lost = [key for key in wanted if key not in keys]
        self.expect(not lost, f"{len(wanted)} records in the warehouse", f"{len(lost)} are lost, such as {_words(lost[:1])}.")
        strange = [key for key in keys if key not in wanted]
        self.expect(not strange, f"{len(wanted)} records in the warehouse", f"there are also {_words(strange[:1])}.")
        for row in found:
            other = wanted[self._key(row)]
            wrong = [name for name in row if row[name] != other[name]]
            if wrong:
                name = wrong[0]
                expected = f"column '{name}' of {_words([self._key(row)])} to be {other[name]!r}"
                raise Deviation(expected, f"it is {row[name]!r}.")

    def held(self) -> list[Row]:
        """The current versions in the warehouse."""
        if not self.project.warehouse_file.exists():
            return []
        from warehouse.store import open_warehouse

        names = ", ".join(f'"{name}"' for name in self.contract.names)
        with open_warehouse(self.project.warehouse_file) as connection:
            found = connection.execute("select 1 from duckdb_views() where view_name = ?", [f"{self.contract.id}_current"]).fetchone()
            rows = connection.execute(f'select {names} from staging."{self.contract.id}_current"').fetchall() if found else []
        return [dict(zip(self.contract.names, row, strict=True)) for row in rows]

    def _key(self, row: Row) -> tuple[Any, ...]:
        return tuple(_plain(row[name]) for name in self.contract.keys)

    def _plain(self, row: Row) -> Row:
        return {column.name: _plain(as_type(column, row[column.name])) for column in self.contract.columns}


def _plain(value: Any) -> Any:
    """Values that are equal whatever type they were stored in."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return Decimal(value).normalize() if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _words(keys: list[tuple[Any, ...]]) -> str:
    return ", ".join("/".join(str(part) for part in key) for key in keys)
