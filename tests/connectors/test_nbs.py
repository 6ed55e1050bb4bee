"""The connector for zb/reg/sj answers against a server that answers in the bureau's form."""

import json
from typing import Any

import pytest

from connectors.nbs import NbsConnector
from connectors.protocol import Page, Window
from declarations.problem import Problem
from tests.connectors.source_kit import Reply, contract

ALL = Window(None, {})
NBS = {"connector": "nbs", "connection": "bureau", "database": "fsnd", "where": {"zb": ["A0201", "A0202"], "sj": ["LAST10"]}}
COLUMNS: list[dict[str, Any]] = [
    {"name": "indicator", "source": "zb", "type": "string", "key": True, "zh": "指标", "meaning": "x"},
    {"name": "region", "source": "reg", "type": "string", "key": True, "zh": "地区", "meaning": "x"},
    {"name": "period", "source": "sj", "type": "string", "key": True, "zh": "时间", "meaning": "x"},
    {"name": "value", "type": "decimal", "zh": "值", "meaning": "x"},
    {"name": "unit", "type": "string", "zh": "单位", "meaning": "x"},
    {"name": "indicator_name", "source": "zb_name", "type": "string", "zh": "指标名称", "meaning": "x"},
    {"name": "period_start", "type": "date", "zh": "起", "meaning": "x"},
    {"name": "period_end", "type": "date", "zh": "止", "meaning": "x"},
]


def feed(**source: Any):
    return contract({**NBS, **source}, columns=COLUMNS, left_out={}, event_time="period_end", version=None)


def node(zb: str, reg: str | None, sj: str, shown: str, has: Any = True, data: float = 0) -> dict[str, Any]:
    words = {"zb": zb, "reg": reg, "sj": sj}
    return {
        "code": f"zb.{zb}_reg.{reg}_sj.{sj}",
        "data": {"data": data, "dotcount": 1, "hasdata": has, "strdata": shown},
        "wds": [{"wdcode": name, "valuecode": code} for name, code in words.items() if code],
    }


def answer(*nodes: dict[str, Any], code: int = 200) -> dict[str, Any]:
    words = {"zb": {"A0201": ("地区生产总值", "亿元"), "A0202": ("第一产业增加值", "亿元")}, "reg": {"110000": ("北京市", "")}}
    listed = [
        {"wdcode": wd, "nodes": [{"code": c, "cname": name, "unit": unit, "memo": ""} for c, (name, unit) in codes.items()]}
        for wd, codes in words.items()
    ]
    return {"returncode": code, "returndata": {"datanodes": list(nodes), "freshsort": 0, "hasdatacount": 1, "wdnodes": listed}}


def pull(serve: Any, said: Any, window: Window = ALL, **source: Any) -> tuple[list[Page], list[Any]]:
    server = serve(lambda r: Reply(said) if not callable(said) else said(r))
    return list(NbsConnector(feed(**source), server.resolver()).pages(window)), server.requests


def test_nodes_become_rows_and_missing_is_never_zero(serve):
    nodes = [node("A0201", "110000", "2024", "49843.1", data=49843.06), node("A0201", "110000", "2023", "0", has=False)]
    (page,), _ = pull(serve, answer(*nodes), where={"zb": ["A0201"]})
    assert page.rows.to_pylist() == [
        {"indicator": "A0201", "region": "110000", "period": "2024", "value": "49843.1", "unit": "亿元", "indicator_name": "地区生产总值",
         "period_start": "2024-01-01", "period_end": "2024-12-31"},
        {"indicator": "A0201", "region": "110000", "period": "2023", "value": None, "unit": "亿元", "indicator_name": "地区生产总值",
         "period_start": "2023-01-01", "period_end": "2023-12-31"},
    ]  # fmt: skip
    assert page.columns_seen == {"zb", "reg", "sj", "value", "unit", "zb_name", "period_start", "period_end"}


@pytest.mark.parametrize(
    ("code", "start", "end"),
    [("2024", "2024-01-01", "2024-12-31"), ("2024A", "2024-01-01", "2024-03-31"), ("2024D", "2024-10-01", "2024-12-31"),
     ("202402", "2024-02-01", "2024-02-29"), ("202412", "2024-12-01", "2024-12-31"), ("202413", None, None), ("LAST", None, None)],
)  # fmt: skip
def test_a_period_has_its_first_and_last_day(serve, code, start, end):
    (page,), _ = pull(serve, answer(node("A0201", "110000", code, "1")), where={"zb": ["A0201"]})
    (row,) = page.rows.select(["period", "period_start", "period_end"]).to_pylist()
    assert row == {"period": code, "period_start": start, "period_end": end}


def test_the_question_has_the_bureaus_form_one_code_of_a_fixed_dimension_each(serve):
    pages, requests = pull(serve, answer(node("A0201", "110000", "2024", "1")), parameters={"h": "1"})
    assert len(pages) == len(requests) == 2
    asked = requests[1].query
    assert asked.pop("k1").isdigit()
    assert json.loads(asked.pop("wds")) == [{"wdcode": "zb", "valuecode": "A0202"}]
    assert json.loads(asked.pop("dfwds")) == [{"wdcode": "sj", "valuecode": "LAST10"}]
    assert asked == {"m": "QueryData", "dbcode": "fsnd", "rowcode": "reg", "colcode": "sj", "h": "1"}


@pytest.mark.parametrize(
    ("database", "window", "periods"),
    [("fsnd", Window("2023-12-31", {}), "2023-"), ("hgjd", Window("2023-05-31", {}), "2023B-"),
     ("hgyd", Window("2023-05-31", {}, until="2023-12-31"), "202305-202312"), ("hgyd", Window(None, {}, until="2023-12-31"), "1949-202312"),
     ("fsnd", ALL, "LAST10")],
)  # fmt: skip
def test_a_window_is_asked_for_in_the_bureaus_codes(serve, database, window, periods):
    where = {"zb": ["A0201"], "sj": ["LAST10"]}
    _, (request,) = pull(serve, answer(), window, where=where, database=database, cursor={"column": "period_end"})
    assert {"wdcode": "sj", "valuecode": periods} in json.loads(request.query["dfwds"])


def test_a_nation_has_no_region_and_nodes_that_say_too_little_are_refused(serve):
    nodes = [
        node("A0201", None, "2024A", "1"),
        node("A0201", None, "2024B", "2", has=None),
        {"code": "x", "data": {"hasdata": True}, "wds": []},
    ]
    (page,), _ = pull(serve, answer(*nodes), where={"zb": ["A0201"]})
    assert page.rows.column("period").to_pylist() == ["2024A"]
    assert page.rows.column("region").to_pylist() == [None]
    assert "reg" not in page.columns_seen
    assert [row.position.rpartition(", ")[2] for row in page.refused] == ["node 2", "node 3"]
    assert "hasdata" in page.refused[0].reason


def test_nothing_found_is_an_empty_page(serve):
    (page,), _ = pull(serve, answer(), where={"zb": ["A0201"]})
    assert page.rows.num_rows == 0


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"returncode": 501, "returndata": "指标不存在"}, "return code 501: 指标不存在"),
        ({"returncode": 200, "returndata": ""}, "datanodes"),
        ({"error": 1}, "returncode"),
        ([1], "returncode"),
        ({"returncode": 200, "returndata": {"datanodes": [{"data": 1, "wds": [{"wdcode": "zb"}, {"wdcode": "zb"}]}]}}, "another form"),
        ("<html>", "HTML"),
    ],
)
def test_other_answers_are_problems_that_name_the_code(serve, said, what):
    with pytest.raises(Problem, match=what) as caught:
        pull(serve, said, where={"zb": ["A0201"]})
    assert "zb A0201" in caught.value.place
