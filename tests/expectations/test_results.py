"""The results: one file without network or script, tables on a terminal; no personal value in either."""

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from declarations.feed import FeedContract
from declarations.problem import Problem
from expectations.results.page import results_page
from expectations.results.read import read_results
from tests.expectations.landed_batch import NOW, Bench, contract, rows

FEED = contract(
    "org_id", "channel", "grade", "handled_at",
    columns={"channel": {"personal": "person", "why_taken": "test"}, "handled_at": {"personal": "sensitive", "why_taken": "test"}},
    expectations=[
        {"rule": "row_is", "name": "hall_only", "condition": "channel = 'hall'", "meaning": "Only <hall>."},
        {"rule": "not_before", "column": "due_on", "other": "handled_at"},
        {"rule": "refused_share", "maximum": 0.9},
    ],
)  # fmt: skip
NOW_LATER = NOW + timedelta(days=3)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("results"))
    bench.judge(FEED, rows(*[{}] * 3))
    bench.judge(FEED, rows(*[{"grade": "x"}] * 10))
    bench.judge(
        FEED,
        rows(
            {}, {"grade": "<b>9"}, {"channel": "secretpost"}, {"org_id": ""}, {"due_on": "2024-06-17", "handled_at": "2024-09-09T09:09:09"}
        ),
        refused=[("line 7", "cut off")],
    )
    return bench


def _page(bench: Bench, feed: FeedContract = FEED, batch: str | None = None) -> str:
    return results_page(read_results(feed, bench.files, NOW_LATER, batch), NOW_LATER)


def test_the_page_is_one_file_that_loads_nothing(worked: Bench) -> None:
    page = _page(worked)
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|https?:|\son\w+=", page)
    assert "default-src 'none'" in page
    picture = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert picture is not None
    drawn = ET.fromstring(picture[0])
    titles = [title.text or "" for title in drawn.iter("title")]
    assert [re.sub(r".*: ", "", title) for title in titles] == [
        "3 rows in, 3 accepted, 0 quarantined", "10 rows in, 0 accepted, 10 quarantined", "6 rows in, 1 accepted, 5 quarantined"
    ]  # fmt: skip
    assert [rect.get("class") for rect in drawn.iter("rect")].count("broken") == 1


def test_the_page_tells_findings_rules_and_refused_rows(worked: Bench) -> None:
    page = _page(worked)
    for told in (
        "事项 Items",
        "contract 契约 1.0.0",
        "1 row: org_id (栏) is empty and must not be",
        "line 7",
        "All ",
        "hall_only",
        "Only &lt;hall&gt;",
        "&lt;b&gt;9",
    ):
        assert told in page
    assert "<b>9" not in page
    broken = _page(worked, batch="b002")
    assert "Nothing of this batch is used" in broken
    assert "none of its 10 values is of type integer" in broken


def test_values_of_personal_columns_are_not_shown(worked: Bench) -> None:
    page = _page(worked)
    assert "secretpost" not in page
    assert "2024-09-09" not in page, "the reason of not_before would quote it"
    assert "2024-06-17" in page
    assert "not shown: personal data" in page
    secret = FEED.model_copy(update={"columns": [c.model_copy(update={"personal": "official"}) if c.key else c for c in FEED.columns]})
    lines = read_results(secret, worked.files, NOW_LATER).refused
    assert lines
    assert all(line.key is None for line in lines)


def test_a_feed_that_is_late_and_a_contract_that_changed_since(worked: Bench) -> None:
    assert read_results(FEED, worked.files, NOW_LATER).late is False
    assert read_results(FEED, worked.files, NOW + timedelta(days=130)).late is True
    assert "under an earlier contract" in _page(worked, FEED.model_copy(update={"contract_version": "2.0.0"}))


def test_a_batch_that_waits_for_its_verdict(bench: Bench) -> None:
    bench.land(FEED, rows({}))
    assert "not judged yet" in _page(bench)


def test_a_batch_that_is_not_there(worked: Bench, bench: Bench) -> None:
    with pytest.raises(Problem, match=r"3 batches 'b00'. Next step: .*b001, b002, b003"):
        read_results(FEED, worked.files, NOW, "b00")
    with pytest.raises(Problem, match="has no batch 'zz'"):
        read_results(FEED, worked.files, NOW, "zz")
    with pytest.raises(Problem, match=r"has no batch yet\. Next step: run: traceless feed pull item"):
        read_results(FEED, bench.files, NOW)


@pytest.mark.parametrize(("sizes", "kind"), [((100, 90), "linear"), ((100_000, 3), "logarithmic"), ((0, 0), "linear"), ((1, 1), "linear")])
def test_the_axis_fits_the_sizes(sizes: tuple[int, int], kind: str) -> None:
    from expectations.results.bars import bars
    from expectations.results.read import BatchLine

    lines = [BatchLine(f"b{i}", NOW + timedelta(days=i), "accepted", "live", size, size, 0) for i, size in enumerate(sizes)]
    drawn = ET.fromstring(bars(lines, "b1"))
    assert kind in "".join(drawn.itertext())
    heights = [float(rect.get("height") or 0) for rect in drawn.iter("rect") if rect.get("class") == "taken"]
    assert len(heights) == sum(size > 0 for size in sizes)
    assert all(0 < height <= 136.01 for height in heights)


def test_the_command_prints_tables_and_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Path(__file__).parents[2]
    monkeypatch.setenv("TRACELESS_PROJECT", str(repository))
    monkeypatch.setenv("TRACELESS_VAR", str(tmp_path))
    from declarations.project import open_project

    feed = open_project().feed("evaluation")
    bench = Bench(tmp_path, "evaluation")
    values = {"ballot_no": "PP000000001", "subject_type": "team", "evaluator": "peer", "item": "service", "period_end": "2025-03-31"}
    row = {name: values.get(name) for name in feed.names}
    bench.judge(feed, [row], seen=[c.source_name for c in feed.columns])
    run = CliRunner()
    answer = run.invoke(app, ["feed", "results", "evaluation"], catch_exceptions=False)
    assert answer.exit_code == 0
    assert all(word in answer.output for word in ("quarantined", "in_set", "subject_type", "team"))
    file = tmp_path / "pages" / "evaluation.html"
    answer = run.invoke(app, ["feed", "results", "evaluation", "--out", str(file)], catch_exceptions=False)
    assert answer.exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
