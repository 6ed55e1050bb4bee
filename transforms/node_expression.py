"""A node that is an SQL expression over its children, and its decomposition by Shapley values.

The share of a child is its Shapley value in the game v(S) = f(children of S as they are, the others at their mean among all
subjects of the period) − f(all at the mean); f(all at the mean) is shared equally. So the shares add up to the node exactly.
(Shapley 1953; as used for composite indicators by Israeli 2007.) At most 6 children: 64 evaluations a subject.
"""

from math import factorial

import duckdb
import sqlglot
from sqlglot import exp

from declarations.scheme import Node
from declarations.scheme.aggregate import NodeExpression
from transforms.wide import pivot, quoted

CHILDREN = 6


def fill_expression_node(connection: duckdb.DuckDBPyConnection, node: Node, node_no: int, child_numbers: dict[str, int]) -> None:
    """Add the node to branch_value, its children's shares to branch_given. Absent where the expression is null or fails."""
    how = node.aggregate
    assert isinstance(how, NodeExpression)
    children = [child.code for child in node.children]
    pivot(connection, "node_children", children)
    sql = _over(how.sql, children, "k")
    connection.execute(f"create or replace temp table expression_value as select k.case_no, try({sql}) as points from node_children as k")
    connection.execute(
        "insert into branch_value select case_no, ?, points from expression_value where isfinite(points) and abs(points) <= 1e15", [node_no]
    )
    _shapley(connection, how.sql, children, node_no, child_numbers)


def _over(sql: str, children: list[str], table: str) -> str:
    """The expression with each child's code as a column of ``table``."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for column in list(tree.find_all(exp.Column)):
        if column.name in children:
            column.set("this", exp.to_identifier(column.name, quoted=True))
            column.set("table", exp.to_identifier(table))
    return tree.sql(dialect="duckdb")


def _shapley(connection: duckdb.DuckDBPyConnection, sql: str, children: list[str], node_no: int, numbers: dict[str, int]) -> None:
    n = len(children)
    means = ", ".join(f"exact_sum(w.{quoted(c)}) / count(w.{quoted(c)}) as {quoted(c)}" for c in children)
    mixed = ", ".join(
        f"case when s.mask & {1 << i} > 0 then w.{quoted(c)} else m.{quoted(c)} end as {quoted(c)}" for i, c in enumerate(children)
    )
    connection.execute(f"""
        create or replace temp table coalition as
        select k.case_no, k.mask, try({_over(sql, children, "k")}) as points
        from (select w.case_no, s.mask, {mixed}
              from node_children as w
              join score_case as c on c.case_no = w.case_no
              join (select c.period, {means} from node_children as w join score_case as c on c.case_no = w.case_no
                    group by c.period) as m on m.period = c.period
              cross join (select cast(unnest(range({1 << n})) as int) as mask) as s) as k""")
    for i, child in enumerate(children):
        weights = {size: factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)}
        table = "case bit_count(a.mask) " + " ".join(f"when {size} then {w!r}" for size, w in weights.items()) + " end"
        # where some coalition has no value the node's points are shared equally
        connection.execute(f"""
            insert into branch_given
            select v.case_no, {numbers[child]}, {node_no},
                   coalesce(case when count(*) = {1 << (n - 1)} then exact_sum({table} * (b.points - a.points)) + max(e.points) / {n} end,
                            v.points / {n})
            from branch_value as v
            left join coalition as a on a.case_no = v.case_no and a.mask & {1 << i} = 0 and isfinite(a.points) and abs(a.points) <= 1e15
            left join coalition as b on b.case_no = a.case_no and b.mask = a.mask | {1 << i} and isfinite(b.points) and abs(b.points) <= 1e15
            left join coalition as e on e.case_no = v.case_no and e.mask = 0
            where v.node_no = {node_no}
            group by v.case_no, v.points
            having true""")
