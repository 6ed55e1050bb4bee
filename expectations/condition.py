"""Reading the SQL condition of a ``row_is`` rule: what it may say and which columns it speaks of."""

import re
from functools import lru_cache

import duckdb
import sqlglot
from sqlglot import exp

from declarations.feed import FeedContract, RowIs
from declarations.problem import Problem
from declarations.yaml_file import nearest

# a condition judges one row by itself: no other rows, no files, no statements
_REFUSED = (
    exp.Query,
    exp.Table,
    exp.Window,
    exp.AggFunc,
    exp.Star,
    exp.Columns,
    exp.Placeholder,
    exp.Parameter,
    exp.Block,
    exp.Command,
    exp.DDL,
    exp.DML,
)


def columns_of(contract: FeedContract, rule: RowIs) -> list[str]:
    """The contract's columns that the condition names, each once, in order.

    Raises Problem where the condition is no single SQL condition over this feed's columns.
    """
    place = f"feed {contract.id}: row_is '{rule.name}'"
    tree = _parse(place, rule.condition)
    for node in tree.walk():
        if isinstance(node, _REFUSED):
            what = f"'{rule.condition}' holds {type(node).__name__.upper()}, but a condition judges one row by itself."
            raise Problem(place, what, "write a condition over this row's columns: no subquery, aggregate or window.")
        if isinstance(node, exp.Func):
            _check_function(place, node)
    return list(dict.fromkeys(_column(place, contract, node) for node in tree.find_all(exp.Column, bfs=False)))


def condition_sql(contract: FeedContract, rule: RowIs) -> str:
    """The condition over the typed columns. It is written for the contract's own types, so a column of days that was widened
    to times is compared as days."""
    days = {column.name for column in contract.columns if column.stored_type != column.type == "date"}
    named = days & set(columns_of(contract, rule))
    if not named:
        return rule.condition
    tree = _parse(f"feed {contract.id}: row_is '{rule.name}'", rule.condition)
    for node in list(tree.find_all(exp.Column)):
        if node.name.lower() in named:
            node.replace(exp.cast(node.copy(), "date"))
    return tree.sql(dialect="duckdb")


def _parse(place: str, condition: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(condition, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        message = re.sub(r"\x1b\[\d*m", "", str(error)).splitlines()[0]
        raise Problem(place, f"'{condition}' is not a SQL condition ({message}).", "correct the condition.") from None
    except RecursionError:
        raise Problem(place, f"'{condition[:40]} …' is nested too deep.", "write it with fewer brackets.") from None


def _column(place: str, contract: FeedContract, node: exp.Column) -> str:
    known = {name.lower(): name for name in contract.names}
    name = node.name.lower()
    if node.table or name not in known:
        hint = nearest(name, contract.names)
        quoted = "a text stands in 'single' quotes; " if node.this.quoted else ""
        what = f"the condition names '{node.sql()}', which is not a column of this feed. {hint}".rstrip()
        raise Problem(place, what, f"{quoted}use one of the feed's columns: {', '.join(contract.names)}.")
    return known[name]


def _check_function(place: str, node: exp.Func) -> None:
    match = re.match(r"\w+", node.sql(dialect="duckdb"))
    name = match[0].lower() if match else ""
    if name in _changing_functions():
        what = f"'{name}' gives another answer at another time, so a batch would not always get the same verdict."
        raise Problem(place, what, "compare with a column of the feed or a fixed date.")


@lru_cache(maxsize=1)
def _changing_functions() -> frozenset[str]:
    """DuckDB's functions whose answer does not hang on their arguments alone."""
    query = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'"
    with duckdb.connect() as connection:
        names = {str(row[0]) for row in connection.execute(query).fetchall()}
    return frozenset(names | {"current_setting", "getvariable", "getenv"})
