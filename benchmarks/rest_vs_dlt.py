"""A million ratings over HTTP to validated Parquet: this project against dlt's own pipeline and against a bare download, from one server.

    python -m benchmarks.rest_vs_dlt [--rows 1000000] [--page-rows 10000] [--sides ours landed raw dlt] [--rounds 1]

The server is a process of its own and hands out pages that were serialised and gzipped before, so it is no bottleneck.
Each side runs in a fresh process and is timed after its imports; of several rounds the fastest counts.

ours    ``pull_feed`` and ``validate_batch``: drops the identities, masks, checks, hashes, seals, judges, types
landed  only ``pull_feed``, to see its memory without that of the validation
raw     ``requests`` writes the pages to disk, its addresses known before; then DuckDB's ``read_json`` writes the contract's
        columns to Parquet. Nobody can do with less, and nothing of it is checked
dlt     as its documentation shows: ``RESTClient`` in a resource, a pipeline to the filesystem destination, Parquet files

Targets: five times faster than dlt, at most half as long again as the bare download.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb

LEAST_TIMES_DLT = 5.0
MOST_TIMES_RAW = 1.5
PAGE_SQL = """
SELECT to_json(list({
    rating_no: 'PJ' || lpad(i::VARCHAR, 10, '0'), org_id: 'T' || lpad((hash(i) % 24)::VARCHAR, 2, '0'),
    service_code: lpad((hash(i * 7) % 900000)::VARCHAR, 6, '0'), channel: ['hall', 'online', 'phone', 'terminal'][1 + i % 4],
    handled_at: strftime(TIMESTAMP '2025-01-01' + INTERVAL (i * 20) SECOND, '%Y-%m-%dT%H:%M:%S'),
    rated_at: CASE WHEN i % 3 > 0 THEN strftime(TIMESTAMP '2025-01-01' + INTERVAL (i * 20 + 600) SECOND, '%Y-%m-%dT%H:%M:%S') END,
    grade: CASE WHEN i % 3 > 0 THEN 1 + hash(i) % 5 END, active: i % 3 = 1, void_reason: NULL::VARCHAR,
    contact_due_at: NULL::VARCHAR, contacted_at: NULL::VARCHAR, fixed: NULL::BOOLEAN, revisited: NULL::BOOLEAN,
    updated_at: strftime(TIMESTAMP '2025-01-01' + INTERVAL (i * 20 + 900) SECOND, '%Y-%m-%dT%H:%M:%S'),
    applicant_name: '申请人' || (hash(i) % 10000)::VARCHAR, id_card: '11010119900101' || lpad((i % 10000)::VARCHAR, 4, '0'),
    phone: '139' || lpad((hash(i) % 100000000)::VARCHAR, 8, '0'), comment: '办事很快，态度好', clerk_id: 'K' || (i % 500)::VARCHAR,
    clerk_name: '李四'})) FROM range(?, ?) AS t(i)
"""
TEXTS = ["rating_no", "org_id", "service_code", "channel", "handled_at", "rated_at", "void_reason", "contact_due_at",
         "contacted_at", "updated_at"]  # fmt: skip
LEFT_OUT = ["applicant_name", "id_card", "phone", "comment", "clerk_id", "clerk_name"]


def serve(rows: int, page_rows: int, pipe: Pipe) -> None:
    """Makes all pages, then serves them by key until it is ended."""
    pages = {}
    with duckdb.connect() as con:
        for start in range(0, rows, page_rows):
            end = min(start + page_rows, rows)
            data = str(con.execute(PAGE_SQL, [start, end]).fetchall()[0][0])
            onward = json.dumps(f"k{end}" if end < rows else None)
            pages[f"k{start}" if start else ""] = gzip.compress(f'{{"data":{data},"next_cursor":{onward}}}'.encode(), 6)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = pages[parse_qs(urlsplit(self.path).query).get("cursor", [""])[0]]
            self.send_response(200)
            for name, value in (("content-type", "application/json"), ("content-encoding", "gzip")):
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send(server.server_port)
    server.serve_forever()


def pull_ours(port: int, folder: Path, rows: int, page_rows: int) -> tuple[dict[str, float], int]:
    """Seconds of one ``pull_feed`` and one ``validate_batch``, and the rows that were accepted."""
    from datetime import UTC, datetime

    import expectations.gx_run  # noqa: F401  (imported before the clock starts)
    from expectations.validate import validate_batch

    files, steps, batch_id, _ = _pulled(port, folder)
    start = time.perf_counter()
    verdict = validate_batch(contract(), files, batch_id, datetime.now(UTC))
    return {**steps, "validate": time.perf_counter() - start}, verdict.accepted


def pull_only(port: int, folder: Path, rows: int, page_rows: int) -> tuple[dict[str, float], int]:
    """Seconds of one ``pull_feed``, and the rows that were landed."""
    _, steps, _, landed = _pulled(port, folder)
    return steps, landed


def _pulled(port: int, folder: Path) -> tuple[Any, dict[str, float], str, int]:
    """The batch's files, the seconds, its name and its rows."""
    from datetime import UTC, datetime

    import connectors.rest  # noqa: F401  (imported before the clock starts)
    from connectors.protocol import Connection
    from connectors.pull import pull_feed
    from warehouse.batch import BatchFiles

    files = BatchFiles(folder / "landing", folder / "validated", "rating")

    def resolve(connection_id: str) -> Connection:
        return Connection(connection_id, "http", "127.0.0.1", port, extra={"allow_loopback": True})

    start = time.perf_counter()
    report = pull_feed(contract(), files, resolve, datetime.now(UTC))
    return files, {"pull": time.perf_counter() - start}, str(report.batch_id), report.rows


def download(port: int, folder: Path, rows: int, page_rows: int) -> tuple[dict[str, float], int]:
    """Seconds to write the pages to disk, and to make a Parquet file of them with DuckDB."""
    import requests

    start = time.perf_counter()
    with requests.Session() as session:
        for at in range(0, rows, page_rows):
            answer = session.get(f"http://127.0.0.1:{port}/ratings", params={"cursor": f"k{at}"} if at else {}, timeout=60)
            (folder / f"{at:012}.json").write_bytes(answer.content)
    written = time.perf_counter()
    names = ", ".join(f"record.{column}" for column in contract().names)
    out = folder / "rating.parquet"
    with duckdb.connect() as con:
        pages = f"read_json('{folder}/*.json', maximum_object_size = 1000000000)"
        rating = f"SELECT {names} FROM (SELECT unnest(data) AS record FROM {pages})"
        con.execute(f"COPY ({rating}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")
        end = time.perf_counter()
        count = con.execute(f"SELECT count(*) FROM '{out}'").fetchall()[0][0]
    return {"download": written - start, "parse": end - written}, int(count)


def contract():  # type: ignore[no-untyped-def]
    """The rating feed, as far as speed depends on it."""
    from declarations.feed import FeedContract

    types = {**dict.fromkeys(TEXTS, "string"), "grade": "integer", **dict.fromkeys(["active", "fixed", "revisited"], "boolean")}
    columns = [{"name": n, "type": t, "zh": n, "meaning": n, "key": n == "rating_no"} for n, t in types.items()]
    source = {
        "connector": "rest",
        "connection": "rating_api",
        "path": "/ratings",
        "records": "data",
        "paging": {"by": "cursor"},
        "cursor": {"column": "updated_at"},
    }
    return FeedContract.model_validate(
        {
            "id": "rating",
            "kind": "rating",
            "title": {"en": "Ratings", "zh": "好差评"},
            "description": "benchmark",
            "owner": {"team": "benchmark"},
            "source": source,
            "columns": columns,
            "left_out": dict.fromkeys(LEFT_OUT, "identity"),
            "event_time": "handled_at",
            "version": "updated_at",
            "retention": {"years": 1, "reason": "benchmark"},
        }
    )


def pull_dlt(port: int, folder: Path, rows: int, page_rows: int) -> tuple[dict[str, float], int]:
    """Seconds and rows of one dlt pipeline run from the same server to Parquet files."""
    import dlt
    from dlt.sources.helpers.rest_client import RESTClient
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    client = RESTClient(
        f"http://127.0.0.1:{port}",
        paginator=JSONResponseCursorPaginator(cursor_path="next_cursor", cursor_param="cursor"),
        data_selector="data",
    )

    @dlt.resource(name="rating", write_disposition="append")
    def ratings():  # type: ignore[no-untyped-def]
        yield from client.paginate("/ratings")

    start = time.perf_counter()
    pipeline = dlt.pipeline(
        "rest_vs_dlt",
        pipelines_dir=str(folder / "work"),
        destination=dlt.destinations.filesystem(bucket_url=(folder / "out").as_uri()),
        dataset_name="bench",
    )
    pipeline.run(ratings(), loader_file_format="parquet")
    seconds = time.perf_counter() - start
    files = str(folder / "out" / "bench" / "rating" / "*.parquet")
    count = duckdb.sql(f"SELECT count(*) FROM read_parquet('{files}')").fetchall()[0][0]
    return {"pipeline": seconds}, int(count)


SIDES = {"ours": pull_ours, "landed": pull_only, "raw": download, "dlt": pull_dlt}


def measure(side: str, port: int, rows: int, page_rows: int) -> dict[str, Any]:
    """Runs one side in a fresh process; answers its seconds by step, rows, CPU seconds (imports included), peak memory in MB."""
    folder = Path(tempfile.mkdtemp(prefix=f"rest_vs_dlt_{side}_"))
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    command = [sys.executable, "-m", "benchmarks.rest_vs_dlt", "--side", side, "--port", str(port), "--folder", str(folder)]
    command += ["--rows", str(rows), "--page-rows", str(page_rows)]
    try:
        ran = subprocess.run(command, env={**os.environ, **quiet}, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(ran.stdout.splitlines()[-1]))
    finally:
        shutil.rmtree(folder)


def run_side(options: argparse.Namespace) -> None:
    """The one side that this process was started for."""
    steps, count = SIDES[options.side](options.port, options.folder, options.rows, options.page_rows)
    assert count == options.rows, f"{options.side} brought {count} rows of {options.rows}"
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({"steps": steps, "seconds": sum(steps.values()), "cpu": cpu, "peak_mb": usage.ru_maxrss / 1024}))


def tell(found: dict[str, dict[str, Any]], rows: int) -> None:
    """Prints the fastest round of each side, and the ratios."""
    for side, best in found.items():
        steps = ", ".join(f"{name} {seconds:.2f}" for name, seconds in best["steps"].items())
        speed = f"{best['seconds']:8.2f} s   {rows / best['seconds']:10,.0f} rows/s"
        cost = f"{best['cpu']:6.1f} CPU-s   peak {best['peak_mb']:5.0f} MB"
        print(f"{side:6} {speed}   {cost}   ({steps})")
    ours = found["ours"]["seconds"] if "ours" in found else None
    if ours and "dlt" in found:
        ratio = found["dlt"]["seconds"] / ours
        print(f"{ratio:5.1f} x faster than dlt (target {LEAST_TIMES_DLT:.0f} x): {'met' if ratio >= LEAST_TIMES_DLT else 'MISSED'}")
    if ours and "raw" in found:
        ratio = ours / found["raw"]["seconds"]
        print(f"{ratio:5.2f} x the bare download's time (target {MOST_TIMES_RAW} x): {'met' if ratio <= MOST_TIMES_RAW else 'MISSED'}")


def main() -> None:
    """Prints all times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--page-rows", type=int, default=10_000)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=["ours", "raw", "dlt"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        run_side(options)
        return
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(options.rows, options.page_rows, there))
    server.start()
    found: dict[str, dict[str, Any]] = {}
    try:
        port = here.recv()
        for _ in range(options.rounds):
            for side in options.sides:
                ran = measure(side, port, options.rows, options.page_rows)
                found[side] = min(found.get(side, ran), ran, key=lambda figures: float(figures["seconds"]))
    finally:
        server.terminate()
        server.join()
    tell(found, options.rows)


if __name__ == "__main__":
    main()
