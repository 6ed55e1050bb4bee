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
        f"case when w.{quoted(c)} is null then null when s.mask & {1 << i} > 0 then w.{quoted(c)} else m.{quoted(c)} end as {quoted(c)}"
        for i, c in enumerate(children)
    )
    connection.execute(f"""
        create or replace temp table coalition as
        select k.case_no, k.mask, case when isfinite(k.points) and abs(k.points) <= 1e15 then k.points end as points
        from (select o.case_no, o.mask, try({_over(sql, children, "o")}) as points
              from (select w.case_no, s.mask, {mixed}
                    from node_children as w
                    join score_case as c on c.case_no = w.case_no
                    join (select c.period, {means} from node_children as w join score_case as c on c.case_no = w.case_no
                          group by c.period) as m on m.period = c.period
                    cross join (select cast(unnest(range({1 << n})) as int) as mask) as s) as o) as k""")
    present = " + ".join(f"(w.{quoted(c)} is not null)::int" for c in children)
    # where some coalition has no value the node's points are shared equally among the children that are there
    connection.execute(f"""
        create or replace temp table to_share as
        select v.case_no, v.points, k.whole, case when k.whole then k.at_mean else v.points end / ({present}) as each
        from branch_value as v
        join node_children as w on w.case_no = v.case_no
        join (select case_no, count(points) = count(*) as whole, max(case when mask = 0 then points end) as at_mean
              from coalition group by case_no) as k on k.case_no = v.case_no
        where v.node_no = {node_no} and ({present}) > 0""")
    for i, child in enumerate(children):
        _share_of(connection, 1 << i, n, quoted(child), numbers[child], node_no)


def _share_of(connection: duckdb.DuckDBPyConnection, bit: int, n: int, column: str, child_no: int, node_no: int) -> None:
    """One child's Shapley value: its differences over all coalitions of the others, weighted by their size."""
    weights = {size: factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)}
    weight = "case bit_count(a.mask) " + " ".join(f"when {size} then {w!r}" for size, w in weights.items()) + " end"
    connection.execute(f"""
        insert into branch_given
        select v.case_no, {child_no}, {node_no},
               v.each + coalesce(exact_sum(case when v.whole then {weight} * (b.points - a.points) end), 0.0)
        from to_share as v
        join node_children as w on w.case_no = v.case_no and w.{column} is not null
        join coalition as a on a.case_no = v.case_no and (a.mask & {bit}) = 0
        join coalition as b on b.case_no = a.case_no and b.mask = (a.mask | {bit})
        group by v.case_no, v.each""")
