"""``traceless feed doc``: a page a feed, with the picture of its lineage."""

from pathlib import Path
from typing import Annotated

import typer

from cli.screen import tell
from declarations.project import open_project


def doc(
    feed: Annotated[list[str] | None, typer.Argument(help="Feeds; none: all.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("feed-docs"),
) -> None:
    """Write <feed>.html: what the contract says, what is left out, what is checked, and where it leads."""
    from pipeline.feeds.page import feed_page

    project = open_project()
    out.mkdir(parents=True, exist_ok=True)
    for name in feed or sorted(project.feeds):
        page = out / f"{name}.html"
        page.write_text(feed_page(project, project.feed(name)), encoding="utf-8")
        tell(f"written: {page}")
