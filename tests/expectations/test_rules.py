"""Each rule passes what it should and refuses what it should, with rule, column, value and reason."""

from typing import Any

import pytest

from tests.expectations.landed_batch import Bench, contract, rows
from warehouse.batch import QUARANTINE_COLUMNS

CASES: list[tuple[dict[str, Any] | None, dict[str, str | None], dict[str, str | None], tuple[str, str | None, str | None]]] = [
    (None, {"org_id": "T09"}, {"org_id": None}, ("not_null", "org_id", None)),
    (None, {}, {"item_no": ""}, ("not_null", "item_no", None)),
    (None, {"channel": None}, {"channel": "fax"}, ("in_set", "channel", "fax")),
    (None, {"grade": "1"}, {"grade": "0"}, ("between", "grade", "0")),
    (None, {"amount_yuan": "0"}, {"amount_yuan": "-0.01"}, ("between", "amount_yuan", "-0.01")),
    (None, {"org_id": "D44"}, {"org_id": "D445"}, ("matches", "org_id", "D445")),
    ({"rule": "not_null", "column": "verified"}, {}, {"verified": ""}, ("not_null", "verified", None)),
    ({"rule": "in_set", "column": "grade", "values": ["4", "5"]}, {"grade": "4"}, {"grade": "3"}, ("in_set", "grade", "3")),
    ({"rule": "between", "column": "grade", "minimum": 2}, {"grade": None}, {"grade": "1"}, ("between", "grade", "1")),
    (
        {"rule": "matches", "column": "due_on", "pattern": "2025-.*"},
        {"due_on": None},
        {"due_on": "2024-12-31"},
        ("matches", "due_on", "2024-12-31"),
    ),
    (
        {"rule": "not_before", "column": "updated_at", "other": "handled_at"},
        {"handled_at": None},
        {"updated_at": "2025-02-01"},
        ("not_before", "updated_at", "2025-02-01"),
    ),
    (
        {"rule": "row_is", "name": "good_is_verified", "condition": "grade < 5 OR verified -- note", "meaning": "So it is."},
        {"verified": None},
        {"verified": "false"},
        ("good_is_verified", "grade, verified", "grade=5, verified=false"),
    ),
]


@pytest.mark.parametrize(("rule", "good", "bad", "line"), CASES)
def test_rule_refuses_the_bad_row_only(
    bench: Bench,
    rule: dict[str, Any] | None,
    good: dict[str, str | None],
    bad: dict[str, str | None],
    line: tuple[str, str | None, str | None],
) -> None:
    feed = contract(expectations=[rule] if rule else [])
    verdict = bench.judge(feed, rows(good, bad))
    assert (verdict.status, verdict.fetched, verdict.accepted, verdict.quarantined) == ("accepted", 2, 1, 1)
    assert [row["_row"] for row in bench.accepted(verdict)] == [1]
    (refused,) = bench.quarantine(verdict)
    assert tuple(refused) == QUARANTINE_COLUMNS
    assert (refused["rule"], refused["column_name"], refused["value"]) == line
    assert (refused["feed"], refused["batch_id"], refused["row_no"]) == ("item", verdict.batch_id, 2)
    assert refused["record_key"] == (bad.get("item_no") if "item_no" in bad else "A2")
    (finding,) = verdict.findings
    assert (finding.rule, finding.column, finding.rows, finding.action) == (*line[:2], 1, "quarantine")


@pytest.mark.parametrize("rule", [case[0] for case in CASES if case[0]])
def test_a_note_lets_the_row_in(bench: Bench, rule: dict[str, Any]) -> None:
    bad = next(case[2] for case in CASES if case[0] is rule)
    verdict = bench.judge(contract(expectations=[{**rule, "on_failure": "note"}]), rows({}, bad))
    assert (verdict.accepted, verdict.quarantined) == (2, 0)
    assert [(finding.rows, finding.action) for finding in verdict.findings] == [(1, "note")]
    assert bench.quarantine(verdict) == []


def test_a_note_does_not_weaken_what_the_column_says(bench: Bench) -> None:
    feed = contract(expectations=[{"rule": "not_null", "column": "org_id", "on_failure": "note"}])
    verdict = bench.judge(feed, rows({}, {"org_id": ""}))
    assert [finding.action for finding in verdict.findings] == ["quarantine"]


def test_reasons_are_plain_words(bench: Bench) -> None:
    rule = {"rule": "not_before", "column": "updated_at", "other": "handled_at"}
    condition = {"rule": "row_is", "name": "r", "condition": "grade <> 4", "meaning": "Four is no luck."}
    feed = contract(expectations=[rule, condition], columns={"due_on": {"zh": "期限"}})
    bad = [
        {"updated_at": "2025-02-01"},
        {"due_on": "soon"},
        {"grade": "4"},
        {"grade": "9"},
        {"amount_yuan": "-1"},
        {"channel": "fax"},
        {"org_id": ""},
        {"org_id": "X1"},
    ]
    verdict = bench.judge(feed, rows(*bad))
    assert [line["reason"] for line in bench.quarantine(verdict)] == [
        "updated_at (栏) lies before handled_at (栏), which is 2025-03-01 09:00:00",
        "due_on (期限) is not a date such as 2025-03-31",
        "not as it must be: Four is no luck",
        "grade (栏) is below 1 or above 5",
        "amount_yuan (栏) is below 0 yuan",
        "channel (栏) is none of: hall, online",
        "org_id (栏) is empty and must not be",
        "org_id (栏) does not match the pattern [TD][0-9]{2}",
    ]


def test_a_row_with_two_faults_counts_once_and_is_shown_twice(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows({}, {"grade": "x", "channel": "fax"}))
    assert verdict.quarantined == 1
    assert [line["rule"] for line in bench.quarantine(verdict)] == ["in_set", "type"]


def test_a_value_that_does_not_cast_is_told_once(bench: Bench) -> None:
    condition = {"rule": "row_is", "name": "r", "condition": "grade IS NOT NULL AND verified", "meaning": "Both."}
    verdict = bench.judge(contract(expectations=[condition]), rows({"grade": "x"}, {"grade": ""}, {"verified": "0"}))
    assert [line["rule"] for line in bench.quarantine(verdict)] == ["type", "r", "r"]


def test_rows_that_could_not_be_read_are_in_quarantine(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows({}), refused=[("items.csv line 7", "12 fields, expected are 9")])
    assert (verdict.fetched, verdict.accepted, verdict.quarantined) == (2, 1, 1)
    (line,) = bench.quarantine(verdict)
    assert (line["row_no"], line["rule"], line["value"]) == (2, "unreadable", None)
    assert line["reason"] == "12 fields, expected are 9 (items.csv line 7)"
    assert [finding.rule for finding in verdict.findings] == ["unreadable"]


def test_long_values_are_cut(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows({"channel": "长" * 999}))
    assert bench.quarantine(verdict)[0]["value"] == "长" * 200
