"""From the leaves up to the roots, and the roots' points down again to the leaves."""

import duckdb

from declarations.scheme import Node, method_of
from transforms.node_expression import fill_expression_node
from transforms.scheme_tables import SchemeTables
from transforms.score_run import after, run_sql

_TAKING = ("best", "median")
_LINEAR = {"arithmetic", "sum"}


def aggregate(connection: duckdb.DuckDBPyConnection, tables: SchemeTables) -> None:
    """Fill ``tree`` with the branches, bottom-up by depth, then ``share``, top-down."""
    rise(connection, tables)
    rows = [row for row in tables.rows["scheme_node"] if not row[5]]
    connection.execute(_ROOTS)
    run_sql(connection, "root_share")
    for depth in range(1, tables.depth + 1):
        connection.execute("set variable tree_depth = ?", [depth])
        parents = {row[7] for row in rows if row[3] == depth - 1}
        for step, wanted in (("share_linear", parents & _LINEAR), ("share", parents - _LINEAR)):
            if wanted:
                run_sql(connection, step)
    run_sql(connection, "leaf_share")


def rise(connection: duckdb.DuckDBPyConnection, tables: SchemeTables) -> None:
    """Fill ``tree`` with the branches, bottom-up by depth: the points alone, without what each leaf contributes."""
    for table, columns in {
        "branch_given": "case_no int, child_no int, node_no int, points double",
        "branch_taken": "case_no int, child_no int, node_no int, weight double",
    }.items():
        connection.execute(f"create or replace temp table {table} ({columns})")
    branches = [node for tree in [tables.root, *tables.scheme.side] for node in tree.walk() if node.children]
    rows = [row for row in tables.rows["scheme_node"] if not row[5]]
    for depth in range(tables.depth - 1, -1, -1):
        _branches(connection, tables, branches, {row[7] for row in rows if row[3] == depth}, depth)


_ROOTS = """create or replace temp table scheme_root as
with recursive below as (
    select node_no, node_no as root_no, is_leaf from scheme_node where parent_no is null
    union all
    select n.node_no, b.root_no, n.is_leaf from scheme_node as n join below as b on n.parent_no = b.node_no)
select * from below"""


def _branches(connection: duckdb.DuckDBPyConnection, tables: SchemeTables, branches: list[Node], methods: set[str], depth: int) -> None:
    connection.execute("set variable tree_depth = ?", [depth])
    connection.execute("create or replace temp table branch_value (case_no int, node_no int, points double)")
    for method in sorted(methods & {"power", "copeland", *_TAKING}):
        run_sql(connection, f"aggregate/{method}")
    if methods & set(_TAKING):
        run_sql(connection, "aggregate/taken")
    depths = {row[1]: row[3] for row in tables.rows["scheme_node"]}
    for node in branches if "expression" in methods else []:
        if method_of(node.aggregate) == "expression" and depths[node.code] == depth:
            fill_expression_node(connection, node, tables.nodes[node.code], tables.nodes)
    run_sql(connection, "aggregate/mean")
    after(connection, "branch", leaves=False, depth=depth)
    run_sql(connection, "aggregate/keep")
