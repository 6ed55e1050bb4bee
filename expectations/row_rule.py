"""Each row check as SQL: when a row passes, what is shown of it when it does not, and why."""

from dataclasses import dataclass

from declarations.feed import (
    Between,
    Column,
    ExistsIn,
    FeedContract,
    InSet,
    Matches,
    NotBefore,
    NotNull,
    RowAction,
    RowIs,
    Unique,
)
from declarations.problem import Problem
from expectations.casting import EXPECTED, text_name, wider
from expectations.checks import Casts, RowCheck, UniqueKey, Wider, row_checks
from expectations.condition import columns_of, condition_sql
from expectations.other_feeds import stands_in
from expectations.sql_text import ident, literal
from warehouse.batch import SQL_TYPE

_COMPARABLE = ("integer", "decimal")
_SHOWN_VALUES = 8


@dataclass(frozen=True)
class RowRule:
    """One check, compiled. ``passes``, ``value`` and ``reason`` are SQL over the typed columns and ``text:`` columns."""

    check: RowCheck
    rule: str
    column: str | None
    passes: str
    value: str
    reason: str
    meaning: str

    @property
    def action(self) -> RowAction:
        """What follows for a row that fails."""
        return self.check.on_failure


def row_rules(contract: FeedContract) -> list[RowRule]:
    """All row checks of a contract, compiled. Raises Problem for a check that makes no sense."""
    return [_compile(contract, check) for check in row_checks(contract)]


def _compile(contract: FeedContract, check: RowCheck) -> RowRule:
    if isinstance(check, UniqueKey):
        return _unique_key(contract, check)
    if isinstance(check, Unique):
        return _unique(contract, check)
    if isinstance(check, RowIs):
        return _row_is(contract, check)
    column = contract.column(check.column)
    passes, meaning, reason = _of_column(contract, column, check)
    shown = ident(text_name(column))
    return RowRule(check, check.rule, column.name, passes, shown, reason or literal(meaning), meaning)


def _of_column(contract: FeedContract, column: Column, check: RowCheck) -> tuple[str, str, str | None]:
    name, text, label = ident(column.name), ident(text_name(column)), f"{column.name} ({column.zh})"
    match check:
        case Casts():
            return _cast(contract, [column.name])[0], f"{label} is not {_expected(column)}", None
        case Wider():
            return f"COALESCE(NOT ({wider(column)}), true)", f"{label} holds more than {_own(column)}; taken as {column.stored_type}", None
        case NotNull():
            return f"{text} IS NOT NULL", f"{label} is empty and must not be", None
        case InSet():
            return _in_set(contract, column, check), f"{label} is {_none_of(check.values)}", None
        case Between():
            return _between(contract, column, check)
        case Matches():
            passes = f"COALESCE(regexp_full_match({text}, {literal(check.pattern)}), true)"
            return passes, f"{label} does not match the pattern {check.pattern}", None
        case NotBefore():
            return _not_before(column, contract.column(check.other))
        case ExistsIn():
            return stands_in(check, name), f"{label} stands in no accepted row of {check.feed}.{check.other}", None
    raise AssertionError(check)


def _expected(column: Column) -> str:
    if column.format is not None:
        return f"a {column.type} written as {column.format}"
    return EXPECTED.get(column.stored_type, column.stored_type)


def _own(column: Column) -> str:
    return {"integer": "a whole number", "date": "a day"}[column.type]


def _none_of(values: list[str]) -> str:
    shown = ", ".join(values[:_SHOWN_VALUES])
    return f"none of: {shown}" if len(values) <= _SHOWN_VALUES else f"none of {len(values)} codes: {shown}, …"


def _not_before(column: Column, other: Column) -> tuple[str, str, str | None]:
    meaning = f"{column.name} ({column.zh}) lies before {other.name} ({other.zh})"
    reason = f"concat({literal(meaning + ', which is ')}, CAST({ident(other.name)} AS VARCHAR))"
    later, earlier = ident(column.name), ident(other.name)
    if any(one.type == "date" and one.stored_type != "date" for one in (column, other)):
        later, earlier = f"CAST({later} AS DATE)", f"CAST({earlier} AS DATE)"  # the contract compares days
    return f"COALESCE({later} >= {earlier}, true)", meaning, reason


def _in_set(contract: FeedContract, column: Column, check: InSet) -> str:
    if not check.values:
        raise Problem(_place(contract, check), "the list of values is empty.", "list the values that may occur.")
    kind = SQL_TYPE[column.stored_type]
    values = ", ".join(literal(v) if column.type == "string" else f"CAST({literal(v)} AS {kind})" for v in check.values)
    return f"COALESCE({ident(column.name)} IN ({values}), true)"


def _between(contract: FeedContract, column: Column, check: Between) -> tuple[str, str, str | None]:
    if column.type not in _COMPARABLE:
        what = f"{column.name} is of type {column.type}; minimum and maximum are for numbers."
        raise Problem(_place(contract, check), what, "use not_before or row_is, or correct the column's type.")
    bounds = [(">=", "below", check.minimum), ("<=", "above", check.maximum)]
    given = [(sign, word, bound) for sign, word, bound in bounds if bound is not None]
    if not given:
        raise Problem(_place(contract, check), "neither minimum nor maximum is given.", "give one of the two.")
    passes = " AND ".join(f"{ident(column.name)} {sign} {bound!r}" for sign, _, bound in given)
    limits = " or ".join(f"{word} {bound:,.15g}" for _, word, bound in given)
    unit = f" {column.unit}" if column.unit else ""
    return f"COALESCE({passes}, true)", f"{column.name} ({column.zh}) is {limits}{unit}", None


def _row_is(contract: FeedContract, check: RowIs) -> RowRule:
    names = columns_of(contract, check)
    texts = [f"'{name}=', COALESCE({ident(text_name(contract.column(name)))}, '')" for name in names]
    shown = ", ', ', ".join(texts)
    value = f"concat({shown})" if texts else "NULL"
    # the line break ends a comment in the condition; a value that does not cast is told once, by the rule 'type'
    cast = " AND ".join(f"({condition})" for condition in _cast(contract, names)) or "true"
    passes = f"CASE WHEN {cast} THEN COALESCE((\n{condition_sql(contract, check)}\n), true) ELSE true END"
    meaning = f"not as it must be: {check.meaning.rstrip('.')}"
    return RowRule(check, check.name, ", ".join(names) or None, passes, value, literal(meaning), meaning)


def _cast(contract: FeedContract, names: list[str]) -> list[str]:
    """For each of the columns that can fail to cast, the condition that it does not."""
    columns = [contract.column(name) for name in names]
    return [f"{ident(text_name(c))} IS NULL OR {ident(c.name)} IS NOT NULL" for c in columns if c.type != "string"]


def _unique_key(contract: FeedContract, check: UniqueKey) -> RowRule:
    same = " and ".join([*contract.keys, *([contract.version] if contract.version else [])])
    meaning = f"another row of the batch has the same {same} but other contents; which is right only the source can say"
    return RowRule(check, check.rule, ", ".join(contract.keys), "true", record_key(contract), literal(meaning), meaning)


def _unique(contract: FeedContract, check: Unique) -> RowRule:
    columns = [contract.column(name) for name in check.columns]
    shown = ", ', ', ".join(f"'{c.name}=', COALESCE({ident(text_name(c))}, '')" for c in columns)
    meaning = f"another record of the batch has the same {' and '.join(f'{c.name} ({c.zh})' for c in columns)}"
    return RowRule(check, check.rule, ", ".join(check.columns), "true", f"concat({shown})", literal(meaning), meaning)


def record_key(contract: FeedContract) -> str:
    """The key's values as text, joined by ``|``; a value that does not cast stands as it came."""
    columns = [contract.column(name) for name in contract.keys]
    parts = [f"COALESCE(CAST({ident(c.name)} AS VARCHAR), {ident(text_name(c))}, '')" for c in columns]
    return f"concat_ws('|', {', '.join(parts)})"


def _place(contract: FeedContract, check: Between | InSet) -> str:
    return f"feed {contract.id}: {check.rule} of {check.column}"


def flag_name(number: int, rule: RowRule) -> str:
    """The flag column of the rule at that place of the list; true where a row passes."""
    return f"{number:03d} {rule.rule}" + (f" {rule.column}" if rule.column else "")
