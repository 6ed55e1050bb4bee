"""SQL expressions inside a scheme: one row in, one number or one condition out, and nothing else.

They are run by the engine, so only what is listed here passes: arithmetic, comparisons, ``case``, and scalar functions without
an effect outside of themselves. Names with ``.`` or ``-`` stand in double quotes.
"""

from collections.abc import Collection
from functools import cache

import duckdb
import sqlglot
from sqlglot import exp

from declarations.problem import Problem
from declarations.yaml_file import nearest

PLACE = "expression"
LONGEST = 5_000
LARGEST = 1e150
FUNCTIONS = {
    "abs", "acos", "asin", "atan", "atan2", "cbrt", "ceil", "ceiling", "coalesce", "cos", "degrees", "exp", "floor", "greatest",
    "if", "ifnull", "isfinite", "isinf", "isnan", "least", "ln", "log", "log10", "log2", "mod", "normal_cdf", "nullif", "pi", "pow",
    "power", "radians", "round", "sign", "sin", "sqrt", "tan", "tanh", "trunc",
}  # fmt: skip
_SCALAR = (
    exp.Abs, exp.Acos, exp.Asin, exp.Atan, exp.Atan2, exp.Cbrt, exp.Ceil, exp.Coalesce, exp.Cos, exp.Degrees, exp.Exp, exp.Floor,
    exp.Greatest, exp.IsInf, exp.IsNan, exp.Least, exp.Ln, exp.Log, exp.Nullif, exp.Pi, exp.Pow, exp.Radians, exp.Round, exp.Sign,
    exp.Sin, exp.Sqrt, exp.Tan, exp.Tanh, exp.Trunc,
)  # fmt: skip
_SYNTAX = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv,
    exp.Mod, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.And, exp.Or, exp.Not, exp.Case, exp.If,
    exp.Cast, exp.TryCast, exp.DataType, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip

_COMMON = ("abs", "round", "least", "greatest", "coalesce", "ln", "exp", "sqrt", "power")
_NUMERIC = ("DOUBLE", "FLOAT", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def check_expression(sql: str, names: Collection[str] | None = None, condition: bool = False) -> None:
    """Raise Problem (at ``expression``) unless this is one scalar expression over the names, of a number or a condition.

    ``names``: all that may be named, each a number; None where any name will do.
    """
    tree = _parsed(sql)
    for node in tree.walk():
        _check_part(sql, node)
    used = sorted({column.name for column in tree.find_all(exp.Column)})
    if names is not None:
        _check_names(sql, used, names)
    kind = _type(sql, tree, used)
    if condition and kind != "BOOLEAN":
        raise Problem(PLACE, f"'{sql}' is not a condition, it gives a number.", "compare, such as: x > 0.")
    if not condition and not kind.startswith(_NUMERIC):
        raise Problem(PLACE, f"'{sql}' is not a number but {kind.lower()}.", "write for a condition: case when … then 1 else 0 end.")


def canonical(sql: str) -> str:
    """The expression with every name quoted, without comments: fit to stand inside another statement."""
    return _parsed(sql).sql(dialect="duckdb", identify=True, comments=False)


def _parsed(sql: str) -> exp.Expr:
    if not sql.strip() or len(sql) > LONGEST:
        raise Problem(PLACE, f"the expression has {len(sql)} characters.", f"write an expression of 1 to {LONGEST} characters.")
    try:
        trees = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        reason = "a part is missing" if "missing for" in str(error) else str(error).splitlines()[0].rstrip(".")
        raise Problem(PLACE, f"'{sql}' is not an SQL expression: {reason}.", "correct it: brackets, operators, commas.") from None
    except RecursionError:
        raise Problem(PLACE, "the expression is nested too deep.", "derive parts of it in prepare steps.") from None
    if len(trees) != 1 or trees[0] is None:
        raise Problem(PLACE, f"'{sql}' holds {len(trees)} statements.", "write one expression, without a semicolon.")
    return trees[0]


def _check_part(sql: str, node: exp.Expr) -> None:
    if isinstance(node, exp.Query):
        raise Problem(PLACE, f"'{sql}' holds a query.", "write an expression over one row; other values come by prepare steps.")
    if isinstance(node, exp.AggFunc | exp.Window):
        what = f"'{sql}' holds an aggregate or a window ({node.sql(dialect='duckdb')})."
        raise Problem(PLACE, what, "write an expression over one row; for the peers use a comparing method or {peers: mean}.")
    if isinstance(node, exp.Column) and node.table:
        name = node.sql(dialect="duckdb").replace('"', "")
        raise Problem(PLACE, f"'{name}' reads as a column of a table.", f'a name with a dot stands in double quotes: "{name}".')
    if isinstance(node, exp.Literal):
        _check_literal(sql, node)
    elif not _passes(node):
        shown = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else node.sql("duckdb")
        hint = nearest(shown.lower(), sorted(FUNCTIONS))
        raise Problem(
            PLACE, f"'{shown}' cannot stand in an expression.", f"{hint}Use arithmetic, comparisons, case and {', '.join(_COMMON)}."
        )


def _passes(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in FUNCTIONS
    return isinstance(node, _SCALAR + _SYNTAX)


def _check_literal(sql: str, literal: exp.Literal) -> None:
    if literal.is_string:
        raise Problem(PLACE, f"'{sql}' holds the text '{literal.this}'.", "only numbers are compared; names stand in double quotes.")
    if abs(float(literal.this)) > LARGEST:
        raise Problem(PLACE, f"{literal.this} is out of range.", f"stay within {LARGEST:g}.")


def _check_names(sql: str, used: list[str], names: Collection[str]) -> None:
    for name in used:
        if name in names:
            continue
        quoted = [other for other in names if other.startswith((f"{name}.", f"{name}-"))]
        same = [other for other in names if other.lower() == name.lower()]  # capitals count in names
        known_as = f"Did you mean '{same[0]}'? " if same else nearest(name, sorted(names))
        hint = f'Names with . or - stand in double quotes: "{quoted[0]}". ' if quoted else known_as
        known = f"It may name {', '.join(sorted(names)[:12])}{', …' if len(names) > 12 else ''}." if names else "It may name nothing."
        raise Problem(PLACE, f"'{sql}' names '{name}', which is unknown here.", f"{hint}{known}")


def _type(sql: str, tree: exp.Expr, used: list[str]) -> str:
    """The type that DuckDB gives it. Raises Problem where it cannot be computed, such as a number plus a condition."""
    columns = ", ".join(f"cast(null as double) as {exp.to_identifier(name, quoted=True).sql('duckdb')}" for name in used)
    source = f" from (select {columns})" if columns else ""
    try:
        asked = f"select {tree.sql(dialect='duckdb', identify=True, comments=False)} as outcome{source}"
        return str(_connection().cursor().sql(asked).types[0])
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].rstrip(".!")
        raise Problem(PLACE, f"'{sql}' cannot be computed: {reason}.", "correct types and numbers of arguments.") from None


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False})
    connection.execute("create macro normal_cdf(x) as exp(x)")  # only the type is asked for here; the engine's: transforms/score/macros.sql
    return connection
