"""The view ``leaf_parameter``: each leaf with its method's numbers, whoever they come from."""

import duckdb

from declarations.scheme import COMPARING
from transforms.leaf_columns import LEAF_SCALARS
from transforms.scheme_tables import SchemeTables
from transforms.score_run import replace_table, run_sql
from transforms.wide import quoted, text

_NONE = """create or replace temp table own_parameter (case_no int, node_no int, is_fallback boolean, parameter varchar, number double);
create or replace temp table leaf_peer_parameter (
    group_no int, node_no int, is_fallback boolean, peer_no int, parameter varchar, number double)"""


def make_leaf_parameter(connection: duckdb.DuckDBPyConnection, tables: SchemeTables) -> None:
    """A leaf's number is the subject's own where an indicator was named, the peers' statistic, or the declared one."""
    own = sorted({row[3] for row in tables.rows["scheme_parameter"]})
    of_peers = sorted({row[3] for row in tables.rows["scheme_peer_parameter"]})
    joins = []
    connection.execute(_NONE)
    if own:
        run_sql(connection, "own_parameter")
        replace_table(connection, "leaf", "leaf_next")
        joins.append(_pivoted(connection, "own_parameter", "leaf_own", ["case_no", "node_no", "is_fallback"], own, "o"))
    if of_peers or {row[4] for row in tables.rows["scheme_leaf"]} & set(COMPARING):
        run_sql(connection, "normalise/peers")
    if of_peers:
        run_sql(connection, "normalise/peer_parameter")
        keys = ["group_no", "node_no", "is_fallback", "peer_no"]
        joins.append(_pivoted(connection, "leaf_peer_parameter", "leaf_peer_own", keys, of_peers, "q"))
    targets = "select case_no, node_no, target from leaf_own where target is not null"
    none = "select cast(null as int) as case_no, cast(null as int) as node_no, cast(null as double) as target where false"
    connection.execute(f"create or replace temp table leaf_target as {targets if 'target' in own else none}")
    columns = []
    for name in [*LEAF_SCALARS, *sorted(tables.arguments)]:
        sources = [f"o.{quoted(name)}"] * (name in own) + [f"q.{quoted(name)}"] * (name in of_peers) + [f"p.{quoted(name)}"]
        columns.append(f"coalesce({', '.join(sources)}) as {quoted(name)}" if len(sources) > 1 else sources[0])
    connection.execute(f"""create or replace temp view leaf_parameter as
        select l.case_no, l.node_no, l.group_no, l.peer_no, l.is_fallback, l.method, l.lower, l.x, {", ".join(columns)}
        from leaf as l
        join scheme_leaf as p on p.group_no = l.group_no and p.node_no = l.node_no and p.is_fallback = l.is_fallback
        {" ".join(joins)}
        where l.status = 'ok'""")


def _pivoted(connection: duckdb.DuckDBPyConnection, source: str, table: str, keys: list[str], names: list[str], alias: str) -> str:
    """Make a table with one column a parameter; returns the join that adds it to the leaves."""
    columns = ", ".join(f"max(case when parameter = {text(name)} then number end) as {quoted(name)}" for name in names)
    listed = ", ".join(keys)
    connection.execute(f"create or replace temp table {table} as select {listed}, {columns} from {source} group by {listed}")
    on = " and ".join(f"{alias}.{key} = l.{key}" for key in keys)
    return f"left join {table} as {alias} on {on}"
