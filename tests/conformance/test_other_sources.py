"""Ways of sources that no shipped feed has: every paging, format and sign-in of REST, a bureau's nodes, other kinds of files."""

from typing import Any

import pytest

from conformance import ConformanceReport, run_conformance
from declarations.feed import FeedContract
from tests.conformance.faults import feed

PAGINGS: dict[str, dict[str, Any]] = {
    "offset": {"by": "offset", "total": "total"},
    "link_header": {"by": "link_header"},
    "next_url": {"by": "next_url", "next": "next"},
    "keyset": {"by": "keyset", "column": "rating_no"},
}
AUTHS: dict[str, dict[str, Any]] = {
    "offset": {"scheme": "basic"},
    "link_header": {"scheme": "bearer"},
    "next_url": {"scheme": "hmac"},
    "keyset": {"scheme": "api_key", "parameter": "key"},
}
NBS: dict[str, Any] = {
    "id": "yearbook",
    "kind": "statistics",
    "title": {"en": "Yearbook", "zh": "年鉴"},
    "description": "Figures of a bureau.",
    "owner": {"team": "统计局"},
    "source": {"connector": "nbs", "connection": "bureau", "database": "fsnd", "where": {"zb": ["A0201"]}},
    "columns": [
        {"name": "zb", "type": "string", "key": True, "required": True, "pattern": "A[0-9]{4}", "zh": "指标", "meaning": "Code."},
        {"name": "reg", "type": "string", "key": True, "required": True, "pattern": "[0-9]{6}", "zh": "地区", "meaning": "Code."},
        {"name": "sj", "type": "string", "key": True, "required": True, "pattern": "20[0-2][0-9]", "zh": "时间", "meaning": "Year."},
        {"name": "ends_on", "source": "period_end", "type": "date", "zh": "期末", "meaning": "Last day."},
        {"name": "value", "type": "decimal", "zh": "数值", "meaning": "Figure."},
    ],
    "left_out": {"zb_name": "known", "reg_name": "known", "sj_name": "known", "unit": "known", "period_start": "not needed"},
    "event_time": "ends_on",
    "retention": {"years": 5, "reason": "series"},
}


def with_source(contract: FeedContract, **changes: Any) -> FeedContract:
    source = type(contract.source).model_validate({**contract.source.model_dump(), **changes})
    return contract.model_copy(update={"source": source})


def is_green(report: ConformanceReport, count: int) -> None:
    assert [str(result) for result in report.red] == []
    assert len(report.green) == count, [str(result) for result in report.results]


@pytest.mark.parametrize("by", PAGINGS)
def test_each_paging_with_another_sign_in(by: str) -> None:
    cases = ["two_pages", "401", *(["total_wrong"] if by == "offset" else ["cut_in_mid_body"])]
    is_green(run_conformance(with_source(feed("rating"), paging=PAGINGS[by], auth=AUTHS[by], records="data"), cases=cases), len(cases))


@pytest.mark.parametrize("form", ["ndjson", "csv", "xml"])
def test_each_format(form: str) -> None:
    records = {"xml": "row"}.get(form, "")
    contract = with_source(feed("decision"), format=form, records=records)
    is_green(run_conformance(contract, cases=["first_pull", "wrong_charset"]), 2)


def test_a_bureau() -> None:
    cases = ["first_pull", "null_is_not_zero", "null_key", "type_drift", "404", "cut_in_mid_body"]
    is_green(run_conformance(FeedContract.model_validate(NBS), cases=cases), len(cases))


@pytest.mark.parametrize("pattern", ["b_*.csv.gz", "b_*.ndjson", "b_*.parquet", "b_*.xlsx"])
def test_each_kind_of_file(pattern: str) -> None:
    is_green(run_conformance(with_source(feed("evaluation"), pattern=[pattern]), cases=["first_pull"]), 1)


def test_packed_files() -> None:
    is_green(run_conformance(with_source(feed("evaluation"), pattern=["b_*.zip"]), cases=["zip_bomb", "path_traversal"]), 2)
