"""Cursor, pause and resume at the command line, and what a run makes of a paused feed."""

from typing import Any

import pytest

from pipeline.run import pull_all
from tests.connectors.source_kit import record
from warehouse import feed_marks

SAID = ("--why", "a test", "--by", "Li Ming")


def test_cursor_show_tells_value_origin_and_windows(desk: Any) -> None:
    assert "no cursor yet" in desk.said("feed", "cursor", "show", "sample")
    desk.put(record(1, updated_at="2025-03-10T08:00:00"))
    batch = desk.run().batch_id
    said = desk.said("feed", "cursor", "show", "sample")
    for text in ("cursor 2025-03-10T08:00:00 (updated_at 更新)", f"known from: batch {batch}", "look-back: 0s; the next pull asks for "
                 "updated_at ≥ 2025-03-10T08:00:00", "Last windows 最近取数", "accepted"):  # fmt: skip
        assert text in said


def test_cursor_set_forward_warns_and_back_does_not(desk: Any) -> None:
    desk.put(record(1, updated_at="2025-03-10T08:00:00"))
    desk.run()
    said = desk.said("feed", "cursor", "set", "sample", "2025-06-01", *SAID)
    assert "Skipped: rows from 2025-03-10T08:00:00 to 2025-06-01T00:00:00" in said
    assert "traceless feed pull sample --from 2025-03-10T08:00:00 --to 2025-06-01T00:00:00" in said
    assert "known from: set by Li Ming" in desk.said("feed", "cursor", "show", "sample")
    said = desk.said("feed", "cursor", "set", "sample", "2025-01-01", *SAID)
    assert "Skipped" not in said
    assert "do not come in twice" in said
    assert "'soon' is no timestamp, which the cursor column 'updated_at' (更新) is. Next step: write it such as 2025-03-31" in desk.said(
        "feed", "cursor", "set", "sample", "soon", *SAID
    )
    assert feed_marks.cursor_mark(desk.files).value == "2025-01-01T00:00:00"


def test_cursor_reset_brings_everything_once_more_and_nothing_twice(desk: Any) -> None:
    desk.put(record(1), record(2))
    desk.run()
    assert "the next pull asks for everything; it stood at cursor 2025-03-03T08:00:00" in desk.said(
        "feed", "cursor", "reset", "sample", *SAID
    )
    assert "nothing new" in desk.said("feed", "pull", "sample")
    assert "known from: a pull that brought nothing new; reset by Li Ming" in desk.said("feed", "cursor", "show", "sample")
    assert desk.ask("select count(*) from staging.sample") == [(2,)]


def test_a_feed_without_a_cursor_has_nothing_to_set_or_reset(desk: Any) -> None:
    desk.declare({"connector": "sql", "connection": "items_db", "table": "items"})
    assert "no cursor; a pull brings all that the source has" in desk.said("feed", "cursor", "show", "sample")
    assert "each pull brings all that the source has" in desk.said("feed", "cursor", "set", "sample", "1", *SAID)
    assert "there is nothing to reset" in desk.said("feed", "cursor", "reset", "sample", *SAID)


def test_a_paused_feed_is_left_alone_until_it_is_resumed(desk: Any) -> None:
    desk.put(record(1))
    assert "sample is paused 已暂停 by Li Ming: a test" in desk.said("feed", "pause", "sample", *SAID)
    said = desk.said("feed", "pull")
    assert "paused" in said
    assert "by Li Ming: a test" in said
    assert pull_all(desk.project, desk.resolve)["sample"].status == "paused"
    assert desk.files.manifests() == []
    assert "landed" in desk.said("feed", "pull", "sample", "--even-if-paused")
    desk.put(record(2))
    said = desk.said("feed", "resume", "sample")
    assert "goes on; it was paused since" in said
    assert desk.ask("select count(*) from staging.sample") == [(2,)], "what came meanwhile is there"
    assert "was not paused" in desk.said("feed", "resume", "sample", "--no-pull")


def test_a_feed_that_cannot_be_read_stops_no_other(desk: Any) -> None:
    folder = desk.root / "feeds" / "broken"
    folder.mkdir(parents=True)
    (folder / "feed.yaml").write_text("id: broken\nkind: nonsense\n")
    desk.put(record(1))
    said = desk.said("feed", "pull")
    assert "Problem" in said
    assert [manifest.rows for manifest in desk.files.manifests()] == [1]


@pytest.mark.parametrize("command", [("pause", "sample"), ("cursor", "reset", "sample"), ("cursor", "set", "sample", "2025-01-01")])
def test_a_mark_needs_a_reason(desk: Any, command: tuple[str, ...]) -> None:
    assert "--why" in desk.said("feed", *command)
    assert not list(desk.files.landing.glob(".*.json"))
