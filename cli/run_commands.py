"""``traceless run`` and ``traceless status``."""

from typing import Annotated

import typer

from cli.feed_commands import feed_table, raise_first
from cli.screen import results, table, working
from connectors.connections import environment_resolver
from declarations.project import open_project
from pipeline.run import run_period
from pipeline.state import feed_states
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
    rows = [[a.scheme, a.period, a.subjects, a.summary] for a in report.appraisals]
    results.print(table("Appraisals 考核", ["scheme", "period", "subjects", "outcome"], rows))
    if report.publication:
        results.print(f"published: {report.publication.file} ({'new' if report.publication.changed else 'nothing changed'})")
    for scheme, year in report.waiting:
        results.print(f"[yellow]{scheme} {year} waits for an approver:[/] traceless run --period {year} --no-pull --approver NAME")
    raise_first(report.feeds)


def status() -> None:
    """How each feed stands, and what is published."""
    project = open_project()
    rows = [[s.feed, s.light, s.batches, s.rows, s.accepted, s.quarantined, s.pulled_at, s.cursor, s.advice] for s in feed_states(project)]
    columns = ["feed", "state", "batches", "rows in", "accepted", "quarantined", "last pull (UTC)", "cursor", "advice"]
    results.print(table("Feeds 数据源", columns, rows))
    if not (project.published_dir / CURRENT).exists():
        results.print("Nothing is published yet. Next step: traceless run --period YEAR, or traceless demo.")
        return
    with open_published(project.published_dir) as con:
        cursor = con.execute("select scheme, period, state, approver, publication, published_at from publication order by scheme, period")
        names = [column[0] for column in cursor.description or []]
        results.print(table("Published 已发布", names, cursor.fetchall()))
