"""What DuckDB says of a value that cannot be converted is not shown where the feed has personal data."""

import duckdb
import pytest

from warehouse.error_words import first_line


@pytest.mark.parametrize("value", ["张三CANARY", "O'CANARY", 'a"CANARY', "two\nCANARY lines", "CANARY'"])
@pytest.mark.parametrize(
    "sql", ["CAST(? AS INTEGER)", "CAST(? AS DATE)", "strptime(?, '%Y')", "CAST(? AS BOOLEAN)", "regexp_matches('x', ? || '(')"]
)
def test_a_value_is_not_shown(sql: str, value: str) -> None:
    with pytest.raises(duckdb.Error) as caught:
        duckdb.connect().execute(f"SELECT {sql}", [value]).fetchall()
    said = first_line(caught.value, withhold=True)
    assert "CANARY" not in said
    assert said.startswith(type(caught.value).__name__.removesuffix("Exception")[:5])


def test_what_is_wrong_with_a_name_is_shown() -> None:
    with pytest.raises(duckdb.BinderException) as caught:
        duckdb.connect().execute("SELECT graed FROM (SELECT 1 AS grade)")
    assert "graed" in first_line(caught.value, withhold=True)
