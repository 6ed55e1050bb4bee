"""Running Great Expectations so that nothing passes by accident.

Importing this module costs seconds (Great Expectations itself); import it only where a batch is really validated.

Rows are judged over *flags*: DuckDB computes one boolean column a rule in the scan that types the batch, and Great
Expectations validates that every flag is true. The same checks over typed columns in pandas cost several times as much
(``benchmarks/validate_vs_duckdb.py`` measures it), and over SQL they need a dialect that knows no regular expressions.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.expectation import Expectation

from expectations.batch_fact import BatchFact
from expectations.row_rule import RowRule, flag_name

for name in ("great_expectations", "great_expectations.data_context.types.base"):  # the second sets its own level
    logging.getLogger(name).setLevel(logging.ERROR)
# only counts are asked for: which rows failed is read from the flags, without limits and without a copy in memory
COUNTS: dict[str, Any] = {"result_format": "BASIC", "partial_unexpected_count": 0}
SEVERITY = {"stop": "critical", "quarantine": "warning", "note": "info"}
_ONE_AT_A_TIME = threading.Lock()  # Great Expectations keeps the project it works for in a global


def count_failing_rows(rules: list[RowRule], flags: pd.DataFrame) -> list[int]:
    """How many rows fail each rule; ``flags`` has the rules' flag columns, true where a row passes."""
    return run(
        [
            gxe.ExpectColumnValuesToBeInSet(
                column=flag_name(number, rule),
                value_set=[True],
                **described(rule.rule, rule.column, rule.meaning, rule.action),
            )
            for number, rule in enumerate(rules)
        ],
        flags,
    )


def failing_facts(facts: list[BatchFact]) -> list[BatchFact]:
    """The facts about a batch that lie outside their bounds."""
    names = [f"{number:03d} {fact.rule}" for number, fact in enumerate(facts)]
    expectations = [
        gxe.ExpectColumnValuesToBeBetween(
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


def run(expectations: Sequence[Expectation], frame: pd.DataFrame) -> list[int]:
    """Unexpected rows of each expectation, in order. Raises RuntimeError unless every one gave a clear answer."""
    if not expectations:
        return []
    with _ONE_AT_A_TIME:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        asset = context.data_sources.add_pandas("landed").add_dataframe_asset("batch")
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(name="contract", expectations=list(expectations))
        results = batch.validate(suite, result_format=COUNTS).results
    if len(results) != len(expectations):
        raise RuntimeError(f"Great Expectations answered {len(results)} of {len(expectations)} expectations")
    return [_count(asked, answer) for asked, answer in zip(expectations, results, strict=True)]


def _count(asked: Expectation, answer: Any) -> int:
    said = f"Great Expectations on {asked.configuration.kwargs}"
    if answer.expectation_config.meta.get("rule") != (asked.meta or {}).get("rule"):
        raise RuntimeError(f"{said}: answered for another rule, {answer.expectation_config.meta}")
    if answer.exception_info.get("raised_exception", True):
        raise RuntimeError(f"{said}: could not judge, {answer.exception_info}")
    count = int(answer.result["unexpected_count"])
    if bool(answer.success) != (count == 0):
        raise RuntimeError(f"{said}: success={answer.success} with {count} failing rows")
    return count
