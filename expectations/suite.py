"""A contract's rules in Great Expectations' own vocabulary, for export to whoever uses it on the typed rows.

The pipeline itself judges flags (``gx_run``); a test proves that both refuse the same rows. Three rules have no
expectation of their own there and are said as SQL, which Great Expectations runs on databases only: ``row_is``, and
``unique_key``, where versions of a key and identical repeats are allowed. That a value casts is said by the column's
existence: in a table with typed columns it has been cast.
"""

from collections.abc import Iterator
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from declarations.feed import Between, FeedContract, InSet, Matches, NotBefore, NotNull, RowCount, RowIs
from expectations.checks import Casts, UniqueKey, batch_checks
from expectations.gx_run import described
from expectations.row_rule import RowRule, row_rules
from expectations.sql_text import ident


def native_suite(contract: FeedContract) -> gx.ExpectationSuite:
    """The suite of a contract, over a table with its typed columns."""
    owner = {"feed": contract.id, "title": contract.title.en, "owner": contract.owner.team}
    return gx.ExpectationSuite(name=f"feed_{contract.id}", expectations=list(_expectations(contract)), meta=owner)


def suite_json(contract: FeedContract) -> dict[str, Any]:
    """The suite as the JSON that Great Expectations reads."""
    return dict(native_suite(contract).to_json_dict())


def _expectations(contract: FeedContract) -> Iterator[Expectation]:
    for rule in row_rules(contract):
        yield native(contract, rule)
    for check in batch_checks(contract):
        if isinstance(check, RowCount) and (check.minimum is not None or check.maximum is not None):
            more = described("row_count", None, "the batch has an implausible number of rows", check.on_failure)
            yield gxe.ExpectTableRowCountToBeBetween(min_value=check.minimum, max_value=check.maximum, **more)


def native(contract: FeedContract, rule: RowRule) -> Expectation:
    """One row rule as an expectation over typed columns."""
    check, more = rule.check, described(rule.rule, rule.column, rule.meaning, rule.action)
    match check:
        case Casts():
            return gxe.ExpectColumnToExist(column=check.column, **more)
        case NotNull():
            return gxe.ExpectColumnValuesToNotBeNull(column=check.column, **more)
        case InSet():
            whole = contract.column(check.column).type == "integer"
            values = [int(value) for value in check.values] if whole else list(check.values)
            return gxe.ExpectColumnValuesToBeInSet(column=check.column, value_set=values, **more)
        case Between():
            return gxe.ExpectColumnValuesToBeBetween(column=check.column, min_value=check.minimum, max_value=check.maximum, **more)
        case Matches():
            return gxe.ExpectColumnValuesToMatchRegex(column=check.column, regex=rf"^(?:{check.pattern})\Z", **more)
        case NotBefore():
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=check.column, column_B=check.other, or_equal=True, ignore_row_if="either_value_is_missing", **more
            )
        case RowIs():
            query = f"SELECT * FROM {{batch}} WHERE NOT (\n{check.condition}\n)"
            return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, **more)
        case UniqueKey():
            return gxe.UnexpectedRowsExpectation(unexpected_rows_query=_contradictions(contract), **more)


def _contradictions(contract: FeedContract) -> str:
    same = ", ".join(ident(name) for name in dict.fromkeys([*contract.keys, *([contract.version] if contract.version else [])]))
    whole = " AND ".join(f"{ident(name)} IS NOT NULL" for name in contract.keys)
    contents = f"SELECT DISTINCT {', '.join(ident(name) for name in contract.names)} FROM {{batch}} AS b WHERE {whole}"
    return f"SELECT {same} FROM ({contents}) AS c GROUP BY {same} HAVING count(*) > 1"
