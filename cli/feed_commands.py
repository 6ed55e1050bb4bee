"""``traceless feed``: list the feeds, check one against its source, pull."""

from typing import Annotated

import typer

from cli.screen import Rows, errors, paragraph, results, table, working
from connectors.connections import environment_resolver
from declarations.feed import FeedContract
from declarations.project import open_project
from pipeline.run import FeedReport, run_feed
from pipeline.state import feed_states

app = typer.Typer(help="Feeds 数据源: list, check, pull.", no_args_is_help=True)
FeedName = Annotated[str, typer.Argument(help="A folder of feeds/.")]


@app.command("list")
def list_feeds() -> None:
    """All feeds with their kind, owner, connector and state."""
    project = open_project()
    rows = [_line(state.feed, project.readable_feeds.get(state.feed), state.light) for state in feed_states(project)]
    columns = ["feed", "名称", "kind", "source", "owner", "state"]
    results.print(table("Feeds 数据源", columns, rows))


def _line(feed: str, contract: FeedContract | None, light: str) -> list[str | None]:
    if contract is None:
        return [feed, *[None] * 4, light]
    f = contract
    return [f.id, f.title.zh, f.kind, f"{f.source.connector} {f.source.connection}", f.owner.team, light]


@app.command()
def pull(feed: Annotated[list[str] | None, typer.Argument(help="Feeds; none: all.")] = None) -> None:
    """Pull, validate and load: what is new since the last time."""
    project = open_project()
    chosen = [project.feed(name).id for name in feed or sorted(project.feeds)]
    resolve = environment_resolver(project.connections_file)
    with working("pulling") as say:
        reports = [run_feed(project, name, resolve, say) for name in dict.fromkeys(chosen)]
    results.print(feed_table(reports))
    raise_first(reports)


def feed_table(reports: list[FeedReport]) -> Rows:
    """What each feed brought: rows in = accepted + quarantined."""
    rows = [
        [
            r.feed,
            "stopped" if r.problem else r.pulled.replace("_", " "),
            r.fetched,
            r.accepted,
            r.quarantined,
            r.rows_new,
            " ".join(r.periods[-4:]),
        ]
        for r in reports
    ]
    columns = ["feed", "pull", "rows in", "accepted", "quarantined", "new versions", "quarters changed"]
    return table("Rows 行数: in = accepted + quarantined", columns, rows)


def raise_first(reports: list[FeedReport]) -> None:
    """Raise the first problem among reports; others are printed before it."""
    problems = [r.problem for r in reports if r.problem]
    for problem in problems[1:]:
        errors.print(paragraph(problem), soft_wrap=True, highlight=False)
    if problems:
        raise problems[0]
