"""Each row check as SQL: when a row passes, what is shown of it when it does not, and why."""

from dataclasses import dataclass

from declarations.feed import (
    Between,
    Column,
    FeedContract,
    InSet,
    Matches,
    NotBefore,
    NotNull,
    RowAction,
    RowIs,
)
from declarations.problem import Problem
from expectations.casting import EXPECTED, text_name
from expectations.checks import Casts, RowCheck, UniqueKey, row_checks
from expectations.condition import columns_of
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
            expected = f"{EXPECTED.get(column.type, column.type)}"
            if column.format is not None:
                expected = f"a {column.type} written as {column.format}"
            return _cast(contract, [column.name])[0], f"{label} is not {expected}", None
        case NotNull():
            return f"{text} IS NOT NULL", f"{label} is empty and must not be", None
        case InSet():
            shown = ", ".join(check.values[:_SHOWN_VALUES]) + (", …" if len(check.values) > _SHOWN_VALUES else "")
            return _in_set(contract, column, check), f"{label} is none of: {shown}", None
        case Between():
            return _between(contract, column, check)
        case Matches():
            passes = f"COALESCE(regexp_full_match({text}, {literal(check.pattern)}), true)"
            return passes, f"{label} does not match the pattern {check.pattern}", None
        case NotBefore():
            other = contract.column(check.other)
            meaning = f"{label} lies before {other.name} ({other.zh})"
            reason = f"concat({literal(meaning + ', which is ')}, CAST({ident(other.name)} AS VARCHAR))"
            return f"COALESCE({name} >= {ident(other.name)}, true)", meaning, reason
    raise AssertionError(check)


def _in_set(contract: FeedContract, column: Column, check: InSet) -> str:
    if not check.values:
        raise Problem(_place(contract, check), "the list of values is empty.", "list the values that may occur.")
    kind = SQL_TYPE[column.type]
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
    passes = f"CASE WHEN {cast} THEN COALESCE((\n{check.condition}\n), true) ELSE true END"
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
