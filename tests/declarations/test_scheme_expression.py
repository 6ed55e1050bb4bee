"""What may stand in a scheme's SQL expressions, and what is refused."""

import duckdb
import pytest

from declarations.problem import Problem
from declarations.scheme.expression import FUNCTIONS, canonical, check_expression

NAMES = {"x", "y", "gdp.2024", "growth-rate", "增速"}


@pytest.mark.parametrize(
    "sql",
    [
        "x", "-x + 2 * y / 3", "x ^ 0.5", "case when x > 1 and y is not null then x else 0 end", "coalesce(x, y, 0)", '"gdp.2024" / x',
        "增速 * 2", "least(100, greatest(0, x))", "if(x between 1 and 2, 1, 0)", "x::integer", "round(x, 2) -- with a comment",
    ],
)  # fmt: skip
def test_a_number_over_known_names_passes(sql: str) -> None:
    check_expression(sql, NAMES)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("x +", "a part is missing"),
        ("", "has 0 characters"),
        ("(" * 3000 + "x", "nested too deep"),
        ("x; drop table t", "holds 2 statements"),
        ("z", r"names 'z', which is unknown"),
        ("X", r"names 'X'.*Did you mean 'x'"),
        ("growth-rate", r'double quotes: "growth-rate"'),
        ("gdp.2024 + 1", r"is not an SQL expression|double quotes"),
        ("(select 1)", "holds a query"),
        ("x in (select 1)", "holds a query"),
        ("max(x)", "holds an aggregate"),
        ("rank() over (order by x)", "aggregate or a window|cannot stand"),
        ("random()", "cannot stand"),
        ("getenv('HOME')", "cannot stand|holds the text"),
        ("current_date", "cannot stand"),
        ("sqroot(x)", r"'sqroot' cannot stand.*Did you mean 'sqrt'"),
        ("'a'", "holds the text 'a'"),
        ("x > 1", "not a number but boolean"),
        ("x + (y > 1)", "cannot be computed"),
        ("1e999", "out of range"),
        ("*", "cannot stand"),
        ("?", "cannot stand"),
        ("columns(*)", "cannot stand"),
    ],
)
def test_all_else_is_refused_with_a_remedy(sql: str, told: str) -> None:
    with pytest.raises(Problem, match=f"(?s){told}") as caught:
        check_expression(sql, NAMES)
    assert caught.value.fix.strip()


def test_a_condition_is_asked_for_where_one_is_needed() -> None:
    check_expression("x > 1 and not y = 2", NAMES, condition=True)
    with pytest.raises(Problem, match="is not a condition"):
        check_expression("x + 1", NAMES, condition=True)


def test_any_name_passes_where_names_are_not_known() -> None:
    check_expression("anything + 1")


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_that_is_listed_passes(name: str) -> None:
    arguments = {"pi": "", "if": "x > 1, x, y", "isfinite": "x", "isinf": "x", "isnan": "x"}
    two = ("atan2", "coalesce", "greatest", "ifnull", "least", "mod", "nullif", "pow", "power")
    sql = f"{name}({arguments.get(name, 'x, y' if name in two else 'x')})"
    check_expression(sql, NAMES, condition=name.startswith("is"))


def test_the_canonical_form_stands_inside_another_statement() -> None:
    inner = canonical('"growth-rate" * 2 -- )')
    assert duckdb.sql(f'select ({inner}) + 1 from (select 3.0 as "growth-rate")').fetchall() == [(7.0,)]
