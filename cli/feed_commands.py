"""``traceless feed``: list the feeds, check one against its source, pull."""

from typing import Annotated

import typer

from cli.screen import results, table, working
from connectors.connections import environment_resolver
from declarations.problem import Problem
from declarations.project import open_project
from pipeline.run import FeedReport, run_feed
from pipeline.state import feed_states

app = typer.Typer(help="Feeds 数据源: list, check, pull.", no_args_is_help=True)
FeedName = Annotated[str, typer.Argument(help="A folder of feeds/.")]


@app.command("list")
def list_feeds() -> None:
    """All feeds with their kind, owner, connector and state."""
    project = open_project()
    states = {state.feed: state for state in feed_states(project)}
    rows = [
        [f.id, f.title.zh, f.kind, f.source.connector, f.source.connection, f.owner.team, f.cadence.cron, states[f.id].light]
        for f in project.feeds.values()
    ]
    results.print(table("Feeds 数据源", ["feed", "名称", "kind", "connector", "connection", "owner", "cron", "state"], rows))


@app.command()
def check(feed: FeedName) -> None:
    """Connect, read the first page, and show columns and rows as they would be landed. Nothing is kept."""
    from connectors.check import check_source

    project = open_project()
    contract = project.feed(feed)
    with working(f"asking {contract.source.connection}"):
        report = check_source(contract, environment_resolver(project.connections_file))
    results.print(table(f"{feed}: first rows as landed", report.rows.column_names, (r.values() for r in report.rows.to_pylist())))
    results.print(f"{report.page_rows} rows on the first page, {report.withheld} withheld, {len(report.refused)} unreadable")
    if report.missing:
        what = f"the source does not send {', '.join(report.missing)}."
        raise Problem(f"feed {feed}: columns", what, "ask its owner, or correct 'source' of these columns in feed.yaml.")
    if report.unknown:
        what = f"the source sends {', '.join(report.unknown)}, which the contract does not know."
        raise Problem(f"feed {feed}: columns", what, "add them to columns, or to left_out with the reason.")
    results.print("[green]The contract fits its source.[/]")


@app.command()
def pull(feed: Annotated[list[str] | None, typer.Argument(help="Feeds; none: all.")] = None) -> None:
    """Pull, validate and load: what is new since the last time."""
    project = open_project()
    chosen = [project.feed(name).id for name in feed or sorted(project.feeds)]
    resolve = environment_resolver(project.connections_file)
    with working("pulling") as say:
        reports = [run_feed(project, name, resolve, say) for name in chosen]
    results.print(feed_table(reports))
    raise_first(reports)


def feed_table(reports: list[FeedReport]):  # type: ignore[no-untyped-def]
    """What each feed brought: rows in = accepted + quarantined."""
    rows = [
        [r.feed, "stopped" if r.problem else r.pulled, r.fetched, r.accepted, r.quarantined, r.rows_new, " ".join(r.periods[-4:])]
        for r in reports
    ]
    columns = ["feed", "pull", "rows in", "accepted", "quarantined", "new versions", "quarters changed"]
    return table("Rows in = accepted + quarantined", columns, rows)


def raise_first(reports: list[FeedReport]) -> None:
    """Raise the first problem among reports; others are printed before it."""
    from cli.screen import errors

    problems = [r.problem for r in reports if r.problem]
    for problem in problems[1:]:
        errors.print(str(problem), markup=False, soft_wrap=True)
    if problems:
        raise problems[0]
