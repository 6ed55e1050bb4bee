"""Starting and ending the sources: once only, after a crash, without orphans; news that come in later."""

import http.server
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psutil
import psycopg
import pytest
import requests

from declarations.problem import Problem
from demo import sources
from demo.connections import read_lines, write_connections
from demo.notify import SIGNATURE_HEADER, TIMESTAMP_HEADER, notify, sign
from demo.servers import postgres
from tests.demo.conftest import SCALE
from tests.demo.reach import Running

pytestmark = pytest.mark.slow


def processes_of(var: Path) -> list[psutil.Process]:
    """Every process that works on this folder: servers by their configuration's files, PostgreSQL by its folder."""
    found = []
    for process in psutil.process_iter():
        try:
            opened = [file.path for file in process.open_files()] + process.cmdline()
            places = (str(var), str(postgres.cluster(var / "demo" / "postgres").folder))
            if process.pid != os.getpid() and any(place in text for place in places for text in opened):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Sources that a test may kill."""
    var = tmp_path_factory.mktemp("own") / "var"
    yield Running(var, sources.up(var, scale=SCALE))
    sources.wipe(var)


def rating_count(running: Running, since: str) -> int:
    key = running.connection("rating_api")["password"]
    asked = {"updated_since": since, "limit": "50000"}
    answer = requests.get(running.url("rating_api", "/api/v1/ratings"), params=asked, headers={"X-API-Key": key}, timeout=10)
    return len(answer.json()["data"])


def audit_rows(running: Running, condition: str) -> list[tuple[Any, ...]]:
    c = running.connection("audit_db")
    with psycopg.connect(f"host={c['host']} port={c['port']} user={c['login']} password={c['password']} dbname={c['schema']}") as db:
        return db.execute(f"SELECT issue_no, due_on FROM audit.issue WHERE {condition} ORDER BY 1").fetchall()


def test_up_twice_starts_nothing_twice(own: Running) -> None:
    assert own.state.started
    assert own.state.running
    assert len(own.state.servers) == 6
    before = {p.pid for p in processes_of(own.var)}
    again = sources.up(own.var, scale=SCALE)
    assert again.running
    assert not again.started
    assert {p.pid for p in processes_of(own.var)} >= before


def test_connections_are_for_the_owner_only(own: Running) -> None:
    file = own.state.connections_file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = read_lines(file)
    ids = ["audit_db", "hr_db", "inspection_sftp", "evaluation_sftp", "petition_api", "rating_api", "statistics_api", "decision_api"]
    assert set(lines) == {"TRACELESS_WEBHOOK_SECRET", *(f"AIRFLOW_CONN_{name.upper()}" for name in ids)}
    for name in ids:
        assert set(own.connection(name)) == {"conn_type", "host", "port", "schema", "login", "password", "extra"}


def test_a_killed_server_is_seen_and_up_restores_it_under_the_same_address(own: Running) -> None:
    lines = read_lines(own.state.connections_file)
    victim = next(s for s in json.loads((own.state.folder / "sources.json").read_text())["servers"] if s["name"] == "rating")
    os.kill(victim["pid"], signal.SIGKILL)
    psutil.wait_procs([psutil.Process(victim["pid"])] if psutil.pid_exists(victim["pid"]) else [], timeout=5)
    now = sources.state(own.var)
    assert not now.running
    assert now.servers["rating"] is False
    assert now.servers["postgres"] is True
    assert sources.up(own.var, scale=SCALE).running
    after = read_lines(own.state.connections_file)
    for name in ("AUDIT_DB", "PETITION_API", "RATING_API", "STATISTICS_API"):  # a pipeline that runs goes on
        assert after[f"AIRFLOW_CONN_{name}"] == lines[f"AIRFLOW_CONN_{name}"]
    assert rating_count(own, "2023-01-01") > 1000


def test_news_come_in_while_the_servers_run(own: Running) -> None:
    before, findings = rating_count(own, "2023-01-01"), len(audit_rows(own, "true"))
    news = sources.advance(own.var)
    assert news == {feed: {"late": 30, "revision": 20, "repetition": 5} for feed in ("audit", "rating")}
    assert rating_count(own, "2023-01-01") == before + 55
    assert len(audit_rows(own, "true")) == findings + 55
    assert rating_count(own, "2026-01-20T12:00:00") == 50
    fresh = audit_rows(own, "updated_at > '2026-01-20 12:00'")
    assert len(fresh) == 50
    assert sum(1 for number, _ in fresh if number.startswith("SJ2025-9")) == 30
    sources.advance(own.var)
    keys = [number for number, _ in audit_rows(own, "issue_no LIKE 'SJ2025-9%'")]
    assert len(keys) == len(set(keys)) == 60


def test_news_are_the_same_for_the_same_seed(own: Running, tmp_path: Path) -> None:
    from demo.news import write_news

    tables = own.state.folder / "county" / "tables"
    planted = json.loads(own.state.planted_file.read_text())["planted"]
    for feed in ("audit", "rating"):
        copy = tmp_path / f"{feed}.parquet"
        copy.write_bytes((tables / copy.name).read_bytes())
        spoilt = [key for trouble in planted if trouble["feed"] == feed for key in trouble["keys"]]
        file, _ = write_news(tmp_path, feed, 1, seed=7, spoilt=spoilt)
        same = f"SELECT * FROM '{file}' EXCEPT ALL SELECT * FROM '{tables / file.name}'"
        assert duckdb.sql(f"SELECT count(*) FROM ({same})").fetchall() == [(0,)]


def test_down_ends_exactly_what_it_started(own: Running) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    record = own.state.folder / "sources.json"
    servers = json.loads(record.read_text())
    servers["servers"].append({"name": "old", "pid": stranger.pid, "born": 1.0})  # a number that was used again
    record.write_text(json.dumps(servers))
    assert processes_of(own.var)
    assert sources.down(own.var) == 6
    assert processes_of(own.var) == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    assert sources.down(own.var) == 0
    with pytest.raises(Problem, match="not up"):
        sources.advance(own.var)


def test_a_failed_start_leaves_nothing_running(own: Running) -> None:
    sources.down(own.var)
    log = own.state.folder / "log"
    log.rename(log.with_name("log-before"))
    log.write_text("in the way")
    try:
        with pytest.raises(FileExistsError):
            sources.up(own.var, scale=SCALE)
        assert processes_of(own.var) == []
    finally:
        log.unlink()


def test_other_peoples_connections_stay(tmp_path: Path) -> None:
    file = tmp_path / "connections.env"
    file.write_text("AIRFLOW_CONN_MINE=mysql://host/db?a=b\n")
    write_connections(file, {"audit_db": {"password": "x"}})
    write_connections(file, {"audit_db": {"password": "y"}})
    lines = read_lines(file)
    assert lines["AIRFLOW_CONN_MINE"] == "mysql://host/db?a=b"
    assert json.loads(lines["AIRFLOW_CONN_AUDIT_DB"]) == {"password": "y"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_webhook_is_signed(tmp_path: Path) -> None:
    write_connections(tmp_path / "connections.env", {})
    secret = read_lines(tmp_path / "connections.env")["TRACELESS_WEBHOOK_SECRET"]
    got: list[tuple[Any, bytes]] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202 if self.path == "/hook" else 403)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert notify(tmp_path, f"http://127.0.0.1:{server.server_port}/hook", "rating", "2025-Q4", "b1") == 202
    with pytest.raises(Problem, match="refused with status 403"):
        notify(tmp_path, f"http://127.0.0.1:{server.server_port}/other", "rating", "2025-Q4")
    server.shutdown()
    server.server_close()
    headers, body = got[0]
    assert json.loads(body) == {"feed": "rating", "period": "2025-Q4", "batch": "b1"}
    assert headers[SIGNATURE_HEADER] == sign(secret, int(headers[TIMESTAMP_HEADER]), body)
    assert headers[SIGNATURE_HEADER] != sign(secret + "x", int(headers[TIMESTAMP_HEADER]), body)
    with pytest.raises(Problem, match="nobody answers"):
        notify(tmp_path, f"http://127.0.0.1:{server.server_port}/hook", "rating", "2025-Q4", "b1", timeout=2)
