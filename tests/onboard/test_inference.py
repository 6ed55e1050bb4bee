"""What is inferred of key, version, dates, units, rules; and that a person's word goes before it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from declarations.problem import Problem
from declarations.units import UNITS as USUAL
from pipeline.onboard.naming import UNITS, our_names, unit_of
from pipeline.onboard.yaml_text import remark
from tests.onboard.conftest import Register, csv_text
from tests.onboard.people import people

Write = Callable[[str, bytes | str], Path]
ROWS = people(60)


def test_chinese_headers_become_names_from_the_dictionary_else_numbers_with_the_header_as_label(register: Register, write: Write) -> None:
    found = register(sample=write("a.csv", csv_text(ROWS)))
    names = {c.source_name: c.name for c in found.contract.columns}
    assert names["信访编号"] == "item_no"
    assert names["登记日期"] == "registered_on"
    assert names["涉及金额（万元）"] == "amount"
    assert names["特殊标注甲"] == "column_17"
    assert found.contract.column("column_17").zh == "特殊标注甲"
    assert found.contract.column("amount").zh == "涉及金额"


def test_units_missing_texts_bounds_and_rules_are_seen(register: Register, write: Write) -> None:
    found = register(sample=write("a.csv", csv_text(ROWS)))
    amount, rate = found.contract.column("amount"), found.contract.column("closing_rate")
    assert amount.unit == "10k yuan"
    assert amount.missing == ["不详"]
    assert (rate.minimum, rate.maximum) == (0, 1)
    rules = [rule.model_dump(exclude_defaults=True) for rule in found.contract.expectations]
    assert {"rule": "not_before", "column": "closed_on", "other": "registered_on"} in rules
    assert {"rule": "refused_share", "maximum": 0.05} in rules
    assert found.contract.subject.organisation == "org"
    assert found.contract.column("org").codes is None  # tomorrow another town may have a row
    assert found.contract.event_time == "registered_on"


def test_a_rule_that_a_few_rows_break_is_only_noted(register: Register, write: Write) -> None:
    start = date(2024, 1, 1)
    rows = [{"case_no": f"C{i}", "opened": start + timedelta(i % 300), "closed": start + timedelta(i % 300 + i % 17)} for i in range(3000)]
    rows[5]["closed"] = date(2020, 1, 1)
    found = register(sample=write("a.csv", csv_text(rows)))
    rule = next(rule for rule in found.contract.expectations if rule.rule == "not_before")
    assert rule.on_failure == "note"
    assert "broken by 1 of 3,000 rows" in found.text


def vintages() -> list[dict[str, object]]:
    return [
        {"economy": economy, "quarter": f"20{year}-0{month}-01", "pub_date": f"2024-0{vintage}-10", "value": year * month + vintage / 10}
        for economy in ("US", "EA", "JP")
        for year in range(10, 20)
        for month in (1, 4, 7)
        for vintage in (1, 4, 7)
    ]


def test_the_day_of_publication_orders_versions_and_is_no_key(register: Register, write: Write) -> None:
    found = register(sample=write("a.csv", csv_text(vintages())))
    assert found.contract.keys == ["economy", "quarter"]
    assert found.contract.version == "pub_date"
    assert found.contract.event_time == "quarter"
    assert "270 rows looked at, unique in all" in found.text


def test_a_key_that_is_not_perfect_says_how_many_rows_stand_twice(register: Register, write: Write) -> None:
    rows = [{"case_no": f"C{i:04d}", "org": f"O{i % 7}", "opened": "2024-03-01"} for i in range(500)]
    rows += [{"case_no": "C0001", "org": "O6", "opened": "2024-03-02"}, {**rows[7]}]
    found = register(sample=write("a.csv", csv_text(rows)))
    assert found.contract.keys == ["case_no"]
    assert "502 rows looked at, 2 more rows than keys; of these 2 rows contradict each other and would be refused" in found.text


def test_numbers_that_are_codes_stay_text_and_years_are_dates(register: Register, write: Write) -> None:
    rows = [{"region_code": f"0{i % 90 + 10}", "year": 2000 + i % 20, "persons": i, "flag": "YES" if i % 2 else "NO"} for i in range(100)]
    found = register({"key": ["persons"]}, sample=write("a.csv", csv_text(rows)))
    assert found.types == {"region_code": "string", "year": "date %Y", "persons": "integer", "flag": "boolean"}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2024/3/5", "date %Y/%m/%d"), ("2024.03.05", "date %Y.%m.%d"), ("20240315", "date %Y%m%d"), ("03/25/2024", "date %m/%d/%Y"),
        ("25/03/2024", "date %d/%m/%Y"), ("2024-03-05", "date"), ("2024-03-05T08:30:00+08:00", "timestamp"),
        ("2024/03/05 08:30", "timestamp %Y/%m/%d %H:%M"),
        ("2024年3月5日", "date %Y年%m月%d日"), ("2024-03", "date %Y-%m"), ("2024-Q1", "string"),
    ],
)  # fmt: skip
def test_dates_in_every_usual_form(text: str, means: str, register: Register, write: Write) -> None:
    rows = [{"no": f"A{i}", "found_date": text} for i in range(12)]
    found = register(sample=write("a.csv", csv_text(rows)))
    assert found.types["found_date"] == means


def test_without_a_date_the_contract_is_valid_and_asks_for_one(register: Register, write: Write) -> None:
    found = register(sample=write("a.csv", csv_text([{"no": f"A{i}", "score": i} for i in range(9)])))
    assert found.contract.event_time == "reported_at"
    assert found.contract.column("reported_at").drift == "widen"
    assert "# ? no column of the source holds a date" in found.text


def test_numbers_as_long_as_telephone_numbers_get_a_unit_so_that_they_are_not_covered_up(register: Register, write: Write) -> None:
    rows = [{"no": f"A{i}", "spent": 13_800_000_000 + i * 1_000_003, "found_on": "2024-01-01"} for i in range(300)]
    rows += [{"no": f"B{i}", "spent": i, "found_on": "2024-01-02"} for i in range(3000)]
    found = register(sample=write("a.csv", csv_text(rows)))
    assert found.contract.column("spent").unit == "to be named"


def test_what_a_person_says_goes_before_what_was_inferred(register: Register, write: Write) -> None:
    said = {
        "key": ["item_no"], "event_time": "办结日期", "organisation": "none", "kind": "petition",
        "title_en": "Petitions", "title_zh": "信访",
        "owner_team": "信访局", "leave": {"办结率": "computed by us"}, "units": {"amount": "yuan"}, "labels": {"column_17": "标注"},
        "names": {"特殊标注甲": "mark"}, "deadline": "10d", "retention_years": 3, "retention_reason": "one term",
        "description": "One row is one item.",
    }  # fmt: skip
    said["labels"] = {"mark": "标注"}
    found = register(said, sample=write("a.csv", csv_text(ROWS)))
    contract = found.contract
    assert contract.event_time == "closed_on"
    assert contract.subject.organisation is None
    assert contract.left_out["办结率"] == "computed by us"
    assert contract.column("amount").unit == "yuan"
    assert contract.column("mark").zh == "标注"
    assert (contract.cadence.deadline, contract.retention.years, contract.owner.team) == ("10d", 3, "信访局")
    assert not {"key", "event_time", "organisation", "title_en", "retention_years"} & set(found.asked)


def test_a_date_must_be_named_where_a_date_is_wanted(register: Register, write: Write) -> None:
    with pytest.raises(Problem, match="holds no date"):
        register({"event_time": "责任单位"}, sample=write("a.csv", csv_text(ROWS)))


def test_names_are_plain_and_all_different() -> None:
    names = our_names(["Facility ID", "facility_id", "% done", "编号", "编号 ", "甲乙丙", "2024", "caseNo"])
    assert list(names.values()) == ["facility_id", "facility_id_2", "percent_done", "no", "no_2", "column_6", "n_2024", "case_no"]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("金额（元）", "yuan"),
        ("投资（亿元）", "100m yuan"),
        ("response_rate_percent", "percent"),
        ("办理天数", "days"),
        ("score", "points"),
    ],
)
def test_units_are_read_from_names(name: str, unit: str) -> None:
    assert unit_of(name, None) == unit


def test_all_our_units_are_the_usual_ones() -> None:
    assert {unit for _, unit in UNITS} - set(USUAL) <= {"US dollars", "euro", "square kilometres"}


def test_names_of_columns_cannot_write_into_the_file(register: Register, write: Write) -> None:
    text = '"no\nkey: [x]","b # ? : {","found_on"\n' + "".join(f"A{i},{i},2024-01-01\n" for i in range(30))
    found = register(sample=write("a.csv", text))
    assert [c.source_name for c in found.contract.columns] == ["no\nkey: [x]", "b # ? : {", "found_on"]
    assert remark("one\nkey: [x]\u2028two") == "one key: [x] two"


def slips(number: int) -> list[dict[str, object]]:
    """300 ratings of which ``number`` have a day that does not exist and a fee that is no number."""
    rows: list[dict[str, object]] = [
        {
            "评价编号": f"HP{i:04d}",
            "所属季度": f"2025年第{'一二三四'[i % 4]}季度",
            "评价日期": f"2025-{i % 12 + 1:02d}-11",
            "办件费用（万元）": i / 7,
        }
        for i in range(300)
    ]
    for row in rows[:number]:
        row |= {"评价日期": "2025-02-30", "办件费用（万元）": "-1.5x"}
    return rows


def test_a_few_slips_of_the_pen_make_no_text_of_a_date_or_an_amount_and_are_told(register: Register, write: Write) -> None:
    found = register(sample=write("a.csv", csv_text(slips(2))))
    types = {c.source_name: c.type for c in found.contract.columns}
    assert (types["评价日期"], types["办件费用（万元）"]) == ("date", "decimal")
    assert found.contract.event_time == "rated_on"
    assert "# ? type: 2 of 300 values cannot be read as date" in found.text


def test_many_values_that_do_not_read_leave_a_text(register: Register, write: Write) -> None:
    types = {c.source_name: c.type for c in register(sample=write("a.csv", csv_text(slips(20)))).contract.columns}
    assert (types["评价日期"], types["办件费用（万元）"]) == ("string", "string")


def test_values_that_name_a_year_are_no_closed_list(register: Register, write: Write) -> None:
    column = next(c for c in register(sample=write("a.csv", csv_text(slips(0)))).contract.columns if c.source_name == "所属季度")
    assert column.codes is None  # next year's quarters are as good
