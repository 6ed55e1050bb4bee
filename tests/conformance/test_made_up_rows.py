"""Made-up rows fit patterns, codes, bounds and rules; what cannot be made up is said."""

import random
import re
from datetime import datetime, timedelta
from functools import cache

import pytest

from conformance.adapt import for_test
from conformance.pattern_text import matching_text
from conformance.samples import POOL, Samples, make_samples, own_samples, valid
from declarations.problem import Problem
from tests.conformance.faults import feed

BEGIN = datetime(2026, 1, 5)


@cache
def roster() -> Samples:
    return make_samples(for_test(feed("roster")), stamp, BEGIN)


def stamp(number: int) -> datetime:
    return BEGIN + timedelta(hours=number)


@pytest.mark.parametrize(
    "pattern",
    ["SJ[0-9]{4}-[0-9]{6}", "[TD][0-9]{2}", "NYCC(0[1-9]|[1-4][0-9]|5[01])", "[1-4](;[1-4])*",
     r"\w+@\w+\.(com|cn)", "^[^,]{3}$", "a??b+?", "."],
)  # fmt: skip
def test_a_text_matches_its_pattern(pattern: str) -> None:
    chance = random.Random(1)
    assert all(re.fullmatch(pattern, matching_text(pattern, chance)) for _ in range(50))


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(?<!a)b"])
def test_what_is_not_understood_is_told(pattern: str) -> None:
    with pytest.raises(Problem, match="give sample rows of your own"):
        matching_text(pattern, random.Random(1))


def test_samples_are_valid_and_come_in_two_states() -> None:
    contract = for_test(feed("roster"))
    found = roster()
    assert len(found.first) == len(found.second) == POOL
    assert valid(contract, found.first) == valid(contract, found.second) == set(range(POOL))
    assert [row["record_no"] for row in found.first] == [row["record_no"] for row in found.second]
    assert [row["updated_at"] for row in found.first] == [stamp(i) for i in range(POOL)]
    assert all({**a, "updated_at": 0} != {**b, "updated_at": 0} for a, b in zip(found.first, found.second, strict=True))


def test_rules_that_no_made_up_row_meets_ask_for_samples() -> None:
    rule = {"rule": "row_is", "name": "odd", "condition": "org_id = record_no", "meaning": "Nobody meets it."}
    from pydantic import TypeAdapter

    from declarations.feed import Expectation

    contract = for_test(feed("roster"))
    narrow = contract.model_copy(update={"expectations": [TypeAdapter(Expectation).validate_python(rule)]})
    with pytest.raises(Problem, match="give sample"):
        make_samples(narrow, stamp, BEGIN)


def test_an_author_may_give_rows_of_their_own() -> None:
    contract = for_test(feed("roster"))
    rows = roster().first
    assert own_samples(contract, rows, stamp).first == rows
    with pytest.raises(Problem, match="3 sample rows were given; 16 are needed"):
        own_samples(contract, rows[:3], stamp)
