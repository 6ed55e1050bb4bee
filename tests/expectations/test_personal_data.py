"""Columns that look like personal data though nobody said so."""

from typing import Any

import pytest

from tests.expectations.landed_batch import Bench, contract, rows

PEOPLE = ["王秀英", "李伟", "张桂兰", "欧阳锋", "刘洋", "陈静", "杨勇", "赵丽颖", "周杰", "吴敏"]
PLACES = ["高新区", "金山镇", "黄山市", "安监局", "水利局", "王家村", "李庄乡", "石桥街", "江北区", "温泉镇"]
PHONES = [f"[masked: looks like a phone number] {i}" for i in range(9)]
HOMES = [f"云岫县建设路{i}号" for i in range(1, 9)]


def _looks(bench: Bench, values: list[Any], column: str = "org_id", **declared: Any) -> list[str]:
    feed = contract(column, columns={column: {"pattern": None, "minimum": None, "maximum": None, **declared}})
    verdict = bench.judge(feed, rows(*[{column: value} for value in values]))
    found = [f for f in verdict.findings if f.rule == "personal_data"]
    assert all((f.action, f.column) == ("note", column) for f in found)
    assert not any(value and value in verdict.model_dump_json() for value in values), "no value is shown"
    return [f.message for f in found]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (PEOPLE, "100% of its different values look like names of people"),
        ([*PEOPLE[:8], *PLACES[:2]], "80% of its different values look like names"),
        ([*PEOPLE[:7], *PLACES[:3]], None),
        (PLACES, None),
        (PEOPLE[:4], None),  # so few may be anything
        (["k#0"] * 30 + PEOPLE, "91% of its different values"),  # different values count, not rows
        (PHONES, "phone numbers"),
        ([*(f"note {i}" for i in range(98)), "ring 13812345678", "or 13912345678"], "2% of its different values look like phone numbers"),
        ([*(f"note {i}" for i in range(10)), "110101199003071234", "11010119900307123X"], "ID card numbers"),
        (HOMES, "addresses"),
        ([f"第{i}号文件" for i in range(9)], None),
    ],
)
def test_values_that_look_like_people(bench: Bench, values: list[str], told: str | None) -> None:
    found = _looks(bench, values)
    assert len(found) == (1 if told else 0), found
    assert told is None or told in found[0]


def test_numbers_may_be_telephones_unless_they_measure_something(bench: Bench) -> None:
    phones = [f"138{i:08}" for i in range(9)]
    assert len(_looks(bench, phones, "grade")) == 1
    assert _looks(bench, phones, "grade", unit="yuan") == []


def test_a_column_that_says_what_it_is_is_not_looked_at(bench: Bench) -> None:
    assert _looks(bench, PEOPLE, personal="official") == []
    assert _looks(bench, PEOPLE, personal="person", why_taken="to call back") == []
    assert _looks(bench, PEOPLE, codes={name: name for name in PEOPLE}) == []
