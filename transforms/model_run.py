"""When a model must run: its input's fingerprint changed. Whether anything follows: its output's did."""

import hashlib
from datetime import UTC, datetime

import duckdb

from warehouse.rows import insert_rows


def is_fresh(connection: duckdb.DuckDBPyConnection, model: str, period: str, input_fingerprint: str) -> bool:
    """Whether the model ran on this period with just this input."""
    row = connection.execute("select input_fingerprint from ops.model_run where model = ? and period = ?", [model, period]).fetchone()
    return row is not None and row[0] == input_fingerprint


def record(connection: duckdb.DuckDBPyConnection, model: str, period: str, input_fingerprint: str, output_fingerprint: str) -> None:
    """Remember a run, in the transaction of its output."""
    record_all(connection, model, {period: (input_fingerprint, output_fingerprint)})


def record_all(connection: duckdb.DuckDBPyConnection, model: str, runs: dict[str, tuple[str, str]]) -> None:
    """Remember a model's runs: period → fingerprints of input and output."""
    connection.execute("delete from ops.model_run where model = ? and list_contains(?, period)", [model, list(runs)])
    now = datetime.now(UTC).replace(tzinfo=None)
    insert_rows(connection, "ops.model_run", [[model, period, *found, now] for period, found in runs.items()])


def output_of(connection: duckdb.DuckDBPyConnection, model: str, period: str) -> str:
    """The output fingerprint of the last run; empty where there was none."""
    row = connection.execute("select output_fingerprint from ops.model_run where model = ? and period = ?", [model, period]).fetchone()
    return row[0] if row else ""


def relation_fingerprint(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[object] | None = None) -> str:
    """A hash of a query's rows that does not hang on their order. Doubles count to 1e-9."""
    return fingerprints_by(connection, f"select *, 'all' as fingerprint_key from ({query}) as keyed", parameters).get("all", "none")


def fingerprints_by(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[object] | None = None) -> dict[str, str]:
    """One such hash for each value of the query's column ``fingerprint_key``."""
    described = connection.execute(f"describe {query}", parameters or []).fetchall()
    columns = ", ".join(
        f"""coalesce(cast({f'round("{name}", 9)' if kind == "DOUBLE" else f'"{name}"'} as varchar), chr(0))"""
        for name, kind, *_ in described
    )
    rows = connection.execute(
        f"select fingerprint_key, count(*), sum(cast(md5_number_lower(concat_ws(chr(1), {columns})) as hugeint)) "
        f"from ({query}) as hashed group by fingerprint_key",
        parameters or [],
    ).fetchall()
    return {key: combine(str(count), str(total)) for key, count, total in rows}


def combine(*parts: str) -> str:
    """One short hash of several texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
