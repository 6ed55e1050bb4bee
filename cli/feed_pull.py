"""``traceless feed pull`` and ``traceless feed replay``."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.feed_table import feed_table, raise_first
from cli.screen import results, table, tell, working
from connectors.connections import environment_resolver
from declarations.problem import Problem
from declarations.project import Project, open_project
from pipeline.run import FeedReport, run_feed

if TYPE_CHECKING:
    from pipeline.replay import Replayed

FeedName = Annotated[str, typer.Argument(help="A folder of feeds/.")]


def pull(
    feed: Annotated[list[str] | None, typer.Argument(help="Feeds; none: all.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Back-fill: rows whose cursor value is from here on, such as 2024-01-01.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Back-fill: up to and with this value; none: where the live feed stands.")
    ] = None,
    cut: Annotated[
        str | None,
        typer.Option(
            "--slice", help="Back-fill in parts of a day, week, month (dates unless said), quarter, year, or so many numbers; all: in one."
        ),
    ] = None,
    even_if_paused: Annotated[bool, typer.Option("--even-if-paused", help="Pull a paused feed this once.")] = False,
) -> None:
    """Pull, validate and load: what is new since the last time, or with --from a span of the past (back-fill 补数)."""
    project = open_project()
    if since is not None:
        _backfill(project, feed or [], since, until, cut, even_if_paused)
        return
    if until is not None or cut is not None:
        raise Problem("feed pull", "--to and --slice belong to a back-fill, which begins with --from.", "say --from as well.")
    known = {*project.readable_feeds, *project.unreadable_feeds}
    chosen = [name if name in known else project.feed(name).id for name in feed or sorted(known)]
    resolve = environment_resolver(project.connections_file)
    with working("pulling") as say:
        reports = [run_feed(project, name, resolve, say, even_if_paused) for name in dict.fromkeys(chosen)]
    results.print(feed_table(reports))
    _tell_paused(project, reports)
    raise_first([report.problem for report in reports if report.problem])


def replay(
    feed: FeedName,
    batch: Annotated[str | None, typer.Option(help="Only this batch; none: every batch with refused rows.")] = None,
) -> None:
    """Judge refused rows again, after a fix of the contract or of another feed, and load those that are accepted now."""
    from pipeline.replay import replay as replay_feed

    project = open_project()
    with working(f"judging {feed} again"):
        report = replay_feed(project, feed, batch)
    if not report.batches:
        tell(f"{escape(feed)}: no row waits in quarantine 隔离区.")
        return
    rows = [
        [r.after.batch_id, r.after.status, r.after.fetched, r.before.accepted, r.after.accepted, r.before.quarantined, r.after.quarantined]
        for r in report.batches
    ]
    columns = ["batch", "state", "rows", "accepted before", "accepted now", "refused before", "refused now"]
    results.print(table(f"{feed}: judged again 重新核验", columns, rows))
    tell("")
    results.print(table("Refused by rule 按规则", ["rule", "column", "rows before", "rows now"], _by_rule(report.batches)))
    tell(f"{report.rows_new} new versions loaded; quarters changed: {' '.join(report.periods) or 'none'}")
    if report.kept:
        tell(f"[yellow]{report.kept} rows[/] that were accepted earlier are refused now. They stay: what was said once stays said.")


def _backfill(project: Project, feeds: list[str], since: str, until: str | None, cut: str | None, even_if_paused: bool) -> None:
    from pipeline.backfill import backfill

    if len(feeds) != 1:
        raise Problem("feed pull --from", f"a back-fill is of one feed, not of {len(feeds) or 'all'}.", "name one feed before --from.")
    with working(f"back-filling {feeds[0]}") as say:
        report = backfill(project, feeds[0], environment_resolver(project.connections_file), since, until, cut, say, even_if_paused)
    rows = [
        [str(r.slice.since), str(r.slice.until), r.status.replace("_", " "), r.rows, r.accepted, r.quarantined, r.expired or None]
        for r in report.slices
    ]
    columns = ["from", "to", "slice", "rows in", "accepted", "quarantined", "too old"]
    results.print(table(f"{feeds[0]}: back-fill 补数", columns, rows))
    tell(f"{report.rows_new} new versions loaded; quarters changed: {' '.join(report.periods) or 'none'}. The live cursor did not move.")
    if report.problems:
        tell("[yellow]Slices that were not landed can be asked for again with the same command; the others are known.[/]")
    raise_first(report.problems)


def _tell_paused(project: Project, reports: list[FeedReport]) -> None:
    from pipeline.steps import batch_files
    from warehouse.feed_marks import paused

    for report in reports:
        mark = paused(batch_files(project, report.feed)) if report.pulled == "paused" else None
        if mark:
            since = f"since {mark.at:%Y-%m-%d %H:%M} UTC by {escape(mark.by)}"
            tell(f"[yellow]{escape(report.feed)}[/] is paused 已暂停 {since}: {escape(mark.why)}")
            tell(f"Next step: traceless feed resume {report.feed}, or pull it --even-if-paused")


def _by_rule(batches: "list[Replayed]") -> list[tuple[str, str | None, int, int]]:
    """Refused rows of all batches by rule and column, before and now."""
    found: dict[tuple[str, str | None], tuple[int, int]] = {}
    for batch in batches:
        for key, (before, now) in batch.refused_by_rule().items():
            known = found.get(key, (0, 0))
            found[key] = (known[0] + before, known[1] + now)
    return [(*key, *counts) for key, counts in found.items()]
