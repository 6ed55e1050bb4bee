"""What the scoring reads, carried over to a connection of its own: for questions that must leave the results at hand untouched."""

import duckdb
import pyarrow as pa

from transforms.scoring import make_optional

INPUTS = ("subject", "fact", "decision", "attribute", "member", "history")


def copy_inputs(source: duckdb.DuckDBPyConnection, prefix: str = "score") -> duckdb.DuckDBPyConnection:
    """A new connection in memory with the relations ``score_*`` of another, as temp tables ``<prefix>_*``; as many threads, as much
    memory, the same place for what does not fit into it."""
    make_optional(source)
    asked = "select current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')"
    threads, memory, spill = source.execute(asked).fetchone() or (1, "1GB", "")
    config = {"threads": threads, "memory_limit": memory.replace(" ", ""), **({"temp_directory": spill} if spill else {})}
    connection = duckdb.connect(config=config)
    for name in INPUTS:
        keep_rows(connection, f"{prefix}_{name}", source.execute(f"from score_{name}").to_arrow_table())
    return connection


def keep_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Put an Arrow table into a temp table."""
    connection.register("arriving", rows)
    connection.execute(f"create or replace temp table {table} as from arriving")
    connection.unregister("arriving")
