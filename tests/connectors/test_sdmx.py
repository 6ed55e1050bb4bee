"""The SDMX connector against a server that speaks SDMX-CSV."""

import pytest

from connectors.protocol import Window
from connectors.sdmx import SdmxConnector
from declarations.problem import Problem
from tests.connectors.source_kit import Reply, contract

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


def feed():
    return contract(SDMX, columns=COLUMNS, left_out={}, event_time="published_at", version="published_at")


def test_observations_and_a_gap(serve):
    server = serve(lambda r: Reply(BODY))
    (page,) = SdmxConnector(feed(), server.resolver()).pages(Window(None, {}))
    assert page.rows.column("value").to_pylist() == ["5.10", None]
    assert page.columns_seen == {"SERIES", "TIME_PERIOD", "OBS_VALUE", "PUBLISHED", "NOTE"}  # without the frame
    assert server.requests[0].path == "/data/STATS,COUNTY,1.0/all"
    assert server.requests[0].headers["accept"].startswith("application/vnd.sdmx.data+csv")


def test_updated_after_and_nothing_found(serve):
    server = serve(lambda r: Reply(status=404))
    assert list(SdmxConnector(feed(), server.resolver()).pages(Window("2025-07-20T09:00:00", {}))) == []
    assert server.requests[0].query == {"updatedAfter": "2025-07-20T09:00:00"}
    with pytest.raises(Problem, match="answered 404"):
        list(SdmxConnector(feed(), server.resolver()).pages(Window(None, {})))
