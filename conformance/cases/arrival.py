"""Rows arrive: once, whole, whatever their order."""

from conformance.case import Case, case
from conformance.stage import Stage


@case(
    "first_pull",
    "First pull",
    "首次采集",
    means="The first pull brings every row of the source, value by value.",
    advice="Compare the contract's columns (source, type, format) with what the source sends; see that pages() yields every row.",
)
def _first_pull(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    outcome = stage.run()
    stage.fetched(outcome, 7)
    stage.expect(outcome.quarantined == 0, "every row accepted", f"{outcome.quarantined} were refused: {_why(outcome)}")
    stage.holds(rows)


@case(
    "empty_pull",
    "Empty pull",
    "空采集",
    means="A source that has nothing stops nothing: what comes later arrives.",
    advice="pages() must yield nothing, or a page without rows, where the source has none.",
)
def _empty_pull(stage: Stage) -> None:
    outcome = stage.run()
    if outcome.problem is not None:
        stage.refused(outcome)
    stage.expect(not stage.held(), "nothing in the warehouse", "there are rows.")
    rows = stage.rows(3)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    stage.holds(rows)


@case(
    "two_pages",
    "Two pages",
    "分页采集",
    means="An answer in several pages arrives whole, the last page too.",
    advice="See how the connector knows that a page is the last one (paging of the source).",
    needs=("pages",),
)
def _two_pages(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows[:4])
    stage.double.put(*rows[4:])
    stage.fetched(stage.run(), 7)
    (manifest,) = stage.project.files.manifests()
    stage.expect(manifest.pages >= 2, "two pages or more", f"there was {manifest.pages}.")
    stage.holds(rows)


@case(
    "full_last_page",
    "The last page is full",
    "末页恰好满页",
    means="Nothing is lost, and nothing asked for twice, where the number of rows is a multiple of the page size.",
    advice="A full page does not say that another one follows: the connector must stand an empty page after it.",
    needs=("pages",),
)
def _full_last_page(stage: Stage) -> None:
    rows = stage.rows(6)
    stage.double.put(*rows)
    stage.fetched(stage.run(), 6)
    stage.holds(rows)


@case(
    "same_window_twice",
    "The same window twice",
    "重复采集同一窗口",
    means="Pulling again without news changes nothing: no batch, no version, no work behind it.",
    advice="The connector must yield the same values for the same rows: no time of its own, no random order of parts.",
)
def _same_window_twice(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    again = stage.run()
    stage.went_well(again)
    status = again.report.status if again.report else "stopped"
    stage.expect(status == "nothing_new", "the second pull to find nothing new", f"it was '{status}'.")
    stage.batches(1)
    stage.expect(again.loaded == 0, "no new version in the warehouse", f"{again.loaded} were loaded.")
    stage.holds(rows)


@case(
    "page_order_changed",
    "The order of the rows changed",
    "返回顺序改变",
    means="A source that answers in another order says the same: nothing new, and the cursor is the newest value, not the last one.",
    advice="Do not stop, and do not set a cursor, by where a row stands in the answer.",
    needs=("any_order",),
)
def _page_order_changed(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.shuffled = True
    stage.double.put(*rows)
    stage.fetched(stage.run(), 7)
    stage.holds(rows)
    stage.double.shuffled = False
    stage.double.put(*rows)
    again = stage.run()
    stage.went_well(again)
    stage.expect(again.loaded == 0, "nothing new from the same rows in another order", f"{again.loaded} versions were loaded.")
    newer = stage.rows(1, 7)
    stage.double.put(*newer)
    stage.went_well(stage.run())
    stage.holds([*rows, *newer])


@case(
    "source_untouched",
    "The source is left as it was",
    "不改动数据源",
    means="A pull only reads: the source's table and files are the same afterwards.",
    advice="Read in a read-only transaction; take files without renaming, writing or deleting any.",
    needs=("state",),
)
def _source_untouched(stage: Stage) -> None:
    stage.double.put(*stage.rows(7))
    before = stage.double.state()
    stage.went_well(stage.run())
    stage.expect(stage.double.state() == before, "the source as it was before the pull", "it was changed.")


def _why(outcome: object) -> str:
    verdicts = getattr(outcome, "verdicts", [])
    return " ".join(finding.message for verdict in verdicts for finding in verdict.findings)


CASES: tuple[Case, ...] = (
    _first_pull,
    _empty_pull,
    _two_pages,
    _full_last_page,
    _same_window_twice,
    _page_order_changed,
    _source_untouched,
)
