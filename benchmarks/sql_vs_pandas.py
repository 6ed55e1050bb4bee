"""A table of PostgreSQL to Parquet: this project's whole pull against pandas' ``read_sql`` in chunks, from the same server.

    python -m benchmarks.sql_vs_pandas [--rows 1000000] [--sides fast psycopg pandas] [--rounds 2]

The server runs on loopback; the table has ten columns of the usual types. Each side runs in a fresh process and is timed
after its imports. pandas reads through a server-side cursor in chunks of 50 000 rows, which are written with pyarrow's
ParquetWriter as they come. The pull does more: every value as the server's own text, allow-list and masks, the content's
hash, the newest cursor value, the sealed batch. ``psycopg`` is the pull without its fast path (ADBC). Target: three times
faster than pandas (the best of each side's rounds, run in turns, so that a busy machine hits all alike), and no more than
500 MB of memory however many rows there are.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TARGET, MEMORY_MB, CHUNK = 3.0, 500, 50_000
MAKE = """
CREATE TABLE rating AS SELECT 'PJ' || lpad(i::text, 10, '0') AS rating_no, 'T' || lpad((i % 44)::text, 2, '0') AS org_id,
    (ARRAY['hall', 'online', 'phone', 'terminal'])[1 + i % 4] AS channel, (i % 5 + 1)::int AS grade,
    (i * 1.37)::numeric(18, 2) AS amount_yuan,
    i % 3 = 0 AS fixed, date '2023-01-01' + (i % 900)::int AS due_on, CASE WHEN i % 7 = 0 THEN '办事很快，态度好' END AS remark,
    timestamp '2025-01-01' + i * interval '20 seconds' AS handled_at,
    timestamptz '2025-01-01 00:15Z' + i * interval '20 seconds' AS updated_at
FROM generate_series(1, {rows}) AS t(i)
"""
TYPES = {
    "rating_no": "string", "org_id": "string", "channel": "string", "grade": "integer", "amount_yuan": "decimal", "fixed": "boolean",
    "due_on": "date", "remark": "string", "handled_at": "timestamp", "updated_at": "timestamp",
}  # fmt: skip


def contract() -> Any:
    """The rating feed, as far as speed depends on it."""
    from declarations.feed import FeedContract

    columns = [{"name": n, "type": t, "zh": n, "meaning": n, "key": n == "rating_no"} for n, t in TYPES.items()]
    columns[list(TYPES).index("amount_yuan")]["unit"] = "yuan"
    return FeedContract.model_validate(
        {
            "id": "rating",
            "kind": "rating",
            "title": {"en": "Ratings", "zh": "好差评"},
            "description": "benchmark",
            "owner": {"team": "benchmark"},
            "source": {"connector": "sql", "connection": "rating_db", "table": "rating", "cursor": {"column": "updated_at"}},
            "columns": columns,
            "event_time": "handled_at",
            "version": "updated_at",
            "retention": {"years": 1, "reason": "benchmark"},
        }
    )


def pull_ours(dsn: str, folder: Path, fast: bool) -> tuple[float, int]:
    """Seconds and rows of one ``pull_feed``."""
    from datetime import UTC, datetime

    import adbc_driver_postgresql.dbapi  # noqa: F401  (imported before the clock starts)
    import psycopg.conninfo

    import connectors.sql  # noqa: F401
    from connectors.protocol import Connection
    from connectors.pull import pull_feed
    from warehouse.batch import BatchFiles

    files = BatchFiles(folder / "landing", folder / "validated", "rating")
    said = psycopg.conninfo.conninfo_to_dict(dsn)

    def resolve(connection_id: str) -> Connection:
        extra = {"fast_path": fast}
        return Connection(
            connection_id, "postgres", str(said["host"]), int(str(said["port"])), str(said["dbname"]), str(said["user"]), extra=extra
        )

    start = time.perf_counter()
    report = pull_feed(contract(), files, resolve, datetime.now(UTC))
    return time.perf_counter() - start, report.rows


def pull_pandas(dsn: str, folder: Path) -> tuple[float, int]:
    """Seconds and rows of ``read_sql`` in chunks through a server-side cursor."""
    import pandas as pd
    import psycopg.conninfo
    import pyarrow as pa
    import pyarrow.parquet as pq
    import sqlalchemy as sa

    said = psycopg.conninfo.conninfo_to_dict(dsn)
    url = f"postgresql+psycopg://{said['user']}@/{said['dbname']}?host={said['host']}&port={said['port']}"
    engine = sa.create_engine(url)
    engine.connect().close()
    rows, writer, schema = 0, None, None
    start = time.perf_counter()
    with engine.connect().execution_options(stream_results=True, max_row_buffer=CHUNK) as connection:
        for chunk in pd.read_sql(sa.text(f"SELECT {', '.join(TYPES)} FROM rating"), connection, chunksize=CHUNK):
            table = pa.Table.from_pandas(chunk, schema=schema, preserve_index=False)
            schema = table.schema
            writer = writer or pq.ParquetWriter(folder / "rating.parquet", table.schema, compression="zstd")
            writer.write_table(table)
            rows += table.num_rows
    if writer:
        writer.close()
    return time.perf_counter() - start, rows


SIDES = {
    "fast": lambda dsn, folder: pull_ours(dsn, folder, True),
    "psycopg": lambda dsn, folder: pull_ours(dsn, folder, False),
    "pandas": pull_pandas,
}


def measure(side: str, dsn: str) -> dict[str, float]:
    """Runs one side in a fresh process; answers its seconds, rows, CPU seconds (imports included), peak memory in MB."""
    folder = Path(tempfile.mkdtemp(prefix=f"sql_vs_pandas_{side}_"))
    command = [sys.executable, "-m", "benchmarks.sql_vs_pandas", "--side", side, "--dsn", dsn, "--folder", str(folder)]
    try:
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(ran.stdout.splitlines()[-1]))
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Prints the times, the ratio to pandas and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sides", nargs="+", choices=sorted(SIDES), default=["fast", "pandas"])
    parser.add_argument("--side", choices=sorted(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--dsn", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        seconds, rows = SIDES[options.side](options.dsn, options.folder)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"seconds": seconds, "rows": rows, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}))
        return
    found = compare(options.rows, options.sides, options.rounds)
    for side, figures in found.items():
        assert figures["rows"] == options.rows, f"{side} brought {figures['rows']} rows of {options.rows}"
        rate = figures["rows"] / figures["seconds"]
        print(
            f"{side:8} {figures['seconds']:8.2f} s   {rate:10,.0f} rows/s   {figures['cpu']:6.1f} CPU-s   peak {figures['peak_mb']:5.0f} MB"
        )
    if {"fast", "pandas"} <= found.keys():
        ratio = found["pandas"]["seconds"] / found["fast"]["seconds"]
        print(f"ratio {ratio:8.1f} x  (target {TARGET:.0f} x): {'met' if ratio >= TARGET else 'MISSED'}")
    peak = max((figures["peak_mb"] for side, figures in found.items() if side != "pandas"), default=0)
    print(f"memory of the pull {peak:.0f} MB  (target {MEMORY_MB} MB): {'met' if peak <= MEMORY_MB else 'MISSED'}")


def compare(rows: int, sides: list[str], rounds: int) -> dict[str, dict[str, float]]:
    """Figures by side, from a server that is made for it and removed."""
    import psycopg

    from demo.servers import postgres

    folder = Path(tempfile.mkdtemp(prefix="sql_vs_pandas_"))
    cluster, port = postgres.start(folder / "data")
    try:
        postgres.make_database(cluster, port, "bench")
        with psycopg.connect(cluster.admin(port, "bench"), autocommit=True) as db:
            db.execute(MAKE.format(rows=rows).encode())
            db.execute("VACUUM ANALYZE rating")
        postgres.make_reader(cluster, port, "reader", "reader", ["public"], "bench")
        dsn = cluster.admin(port, "bench").replace("user=postgres", "user=reader")
        measured = [{side: measure(side, dsn) for side in sides} for _ in range(rounds)]
        return {side: min((one[side] for one in measured), key=lambda figures: figures["seconds"]) for side in sides}
    finally:
        postgres.remove(cluster)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
