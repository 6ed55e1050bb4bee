"""The verdict of a contract's row rules on some rows that were not landed: in memory, in DuckDB alone."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from declarations.feed import FeedContract
from expectations.checked import count, make_checked
from expectations.row_rule import row_rules


@dataclass(frozen=True)
class RuleOutcome:
    """How many of the rows fail one rule, and what the rule means."""

    rule: str
    column: str | None
    failing: int
    refuses: bool
    meaning: str


@dataclass(frozen=True)
class SampleVerdict:
    """All rules of the contract on the sample, in their order; ``refused`` rows fail at least one that refuses."""

    rows: int
    refused: int
    outcomes: list[RuleOutcome]


def judge_sample(contract: FeedContract, rows: pa.Table) -> SampleVerdict:
    """``rows`` has the contract's columns as text, as a page has them. Rules of whole batches are not asked of a sample.

    Raises Problem for a rule that cannot be run.
    """
    rules = row_rules(contract)
    landed = rows.add_column(0, "_row", pa.array(range(1, rows.num_rows + 1), pa.int64()))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("landed", landed)
        make_checked(connection, contract, rules, "landed")
        counts = count(connection, rules)
    outcomes = [
        RuleOutcome(rule.rule, rule.column, failing, rule.action == "quarantine", rule.meaning)
        for rule, failing in zip(rules, counts.failing, strict=True)
    ]
    return SampleVerdict(rows.num_rows, counts.refused, outcomes)
