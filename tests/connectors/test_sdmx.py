"""The SDMX connector against servers that speak SDMX-CSV: a scripted one, and the demo's in both versions of SDMX."""

import socket
import threading
from collections.abc import Iterator

import duckdb
import pytest
import uvicorn

from connectors.protocol import Window
from connectors.sdmx import SdmxConnector
from declarations.feed import FeedContract
from declarations.problem import Problem
from demo.servers.sdmx import make_app
from tests.connectors.source_kit import Reply, contract, resolver

ALL = Window(None, {})
SDMX = {"connector": "sdmx", "connection": "statistics_api", "flow": "STATS,COUNTY,1.0", "cursor": {"column": "published_at"}}
COLUMNS = [
    {"name": "series", "source": "SERIES", "type": "string", "key": True, "zh": "指标", "meaning": "x"},
    {"name": "period", "source": "TIME_PERIOD", "type": "string", "zh": "期", "meaning": "x"},
    {"name": "value", "source": "OBS_VALUE", "type": "decimal", "zh": "值", "meaning": "x"},
    {"name": "published_at", "source": "PUBLISHED", "type": "timestamp", "zh": "发布", "meaning": "x"},
]
BODY = """DATAFLOW,SERIES,TIME_PERIOD,OBS_VALUE,PUBLISHED,NOTE
F,gdp,2025-Q1,5.10,2025-04-20T09:00:00,n
F,gdp,2025-Q2,,2025-07-20T09:00:00,
"""


def feed(**source: object) -> FeedContract:
    return contract({**SDMX, **source}, columns=COLUMNS, left_out={}, event_time="published_at", version="published_at")


def test_observations_and_a_gap(serve):
    server = serve(lambda r: Reply(BODY))
    (page,) = SdmxConnector(feed(), server.resolver()).pages(ALL)
    assert page.rows.column("value").to_pylist() == ["5.10", None]
    assert page.columns_seen == {"SERIES", "TIME_PERIOD", "OBS_VALUE", "PUBLISHED", "NOTE"}  # without the frame
    assert server.requests[0].path == "/data/STATS,COUNTY,1.0/all"
    assert server.requests[0].headers["accept"].startswith("application/vnd.sdmx.data+csv")


def test_updated_after_and_nothing_found(serve):
    server = serve(lambda r: Reply(status=404))
    assert list(SdmxConnector(feed(), server.resolver()).pages(Window("2025-07-20T09:00:00", {}))) == []
    assert server.requests[0].query == {"updatedAfter": "2025-07-20T09:00:00"}
    with pytest.raises(Problem, match="answered 404"):
        list(SdmxConnector(feed(), server.resolver()).pages(ALL))


def test_sdmx_3_is_asked_by_its_own_address_and_deleted_observations_are_refused(serve):
    body = """STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,ACTION,SERIES,TIME_PERIOD,OBS_VALUE,PUBLISHED
dataflow,STATS:COUNTY(1.0),County,I,gdp,2025-Q1,5.10,2025-04-20T09:00:00
dataflow,STATS:COUNTY(1.0),County,D,gdp,2025-Q2,,2025-07-20T09:00:00
dataflow,STATS:COUNTY(1.0),County,R,gdp,2025-Q3,5.30,2025-10-20T09:00:00
"""
    server = serve(lambda r: Reply(body))
    asked = {"c[TIME_PERIOD]": "ge:2025-Q1"}
    (page,) = SdmxConnector(feed(version="3.0", parameters=asked), server.resolver()).pages(Window("2025-04-01T00:00:00", {}))
    assert page.rows.column("period").to_pylist() == ["2025-Q1", "2025-Q3"]
    assert page.columns_seen == {"SERIES", "TIME_PERIOD", "OBS_VALUE", "PUBLISHED"}
    (refused,) = page.refused
    assert refused.position.endswith("observation 2")
    assert "deleted" in refused.reason
    (request,) = server.requests
    assert request.path == "/data/dataflow/STATS/COUNTY/1.0/*"
    assert request.query == {**asked, "updatedAfter": "2025-04-01T00:00:00"}
    assert "csv;version=2.0.0" in request.headers["accept"]


@pytest.mark.parametrize(
    ("flow", "key", "path"),
    [("COUNTY", "all", "/data/dataflow/*/COUNTY/~/*"), ("STATS, COUNTY", "gdp.", "/data/dataflow/STATS/COUNTY/~/gdp.")],
)
def test_sdmx_3_takes_any_agency_and_the_latest_version_where_none_is_named(serve, flow, key, path):
    server = serve(lambda r: Reply(BODY))
    list(SdmxConnector(feed(version="3.0", flow=flow, key=key), server.resolver()).pages(ALL))
    assert server.requests[0].path == path


@pytest.mark.parametrize(("auth", "header"), [({"scheme": "bearer"}, "Bearer k"), (None, "Basic")])
def test_the_source_is_asked_with_its_credentials(serve, auth, header):
    server = serve(lambda r: Reply(BODY))
    login = {} if auth else {"login": "me"}
    list(SdmxConnector(feed(auth=auth), server.resolver(password="k", **login)).pages(ALL))
    assert server.requests[0].headers["authorization"].startswith(header)


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The demo's SDMX server over eight observations."""
    file = tmp_path_factory.mktemp("sdmx") / "facts.parquet"
    duckdb.sql(f"""COPY (SELECT s AS "SERIES", '2025-Q' || q AS "TIME_PERIOD", q / 10 AS "OBS_VALUE",
                   '2025-0' || q || '-20T09:00:00' AS "PUBLISHED" FROM (VALUES ('gdp'), ('jobs')) a(s), range(1, 5) b(q)) TO '{file}'""")
    flow = {"agency": "STATS", "id": "COUNTY", "version": "1.0", "files": str(file), "dimensions": ["SERIES"], "time": "TIME_PERIOD",
            "measure": "OBS_VALUE", "attributes": ["PUBLISHED"], "changed": "PUBLISHED"}  # fmt: skip
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app({"flows": [flow]}), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    yield door.getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_both_versions_bring_the_same_observations(bureau, version):
    resolve = resolver(conn_type="http", host="127.0.0.1", port=bureau, extra={"allow_loopback": True})

    def pulled(window: Window = ALL, **source: object) -> list[tuple[str, str]]:
        (page,) = SdmxConnector(feed(version=version, **source), resolve).pages(window)
        return [(row["series"], row["period"]) for row in page.rows.to_pylist()]

    quarters = [f"2025-Q{q}" for q in range(1, 5)]
    assert pulled() == [(series, quarter) for series in ("gdp", "jobs") for quarter in quarters]
    assert pulled(key="gdp") == [("gdp", quarter) for quarter in quarters]
    assert pulled(Window("2025-04-01T00:00:00", {})) == [("gdp", "2025-Q4"), ("jobs", "2025-Q4")]
    later = {"startPeriod": "2025-Q3"} if version == "2.1" else {"c[TIME_PERIOD]": "ge:2025-Q3+lt:2025-Q4"}
    assert ("gdp", "2025-Q3") in pulled(parameters=later)
    assert ("gdp", "2025-Q2") not in pulled(parameters=later)
