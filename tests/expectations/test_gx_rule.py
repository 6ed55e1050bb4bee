"""The rule ``gx``: any expectation of Great Expectations; mistakes told before, nothing passed that was not judged."""

from typing import Any

import pytest

from declarations.problem import Problem
from expectations.checked import check_expectations
from tests.expectations.landed_batch import Bench, contract, rows


def _gx(expectation: str, column: str | None = "grade", **arguments: Any) -> dict[str, Any]:
    return {"rule": "gx", "expectation": expectation, "column": column, "arguments": arguments, "meaning": "So it is."}


@pytest.mark.parametrize(
    ("rule", "grades", "fine"),
    [
        (_gx("expect_column_mean_to_be_between", min_value=3, max_value=4), ["3", "4"], True),
        (_gx("expect_column_mean_to_be_between", min_value=3, max_value=4), ["1", "2"], False),
        (_gx("expect_column_mean_to_be_between", min_value=3, max_value=4), ["3", "99"], True),  # 99 is refused by its maximum
        (_gx("expect_column_mean_to_be_between", min_value=3), [None, None], False),  # nothing to observe is not well
        (_gx("expect_column_values_to_not_be_null", mostly=0.5), ["1", None], True),
        (_gx("expect_column_values_to_not_be_null", mostly=0.6), ["1", None], False),
        (_gx("expect_column_distinct_values_to_contain_set", value_set=[1, 2]), ["1", "2", "3"], True),
        (_gx("expect_column_distinct_values_to_contain_set", value_set=[1, 2]), ["1", "3"], False),
        (_gx("expect_compound_columns_to_be_unique", None, column_list=["grade", "due_on"]), ["1", "1"], False),
        (_gx("expect_table_row_count_to_equal", None, value=2), ["1", "1"], True),
        (_gx("expect_table_row_count_to_equal", None, value=2), ["1", "1", "1"], False),
        (_gx("expect_column_values_to_match_regex", regex="^x"), ["1", "2"], False),  # raises on numbers: not judged is not well
    ],
)
def test_great_expectations_judges_the_accepted_rows(bench: Bench, rule: dict[str, Any], grades: list[str | None], fine: bool) -> None:
    verdict = bench.judge(contract("grade", expectations=[rule]), rows(*[{"grade": grade} for grade in grades]))
    assert verdict.status == ("accepted" if fine else "broken")
    told = [f.message for f in verdict.findings if f.rule == "gx"]
    assert bool(told) != fine
    assert all("So it is" in message and rule["expectation"] in message for message in told)


def test_what_could_not_be_judged_is_told_without_values(bench: Bench) -> None:
    rule = _gx("expect_column_max_to_be_between", "item_no", min_value=1)
    verdict = bench.judge(contract("grade", expectations=[rule]), rows({"item_no": "Wang"}))
    assert verdict.status == "broken"
    assert "Great Expectations could not judge it (TypeError)" in verdict.findings[0].message
    assert "Wang" not in verdict.model_dump_json()


def test_a_note_lets_the_batch_pass_and_an_empty_batch_is_not_asked(bench: Bench) -> None:
    feed = contract("grade", expectations=[{**_gx("expect_column_max_to_be_between", max_value=1), "on_failure": "note"}])
    verdict = bench.judge(feed, rows({}))
    assert (verdict.status, [(f.rule, f.action) for f in verdict.findings]) == ("accepted", [("gx", "note")])
    assert bench.judge(feed, [], seen=[], since="2025").findings == []


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (_gx("expect_column_mean_to_be_betwen"), "Did you mean 'expect_column_mean_to_be_between'?"),
        (_gx("expect_query_results_to_match_comparison"), "has no expectation 'expect_query_results_to_match_comparison'"),
        (_gx("expect_column_mean_to_be_between", min_vale=3), "takes no argument 'min_vale'. Next step: Did you mean 'min_value'?"),
        (_gx("expect_column_mean_to_be_between", min_value="three"), "argument 'min_value'"),
        (_gx("expect_column_values_to_be_in_set"), "argument 'value_set': field required"),
        (_gx("expect_column_mean_to_be_between", None, min_value=1), "argument 'column': field required"),
        (_gx("expect_compound_columns_to_be_unique", None, column_list=["grade", "due"]), "'due' is not a column of this feed"),
    ],
)  # fmt: skip
def test_mistakes_are_told_when_the_contract_is_checked(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(Problem) as caught:
        check_expectations(contract("grade", expectations=[rule]))
    assert str(caught.value).startswith("feed item: expectations.0: gx")
    assert told in str(caught.value)
