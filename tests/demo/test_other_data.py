"""The servers know nothing of the county: they serve any table that their configuration names."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
import requests

from demo.processes import serving
from demo.servers.rows import LiveRows, Rows, as_moment

pytestmark = pytest.mark.slow

CASES = "case,agency,opened\n1,Water,2024-01-02\n2,Parks,2024-01-01\n3,Water,2024-01-03\n"


def endpoint(files: Path, **more: Any) -> dict[str, Any]:
    return {"path": "/cases", "files": str(files), "keys": ["case"], "changed": "opened", **more}


def test_csv_behind_user_and_password_as_a_plain_list(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(CASES)
    config = {"auth": {"scheme": "basic", "login": "me", "password": "pw"}, "endpoints": [endpoint(tmp_path / "*.csv")]}
    with serving("cases", "demo.servers.rest", config, tmp_path / "log") as facts:
        url = f"http://127.0.0.1:{facts['port']}/cases"
        assert requests.get(url, auth=("me", "wrong"), timeout=10).status_code == 401
        rows = requests.get(url, auth=("me", "pw"), timeout=10).json()
        assert [row["case"] for row in rows] == ["2", "1", "3"]
        (tmp_path / "more.csv").write_text("case,agency,opened\n4,Roads,2023-12-31\n")
        assert len(requests.get(url, auth=("me", "pw"), params={"updated_since": "2024-01-02"}, timeout=10).json()) == 2
        assert len(requests.get(url, auth=("me", "pw"), timeout=10).json()) == 4


def test_sdmx_serves_another_flow(tmp_path: Path) -> None:
    table = pa.table(
        {"COUNTRY": ["A", "A", "B"], "EDITION": ["1", "2", "1"], "YEAR": ["2020"] * 3, "VALUE": ["1.5", None, "2"], "UNIT": ["x"] * 3}
    )
    pyarrow.parquet.write_table(table, tmp_path / "gdp.parquet")
    flow = {"agency": "OECD", "id": "MEI", "version": "2.1", "files": str(tmp_path / "gdp.parquet"), "dimensions": ["COUNTRY", "EDITION"],
            "time": "YEAR", "measure": "VALUE", "attributes": ["UNIT"]}  # fmt: skip
    with serving("mei", "demo.servers.sdmx", {"flows": [flow]}, tmp_path / "log") as facts:
        url = f"http://127.0.0.1:{facts['port']}/data/OECD,MEI,2.1/A."
        lines = requests.get(url, headers={"Accept": "application/vnd.sdmx.data+csv"}, timeout=10).text.splitlines()
        assert len(lines) == 3
        assert lines[2] == '"OECD:MEI(2.1)","A","2","2020",,"x"'
        assert b"ObsValue" in requests.get(url, timeout=10).content


def test_a_server_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    from declarations.problem import Problem

    with pytest.raises(Problem, match="nothing") as caught, serving("nothing", "demo.servers.rest", {"endpoints": [{}]}, tmp_path / "log"):
        pass
    assert "nothing.log" in caught.value.fix


def test_cursor_survives_rows_that_come_in_between(tmp_path: Path) -> None:
    first = tmp_path / "a.ndjson"
    first.write_text("".join(json.dumps({"case": i, "opened": "2024-01-01"}) + "\n" for i in (1, 1, 1, 2)))
    live = LiveRows(str(tmp_path / "*.ndjson"), ["case"], "opened")
    before = live.now()
    place = before.place(1)  # the second of three equal rows
    assert place[2] == 1
    assert before.first_after(place) == 2
    (tmp_path / "b.ndjson").write_text(json.dumps({"case": 0, "opened": "2024-01-01"}) + "\n")
    after = live.now()
    assert after is not before
    assert json.loads(b"[" + after.cut(after.first_after(place), after.count) + b"]") == [
        {"case": 1, "opened": "2024-01-01"},
        {"case": 2, "opened": "2024-01-01"},
    ]


def test_an_empty_table_is_an_empty_list(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pa.table({"case": pa.array([], pa.string())}), tmp_path / "none.parquet")
    rows = Rows([str(tmp_path / "none.parquet")], ["case"], None)
    assert rows.count == 0
    assert rows.cut(0, 0) == b""


@pytest.mark.parametrize(
    "text", ["2025-01-01", "2025-01-01T00:00:00", "2025-01-01 00:00:00", "2025-01-01T00:00:00Z", "2025-01-01T00:00:00.5"]
)
def test_moments_are_written_one_way(text: str) -> None:
    assert as_moment(text) == "2025-01-01T00:00:00"
