"""The flags that the pipeline judges and the exported suite refuse the same rows of the same random batches."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import great_expectations as gx
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from declarations.project import open_project
from expectations.checked import count, make_checked
from expectations.gx_run import run
from expectations.row_rule import flag_name, row_rules
from expectations.suite import native, native_suite, suite_json
from tests.expectations.landed_batch import COLUMNS, Bench, contract

FEED = contract(
    expectations=[
        {"rule": "not_null", "column": "verified"},
        {"rule": "in_set", "column": "grade", "values": ["2", "3"]},
        {"rule": "between", "column": "amount_yuan", "minimum": 0.5, "maximum": 100},
        {"rule": "matches", "column": "item_no", "pattern": "[A-C]+|x{2}"},
        {"rule": "not_before", "column": "updated_at", "other": "handled_at"},
        {"rule": "row_is", "name": "paired", "condition": "(grade IS NULL) = (verified IS NULL)", "meaning": "Both or none."},
        {"rule": "row_count", "minimum": 1, "maximum": 40},
    ]
)
NATIVE = {"not_null", "in_set", "between", "matches", "not_before"}  # what pandas can judge; SQL rules are checked below
VALUES = {
    "item_no": st.sampled_from(["A", "B", "ABC", "xx", "x", "Axx", "a", ""]),
    "org_id": st.sampled_from(["T01", "D99", "T1", "XT01", "T011", "", None]),
    "channel": st.sampled_from(["hall", "online", "Hall", "fax", "", None]),
    "grade": st.sampled_from(["0", "1", "2", "3", "5", "6", "", None, "x"]),
    "amount_yuan": st.sampled_from(["-1", "0", "0.49999999", "0.5", "100", "100.00000001", "", "12345678901.5", "y"]),
    "verified": st.sampled_from(["true", "0", "", None]),
    "due_on": st.sampled_from(["2025-01-01", "2025-02-30", ""]),
    "handled_at": st.sampled_from(["2025-01-01", "2025-01-01T08:00:00+08:00", "2025-01-01T00:00:01", "", "z"]),
    "updated_at": st.sampled_from(["2025-01-01", "2024-12-31T23:59:59", "2025-01-02T00:00:00+08:00", "", None]),
}
BATCHES = st.lists(st.fixed_dictionaries(VALUES), min_size=1, max_size=60)
# an example costs half a second, so few and wide ones; shrinking would take minutes
SLOW_EXAMPLES = settings(
    max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck)
)


@SLOW_EXAMPLES
@given(BATCHES)
def test_flags_and_exported_suite_count_the_same(data: list[dict[str, str | None]]) -> None:
    rules = row_rules(FEED)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        texts = {column["name"]: pa.array([row[column["name"]] for row in data], pa.string()) for column in COLUMNS}
        landed = pa.table({"_row": list(range(1, len(data) + 1)), **texts})
        connection.register("landed", landed)
        make_checked(connection, FEED, rules, "landed")
        # a text that does not cast has no typed value, so only batches of rows that cast can be compared
        casts = " AND ".join(f'"{flag_name(i, rule)}"' for i, rule in enumerate(rules) if rule.rule == "type")
        connection.execute(f"CREATE TABLE sound AS SELECT * FROM landed WHERE _row IN (SELECT _row FROM checked WHERE {casts})")
        connection.execute("DROP TABLE checked")
        make_checked(connection, FEED, rules, "sound")
        by_flags = count(connection, rules).failing
        table = connection.execute("SELECT * FROM checked").df()
        by_sql = {
            rule.rule: native(FEED, rule, for_sql=True).unexpected_rows_query.replace("{batch}", "checked")
            for rule in rules
            if rule.rule in ("paired", "unique_key")
        }
        found = {rule: connection.execute(query).fetchall() for rule, query in by_sql.items()}
        connection.unregister("landed")
    asked = [(rule, number) for rule, number in zip(rules, by_flags, strict=True) if rule.rule in NATIVE]
    if len(table):
        assert run([native(FEED, rule) for rule, _ in asked], table) == [number for _, number in asked]
    flagged = {rule.rule: number for rule, number in zip(rules, by_flags, strict=True)}
    assert len(found["paired"]) == flagged["paired"]
    assert bool(found["unique_key"]) == bool(flagged["unique_key"])


@SLOW_EXAMPLES
@given(BATCHES, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(data: list[dict[str, str | None]], random: object) -> None:
    marked = [{**row, "due_on": f"2025-01-{1 + i % 28:02d}"} for i, row in enumerate(data)]
    shuffled = list(marked)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        first, second = bench.judge(FEED, marked), bench.judge(FEED, shuffled)
        assert (first.accepted, first.quarantined) == (second.accepted, second.quarantined)
        assert first.findings == second.findings
        assert _without_numbers(bench.accepted(first)) == _without_numbers(bench.accepted(second))
        assert _without_numbers(bench.quarantine(first)) == _without_numbers(bench.quarantine(second))
        assert [row["_row"] for row in bench.accepted(second)] == sorted(row["_row"] for row in bench.accepted(second))


def _without_numbers(table: list[dict[str, object]]) -> list[str]:
    hidden = {"_row", "row_no", "batch_id"}
    return sorted(json.dumps({k: str(v) for k, v in row.items() if k not in hidden}) for row in table)


@pytest.mark.parametrize("feed_id", sorted(open_project().feeds))
def test_every_contract_exports_a_suite_that_great_expectations_reads(feed_id: str) -> None:
    feed = open_project().feeds[feed_id]
    written = json.loads(json.dumps(suite_json(feed), ensure_ascii=False))
    read = gx.ExpectationSuite(**written)
    assert len(read.expectations) == len(native_suite(feed).expectations)
    assert len(read.expectations) + len(read.meta["notes"]) >= len(row_rules(feed)), "what cannot be said is listed"
    assert len(native_suite(feed, for_sql=True).expectations) > len(read.expectations)
    assert all(e.meta and e.meta["meaning"] and e.notes for e in read.expectations)


def test_the_run_refuses_an_answer_that_is_none() -> None:
    rule = next(rule for rule in row_rules(FEED) if rule.rule == "between")
    with pytest.raises(RuntimeError, match="could not judge"):
        run([native(FEED, rule)], pd.DataFrame({"another": [1]}))
