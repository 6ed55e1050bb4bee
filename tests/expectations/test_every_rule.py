"""No rule that a contract can state is passed over."""

from typing import Literal, get_args

import pytest

from declarations.base import Strict
from declarations.feed import Expectation
from declarations.problem import Problem
from expectations.checked import check_expectations
from expectations.checks import BATCH_CHECKS, ROW_CHECKS
from tests.expectations.landed_batch import Bench, contract, rows


class _OfTomorrow(Strict):
    rule: Literal["of_tomorrow"] = "of_tomorrow"


def test_every_rule_of_the_model_is_judged_by_row_or_by_batch() -> None:
    stated = set(get_args(get_args(Expectation)[0]))
    assert stated == {*ROW_CHECKS, *BATCH_CHECKS}
    assert not set(ROW_CHECKS) & set(BATCH_CHECKS)


def test_a_rule_that_nothing_can_judge_is_an_error_not_a_pass(bench: Bench) -> None:
    feed = contract("grade").model_copy(update={"expectations": [_OfTomorrow()]})
    for judge in (check_expectations, lambda feed: bench.judge(feed, rows({}))):
        with pytest.raises(Problem, match=r"the rule 'of_tomorrow' cannot be judged by this version"):
            judge(feed)
