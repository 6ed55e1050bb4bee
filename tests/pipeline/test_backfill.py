"""A span of the past in slices: each a batch of its own, known when asked again, the live feed untouched."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.cursor import cursor_of
from declarations.problem import Problem, SourceAway
from pipeline.backfill import backfill
from pipeline.cursor_value import cursor_column, read_value
from pipeline.slices import slices_of
from tests.connectors.source_kit import contract, record
from warehouse import feed_marks

REST = {"connector": "rest", "connection": "x", "path": "/", "cursor": {"column": "updated_at"}}
NUMBERED = {"connector": "sql", "connection": "x", "table": "t", "cursor": {"column": "grade"}}
DAYS = {"connector": "sql", "connection": "x", "table": "t", "cursor": {"column": "due_on"}}
TIMES = {**DAYS, "cursor": {"column": "updated_at"}}


def cut(source: dict[str, Any], *span: Any, **more: Any) -> list[str]:
    feed = contract(source)
    return [f"{part.since} {part.until}" for part in slices_of(feed, cursor_column(feed), *span, **more)]


def test_days_are_cut_at_the_calendars_borders() -> None:
    assert cut(DAYS, "2024-01-15", "2024-03-10", None) == ["2024-01-15 2024-01-31", "2024-02-01 2024-02-29", "2024-03-01 2024-03-10"]
    assert cut(DAYS, "2024-02-15", "2024-07-01", "quarter") == ["2024-02-15 2024-03-31", "2024-04-01 2024-06-30", "2024-07-01 2024-07-01"]
    assert cut(DAYS, "2024-01-02", "2024-01-09", "week") == ["2024-01-02 2024-01-07", "2024-01-08 2024-01-09"]
    assert cut(DAYS, "2023-12-31", "2024-01-01", "year") == ["2023-12-31 2023-12-31", "2024-01-01 2024-01-01"]
    assert cut(DAYS, "2024-01-01", "2024-12-31", "all") == ["2024-01-01 2024-12-31"]


def test_times_share_the_moment_between_two_slices_and_the_last_day_is_whole() -> None:
    assert cut(TIMES, "2024-01-31", "2024-02-01", None) == [
        "2024-01-31T00:00:00 2024-02-01T00:00:00", "2024-02-01T00:00:00 2024-02-02T00:00:00"
    ]  # fmt: skip
    assert cut(TIMES, "2024-01-31T10:00:00", "2024-01-31T10:00:00", "day") == ["2024-01-31T10:00:00 2024-01-31T10:00:00"]
    assert cut(TIMES, "2024-01-01", "2024-01-01", "day", zoned=True) == ["2024-01-01T00:00:00+00:00 2024-01-02T00:00:00+00:00"]
    assert cut(TIMES, "2024-01-01T08:00:00+08:00", "2024-01-01", "all") == ["2024-01-01T08:00:00+08:00 2024-01-02T00:00:00+00:00"]


def test_numbers_are_cut_by_how_many() -> None:
    assert cut(NUMBERED, "10", "25", "10") == ["10 19", "20 25"]
    assert cut(NUMBERED, "10", "25", None) == ["10 25"]


def test_a_source_that_knows_no_end_is_asked_at_once() -> None:
    assert len(cut(REST, "2024-01-01", "2024-12-31", "month")) == 1
    assert len(cut({**REST, "until_parameter": "until"}, "2024-01-01", "2024-12-31", "month")) == 12


@pytest.mark.parametrize(
    ("source", "span", "told"),
    [
        (DAYS, ("2024-02-01", "2024-01-01", None), "--from 2024-02-01 lies after --to 2024-01-01"),
        (DAYS, ("2024-01-01", "2024-02-01", "fortnight"), "'--slice fortnight' is no span of time.*day, week, month"),
        (DAYS, ("2024-01-01", "9999-12-31", "all"), "9999-12-31 is where the calendar ends"),
        (TIMES, ("2024-01-01", "9999-12-31", "year"), "9999-12-31 is where the calendar ends"),
        (DAYS, ("1900-01-01", "2024-02-01", "day"), "more than 2000 slices.*take a longer slice"),
        (DAYS, ("01.02.2024", "2024-02-01", None), "'01.02.2024' is no date.*write it such as 2025-03-31"),
        (DAYS, ("2024-02-01T08:00:00", "2024-02-01", None), "is no date"),
        (TIMES, ("soon", "2024-02-01", None), "'soon' is no timestamp"),
        (NUMBERED, ("1", "5", "month"), "'--slice month' is no number of values"),
        (NUMBERED, ("1.5", "5", None), "'1.5' is no integer.*such as 120345"),
        ({**DAYS, "cursor": {"column": "amount"}}, ("1", "nan", None), "'nan' is no decimal"),
    ],
)
def test_a_mistake_in_the_span_is_told(source: dict[str, Any], span: tuple[str, str, str | None], told: str) -> None:
    with pytest.raises(Problem, match=told):
        cut(source, *span)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"connector": "files", "connection": "x", "pattern": ["*.csv"]}, "a feed of files has no cursor column.*feed cursor reset sample"),
        ({"connector": "sql", "connection": "x", "table": "t"}, "each pull brings all that the source has.*'source.cursor'"),
    ],
)
def test_a_feed_without_a_cursor_says_what_to_do_instead(source: dict[str, Any], told: str) -> None:
    with pytest.raises(Problem, match=told):
        cursor_column(contract(source))


def test_values_are_kept_in_one_form() -> None:
    feed = contract({**DAYS, "cursor": {"column": "amount"}})
    assert read_value(feed, feed.column("amount"), " 1E+3 ") == "1000"
    assert read_value(feed, feed.column("updated_at"), "2025-03-31") == "2025-03-31T00:00:00"
    assert read_value(feed, feed.column("item_no"), "A7") == "A7"


def test_slices_are_batches_beside_the_live_feed(desk: Any, clock: Callable[[], Any]) -> None:
    desk.put(*(record(number, updated_at=f"2025-{number:02d}-10T08:00:00") for number in range(1, 7)))
    feed_marks.set_cursor(desk.files, "2025-06-01T00:00:00", "Li Ming", "from June", clock())
    assert desk.run().rows == 1
    told: list[str] = []
    report = backfill(desk.project, "sample", desk.resolve, "2025-01-01", "2025-05-31", "month", say=told.append)
    assert [(one.status, one.rows, one.accepted) for one in report.slices] == [("landed", 1, 1)] * 5
    assert (report.rows_new, report.problems) == (5, [])
    assert "sample 2/5 2025-02-01T00:00:00 … 2025-03-01T00:00:00: landed, 1 rows" in told[1]
    assert cursor_of(desk.project.feed("sample"), desk.files).value == "2025-06-10T08:00:00"
    assert desk.ask("select count(*) from staging.sample_current") == [(6,)]
    desk.put(record(3, updated_at="2025-03-10T08:00:00", grade=7))
    again = backfill(desk.project, "sample", desk.resolve, "2025-01-01", "2025-05-31", "month")
    assert [one.status for one in again.slices] == ["known", "known", "landed", "known", "known"]
    assert desk.pull().status == "nothing_new"


def test_a_broken_slice_holds_back_no_other_and_no_live_pull(desk: Any) -> None:
    desk.declare(expectations=[{"rule": "refused_share", "maximum": 0.4}])
    desk.put(record(1, updated_at="2025-01-10T08:00:00"), record(2, updated_at="2025-02-10T08:00:00", grade="bad"),
             record(3, updated_at="2025-03-10T08:00:00"))  # fmt: skip
    report = backfill(desk.project, "sample", desk.resolve, "2025-01-01", "2025-03-31")
    assert [one.status for one in report.slices] == ["landed", "broken", "landed"]
    assert "1 of 1 rows (100.0%) are refused" in report.problems[0].what
    assert desk.ask("select count(*) from staging.sample_current") == [(2,)]
    desk.put(record(2, updated_at="2025-02-10T08:00:00", grade=2))
    assert desk.run().status == "landed", "the live feed does not stand still for a broken slice"


def test_a_source_that_goes_away_is_not_asked_for_the_rest(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(*(record(number, updated_at=f"2025-{number:02d}-10T08:00:00") for number in (1, 2, 3)))
    import connectors.pull

    plain, asked = connectors.pull.pull_window, []

    def away(contract: Any, files: Any, resolve: Any, since: str, *rest: Any, **more: Any) -> Any:
        asked.append(since)
        if since == "2025-02-01T00:00:00":
            raise SourceAway("feed sample", "cannot be reached.", "call its owner.")
        return plain(contract, files, resolve, since, *rest, **more)

    monkeypatch.setattr(connectors.pull, "pull_window", away)
    report = backfill(desk.project, "sample", desk.resolve, "2025-01-01", "2025-03-31")
    assert [one.status for one in report.slices] == ["landed", "stopped", "not asked"]
    assert len(asked) == 2
    monkeypatch.undo()
    assert [one.status for one in backfill(desk.project, "sample", desk.resolve, "2025-01-01", "2025-03-31").slices] == [
        "known", "landed", "landed"
    ]  # fmt: skip


def test_the_command_shows_slices_and_what_was_loaded(desk: Any) -> None:
    desk.put(record(1, updated_at="2025-01-10T08:00:00"), record(2, updated_at="2025-02-10T08:00:00"))
    said = desk.said("feed", "pull", "sample", "--from", "2025-01-01", "--to", "2025-02-28")
    assert "sample: back-fill 补数" in said
    assert "2 new versions loaded; quarters changed: none. The live cursor did not move." in said
    assert "name one feed before --from" in desk.said("feed", "pull", "--from", "2025-01-01")
    assert "begins with --from" in desk.said("feed", "pull", "sample", "--to", "2025-01-01")
    desk.said("feed", "pause", "sample", "--why", "x", "--by", "Li Ming")
    assert "by Li Ming: x Next step: resume it" in desk.said("feed", "pull", "sample", "--from", "2025-01-01")
