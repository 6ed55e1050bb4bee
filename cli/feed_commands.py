"""``traceless feed``: the commands about feeds; here their list."""

import typer

from cli.screen import results, table
from declarations.feed import FeedContract
from declarations.project import open_project
from pipeline.state import feed_states

app = typer.Typer(help="Feeds 数据源: new, check, test, pull, and what else is done to a feed.", no_args_is_help=True)


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
