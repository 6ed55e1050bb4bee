"""The exported suite, loaded and run by stock Great Expectations on a batch with planted mistakes, counts what our verdict counts."""

import json
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cli.main import app
from expectations.suite import suite_json
from tests.expectations.landed_batch import Bench, contract, rows

FEED = contract(
    expectations=[
        {"rule": "not_before", "column": "updated_at", "other": "handled_at"},
        {"rule": "unique", "columns": ["org_id", "due_on"], "on_failure": "note"},
        {"rule": "unique", "columns": ["amount_yuan"], "on_failure": "note"},
        {"rule": "matches", "column": "channel", "pattern": "h.*"},
        {"rule": "exists_in", "column": "org_id", "feed": "roster", "other": "org_id"},
        {"rule": "row_is", "name": "paired", "condition": "grade IS NOT NULL", "meaning": "A grade."},
        {"rule": "row_count", "maximum": 5, "least_of_usual": 0.5, "on_failure": "note"},
        {"rule": "refused_share", "maximum": 1},
        {"rule": "freshness", "column": "handled_at", "within": "1d"},
        {"rule": "control_total", "control": "rows", "on_failure": "note"},
        {"rule": "gx", "expectation": "expect_column_mean_to_be_between", "column": "grade", "arguments": {"max_value": 1},
         "meaning": "Low.", "on_failure": "note"},
    ]
)  # fmt: skip
PLANTED = rows(
    {"amount_yuan": "1", "updated_at": "2025-03-01T09:00:00"},
    {"amount_yuan": "2", "org_id": "XX", "due_on": "2025-03-30"},
    {"amount_yuan": "3", "channel": "fax", "due_on": "2025-03-29"},
    {"amount_yuan": "3", "channel": "online", "grade": "9"},
    {"amount_yuan": "-4", "grade": None, "org_id": None},
    {"amount_yuan": "6", "updated_at": "2025-01-01", "due_on": "2025-03-28", "org_id": "D01"},
    {"amount_yuan": None, "item_no": None, "org_id": "D02"},
)
NOT_EXPRESSIBLE = {"exists_in", "paired", "unique_key", "row_count", "refused_share", "freshness", "control_total"}


def _typed(bench: Bench, batch_id: str) -> pd.DataFrame:
    """The landed texts as pandas types them, without a line of ours."""
    frame = pq.read_table(bench.files.data(batch_id)).to_pandas()
    frame["grade"], frame["amount_yuan"] = pd.to_numeric(frame["grade"]), pd.to_numeric(frame["amount_yuan"])
    for name in ("due_on", "handled_at", "updated_at"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601")
    return frame.drop(columns="_row")


def _by_great_expectations(suite: dict[str, Any], frame: pd.DataFrame) -> dict[tuple[str, str | None], int]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    loaded = context.suites.add(gx.ExpectationSuite(**suite))
    results = context.data_sources.pandas_default.read_dataframe(frame).validate(loaded).results
    assert len(results) == len(suite["expectations"])
    assert not any(result.exception_info.get("raised_exception") for result in results)
    found = {}
    for result in results:
        meta = result.expectation_config.meta
        found[meta["rule"], meta["column"]] = result.result.get("unexpected_count", 0 if result.success else 1)
    return {rule: number for rule, number in found.items() if number}


def test_the_suite_counts_what_the_verdict_counts(bench: Bench) -> None:
    suite = json.loads(json.dumps(suite_json(FEED), ensure_ascii=False))
    verdict = bench.judge(FEED, PLANTED)
    ours = {(f.rule, f.column): f.rows for f in verdict.findings}
    theirs = _by_great_expectations(suite, _typed(bench, verdict.batch_id))
    rows_rules = {rule: number for rule, number in ours.items() if rule[0] not in NOT_EXPRESSIBLE | {"gx"}}
    assert {rule: number for rule, number in theirs.items() if rule[0] not in ("row_count", "gx")} == rows_rules
    assert len(rows_rules) == 10, "each planted mistake is found"
    assert ("row_count", None) in theirs
    assert ("row_count", None) in ours
    assert ("gx", "grade") in theirs
    assert ("gx", "grade") in ours


def test_what_cannot_be_said_there_is_listed_with_the_reason() -> None:
    notes = suite_json(FEED)["meta"]["notes"]
    assert {note["rule"] for note in notes} == NOT_EXPRESSIBLE
    assert all(note["not_expressible"] and note["fails_when"] for note in notes)
    with_sql = suite_json(FEED, for_sql=True)
    assert {note["rule"] for note in with_sql["meta"]["notes"]} == NOT_EXPRESSIBLE - {"paired", "unique_key"}
    odd = contract(
        "grade",
        "verified",
        "org_id",
        columns={"grade": {"pattern": "[0-9]"}, "verified": {"codes": {"true": "是"}}, "org_id": {"pattern": r"\p{Han}+"}},
    )
    assert {(n["rule"], n["column"]) for n in suite_json(odd)["meta"]["notes"]} == {
        ("matches", "grade"), ("in_set", "verified"), ("matches", "org_id"), ("unique_key", "item_no")
    }  # fmt: skip


def test_the_command_writes_a_file_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACELESS_PROJECT", raising=False)
    file = tmp_path / "new" / "suite.json"
    answer = CliRunner().invoke(app, ["feed", "export-gx", "rating", "--out", str(file)], catch_exceptions=False)
    assert answer.exit_code == 0
    suite = gx.ExpectationSuite(**json.loads(file.read_text(encoding="utf-8")))
    assert suite.name == "feed_rating"
    assert len(suite.expectations) > 20
