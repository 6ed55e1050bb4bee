"""Advice on units: one sentence a column, nothing where there is nothing better to say."""

from typing import Any

import pytest

from declarations.project import open_project
from declarations.units import unit_advice
from tests.expectations.landed_batch import contract


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"unit": "yuan"}, None),
        ({"unit": "10k yuan"}, "its name says yuan, its unit says 10k yuan"),
        ({"unit": "元"}, "unit '元' is written 'yuan' elsewhere"),
        ({"unit": "yaun"}, "Did you mean 'yuan'?"),
        ({"unit": None}, "is a number without a unit"),
        ({"unit": "decibels at night"}, None),
        ({"unit": None, "codes": {"1": "one"}}, None),
        ({"unit": "Yuan", "type": "string", "minimum": None}, None),
    ],
)
def test_advice(column: dict[str, Any], told: str | None) -> None:
    found = unit_advice(contract("amount_yuan", columns={"amount_yuan": column}))
    assert len(found) == (0 if told is None else 1)
    assert told is None or (told in found[0] and "amount_yuan" in found[0])


def test_grades_and_the_shipped_feeds_need_no_unit() -> None:
    assert unit_advice(contract("grade")) == []
    found = {feed: unit_advice(one) for feed, one in open_project().feeds.items()}
    assert {feed for feed, advice in found.items() if advice} <= {"statistics"}, "whose value has a unit of its own in each row"
