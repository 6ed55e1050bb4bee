"""Made-up rows that are valid under a contract: guessed column by column, then judged by the project's own validation."""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from conformance.pattern_text import matching_text
from declarations.feed import Between, Column, FeedContract, InSet, NotBefore
from declarations.problem import Problem

Row = dict[str, Any]
"""A row's values by the contract's names: str, int, Decimal, bool, date, datetime or None."""

POOL = 16
CANDIDATES = 400
EMPTY_SHARE = 0.25
DAYS_APART = 20


@dataclass(frozen=True)
class Samples:
    """``first[i]`` and ``second[i]`` are two valid states of one record: same key, other contents."""

    first: list[Row]
    second: list[Row]


def make_samples(
    contract: FeedContract, stamp: Callable[[int], Any], begin: datetime, possible: Callable[[Row], Row] = lambda row: row
) -> Samples:
    """Samples whose dates lie before ``begin``; cursor and version are ``stamp(i)``, which grows with i. ``possible`` makes a
    row one that its source can say.

    Raises Problem where no valid rows were found among the guesses: then their author has to give some.
    """
    chance = random.Random(contract.id)
    guess = _Guess(contract, chance, begin)
    first, second, taken = [], [], set()
    for number in range(CANDIDATES):
        one = possible({**guess.row(number), **stamps(contract, stamp(number))})
        key = tuple(one[name] for name in contract.keys)
        if key in taken:
            continue
        taken.add(key)
        keys = {name: one[name] for name in contract.keys}
        first.append(one)
        second.append(possible({**guess.row(number), **keys, **stamps(contract, stamp(number + CANDIDATES))}))
    sound = valid(contract, first) & valid(contract, second)
    chosen = [i for i in sorted(sound) if _payload(contract, first[i]) != _payload(contract, second[i])][:POOL]
    if len(chosen) < POOL:
        what = f"only {len(chosen)} of {len(first)} made-up rows are valid under the contract's rules; {POOL} are needed."
        raise Problem(f"feed {contract.id}", what, "give sample rows of your own: run_conformance(…, samples=[…]).")
    in_order = [possible({**first[i], **stamps(contract, stamp(place))}) for place, i in enumerate(chosen)]
    return Samples(in_order, [second[i] for i in chosen])


def own_samples(contract: FeedContract, rows: Sequence[Row], stamp: Callable[[int], Any]) -> Samples:
    """Samples from an author's rows: one state of each record, the other one is made of the next row's contents."""
    if len(rows) < POOL:
        raise Problem(f"feed {contract.id}", f"{len(rows)} sample rows were given; {POOL} are needed.", "give more of them.")
    chosen = [{**row, **stamps(contract, stamp(i))} for i, row in enumerate(rows[:POOL])]
    changed = [{**chosen[(i + 1) % POOL], **{name: row[name] for name in contract.keys}} for i, row in enumerate(chosen)]
    return Samples(chosen, changed)


def stamps(contract: FeedContract, value: Any) -> Row:
    """The columns that say when a row was written last, each with ``value``."""
    cursor = getattr(contract.source, "cursor", None)
    names = {cursor.column if cursor else None, contract.version}
    return {name: as_type(contract.column(name), value) for name in names if name is not None}


def as_type(column: Column, value: Any) -> Any:
    """A moment as the column's type has it; other values as they are."""
    if not isinstance(value, datetime):
        return value
    if column.type == "date":
        return value.date()
    if column.type in ("integer", "decimal"):
        return int(value.timestamp())
    return value if column.type == "timestamp" else value.strftime("%Y%m%d%H%M%S%f")


def as_text(column: Column, value: Any) -> str | None:
    """A value as a source writes it in text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # a datetime is one too
        return value.strftime(column.format) if column.format else value.isoformat()
    return str(value)


def valid(contract: FeedContract, rows: Sequence[Row]) -> set[int]:
    """The indexes of the rows that the contract's rules accept."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from connectors.landing import write_pages
    from connectors.protocol import Page
    from declarations.project import fingerprint
    from expectations.validate import validate_batch
    from warehouse.batch import BatchFiles, Manifest

    texts = [pa.array([as_text(column, row[column.name]) for row in rows], pa.string()) for column in contract.columns]
    seen = [column.source_name for column in contract.columns]
    with tempfile.TemporaryDirectory() as folder:
        files = BatchFiles(Path(folder) / "landing", Path(folder) / "validated", contract.id)
        place = files.landing / "guess"
        place.mkdir(parents=True)
        write_pages(place, contract.names, [Page(pa.table(texts, names=contract.names), frozenset(seen))])
        manifest = Manifest(
            batch_id="guess",
            feed=contract.id,
            contract=fingerprint(contract),
            since=None,
            until=None,
            rows=len(rows),
            columns_seen=seen,
            content_hash="",
            parquet_sha256="",
            pulled_at=datetime.now(UTC),
        )
        (place / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")
        verdict = validate_batch(contract, files, "guess", datetime.now(UTC))
        if verdict.status != "accepted":
            raise Problem(f"feed {contract.id}", f"no made-up row is valid: {verdict.findings[0].message}", "give samples of your own.")
        return {number - 1 for number in pq.read_table(files.accepted("guess"), columns=["_row"])["_row"].to_pylist()}


def _payload(contract: FeedContract, row: Row) -> Row:
    fixed = {*contract.keys, *stamps(contract, None)}
    return {name: value for name, value in row.items() if name not in fixed}


class _Guess:
    """Guesses rows; dates that must not lie before others are guessed later."""

    def __init__(self, contract: FeedContract, chance: random.Random, begin: datetime) -> None:
        self._contract = contract
        self._chance = chance
        orders = [rule for rule in contract.expectations if isinstance(rule, NotBefore)]
        self._depth = dict.fromkeys(contract.names, 0)
        for _ in orders:
            for rule in orders:
                self._depth[rule.column] = max(self._depth[rule.column], min(self._depth[rule.other] + 1, len(orders)))
        self._first_day = begin.replace(tzinfo=None) - timedelta(days=DAYS_APART * (max(self._depth.values()) + 2))
        self._between = {rule.column: rule for rule in contract.expectations if isinstance(rule, Between)}
        self._banned = {never.column: never.values for never in contract.never_enters}
        self._sets = {rule.column: rule.values for rule in contract.expectations if isinstance(rule, InSet)}

    def row(self, number: int) -> Row:
        return {column.name: self._value(column, number) for column in self._contract.columns}

    def _value(self, column: Column, number: int) -> Any:
        if not (column.required or column.key) and self._chance.random() < EMPTY_SHARE:
            return None
        if column.codes or column.name in self._sets:
            known = self._sets.get(column.name) or sorted(column.codes or {})
            value = self._chance.choice([code for code in known if code not in self._banned.get(column.name, ())])
            return int(value) if column.type == "integer" else value
        if column.type == "string":
            free = f"编{number:06d}" if column.key else f"样例文字{number}"
            return matching_text(column.pattern, self._chance) if column.pattern else free
        if column.type == "boolean":
            return self._chance.random() < 0.5
        return self._number(column, number) if column.type in ("integer", "decimal") else self._moment(column)

    def _number(self, column: Column, number: int) -> int | Decimal:
        bounds = self._between.get(column.name)
        lows = [low for low in (column.minimum, bounds.minimum if bounds else None) if low is not None]
        highs = [high for high in (column.maximum, bounds.maximum if bounds else None) if high is not None]
        low = max(lows, default=min(0.0, min(highs, default=0.0) - 1000 if highs and min(highs) < 0 else 0.0))
        high = min(highs, default=low + 1000)
        if column.key and column.type == "integer":
            return min(int(low) + number + 1, int(high))
        if column.type == "integer":
            return self._chance.randint(int(low), int(min(high, low + 1000)))
        return Decimal(self._chance.randint(int(low * 100), int(min(high, low + 1000) * 100))) / 100

    def _moment(self, column: Column) -> date | datetime:
        days = DAYS_APART * self._depth[column.name] + self._chance.randrange(DAYS_APART)
        moment = self._first_day + timedelta(days=days, seconds=self._chance.randrange(86_400))
        return moment.date() if column.type == "date" else moment.replace(microsecond=0)
