"""Running Great Expectations so that nothing passes by accident.

Importing this module costs seconds (Great Expectations itself); import it only where a batch is really validated.

Rows are judged over *flags*: DuckDB computes one boolean column a rule in the scan that types the batch, and Great
Expectations validates that none is false. The same checks over typed columns in pandas cost several times as much
(``benchmarks/validate_vs_duckdb.py`` measures it), and over SQL they need a dialect that knows no regular expressions.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import ColumnAggregateExpectation, Expectation

from expectations.batch_fact import BatchFact
from expectations.row_rule import RowRule, flag_name

for name in ("great_expectations", "great_expectations.data_context.types.base"):  # the second sets its own level
    logging.getLogger(name).setLevel(logging.ERROR)
# only counts are asked for: which rows failed is read from the flags, without limits and without a copy in memory
COUNTS: dict[str, Any] = {"result_format": "BASIC", "partial_unexpected_count": 0}
SEVERITY = {"stop": "critical", "quarantine": "warning", "note": "info"}
_ONE_AT_A_TIME = threading.Lock()  # Great Expectations keeps the project it works for in a global


def count_failing_rows(rules: list[RowRule], flags: pd.DataFrame) -> list[int]:
    """How many rows fail each rule; ``flags`` has the rules' flag columns, true where a row passes.

    A flag that passes is hidden, so that what remains are faults and the expectation is that there are none: on the
    same rows ``ExpectColumnValuesToBeNull`` takes a quarter less time than a set with the one value true.
    """
    faults = pd.DataFrame({name: pd.arrays.BooleanArray(flags[name].to_numpy(), flags[name].to_numpy()) for name in flags})
    names = [flag_name(number, rule) for number, rule in enumerate(rules)]
    return run(
        [
            gxe.ExpectColumnValuesToBeNull(column=name, **described(rule.rule, rule.column, rule.meaning, rule.action))
            for name, rule in zip(names, rules, strict=True)
        ],
        faults,
    )


def failing_facts(facts: list[BatchFact]) -> list[BatchFact]:
    """The facts about a batch that lie outside their bounds."""
    names = [f"{number:03d} {fact.rule}" for number, fact in enumerate(facts)]
    expectations = [
        gxe.ExpectColumnMaxToBeBetween(  # of one row; half the cost of judging values one by one
            column=name,
            min_value=fact.minimum,
            max_value=fact.maximum,
            **described(fact.rule, fact.column, fact.meaning, fact.action),
        )
        for name, fact in zip(names, facts, strict=True)
    ]
    frame = pd.DataFrame({name: [float(fact.value)] for name, fact in zip(names, facts, strict=True)})
    return [fact for fact, failed in zip(facts, run(expectations, frame), strict=True) if failed]


def described(rule: str, column: str | None, meaning: str, action: str) -> dict[str, Any]:
    """What every expectation carries: its rule, what a failure means and what follows from it."""
    meta = {"rule": rule, "column": column, "meaning": meaning, "on_failure": action}
    return {"meta": meta, "notes": f"Fails when: {meaning}.", "severity": SEVERITY[action]}


@dataclass(frozen=True)
class Answer:
    """What Great Expectations said to one expectation. ``unexpected`` rows where it counts rows; ``error``: why it could not judge."""

    success: bool
    observed: Any
    unexpected: int | None
    error: str | None


def run(expectations: Sequence[Expectation], frame: pd.DataFrame) -> list[int]:
    """Unexpected rows of each expectation, in order; 1 for a failing one that judges the whole column.

    Raises RuntimeError unless every expectation gave a clear answer.
    """
    return [_count(asked, answer) for asked, answer in zip(expectations, judged(expectations, frame), strict=True)]


def judged(expectations: Sequence[Expectation], frame: pd.DataFrame) -> list[Answer]:
    """The answer to each expectation, in order. Raises RuntimeError where one got none."""
    if not expectations:
        return []
    # results come back in an order of Great Expectations' own (by column), so each carries its place
    asked = [one.copy(update={"meta": {**(one.meta or {}), "place": place}}) for place, one in enumerate(expectations)]
    with _ONE_AT_A_TIME:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        batch = context.data_sources.pandas_default.read_dataframe(frame)
        suite = gx.ExpectationSuite(name="contract", expectations=asked)
        results = batch.validate(suite, result_format=COUNTS).results
    answers = {result.expectation_config.meta["place"]: result for result in results if result.expectation_config}
    if sorted(answers) != list(range(len(asked))):
        raise RuntimeError(f"Great Expectations answered {sorted(answers)} of {len(asked)} expectations")
    return [_answer(answers[place]) for place in range(len(asked))]


def _answer(result: Any) -> Answer:
    found = result.result or {}
    return Answer(bool(result.success), found.get("observed_value"), found.get("unexpected_count"), _error(result.exception_info))


def _error(info: dict[str, Any]) -> str | None:
    """Kind and message of the first exception; None without one. ``info`` is about one metric, or about several by name."""
    if not info.get("raised_exception", True):
        return None
    told = [info, *(one for one in info.values() if isinstance(one, dict))]
    first = next((one for one in told if one.get("exception_message")), None)
    if first is None:
        return "no answer"
    kind = str(first.get("exception_traceback") or "").strip().rpartition("\n")[2].partition(":")[0]
    return f"{kind or 'exception'}: {str(first['exception_message']).splitlines()[0]}"


def _count(asked: Expectation, answer: Answer) -> int:
    said = f"Great Expectations on {asked.configuration.kwargs}"
    if answer.error is not None:
        raise RuntimeError(f"{said}: could not judge, {answer.error}")
    if isinstance(asked, ColumnAggregateExpectation):
        if answer.observed is None:
            raise RuntimeError(f"{said}: observed nothing")
        return 0 if answer.success else 1
    count = int(answer.unexpected if answer.unexpected is not None else -1)
    if answer.success != (count == 0):
        raise RuntimeError(f"{said}: success={answer.success} with {count} failing rows")
    return count
