"""The source changes: rows are updated, deleted, late, sent twice, while or between pulls."""

from datetime import timedelta

from conformance import chain
from conformance.case import Case, case
from conformance.doubles.http_server import Reply, Request
from conformance.stage import Stage

DAY = timedelta(days=1)


@case(
    "page_repeated",
    "A page is sent twice",
    "同一页重复返回",
    means="A page that comes once more in place of the next one, or a file sent again under another name, doubles and loses nothing.",
    advice="Compare a page (or its cursor) with the one before it and stop with a Problem; a silent end loses the rest.",
    needs=("repeats",),
)
def _page_repeated(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    if "http" in stage.double.traits:
        stage.http.play(stage.http.repeating(2))
        outcome = stage.run()
        if outcome.problem is not None:
            stage.refused(outcome)
        else:
            stage.holds(rows)
        stage.http.play(_as_ever)
        stage.went_well(stage.run())
    else:
        stage.went_well(stage.run())
        stage.double.put(*rows)
        again = stage.run()
        stage.went_well(again)
        stage.expect(again.loaded == 0, "no new version from the same file under another name", f"{again.loaded} were loaded.")
    stage.holds(rows)


@case(
    "row_updated_between_pages",
    "A row is updated between two pages",
    "翻页期间记录被更新",
    means="A row that moves to the end while pages are read is neither lost nor doubled, at the latest after the next pull.",
    advice="Declare paging.total, so that the change is noticed and the pages are read again; or page by cursor or keyset, not by number.",
    needs=("shifting", "updates"),
)
def _row_updated_between_pages(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    newer = stage.changed(rows[0])

    def script(request: Request, number: int) -> Reply | None:
        if number == 2:
            stage.double.put(newer)
        return None

    stage.http.play(script)
    _once_and_again(stage)
    stage.holds([newer, *rows[1:]])


@case(
    "row_added_between_pages",
    "A row is added between two pages",
    "翻页期间新增记录",
    means="A row that is written while pages are read arrives, at the latest with the next pull.",
    advice="Do not take the number of pages that the first answer names as fixed; see paging of the source.",
    needs=("shifting",),
)
def _row_added_between_pages(stage: Stage) -> None:
    rows = stage.rows(7)
    newer = stage.stamped(stage.rows(1, 8)[0], 100)
    stage.double.put(*rows)

    def script(request: Request, number: int) -> Reply | None:
        if number == 2:
            stage.double.put(newer)
        return None

    stage.http.play(script)
    _once_and_again(stage)
    stage.holds([*rows, newer])


@case(
    "row_updated",
    "A row is updated between two pulls",
    "记录更新",
    means="The newer state of a record replaces the older one; both are kept.",
    advice="See that the contract's cursor and version name the column that the source writes at each change.",
    needs=("updates",),
)
def _row_updated(stage: Stage) -> None:
    rows = stage.rows(6)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    newer = stage.changed(rows[2])
    stage.double.put(newer)
    outcome = stage.run()
    stage.went_well(outcome)
    stage.expect(outcome.loaded == 1, "one new version", f"{outcome.loaded} were loaded.")
    stage.holds([newer, *(row for row in rows if row is not rows[2])])


@case(
    "only_what_is_new",
    "Only what is new is asked for",
    "只取增量",
    means="A pull asks for what changed since the last one, not for all: the source is spared.",
    advice="Pass window.since on to the source (since_parameter; a condition on the cursor column).",
    needs=("cursor",),
)
def _only_what_is_new(stage: Stage) -> None:
    newest = int((stage.look_back + 3 * DAY) / timedelta(hours=1))
    rows = [*stage.rows(6), stage.stamped(stage.rows(1, 6)[0], newest)]
    stage.double.put(*rows)
    stage.went_well(stage.run())
    late = stage.stamped(stage.rows(1, 7)[0], newest + 1)
    stage.double.put(late)
    outcome = stage.run()
    stage.went_well(outcome)
    stage.expect(outcome.fetched <= 3, "one new row, and at most what the look-back repeats", f"{outcome.fetched} of 8 rows came.")
    stage.holds([*rows, late])


@case(
    "late_row_inside_look_back",
    "A late row inside the look-back",
    "回看窗口内的迟到记录",
    means="A row that appears with an older time, but within look_back, arrives with the next pull.",
    advice="Ask from window.since on: the look-back is already taken off there. Never from the newest row seen.",
    needs=("look_back",),
)
def _late_row_inside(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    newest = stage.double.stamp(6)
    late = stage.at(stage.rows(1, 8)[0], newest - stage.look_back / 2)
    stage.double.put(late)
    stage.went_well(stage.run())
    stage.holds([*rows, late])


@case(
    "late_row_outside_look_back",
    "A late row outside the look-back",
    "回看窗口外的迟到记录",
    means="A row that is later than look_back allows comes in when the cursor is reset, and harms nothing before.",
    advice="See that the connector asks for everything where window.since is None.",
    needs=("time_cursor",),
)
def _late_row_outside(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    late = stage.at(stage.rows(1, 8)[0], stage.double.begin - stage.look_back - 5 * DAY)
    stage.double.put(late)
    stage.went_well(stage.run())
    chain.reset_cursor(stage.project)
    stage.went_well(stage.run())
    stage.holds([*rows, late])


@case(
    "duplicate_key",
    "Two rows with one key",
    "主键重复",
    means="Two states of a record in one answer: the newer one holds. Without a version column neither is guessed at: both are refused.",
    advice="Yield both rows; which one holds is decided behind the connector, by the contract's version.",
    needs=("updates",),
)
def _duplicate_key(stage: Stage) -> None:
    rows = stage.rows(6)
    newer = stage.changed(rows[0])
    stage.double.add(*rows, newer)
    outcome = stage.run()
    stage.fetched(outcome, 7)
    if stage.contract.version is None:
        stage.expect(outcome.quarantined == 2, "both rows refused", f"{outcome.quarantined} were.")
        stage.holds(rows[1:])
    else:
        stage.holds([newer, *rows[1:]])


@case(
    "deleted_row",
    "A row is deleted",
    "记录被删除",
    means="In a feed of snapshots a record that is no longer there is gone; in any other one it stays as it was.",
    advice="Do not send rows that the source no longer has. Set 'snapshot: true' where each pull brings the whole.",
    needs=("deletes",),
)
def _deleted_row(stage: Stage) -> None:
    rows = stage.rows(6)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    stage.double.drop(rows[3])
    stage.went_well(stage.run())
    stage.holds([row for row in rows if row is not rows[3]] if stage.contract.snapshot else rows)


def _as_ever(request: Request, number: int) -> None:
    return None


def _once_and_again(stage: Stage) -> None:
    """A pull that may be stopped because the source changed, and the next one, which must go well."""
    outcome = stage.run()
    if outcome.problem is not None:
        stage.refused(outcome)
    stage.http.play(_as_ever)
    stage.went_well(stage.run())


CASES: tuple[Case, ...] = (
    _row_updated,
    _only_what_is_new,
    _late_row_inside,
    _late_row_outside,
    _duplicate_key,
    _deleted_row,
    _page_repeated,
    _row_updated_between_pages,
    _row_added_between_pages,
)
