"""The process is killed, the feed is _paused, reset, filled back."""

from typing import Literal

from conformance import chain
from conformance.case import Case, Deviation, case
from conformance.samples import Row
from conformance.stage import Stage


def _killed(stage: Stage, point: Literal["page", "landed"]) -> list[Row]:
    rows = stage.rows(7)
    stage.double.put(*rows)
    there, said = stage.victims.killed_at(point, stage.project, stage.double.connection(), stage.connector)
    if not there:
        raise Deviation(f"a pull that reaches the point '{point}'", f"it ended before: {said or 'without a word'}.")
    return rows


@case(
    "killed_between_pages",
    "Killed between two pages",
    "翻页中进程被杀",
    means="kill -9 in the midst of the pages: nothing is half landed, and the next pull brings everything, once.",
    advice="Keep no progress of your own on a disk: a pull begins anew from window.since.",
    slow=True,
)
def _killed_between_pages(stage: Stage) -> None:
    rows = _killed(stage, "page")
    stage.batches(0)
    stage.fetched(stage.run(), 7)
    stage.batches(1)
    stage.nothing_half_landed()
    stage.holds(rows)


@case(
    "killed_before_load",
    "Killed between landing and load",
    "落地后装载前进程被杀",
    means="kill -9 after the batch was landed: it is validated and loaded by the next run, once.",
    advice="The same rows must be yielded with the same values at each pull, so that a batch is known again.",
    slow=True,
)
def _killed_before_load(stage: Stage) -> None:
    rows = _killed(stage, "landed")
    stage.batches(1)
    stage.went_well(stage.run())
    stage.batches(1)
    stage.holds(rows)


@case(
    "cursor_reset",
    "Cursor reset",
    "游标重置",
    means="After a reset everything is asked for again; what is known already is not loaded a second time.",
    advice="Ask for everything where window.since is None, whatever was asked before.",
    needs=("cursor",),
)
def _cursor_reset(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    chain.reset_cursor(stage.project)
    again = stage.run()
    stage.went_well(again)
    stage.expect(again.fetched == 7, "all 7 rows asked for again", f"{again.fetched} came.")
    stage.expect(again.loaded == 0, "no row loaded a second time", f"{again.loaded} were.")
    stage.holds(rows)


@case(
    "backfill_beside_live",
    "A back-fill beside live pulls",
    "补采与实时采集并行",
    means="An earlier window is fetched again while live pulls go on: late rows come in, the cursor stays where it is.",
    advice="Honour window.since and window.until as they are given; keep no place of your own.",
    needs=("time_cursor",),
)
def _backfill_beside_live(stage: Stage) -> None:
    rows = stage.rows(6)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    before = chain.cursor(stage.project)
    moment = stage.double.begin - stage.look_back * 2
    stage.expect(before is not None, "a cursor after the first pull", "there is none.")
    late = stage.at(stage.rows(1, 6)[0], moment)
    newer = stage.stamped(stage.rows(1, 7)[0], 12)
    stage.double.put(late)
    stage.double.put(newer)
    outcome = stage.backfill(moment.replace(hour=0), moment.replace(hour=23))
    stage.went_well(outcome)
    after = chain.cursor(stage.project)
    stage.expect(before == after, f"the cursor to stay at {before}", f"it is {after}.")
    found = {stage.double.key(row) for row in stage.held()}
    stage.expect(stage.double.key(late) in found, "the late row to come in", "it did not.")
    stage.went_well(stage.run())
    stage.holds([*rows, late, newer])


@case(
    "paused",
    "A paused feed",
    "暂停的数据源",
    means="A paused feed is not asked for anything; after 'resume' it brings what it missed.",
    advice="Ask the source in pages() only, not when the connector is made.",
)
def _paused(stage: Stage) -> None:
    rows = stage.rows(4)
    stage.double.put(*rows)
    chain.pause(stage.project)
    outcome = stage.run()
    asked = stage.double.asked()
    stage.expect(not asked, "no request to the source", f"{asked} came.")
    stage.expect(outcome.fetched == 0, "no row", f"{outcome.fetched} came.")
    stage.batches(0)
    chain.resume(stage.project)
    stage.went_well(stage.run())
    stage.holds(rows)


CASES: tuple[Case, ...] = (_cursor_reset, _backfill_beside_live, _paused, _killed_between_pages, _killed_before_load)
