"""Texts that cast, texts that do not, and what they become."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.expectations.landed_batch import Bench, contract, rows

CAST = [
    ("grade", "5", 5),
    ("grade", " 5 ", 5),
    ("grade", "5.0", 5),
    ("grade", "5.7", "type"),
    ("grade", "five", "type"),
    ("grade", "0x5", "type"),
    ("grade", "", None),
    ("grade", "  ", None),
    ("amount_yuan", "0.1", Decimal("0.10000000")),
    ("amount_yuan", "12345678901234567890.5", Decimal("12345678901234567890.50000000")),
    ("amount_yuan", "1,000", "type"),
    ("amount_yuan", "nan", "type"),
    ("verified", "YES", True),
    ("verified", "是", True),
    ("verified", "1", True),
    ("verified", "n", False),
    ("verified", "否", False),
    ("verified", "maybe", "type"),
    ("due_on", "2025-03-31", date(2025, 3, 31)),
    ("due_on", "2025/3/1", date(2025, 3, 1)),
    ("due_on", "2025-03-31 00:00:00", date(2025, 3, 31)),
    ("due_on", "2025-03-31T00:00:00+08:00", date(2025, 3, 31)),
    ("due_on", "2025-02-30", "type"),
    ("due_on", "2025-03-31 soon", "type"),
    ("due_on", "infinity", "type"),
    ("due_on", "0025-03-31", "type"),
    ("handled_at", "2025-03-01", datetime(2025, 3, 1)),
    ("handled_at", "2025-03-01T09:00:00+08:00", datetime(2025, 3, 1, 1)),
    ("handled_at", "2025-03-01 09:00:00.5-0130", datetime(2025, 3, 1, 10, 30, 0, 500000)),
    ("handled_at", "2025-03-01T09:00:00Z", datetime(2025, 3, 1, 9)),
    ("handled_at", "2025-03-01 09:00:00 CST", "type"),
    ("handled_at", "infinity", "type"),
    ("channel", " hall ", "hall"),
]


def test_every_text_becomes_its_value_or_is_refused(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows(*({column: text} for column, text, _ in CAST)))
    accepted = {row["_row"]: row for row in bench.accepted(verdict)}
    refused = {line["row_no"]: line for line in bench.quarantine(verdict)}
    for number, (column, text, expected) in enumerate(CAST, 1):
        if expected == "type":
            line = refused[number]
            assert (line["rule"], line["column_name"], line["value"]) == ("type", column, text), text
        else:
            assert accepted[number][column] == expected, text
    assert len(accepted) + len(refused) == len(CAST)


@pytest.mark.parametrize(
    ("column", "format_", "text", "value"),
    [
        ("due_on", "%Y年%m月%d日", "2025年03月31日", date(2025, 3, 31)),
        ("handled_at", "%d.%m.%Y %H:%M", "01.03.2025 09:30", datetime(2025, 3, 1, 9, 30)),
        ("handled_at", "%Y-%m-%d %H:%M:%S %z", "2025-03-01 09:00:00 +0800", datetime(2025, 3, 1, 1)),
    ],
)
def test_format_of_the_column(bench: Bench, column: str, format_: str, text: str, value: object) -> None:
    feed = contract(columns={column: {"format": format_}})
    other = {"due_on": "31/03/2025", "handled_at": "1 March"}[column]
    verdict = bench.judge(feed, rows({column: text}, {column: other}))
    assert [row[column] for row in bench.accepted(verdict)] == [value]
    (line,) = bench.quarantine(verdict)
    assert format_ in line["reason"]


def test_missing_texts_are_empty(bench: Bench) -> None:
    feed = contract(columns={"grade": {"missing": ["-", "无"]}, "org_id": {"missing": ["-"]}})
    verdict = bench.judge(feed, rows({"grade": "-"}, {"grade": " 无"}, {"org_id": "-"}))
    assert [row["grade"] for row in bench.accepted(verdict)] == [None, None]
    assert [(line["rule"], line["value"]) for line in bench.quarantine(verdict)] == [("not_null", None)]
