"""The rule ``gx``: any expectation of Great Expectations by its own name, run by it on the columns that it names.

Importing this module costs seconds (Great Expectations itself). Great Expectations sees a pandas frame of the typed columns that
the expectation names, of the rows that no other rule refuses: what would be accepted. Numbers are floats there, as pandas has them.
"""

import typing
from typing import Any

import duckdb
import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import BatchExpectation, Expectation

from declarations.feed import FeedContract, GreatExpectation
from declarations.problem import Problem
from declarations.yaml_file import nearest
from expectations.batch_fact import BatchFact, ask, file_of, then
from expectations.checks import batch_checks
from expectations.gx_run import described, judged
from expectations.sql_text import ident

# arguments of Great Expectations' own housekeeping, or that the contract says elsewhere
_HOUSEKEEPING = {"id", "meta", "notes", "result_format", "description", "catch_exceptions", "rendered_content", "severity", "windows",
                 "batch_id", "row_condition", "condition_parser"}  # fmt: skip
_ON_DATABASES_ONLY = {"ExpectQueryResultsToMatchComparison", "ExpectTableRowCountToEqualOtherTable", "UnexpectedRowsExpectation"}
_ONE_COLUMN = ("column", "column_A", "column_B")
_MANY_COLUMNS = ("column_list", "column_set")


def check_gx_rules(contract: FeedContract) -> None:
    """Raise Problem for a name that Great Expectations does not have, an argument that it does not take, or a column that is not there."""
    for number, rule in enumerate(contract.expectations):
        if isinstance(rule, GreatExpectation):
            build(contract, rule, f"feed {contract.id}: expectations.{number}: gx")


def build(contract: FeedContract, rule: GreatExpectation, place: str) -> Expectation:
    """The expectation. Raises Problem as ``check_gx_rules`` does."""
    known = _known()
    if rule.expectation not in known:
        hint = nearest(rule.expectation, sorted(known))
        what = f"Great Expectations has no expectation '{rule.expectation}' for a table of columns."
        raise Problem(place, what, f"{hint}See docs/feeds.md for those it has.")
    model = known[rule.expectation]
    arguments = {**({"column": rule.column} if rule.column is not None else {}), **rule.arguments}
    takes = sorted(set(model.__fields__) - _HOUSEKEEPING)
    for name in arguments:
        if name not in takes:
            what = f"{rule.expectation} takes no argument '{name}'."
            raise Problem(place, what, f"{nearest(name, takes)}It takes: {', '.join(takes)}.")
    for name in _named(arguments):
        if name not in contract.names:
            raise Problem(place, f"'{name}' is not a column of this feed.", f"{nearest(name, contract.names)}Correct it.")
    try:
        return model(**arguments, **described("gx", rule.column, rule.meaning.rstrip("."), rule.on_failure))
    except (ValueError, TypeError) as error:
        raise Problem(place, f"{rule.expectation}: {_said(error)}.", f"it takes: {', '.join(takes)}.") from None


def gx_facts(connection: duckdb.DuckDBPyConnection, contract: FeedContract, kept: str) -> list[BatchFact]:
    """Each rule's verdict as a fact; ``kept`` is the condition of the rows of ``checked`` that are to be accepted.

    What Great Expectations cannot judge (values of another type than its arguments, no value at all) fails.
    """
    rules = [rule for rule in batch_checks(contract) if isinstance(rule, GreatExpectation)]
    return [_fact(connection, contract, rule, kept) for rule in rules]


def _fact(connection: duckdb.DuckDBPyConnection, contract: FeedContract, rule: GreatExpectation, kept: str) -> BatchFact:
    expectation = build(contract, rule, f"feed {contract.id}: gx")
    named = list(dict.fromkeys(_named({**({"column": rule.column} if rule.column else {}), **rule.arguments}))) or contract.names
    frame = connection.execute(f"SELECT {', '.join(ident(name) for name in named)} FROM checked WHERE {kept} ORDER BY _row").df()
    answer = judged([expectation], frame)[0]
    said = rule.expectation + (f" of {rule.column}" if rule.column else "")
    # the message may quote a value, so only the sort of mistake is told
    could_not = f"; Great Expectations could not judge it ({answer.error.partition(':')[0]})" if answer.error else ""
    seen = f" (seen: {answer.observed:g})" if isinstance(answer.observed, int | float) else ""
    return BatchFact(
        rule="gx",
        value=0 if answer.success and not answer.error else 1,
        minimum=None,
        maximum=0,
        meaning=f"not as it must be: {rule.meaning.rstrip('.')} ({said}){seen}{could_not}",
        action=rule.on_failure,
        advice=f"{ask(contract)} what changed, or correct the rule gx in {file_of(contract)}; {then(contract)}",
        column=rule.column,
    )


def _known() -> dict[str, type[Any]]:
    """Great Expectations' expectations about columns and tables, by the name that its documentation uses."""
    models = {name: getattr(gxe, name) for name in dir(gxe) if name not in _ON_DATABASES_ONLY}
    return {
        model.expectation_type: model
        for model in models.values()
        if isinstance(model, type) and issubclass(model, BatchExpectation) and model is not BatchExpectation
        if getattr(model, "expectation_type", "").startswith("expect_")
    }


def _named(arguments: dict[str, Any]) -> list[str]:
    """The columns that the arguments name."""
    one = [arguments[key] for key in _ONE_COLUMN if isinstance(arguments.get(key), str)]
    many = [name for key in _MANY_COLUMNS for name in _listed(arguments.get(key))]
    return [*one, *many]


def _listed(value: Any) -> list[str]:
    return [str(name) for name in value] if isinstance(value, typing.Iterable) and not isinstance(value, str) else []


def _said(error: Exception) -> str:
    """The first complaint, in one line."""
    errors = getattr(error, "errors", None)
    if callable(errors) and (found := errors()):
        return f"argument '{'.'.join(map(str, found[0]['loc']))}': {found[0]['msg']}"
    return str(error).splitlines()[0]
