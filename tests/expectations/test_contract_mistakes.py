"""A rule that cannot be run is told with feed, rule and what to correct, before and during validation."""

from typing import Any

import pytest

from declarations.problem import Problem
from declarations.project import open_project
from expectations.checked import check_expectations
from tests.expectations.landed_batch import Bench, contract, rows


def _row_is(condition: str) -> dict[str, Any]:
    return {"rule": "row_is", "name": "r", "condition": condition, "meaning": "So."}


MISTAKES: list[tuple[dict[str, Any], str]] = [
    (_row_is("(" * 3000 + "grade = 5" + ")" * 3000), "is nested too deep"),
    (_row_is("grade >"), "feed item: row_is 'r': 'grade >' is not a SQL condition"),
    (_row_is("grad >= 1"), "names 'grad', which is not a column of this feed. Did you mean 'grade'?"),
    (_row_is('channel = "hall"'), "a text stands in 'single' quotes"),
    (_row_is("item.grade >= 1"), "names 'item.grade'"),
    (_row_is("grade IN (SELECT 1)"), "judges one row by itself"),
    (_row_is("EXISTS (SELECT * FROM read_text('/etc/passwd'))"), "judges one row by itself"),
    (_row_is("grade = max(grade)"), "judges one row by itself"),
    (_row_is("row_number() OVER () > 1"), "judges one row by itself"),
    (_row_is("true; DROP TABLE checked"), "judges one row by itself"),
    (_row_is("grade = ?"), "judges one row by itself"),
    (_row_is("due_on <= current_date"), "gives another answer at another time"),
    (_row_is("handled_at <= now()"), "'now' gives another answer at another time"),
    (_row_is("random() < 0.5"), "gives another answer at another time"),
    (_row_is("grade"), "feed item: r: the condition gives BIGINT, not true or false"),
    (_row_is("grade > due_on"), "feed item: r (grade > due_on): cannot be run"),
    (_row_is("no_such_function(grade)"), "cannot be run"),
    ({"rule": "between", "column": "due_on", "minimum": 1}, "between of due_on: due_on is of type date"),
    ({"rule": "between", "column": "grade"}, "neither minimum nor maximum is given"),
    ({"rule": "in_set", "column": "channel", "values": []}, "the list of values is empty"),
    ({"rule": "in_set", "column": "grade", "values": ["one"]}, "feed item: in_set (grade): cannot be run"),
    ({"rule": "matches", "column": "org_id", "pattern": "(T"}, "feed item: matches (org_id): cannot be run"),
    ({"rule": "not_before", "column": "grade", "other": "due_on"}, "feed item: not_before (grade): cannot be run"),
]


@pytest.mark.parametrize(("rule", "message"), MISTAKES)
def test_a_rule_that_cannot_be_run(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem) as caught:
        check_expectations(contract(expectations=[rule]))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_format_that_cannot_be_read() -> None:
    with pytest.raises(Problem, match="column due_on: cannot be read as date"):
        check_expectations(contract(columns={"due_on": {"format": "%Q"}}))


def test_a_rule_that_fails_on_a_value_only(bench: Bench) -> None:
    feed = contract(expectations=[_row_is("CAST(channel AS INTEGER) > 0")])
    check_expectations(feed)
    with pytest.raises(Problem, match=r"feed item: r \(CAST\(channel AS INTEGER\) > 0\): cannot be run") as caught:
        bench.judge(feed, rows({"channel": "13812345678 of Li"}))
    assert "13812345678" not in str(caught.value)


@pytest.mark.parametrize(
    "condition",
    [
        "grade BETWEEN 1 AND 5 AND regexp_full_match(org_id, 'T.*')",
        "CASE WHEN verified THEN due_on >= DATE '2020-01-01' ELSE true END",
        "date_diff('day', CAST(handled_at AS DATE), due_on) < 400",
        "len(list_filter([grade, 1], lambda x: x > 9)) = 0",
        "GRADE IS NULL OR length(item_no) > 1",
    ],
)
def test_conditions_that_are_fine(bench: Bench, condition: str) -> None:
    assert bench.judge(contract(expectations=[_row_is(condition)]), rows({})).accepted == 1


@pytest.mark.parametrize("feed_id", sorted(open_project().feeds))
def test_the_contracts_of_this_repository_can_be_run(feed_id: str) -> None:
    check_expectations(open_project().feeds[feed_id])
