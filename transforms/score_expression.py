"""The method ``expression``: points by an SQL expression over the value, declared parameters and other indicators."""

from collections import defaultdict
from collections.abc import Iterator

import duckdb
import sqlglot
from sqlglot import exp

from declarations.scheme import Node, Scheme, expression_names
from declarations.scheme.normalise import Expression
from transforms.scheme_tables import SchemeTables
from transforms.wide import pivot


def fill_expression_points(connection: duckdb.DuckDBPyConnection, scheme: Scheme, tables: SchemeTables) -> None:
    """Add the points of all leaves with an expression to ``leaf_points``; a null or a failure gives none, the leaf is invalid."""
    found = [(key, method) for leaf in scheme.leaves() for key, method in _methods(leaf, tables) if isinstance(method, Expression)]
    named = {name for _, method in found for name in expression_names(method.sql) - {"x"} - set(method.parameters)}
    pivot(connection, "leaf_value", named)
    groups: dict[tuple[str, int, bool], list[int]] = defaultdict(list)
    for (group_no, node_no, is_fallback), method in found:
        groups[_over(method), node_no, is_fallback].append(group_no)
    for (sql, node_no, is_fallback), group_nos in groups.items():
        connection.execute(
            f"""insert into leaf_points
            select p.case_no, p.node_no, try(cast({sql} as double))
            from leaf_parameter as p
            join leaf_value as v on v.case_no = p.case_no
            where p.method = 'expression' and p.node_no = ? and p.is_fallback = ? and p.group_no in (select unnest(?))""",
            [node_no, is_fallback, group_nos],
        )


def _methods(leaf: Node, tables: SchemeTables) -> Iterator[tuple[tuple[int, int, bool], object]]:
    """A leaf's method and fallback in each group, with the key that they have in scheme_leaf."""
    for group_no, group in enumerate(tables.groups):
        method = leaf.normalise_by_group.get(group, leaf.normalise)
        yield (group_no, tables.nodes[leaf.code], False), method
        yield (group_no, tables.nodes[leaf.code], True), getattr(method, "fallback", None)


def _over(method: Expression) -> str:
    """The expression with x and the parameters as columns of p (leaf_parameter), every other name as one of v (leaf_value)."""
    tree = sqlglot.parse_one(method.sql, dialect="duckdb")
    for column in list(tree.find_all(exp.Column)):
        own = column.name == "x" or column.name in method.parameters
        name = f"arg_{column.name}" if column.name in method.parameters else column.name
        column.set("this", exp.to_identifier(name, quoted=True))
        column.set("table", exp.to_identifier("p" if own else "v"))
    return tree.sql(dialect="duckdb", comments=False)
