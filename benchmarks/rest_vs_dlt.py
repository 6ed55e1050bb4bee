"""A million ratings over HTTP to Parquet: this project's pull against dlt's own pipeline, from the same server.

    python -m benchmarks.rest_vs_dlt [--rows 1000000] [--page-rows 10000]

The server is a process of its own and hands out pages that were serialised and gzipped before, so it is no bottleneck.
Each side runs in a fresh process and is timed after its imports. dlt is used as its documentation shows: ``RESTClient``
in a resource, a pipeline to the filesystem destination, Parquet files. It keeps all columns; the pull drops the
identities, masks, hashes and seals the batch as always. Target: five times faster.
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
from urllib.parse import parse_qs, urlsplit

import duckdb

TARGET = 5.0
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


def pull_ours(port: int, folder: Path) -> tuple[float, int]:
    """Seconds and rows of one ``pull_feed``."""
    from datetime import UTC, datetime

    import connectors.rest  # noqa: F401  (imported before the clock starts)
    from connectors.protocol import Connection
    from connectors.pull import pull_feed
    from warehouse.batch import BatchFiles

    files = BatchFiles(folder / "landing", folder / "validated", "rating")

    def resolve(connection_id: str) -> Connection:
        return Connection(connection_id, "http", "127.0.0.1", port)

    start = time.perf_counter()
    report = pull_feed(contract(), files, resolve, datetime.now(UTC))
    return time.perf_counter() - start, report.rows


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


def pull_dlt(port: int, folder: Path) -> tuple[float, int]:
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
    rows = duckdb.sql(f"SELECT count(*) FROM read_parquet('{files}')").fetchall()[0][0]
    return seconds, int(rows)


SIDES = {"ours": pull_ours, "dlt": pull_dlt}


def measure(side: str, port: int) -> dict[str, float]:
    """Runs one side in a fresh process; answers its seconds, rows, CPU seconds (imports included), peak memory in MB."""
    folder = Path(tempfile.mkdtemp(prefix=f"rest_vs_dlt_{side}_"))
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    command = [sys.executable, "-m", "benchmarks.rest_vs_dlt", "--side", side, "--port", str(port), "--folder", str(folder)]
    try:
        ran = subprocess.run(command, env={**os.environ, **quiet}, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(ran.stdout.splitlines()[-1]))
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Prints both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--page-rows", type=int, default=10_000)
    parser.add_argument("--side", choices=sorted(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        seconds, rows = SIDES[options.side](options.port, options.folder)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cpu = usage.ru_utime + usage.ru_stime
        print(json.dumps({"seconds": seconds, "rows": rows, "cpu": cpu, "peak_mb": usage.ru_maxrss / 1024}))
        return
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(options.rows, options.page_rows, there))
    server.start()
    try:
        port = here.recv()
        found = {side: measure(side, port) for side in SIDES}
    finally:
        server.terminate()
        server.join()
    for side, figures in found.items():
        assert figures["rows"] == options.rows, f"{side} brought {figures['rows']} rows of {options.rows}"
        rate = figures["rows"] / figures["seconds"]
        cpu, peak = figures["cpu"], figures["peak_mb"]
        print(f"{side:5} {figures['seconds']:8.2f} s   {rate:10,.0f} rows/s   {cpu:6.1f} CPU-s   peak {peak:5.0f} MB")
    ratio = found["dlt"]["seconds"] / found["ours"]["seconds"]
    print(f"ratio {ratio:8.1f} x  (target {TARGET:.0f} x): {'met' if ratio >= TARGET else 'MISSED'}")


if __name__ == "__main__":
    main()
