"""``traceless feed``: the commands about feeds; here their list."""

import typer
from rich.markup import escape

from cli.screen import results, table, tell
from declarations.feed import FeedContract
from declarations.project import open_project
from pipeline.state import feed_states

app = typer.Typer(help="Feeds 数据源: new, check, test, pull, and what else is done to a feed.", no_args_is_help=True)


@app.command("list")
def list_feeds() -> None:
    """All feeds with their kind, owner, connector and state."""
    project = open_project()
    states = feed_states(project)
    rows = [_line(state.feed, project.readable_feeds.get(state.feed), state.light) for state in states]
    columns = ["feed", "名称", "kind", "source", "owner", "state"]
    results.print(table("Feeds 数据源", columns, rows))
    for state in states:
        if state.light == "red":
            tell(f"[red]{escape(state.feed)}[/]: {escape(state.advice)}")


def _line(feed: str, contract: FeedContract | None, light: str) -> list[str | None]:
    if contract is None:
        return [feed, *[None] * 4, light]
    f = contract
    return [f.id, f.title.zh, f.kind, f"{f.source.connector} {f.source.connection}", f.owner.team, light]
