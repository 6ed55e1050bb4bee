"""Values and points side by side, one column a name: what declared expressions are computed over."""

from collections.abc import Iterable

import duckdb


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def pivot(connection: duckdb.DuckDBPyConnection, table: str, names: Iterable[str]) -> None:
    """Make the temp table ``table``: ``case_no`` and one double column for each name, null where it is absent.

    A name is a node of the tree (its points) or else an indicator (its prepared value); names of neither are null throughout.
    """
    nodes: list[str] = []
    values: list[str] = []
    exists = {row[0] for row in connection.execute("select node from scheme_node").fetchall()} if _has(connection, "tree") else set()
    for name in sorted(set(names)):
        column = f"max(case when i.name = {text(name)} then i.number end) as {quoted(name)}"
        (nodes if name in exists else values).append(column)
    parts = []
    if values:
        source = "select v.case_no, x.indicator as name, v.value as number from value as v join scheme_indicator as x using (indicator_no)"
        parts.append(_pivoted(source, values))
    if nodes:
        source = "select t.case_no, n.node as name, t.normalised as number from tree as t join scheme_node as n on n.node_no = t.node_no"
        parts.append(_pivoted(source, nodes))
    joined = " ".join(f"left join ({part}) as p{n} using (case_no)" for n, part in enumerate(parts))
    columns = ", ".join(quoted(name) for name in sorted(set(names)))
    connection.execute(
        f"create or replace temp table {quoted(table)} as select c.case_no{', ' + columns if columns else ''} from score_case as c {joined}"
    )


def _pivoted(source: str, columns: list[str]) -> str:
    return f"select i.case_no, {', '.join(columns)} from ({source}) as i group by i.case_no"


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute("select count(*) from duckdb_tables() where table_name = ? and temporary", [table]).fetchone()
    return bool(found and found[0])
