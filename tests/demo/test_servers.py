"""The source servers, read by the ordinary clients of their protocols."""

import gzip
import io
import json
import time
from pathlib import Path
from typing import Any

import asyncssh
import duckdb
import psycopg
import pytest
import requests
import sdmx
from sshfs import SSHFileSystem

from tests.demo.reach import Running

pytestmark = pytest.mark.slow


def table(running: Running, feed: str) -> Path:
    return running.state.folder / "county" / "tables" / f"{feed}.parquet"


def one(query: str) -> Any:
    return duckdb.sql(query).fetchall()[0][0]


def dsn(running: Running, connection_id: str, **changed: Any) -> str:
    c = {**running.connection(connection_id), **changed}
    return f"host={c['host']} port={c['port']} user={c['login']} password={c['password']} dbname={c['schema']}"


def test_postgres_holds_the_rows_and_can_only_be_read(running_sources: Running) -> None:
    with psycopg.connect(dsn(running_sources, "audit_db")) as db:
        rows = db.execute("SELECT count(*), min(updated_at), max(updated_at) FROM audit.issue").fetchall()[0]
        expected = f"SELECT count(*), min(updated_at::TIMESTAMP), max(updated_at::TIMESTAMP) FROM '{table(running_sources, 'audit')}'"
        assert rows == duckdb.sql(expected).fetchall()[0]
        for forbidden in ("DELETE FROM audit.issue", "SELECT * FROM hr.roster", "CREATE TABLE audit.x (y int)"):
            with pytest.raises(psycopg.Error):
                db.execute(forbidden)
            db.rollback()
    with psycopg.connect(dsn(running_sources, "hr_db")) as db:
        assert db.execute("SELECT count(*) FROM hr.roster").fetchall()[0][0] == one(
            f"SELECT count(*) FROM '{table(running_sources, 'roster')}'"
        )


def test_postgres_refuses_a_wrong_password(running_sources: Running) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn(running_sources, "audit_db", password="wrong"))


def sftp(running: Running, connection_id: str) -> SSHFileSystem:
    c = running.connection(connection_id)
    host = asyncssh.import_known_hosts(f"[{c['host']}]:{c['port']} {c['extra']['host_key']}\n")
    return SSHFileSystem(c["host"], port=c["port"], username=c["login"], password=c["password"], known_hosts=host)


def test_sftp_serves_files_under_a_verified_host_key(running_sources: Running) -> None:
    fs = sftp(running_sources, "inspection_sftp")
    names = {Path(name).name for name in fs.ls("/outbox", detail=False)}
    assert "items_2024-05.xlsx" in names
    assert "items_2025-05.csv.done" in names
    without_marker = {n for n in names if not n.endswith(".done") and f"{n}.done" not in names}
    assert without_marker == {"items_2026-01-part.csv"}
    assert fs.cat_file("/outbox/items_2025-05.csv").decode("gb18030").startswith("事项编号,承办单位,")
    with pytest.raises(Exception, match=r"only be read|Permission"):
        fs.pipe_file("/outbox/new.csv", b"x")
    with pytest.raises(Exception, match=r"only be read|Permission"):
        fs.rm_file("/outbox/items_2025-05.csv")


def test_sftp_shows_each_user_its_own_folder_only(running_sources: Running) -> None:
    fs = sftp(running_sources, "evaluation_sftp")
    names = {Path(name).name for name in fs.ls("/outbox", detail=False)}
    assert "ballots_2025-Q3.csv" in names
    assert "ballots_2025-Q4.csv" not in names
    assert not any("items" in name for name in names)
    with pytest.raises(FileNotFoundError):
        fs.ls("/inspection")
    assert [Path(n).name for n in fs.ls("/../..", detail=False)] == ["outbox"]


def test_sftp_refuses_a_wrong_password(running_sources: Running) -> None:
    c = running_sources.connection("inspection_sftp")
    with pytest.raises(PermissionError):
        SSHFileSystem(c["host"], port=c["port"], username=c["login"], password="wrong", known_hosts=None, client_keys=None)


def test_petition_pages_give_every_row_once(running_sources: Running) -> None:
    url, seen = running_sources.url("petition_api", "/api/v1/items"), []
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {running_sources.token()}"
    page = pages = 1
    while page <= pages:
        data = session.get(url, params={"page": page, "page_size": 200}, timeout=10).json()["data"]
        seen += data["items"]
        pages, page = data["total_pages"], page + 1
    assert pages == -(-len(seen) // 200)
    assert len(seen) == one(f"SELECT count(*) FROM '{table(running_sources, 'petition')}'")
    assert [row["updated_at"] for row in seen] == sorted(row["updated_at"] for row in seen)
    assert any(row["item_class"] == "accusation" for row in seen)
    since = session.get(url, params={"updated_since": "2025-10-01", "page_size": 5000}, timeout=10).json()["data"]["items"]
    assert since == [row for row in seen if row["updated_at"] >= "2025-10-01"]
    assert len(since) > 50
    beyond = session.get(url, params={"page": pages + 5, "page_size": 200}, timeout=10).json()["data"]
    assert beyond["items"] == []


def test_petition_tokens_expire_and_secrets_are_checked(running_sources: Running) -> None:
    url, token = running_sources.url("petition_api", "/api/v1/items"), running_sources.token()
    get = lambda text: requests.get(url, params={"page_size": 1}, headers={"Authorization": text}, timeout=10).status_code  # noqa: E731
    assert get(f"Bearer {token}") == 200
    assert get("Bearer wrong") == 401
    assert get("") == 401
    time.sleep(2.1)
    assert get(f"Bearer {token}") == 401
    ask = running_sources.url("petition_api", "/oauth/token")
    form = {"grant_type": "client_credentials", "client_id": "appraisal", "client_secret": "wrong"}
    assert requests.post(ask, data=form, timeout=10).status_code == 401
    form["client_secret"] = running_sources.connection("petition_api")["password"]
    assert requests.post(ask, data=form, timeout=10).json()["expires_in"] == 2


def ratings(running: Running, **asked: Any) -> dict[str, Any]:
    key = running.connection("rating_api")["password"]
    answer = requests.get(running.url("rating_api", "/api/v1/ratings"), params=asked, headers={"X-API-Key": key}, timeout=10)
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


def test_rating_cursor_gives_every_row_once(running_sources: Running) -> None:
    seen: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        body = ratings(running_sources, limit=997, **({"cursor": cursor} if cursor else {}))
        seen += body["data"]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    source = f"'{table(running_sources, 'rating')}'"
    assert len(seen) == one(f"SELECT count(*) FROM {source}")  # exact repetitions too, wherever a page ends
    assert len({row["rating_no"] for row in seen}) == one(f"SELECT count(DISTINCT rating_no) FROM {source}")
    small = ratings(running_sources, limit=3)
    assert [row["rating_no"] for row in small["data"]] == [row["rating_no"] for row in seen[:3]]


def test_rating_is_compressed_and_asks_for_its_key(running_sources: Running) -> None:
    url, key = running_sources.url("rating_api", "/api/v1/ratings"), running_sources.connection("rating_api")["password"]
    raw = requests.get(url, params={"limit": 500}, headers={"X-API-Key": key, "Accept-Encoding": "gzip"}, stream=True, timeout=10)
    packed = raw.raw.read(decode_content=False)
    assert raw.headers["Content-Encoding"] == "gzip"
    plain = requests.get(url, params={"limit": 500}, headers={"X-API-Key": key, "Accept-Encoding": "identity"}, timeout=10)
    assert gzip.decompress(packed) == plain.content
    assert len(packed) * 4 < len(plain.content)
    assert requests.get(url, timeout=10).status_code == 401
    assert requests.get(url, params={"cursor": "??"}, headers={"X-API-Key": key}, timeout=10).status_code == 400
    assert requests.get(url, params={"limit": "999999"}, headers={"X-API-Key": key}, timeout=10).status_code == 400


def test_decisions_come_on_one_page(running_sources: Running) -> None:
    key = running_sources.connection("decision_api")["password"]
    answer = requests.get(running_sources.url("decision_api", "/api/v1/decisions"), headers={"X-API-Key": key}, timeout=10)
    rows = answer.json()["data"]
    assert len(rows) == one(f"SELECT count(*) FROM '{table(running_sources, 'decision')}'")
    assert len(rows) >= 40
    veto = [row for row in rows if row["decision_type"] == "political_negative" and row["confirmed"] and row["signed_off"]]
    assert len(veto) == 1
    assert veto[0]["cadre_id"]


def sdmx_csv(running: Running, key: str, version: str = "1.0.0", **asked: str) -> list[dict[str, Any]]:
    url = running.url("statistics_api", f"/data/STATS,COUNTY_KEY,1.0/{key}")
    accept = f"application/vnd.sdmx.data+csv;version={version}"
    answer = requests.get(url, params=asked, headers={"Accept": accept}, timeout=10)
    answer.raise_for_status()
    assert answer.headers["Content-Type"].startswith("application/vnd.sdmx.data+csv")
    rows = duckdb.read_csv(io.StringIO(answer.text), all_varchar=True)
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


def test_sdmx_csv_has_all_vintages_and_selects_by_key(running_sources: Running) -> None:
    everything = sdmx_csv(running_sources, "all")
    assert len(everything) == one(f"SELECT count(*) FROM '{table(running_sources, 'statistics')}'")
    assert {row["VINTAGE"] for row in everything} == {"P", "V", "F"}
    assert everything[0]["DATAFLOW"] == "STATS:COUNTY_KEY(1.0)"
    some = sdmx_csv(running_sources, "gdp_growth+pm25.T01.", version="2.0.0")
    assert {(row["SERIES"], row["REF_AREA"]) for row in some} == {("gdp_growth", "T01"), ("pm25", "T01")}
    assert some[0]["STRUCTURE"] == "dataflow"
    assert some[0]["STRUCTURE_ID"] == "STATS:COUNTY_KEY(1.0)"
    late = sdmx_csv(running_sources, "all", updatedAfter="2026-01-01T00:00:00")
    assert late
    assert late == [row for row in everything if row["PUBLISHED_AT"] >= "2026-01-01T00:00:00"]
    gap = [row for row in everything if row["HAS_DATA"] == "false"]
    assert gap
    assert all(row["OBS_VALUE"] is None and row["REF_AREA"] == "T05" for row in gap)


def test_sdmx_says_what_is_wrong(running_sources: Running) -> None:
    for path, status in (("STATS,NOTHING,1.0/all", 404), ("COUNTY_KEY/gdp_growth", 400), ("COUNTY_KEY/nothing..", 404)):
        answer = requests.get(running_sources.url("statistics_api", f"/data/{path}"), timeout=10)
        assert answer.status_code == status
        assert b"ErrorMessage" in answer.content


def test_the_sdmx1_client_reads_the_same_values(running_sources: Running) -> None:
    source = {"id": "COUNTY", "url": running_sources.url("statistics_api", "").rstrip("/"), "name": "The county's bureau"}
    sdmx.add_source(source, override=True)
    message = sdmx.Client("COUNTY").data("COUNTY_KEY", key="gdp_growth+new_jobs.T01+T14.")
    series = sdmx.to_pandas(message.data[0])
    found = {
        (
            key[series.index.names.index("SERIES")],
            key[series.index.names.index("REF_AREA")],
            key[series.index.names.index("VINTAGE")],
            key[series.index.names.index("TIME_PERIOD")],
        ): value
        for key, value in series.items()
    }
    expected = {
        (row["SERIES"], row["REF_AREA"], row["VINTAGE"], row["TIME_PERIOD"]): float(row["OBS_VALUE"])
        for row in sdmx_csv(running_sources, "gdp_growth+new_jobs.T01+T14.")
    }
    assert found == expected
    assert len(found) > 100


def test_no_log_of_a_server_shows_a_secret_or_an_identity(running_sources: Running) -> None:
    planted = json.loads(running_sources.state.planted_file.read_text())
    ids = ("audit_db", "inspection_sftp", "petition_api", "rating_api", "decision_api")
    secret = [running_sources.connection(c)["password"] for c in ids] + [canary["value"] for canary in planted["canaries"]]
    logs = list((running_sources.state.folder / "log").glob("*.log")) + list((running_sources.state.folder / "log").glob("*.ready"))
    assert len(logs) >= 10
    for log in logs:
        text = log.read_text(encoding="utf-8", errors="replace")
        assert not [word for word in secret if word in text], log.name
