"""``traceless feed cursor show | set | reset``, ``feed pause`` and ``feed resume``."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from cli.feed_table import feed_table, raise_first
from cli.screen import results, table, tell, working
from connectors.connections import environment_resolver
from connectors.cursor import Cursor, cursor_by, cursor_of
from connectors.since import order
from declarations.feed import FeedContract, FilesSource
from declarations.problem import Problem
from declarations.project import open_project
from pipeline.cursor_value import cursor_column, read_value
from pipeline.steps import batch_files
from warehouse import feed_marks
from warehouse.batch import BatchFiles

app = typer.Typer(help="How far a feed was pulled 游标: show, set, reset.", no_args_is_help=True)
WINDOWS = 12
FeedName = Annotated[str, typer.Argument(help="A folder of feeds/.")]
Why = Annotated[str, typer.Option(help="The reason, for whoever asks later.")]
By = Annotated[str, typer.Option(help="Who says so.", default_factory=getpass.getuser)]


@app.command("show")
def show(feed: FeedName) -> None:
    """Where the next pull goes on from, where that is known from, and the last windows."""
    project = open_project()
    contract, files = project.feed(feed), batch_files(project, feed)
    cursor = cursor_of(contract, files)
    by = cursor_by(contract)
    if by is not None:
        column = contract.column(by.column)
        tell(f"[bold]{escape(feed)}[/]: {_value(cursor)} [dim]({column.name} {escape(column.zh)})[/]")
        tell(f"known from: {_origin(cursor)}")
        tell(f"look-back: {by.look_back}; the next pull asks for {f'{column.name} ≥ {cursor.since}' if cursor.since else 'everything'}")
    else:
        taken = f"; {len(cursor.taken)} files were taken" if isinstance(contract.source, FilesSource) else ""
        tell(f"[bold]{escape(feed)}[/]: no cursor; a pull brings {_brings(contract)}{taken}")
        if cursor.mark:
            tell(f"reset {_said(cursor.mark)}")
    tell("")
    results.print(_history(files))


@app.command("set")
def set_value(
    feed: FeedName, value: Annotated[str, typer.Argument(help="As the cursor column has it, such as 2025-03-31.")], why: Why, by: By
) -> None:
    """Go on from a value that you name: further back, rows are asked for again; further on, rows between are skipped."""
    project = open_project()
    contract, files = project.feed(feed), batch_files(project, feed)
    column = cursor_column(contract)
    before, wanted = cursor_of(contract, files), read_value(contract, column, value)
    feed_marks.set_cursor(files, wanted, by, why, datetime.now(UTC))
    tell(f"{escape(feed)}: {_value(before)} → {escape(wanted)}; the next pull asks for {column.name} ≥ {cursor_of(contract, files).since}")
    if before.value is None or order(column, wanted) > order(column, before.value):
        start = before.value or "the beginning"
        tell(f"[yellow]Skipped:[/] rows from {escape(start)} to {escape(wanted)} that were not pulled yet will not be asked for.")
        if before.value:
            tell(f"They can be had later: traceless feed pull {feed} --from {escape(before.value)} --to {escape(wanted)}")
    elif order(column, wanted) < order(column, before.value):
        tell("Rows from there on are asked for again; those that were landed before do not come in twice.")


@app.command("reset")
def reset(feed: FeedName, why: Why, by: By) -> None:
    """Ask for everything again once, as at the first pull; of files, take again those that still lie there."""
    project = open_project()
    contract, files = project.feed(feed), batch_files(project, feed)
    if cursor_by(contract) is None and not isinstance(contract.source, FilesSource):
        what = f"there is nothing to reset: a pull brings {_brings(contract)} anyway."
        raise Problem(f"feed {feed}: cursor", what, f"pull it: traceless feed pull {feed}.")
    before = cursor_of(contract, files)
    feed_marks.set_cursor(files, None, by, why, datetime.now(UTC))
    forgot = f"{len(before.taken)} files taken before are taken again" if before.taken else f"it stood at {_value(before)}"
    tell(f"{escape(feed)}: the next pull asks for everything; {forgot}. Rows that were landed before do not come in twice.")


def pause(feed: FeedName, why: Why, by: By) -> None:
    """Leave a feed alone: no run, DAG or pull asks its source until it is resumed."""
    project = open_project()
    files = batch_files(project, feed)
    mark = feed_marks.pause(files, by, why, datetime.now(UTC))
    tell(f"[yellow]{escape(feed)} is paused 已暂停[/] by {escape(mark.by)}: {escape(mark.why)}")
    tell(f"Next step, when that is over: traceless feed resume {feed}")


def resume(
    feed: FeedName,
    pull: Annotated[bool, typer.Option(help="Pull at once what came meanwhile; --no-pull leaves it to the next event.")] = True,
) -> None:
    """Lift the pause, and pull what came meanwhile."""
    from pipeline.run import run_feed

    project = open_project()
    mark = feed_marks.unpause(batch_files(project, feed))
    if mark is None:
        tell(f"{escape(feed)} was not paused.")
    else:
        tell(f"{escape(feed)} goes on; it was paused since {mark.at:%Y-%m-%d %H:%M} UTC by {escape(mark.by)}: {escape(mark.why)}")
    if pull:
        with working("pulling") as say:
            report = run_feed(project, feed, environment_resolver(project.connections_file), say)
        results.print(feed_table([report]))
        raise_first([report.problem] if report.problem else [])


def _value(cursor: Cursor) -> str:
    return f"cursor {escape(cursor.value)}" if cursor.value else "no cursor yet"


def _brings(contract: FeedContract) -> str:
    return "the files that are new" if isinstance(contract.source, FilesSource) else "all that the source has"


def _origin(cursor: Cursor) -> str:
    if cursor.origin == "mark" and cursor.mark:
        return f"set {_said(cursor.mark)}"
    mark = cursor.mark
    since = f"; {'set to ' + mark.value if mark.value else 'reset'} {_said(mark)}" if mark else ""
    if cursor.origin == "batch":
        return f"batch {cursor.batch_id}{since}"
    if cursor.origin == "seen":
        return f"a pull that brought nothing new{since}"
    return f"nothing yet{since}"


def _said(mark: feed_marks.CursorMark) -> str:
    return f"by {escape(mark.by)} at {mark.set_at:%Y-%m-%d %H:%M} UTC: {escape(mark.why)}"


def _history(files: BatchFiles) -> object:
    rows = []
    for manifest in reversed(files.manifests()[-WINDOWS:]):
        verdict = files.verdict(manifest.batch_id)
        state = verdict.status if verdict else "not judged"
        rows.append([manifest.pulled_at, manifest.purpose, manifest.since, manifest.until, manifest.rows, state, manifest.batch_id])
    return table("Last windows 最近取数", ["pulled (UTC)", "purpose", "since", "until", "rows", "state", "batch"], rows)
