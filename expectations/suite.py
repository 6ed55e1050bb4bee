"""A contract's rules in Great Expectations' own vocabulary, for export to whoever uses it on the typed rows.

The pipeline itself judges flags (``gx_run``); a test proves that both refuse the same rows. What has no expectation of its own
there is listed in the suite's ``meta.notes`` with the reason. Two rules can be said as SQL, which Great Expectations runs on
databases only: ``row_is``, and ``unique_key``, where versions of a key and identical repeats are allowed. That a value casts is
said by the column's existence: in a table with typed columns it has been cast.
"""

import re
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from declarations.feed import (
    Between,
    ControlTotal,
    ExistsIn,
    FeedContract,
    Freshness,
    GreatExpectation,
    InSet,
    Matches,
    NotBefore,
    NotNull,
    RefusedShare,
    RowCount,
    RowIs,
    Unique,
)
from expectations.checks import BatchCheck, Casts, UniqueKey, Wider, batch_checks
from expectations.condition import condition_sql
from expectations.gx_rule import build
from expectations.gx_run import described
from expectations.row_rule import RowRule, row_rules
from expectations.sql_text import ident
from expectations.words import batch_meaning

_WHOLE_NUMBER, _NUMBER, _TEXT = "integer", "decimal", "string"
COUNTED = "only counts values that were taken in a wider type"
ELSEWHERE = "looks into the rows of another feed"
SQL_ONLY = "is said in SQL, which Great Expectations runs on databases only: export with --sql"


def native_suite(contract: FeedContract, for_sql: bool = False) -> gx.ExpectationSuite:
    """The suite of a contract, over a table with its typed columns; ``for_sql``: with the rules that only a database can judge."""
    expectations: list[Expectation] = []
    notes: list[dict[str, str | None]] = []
    for rule in row_rules(contract):
        found = native(contract, rule, for_sql)
        if isinstance(found, Expectation):
            expectations.append(found)
        else:
            notes.append(_note(rule.rule, rule.column, rule.meaning, found))
    for check in batch_checks(contract):
        expectations += _of_batch(contract, check)
        why = _batch_note(check)
        if why is not None:
            notes.append(_note(check.rule, getattr(check, "column", None), batch_meaning(check), why))
    meta = {"feed": contract.id, "contract_version": contract.contract_version, "title": contract.title.en, "owner": contract.owner.team}
    return gx.ExpectationSuite(name=f"feed_{contract.id}", expectations=expectations, meta={**meta, "notes": notes})


def suite_json(contract: FeedContract, for_sql: bool = False) -> dict[str, Any]:
    """The suite as the JSON that Great Expectations reads."""
    return dict(native_suite(contract, for_sql).to_json_dict())


def native(contract: FeedContract, rule: RowRule, for_sql: bool = False) -> Expectation | str:
    """One row rule as an expectation over typed columns, or why it cannot be one."""
    check, more = rule.check, described(rule.rule, rule.column, rule.meaning, rule.action)
    if isinstance(check, Wider | ExistsIn):
        return COUNTED if isinstance(check, Wider) else ELSEWHERE
    match check:
        case Casts():
            return gxe.ExpectColumnToExist(column=check.column, **more)
        case NotNull():
            return gxe.ExpectColumnValuesToNotBeNull(column=check.column, **more)
        case InSet():
            return _in_set(contract, check, more)
        case Between():
            return gxe.ExpectColumnValuesToBeBetween(column=check.column, min_value=check.minimum, max_value=check.maximum, **more)
        case Matches():
            return _matches(contract, check, more)
        case NotBefore():
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=check.column, column_B=check.other, or_equal=True, ignore_row_if="either_value_is_missing", **more
            )
        case Unique():
            return _unique(check, more)
        case RowIs() | UniqueKey():
            return gxe.UnexpectedRowsExpectation(unexpected_rows_query=_query(contract, check), **more) if for_sql else SQL_ONLY


def _in_set(contract: FeedContract, check: InSet, more: dict[str, Any]) -> Expectation | str:
    kind = contract.column(check.column).stored_type
    read = {_TEXT: str, _WHOLE_NUMBER: int, _NUMBER: float}.get(kind)
    if read is None:
        return f"compares values of type {kind}, which JSON does not have"
    return gxe.ExpectColumnValuesToBeInSet(column=check.column, value_set=[read(value) for value in check.values], **more)


def _matches(contract: FeedContract, check: Matches, more: dict[str, Any]) -> Expectation | str:
    if contract.column(check.column).type != _TEXT:
        return "compares the text as it came, which the typed column no longer has"
    try:
        re.compile(check.pattern)
    except re.error:
        return "is a regular expression (RE2) that Python, and so Great Expectations, cannot read"
    return gxe.ExpectColumnValuesToMatchRegex(column=check.column, regex=rf"^(?:{check.pattern})\Z", **more)


def _unique(check: Unique, more: dict[str, Any]) -> Expectation:
    if len(check.columns) == 1:
        return gxe.ExpectColumnValuesToBeUnique(column=check.columns[0], **more)
    return gxe.ExpectCompoundColumnsToBeUnique(column_list=check.columns, ignore_row_if="any_value_is_missing", **more)


def _query(contract: FeedContract, check: RowIs | UniqueKey) -> str:
    if isinstance(check, RowIs):
        return f"SELECT * FROM {{batch}} WHERE NOT (\n{condition_sql(contract, check)}\n)"
    same = ", ".join(ident(name) for name in dict.fromkeys([*contract.keys, *([contract.version] if contract.version else [])]))
    whole = " AND ".join(f"{ident(name)} IS NOT NULL" for name in contract.keys)
    contents = f"SELECT DISTINCT {', '.join(ident(name) for name in contract.names)} FROM {{batch}} AS b WHERE {whole}"
    return f"SELECT {same} FROM ({contents}) AS c GROUP BY {same} HAVING count(*) > 1"


def _of_batch(contract: FeedContract, check: BatchCheck) -> list[Expectation]:
    if isinstance(check, GreatExpectation):
        return [build(contract, check, f"feed {contract.id}: gx")]
    if isinstance(check, RowCount) and (check.minimum is not None or check.maximum is not None):
        more = described("row_count", None, "the batch has an implausible number of rows", check.on_failure)
        return [gxe.ExpectTableRowCountToBeBetween(min_value=check.minimum, max_value=check.maximum, **more)]
    return []


def _batch_note(check: BatchCheck) -> str | None:
    """Why a batch rule cannot be said, or cannot be said whole; None where it can."""
    match check:
        case RowCount():
            return "compares with earlier batches" if (check.least_of_usual, check.most_of_usual) != (None, None) else None
        case RefusedShare():
            return "is about the outcome of all other rules"
        case Freshness():
            return "compares with the time of the pull"
        case ControlTotal():
            return "compares with what the source says it sent"
    return None


def _note(rule: str, column: str | None, meaning: str, why: str) -> dict[str, str | None]:
    return {"rule": rule, "column": column, "fails_when": meaning, "not_expressible": why}
