"""What looks like an identity is covered up; what does not, stays."""

import pyarrow as pa
import pytest

from connectors.gate import admit
from connectors.mask import ID_CARD_MASK, PHONE_MASK, mask
from declarations.feed import Column
from tests.connectors.source_kit import contract

SOURCE = {"connector": "rest", "connection": "x", "path": "/"}


def column(type_: str, unit: str | None = None) -> Column:
    return Column(name="c", type=type_, unit=unit, zh="列", meaning="x")


@pytest.mark.parametrize(
    ("value", "covered"),
    [
        ("13912345678", PHONE_MASK),
        ("电话13912345678。", PHONE_MASK),
        ("+8613912345678", PHONE_MASK),
        ("call 13912345678 or 110101199001011237", ID_CARD_MASK),
        ("11010119900101123X", ID_CARD_MASK),
        ("身份证110101199001011237", ID_CARD_MASK),
        ("23912345678", "23912345678"),  # no mobile begins so
        ("139123456789", "139123456789"),  # twelve digits
        ("PJ13912345678", "PJ13912345678"),  # part of a longer number
        ("2025-03-01T08:00:00", "2025-03-01T08:00:00"),
        ("1101011990010112371", "1101011990010112371"),
        (None, None),
        ("", ""),
    ],
)
def test_text(value, covered):
    assert mask(pa.array(["x", value, "y"]), column("string")).to_pylist() == ["x", covered, "y"]


def test_digits_of_neighbouring_values_do_not_hide_a_number():
    assert mask(pa.array(["5", "13912345678", "7"]), column("string")).to_pylist() == ["5", PHONE_MASK, "7"]
    assert mask(pa.array(["a", "5", "13912345678", "7"])[1:3], column("string")).to_pylist() == ["5", PHONE_MASK]


def test_amounts_stay_and_numbers_without_a_unit_do_not():
    amount = pa.array(["13912345678", "13912345678.00"])
    assert mask(amount, column("decimal", "yuan")).to_pylist() == amount.to_pylist()
    assert mask(amount, column("integer")).to_pylist() == [PHONE_MASK, PHONE_MASK]
    assert mask(pa.array(["110101199001011237"]), column("decimal", "yuan")).to_pylist() == [ID_CARD_MASK]


def test_every_type_becomes_exact_text():
    table = pa.table(
        {
            "item_no": pa.chunked_array([pa.array(["a"]).dictionary_encode(), pa.array(["b"]).dictionary_encode()]),
            "grade": pa.array([12345678901, None], pa.int64()),
            "amount": pa.array([None, None]),
            "active": pa.array([True, False]),
            "due_on": pa.array([0, 1], pa.date32()),
            "updated_at": pa.array([0, 1], pa.timestamp("s")),
            "person_name": pa.array(["CANARY", "CANARY"]),
        }
    )
    page = admit(contract(SOURCE), table, table.column_names)
    assert page.rows.to_pylist() == [
        {"item_no": "a", "grade": "12345678901", "amount": None, "active": "true", "due_on": "1970-01-01",
         "updated_at": "1970-01-01 00:00:00"},
        {"item_no": "b", "grade": None, "amount": None, "active": "false", "due_on": "1970-01-02",
         "updated_at": "1970-01-01 00:00:01"},
    ]  # fmt: skip
    assert {field.type for field in page.rows.schema} == {pa.string()}
