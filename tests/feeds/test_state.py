"""How a feed stands: lights, history, clocks, and what is said when it is red."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from declarations.problem import Problem
from declarations.project import REPOSITORY, Project, open_project
from pipeline.feeds.board import board_page
from pipeline.state import FeedState, feed_state, feed_states, next_time
from warehouse.batch import BatchFiles, Finding, Manifest, Verdict
from warehouse.feed_marks import note_pull, pause

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
FEED = "items"  # of the golden county: deadline 400 days, no version, event time due_on


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for part in ("feeds", "indicators", "schemes"):
        shutil.copytree(REPOSITORY / "tests/golden" / part, tmp_path / part)
    return open_project(tmp_path, tmp_path / "var")


def batch(project: Project, number: int, age: timedelta, rows: int = 100, **verdict: Any) -> None:
    """A batch pulled that long ago, with its verdict; its rows speak of one day a batch."""
    files = BatchFiles(project.landing_dir, project.validated_dir, FEED)
    name, pulled = f"b{number}", NOW - age
    manifest = Manifest(
        batch_id=name, feed=FEED, contract="c", since=None, until=None, rows=rows, columns_seen=[], content_hash=name,
        parquet_sha256="", pulled_at=pulled,
    )  # fmt: skip
    (files.landing / name).mkdir(parents=True)
    (files.landing / name / "manifest.json").write_text(manifest.model_dump_json())
    (files.validated / name).mkdir(parents=True)
    refused = verdict.pop("quarantined", 0)
    status = verdict.pop("status", "accepted")
    counts = {"accepted": rows - refused if status == "accepted" else 0, "quarantined": refused if status == "accepted" else rows}
    said = Verdict(batch_id=name, feed=FEED, contract="c", status=status, fetched=rows, validated_at=pulled, **counts, **verdict)
    (files.validated / name / "verdict.json").write_text(said.model_dump_json())
    pq.write_table(pa.table({"due_on": [date(2025, 1, number)]}), files.accepted(name))


def state(project: Project) -> FeedState:
    return feed_state(project, FEED, NOW)


def test_a_feed_that_was_never_pulled(project: Project) -> None:
    found = state(project)
    assert (found.light, found.rows, found.last_event, found.heard_on) == ("yellow", 0, None, None)
    assert found.advice == "never pulled. Next step: traceless feed pull items"


def test_rows_stand_against_their_history_and_clocks_are_told(project: Project) -> None:
    for number, rows in enumerate((100, 300, 200, 40), 1):
        batch(project, number, timedelta(days=10 - number), rows, quarantined=number)
    found = state(project)
    assert (found.light, found.batches, found.rows, found.accepted, found.quarantined) == ("green", 4, 640, 630, 10)
    assert (found.last_rows, found.usual_rows) == (40, 200)
    assert found.last_event == found.last_news == NOW - timedelta(days=6)
    assert (found.heard_on, found.heard_until) == (date(2025, 1, 4), date(2025, 1, 4) + timedelta(days=400))
    assert found.contract_version == "1.0.0"
    assert found.advice.startswith("4 of the last batch's 40 rows were refused")


def test_a_pull_without_news_is_an_event_but_no_news(project: Project) -> None:
    batch(project, 1, timedelta(days=30))
    note_pull(BatchFiles(project.landing_dir, project.validated_dir, FEED), "nothing_new", 0, NOW - timedelta(hours=1))
    found = state(project)
    assert (found.last_event, found.last_news) == (NOW - timedelta(hours=1), NOW - timedelta(days=30))


@pytest.mark.parametrize(("days", "light"), [(399, "green"), (401, "red")])
def test_a_feed_that_is_silent_beyond_its_deadline_is_red(project: Project, days: int, light: str) -> None:
    batch(project, 1, timedelta(days=days))
    found = state(project)
    assert found.light == light
    if light == "red":
        assert "silent for 401 days, expected is news within 400d" in found.advice
        assert "source_down" in found.advice
        assert "Next step: ask golden county" in found.advice


def test_a_stopped_feed_and_a_broken_batch_say_what_to_do(project: Project) -> None:
    files = BatchFiles(project.landing_dir, project.validated_dir, FEED)
    batch(project, 1, timedelta(days=2))
    broken = Finding(rule="row_count", column=None, rows=1, message="far too few rows.", action="stop")
    batch(project, 2, timedelta(days=1), status="broken", findings=[broken], advice="Ask its owner.")
    assert (state(project).light, state(project).advice) == ("red", "far too few rows. Next step: Ask its owner.")
    files.note_stop(Problem("feed items: connection 'x'", "no answer.", "try later."))
    assert state(project).advice == "connection 'x': no answer. Next step: try later."


def test_a_paused_feed_says_by_whom_and_is_not_pulled_next(project: Project) -> None:
    batch(project, 1, timedelta(days=500))
    pause(BatchFiles(project.landing_dir, project.validated_dir, FEED), "Li Ming", "the system moves house.", NOW)
    found = state(project)
    assert (found.light, found.next_pull) == ("yellow", None)
    assert found.advice == "paused by Li Ming since 2025-06-01 12:00 UTC: the system moves house. Next step: traceless feed resume items"


def test_cron_lines_are_meant_in_the_offices_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACELESS_TIMEZONE", "Asia/Shanghai")
    assert next_time("30 1 * * *", NOW) == datetime(2025, 6, 1, 17, 30, tzinfo=UTC)


def test_a_contract_that_cannot_be_read_leaves_the_others_as_they_are(project: Project) -> None:
    batch(project, 1, timedelta(days=2))
    file = project.root / "feeds/items/feed.yaml"
    file.write_text(file.read_text().replace("kind: inspection", "kind: inspektion"))
    again = open_project(project.root, project.var)
    found = {one.feed: one for one in feed_states(again, NOW)}
    assert (found["items"].light, found["items"].rows) == ("red", 100)
    assert "Did you mean 'inspection'" in found["items"].advice
    assert found["ratings"].light == "yellow"


def test_the_board_shows_red_feeds_first_with_their_advice_and_no_script(project: Project) -> None:
    batch(project, 1, timedelta(days=401))
    page = board_page(project, feed_states(project, NOW), NOW)
    assert page.index("silent for 401 days") < page.index("never pulled")
    assert "督查事项 items" in page
    assert not [word for word in ("<script", "src=", "href=") if word in page]


def test_accepted_rows_that_are_damaged_make_the_feed_red(project: Project) -> None:
    batch(project, 1, timedelta(days=2))
    BatchFiles(project.landing_dir, project.validated_dir, FEED).accepted("b1").write_bytes(b"PAR1")
    found = state(project)
    assert (found.light, found.rows) == ("red", 100)
    assert "accepted rows of a batch cannot be read. Next step: remove" in found.advice
