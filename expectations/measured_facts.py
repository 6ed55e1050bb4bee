"""What is judged of a batch by measuring its rows: how fresh they are, and whether they add up to what the source says it sent.

Both speak of all rows that came, the refused ones too: they compare what the source says with what arrived.
"""

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation

import duckdb

from declarations.base import to_timedelta
from declarations.feed import ControlTotal, FeedContract, Freshness
from expectations.batch_fact import BatchFact, ask, file_of, then
from expectations.checks import batch_checks
from expectations.other_feeds import Compared
from expectations.sql_text import ident
from warehouse.batch import Manifest

CLOCK_SLACK = timedelta(days=1)  # a value later than the pull by more is a slip of the pen and makes nothing fresh

_EXACT = Context(prec=60)  # sums have up to 38 digits


def measured_facts(connection: duckdb.DuckDBPyConnection, contract: FeedContract, manifest: Manifest) -> list[BatchFact]:
    """Freshness and control totals, from the table ``checked``."""
    facts = []
    for rule in batch_checks(contract):
        if isinstance(rule, ControlTotal) and not manifest.removed:  # what retention took away is in no sum
            facts.append(_control_total(connection, contract, manifest, rule))
        if isinstance(rule, Freshness) and manifest.rows > manifest.gone and manifest.purpose == "live":  # a back-fill is old on purpose
            facts.append(_freshness(connection, contract, manifest, rule))
    return facts


def unchecked_facts(compared: Compared) -> list[BatchFact]:
    """A note for each rule that had nothing to compare with."""
    return [
        BatchFact(
            rule="exists_in",
            value=0,
            minimum=1,
            maximum=None,
            meaning=f"'{check.column}' was not checked: feed {check.feed} has no rows yet",
            action="note",
            advice=f"Run: traceless feed pull {check.feed}",
            column=check.column,
        )
        for check in compared.unchecked
    ]


def _freshness(connection: duckdb.DuckDBPyConnection, contract: FeedContract, manifest: Manifest, rule: Freshness) -> BatchFact:
    pulled = manifest.pulled_at.astimezone(UTC).replace(tzinfo=None)
    query = f"SELECT CAST(max({ident(rule.column)}) AS TIMESTAMP) FROM checked WHERE {ident(rule.column)} <= ?"
    row = connection.execute(query, [pulled + CLOCK_SLACK]).fetchone()
    newest: datetime | None = row[0] if row else None
    label, within = f"{rule.column} ({contract.column(rule.column).zh})", to_timedelta(rule.within)
    if newest and contract.column(rule.column).type == "date":
        newest += timedelta(days=1)  # a day lasts until its end
    days = _age(newest, pulled) / 86_400 if newest else 0
    found = f"the newest value of {label} is {days:.1f} days older than the pull" if newest else f"no value of {label} can be judged"
    return BatchFact(
        rule="freshness",
        value=_age(newest, pulled) if newest else within.total_seconds() + 1,
        minimum=None,
        maximum=within.total_seconds(),
        meaning=f"{found}; at most {rule.within} are allowed",
        action=rule.on_failure,
        advice=f"{ask(contract)} whether the source still gets new rows; if that is its pace, correct 'within' in "
        f"{file_of(contract)}; {then(contract)}",
        column=rule.column,
    )


def _age(newest: datetime, pulled: datetime) -> float:
    """Seconds between the newest value and the pull; none where the source's clock is ahead."""
    return max((pulled - newest).total_seconds(), 0.0)


def _control_total(connection: duckdb.DuckDBPyConnection, contract: FeedContract, manifest: Manifest, rule: ControlTotal) -> BatchFact:
    said = manifest.controls.get(rule.control)
    stated = _number(said)
    what = f"the sum of {rule.column} ({contract.column(rule.column).zh})" if rule.column else "the number of rows"
    if said is None:
        meaning = f"the source named no control total '{rule.control}', with which {what} is to agree"
        advice = f"{ask(contract)} to send it; see what the source does send: {', '.join(manifest.controls) or 'none'}"
        return _broken(contract, rule, meaning, advice)
    if stated is None:
        meaning = f"the source's control total '{rule.control}' is no number, so {what} cannot be compared with it"
        return _broken(contract, rule, meaning, f"{ask(contract)} to correct it")
    came = _came(connection, manifest, rule.column)
    apart = _EXACT.subtract(came, stated)
    withheld = f" ({manifest.withheld} withheld rows are in no sum)" if rule.column and manifest.withheld else ""
    tolerance = f", more than {rule.tolerance:g}" if rule.tolerance else ""
    meaning = f"{what} is {_plain(came)}, the source says {_plain(stated)} ('{rule.control}'): {_plain(apart)} apart{tolerance}{withheld}"
    advice = f"{ask(contract)} whether the delivery was whole; it may have changed while it was read"
    return _fact(contract, rule, float(abs(apart)), meaning, advice)


def _broken(contract: FeedContract, rule: ControlTotal, meaning: str, advice: str) -> BatchFact:
    """A control that cannot be compared is never within the tolerance."""
    return _fact(contract, rule, rule.tolerance * 2 + 1, meaning, advice)


def _fact(contract: FeedContract, rule: ControlTotal, apart: float, meaning: str, advice: str) -> BatchFact:
    return BatchFact(
        rule="control_total",
        value=apart,
        minimum=None,
        maximum=rule.tolerance,
        meaning=meaning,
        action=rule.on_failure,
        advice=f"{advice}, or correct control_total in {file_of(contract)}; {then(contract)}",
        column=rule.column,
    )


def _came(connection: duckdb.DuckDBPyConnection, manifest: Manifest, column: str | None) -> Decimal:
    """What came, to be compared with what the source says: of a snapshot the whole copy, of which only what changed is landed."""
    if column is None:
        return Decimal(manifest.source_rows + manifest.withheld)
    return Decimal(manifest.totals[column]) if column in manifest.totals else _sum(connection, column)


def _sum(connection: duckdb.DuckDBPyConnection, column: str) -> Decimal:
    """The exact sum of all values that could be read."""
    row = connection.execute(f"SELECT CAST(sum({ident(column)}) AS VARCHAR) FROM checked").fetchone()
    return Decimal(row[0]) if row and row[0] is not None else Decimal(0)


def _number(text: str | None) -> Decimal | None:
    """A control total as written, with or without thousands separators."""
    try:
        found = Decimal((text or "").strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _plain(number: Decimal) -> str:
    """In full, without trailing zeros."""
    shown = f"{number:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
