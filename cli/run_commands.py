"""``traceless run`` and ``traceless status``."""

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape

from cli.feed_table import feed_table, raise_first
from cli.screen import Rows, results, table, tell, working
from connectors.connections import environment_resolver
from declarations.project import Project, open_project
from pipeline.run import run_period
from pipeline.state import FeedState, feed_states
from warehouse.publication import CURRENT, open_published


def run(
    period: Annotated[str, typer.Option(help="A year (its quarters and the year) or a quarter: 2025, 2025-Q3.")],
    approver: Annotated[str | None, typer.Option(help="Who approves the annual results; without, they wait.")] = None,
    pull: Annotated[bool, typer.Option(help="Ask the sources first; --no-pull uses what has landed.")] = True,
) -> None:
    """The whole chain in this process, without Airflow: pull, validate, load, facts, scores, publication."""
    project = open_project()
    resolve = environment_resolver(project.connections_file) if pull else None
    with working(f"appraising {period}") as say:
        report = run_period(project, period, resolve, approver, say)
    results.print(feed_table(report.feeds))
    tell("")
    rows = [[a.scheme, a.period, a.summary] for a in report.appraisals]
    results.print(table("Appraisals 考核", ["scheme", "period", "outcome"], rows))
    tell("")
    if report.publication:
        tell(f"published: {escape(str(report.publication.file))} ({'new' if report.publication.changed else 'nothing changed'})")
    if report.waiting:
        schemes = ", ".join(scheme for scheme, _ in report.waiting)
        tell(
            f"[yellow]annual results wait for an approver[/] ({escape(schemes)}). "
            f"Next step: traceless run --period {report.waiting[0][1]} --no-pull --approver NAME"
        )
    raise_first(report.problems)


def status() -> None:
    """How each feed stands, and what is published."""
    project = open_project()
    states = feed_states(project)
    results.print(_feeds(states))
    tell("")
    results.print(_clocks(states))
    tell("")
    for state in states:
        if state.advice:
            tell(f"[{state.light}]{escape(state.feed)}[/]: {escape(state.advice)}")
    tell("")
    _published(project)


def _feeds(states: list[FeedState]) -> Rows:
    columns = ["feed", "state", "rows in", "accepted", "quarantined", "last batch", "usual"]
    rows = ([s.feed, s.light, s.rows, s.accepted, s.quarantined, s.last_rows, s.usual_rows] for s in states)
    return table("Feeds 数据源", columns, rows)


def _clocks(states: list[FeedState]) -> Rows:
    columns = ["feed", "last event", "heard on", "scored until", "contract", "cursor", "next pull"]
    return table("Clocks 时间 (UTC; MM-DD)", columns, map(_clock, states))


def _clock(s: FeedState) -> list[object]:
    cursor = s.cursor and s.cursor.replace("T", " ").removesuffix("+00:00")
    return [s.feed, _minute(s.last_event), s.heard_on, s.heard_until, s.contract_version, cursor, _minute(s.next_pull)]


def _minute(moment: datetime | None) -> str | None:
    return f"{moment:%m-%d %H:%M}" if moment else None


def _published(project: Project) -> None:
    if not (project.published_dir / CURRENT).exists():
        tell("Nothing is published yet. Next step: traceless run --period YEAR, or traceless demo.")
        return
    with open_published(project.published_dir) as con:
        cursor = con.execute("select scheme, period, state, approver, publication, published_at from publication order by scheme, period")
        columns = ["scheme", "period", "state", "approver", "publication", "published (UTC)"]
        results.print(table("Published 已发布", columns, cursor.fetchall()))
