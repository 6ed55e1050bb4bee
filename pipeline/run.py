"""The whole chain in one process, without Airflow: pull, validate and load every feed, then appraise and publish."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.project import Project
from pipeline import steps
from transforms.publishing import PublishReport
from warehouse.store import open_warehouse

if TYPE_CHECKING:
    from connectors.protocol import Resolver
    from connectors.pull import PullReport

Say = Callable[[str], None]
PULLS_AT_ONCE = 4
PROGRESS_ROWS = 500_000


@dataclass(frozen=True)
class FeedReport:
    """One feed's way through pull, validate, load; ``problem`` where it was stopped. ``expired`` rows are too old to be taken in
    again, ``gone`` records are no longer in the source."""

    feed: str
    pulled: str
    fetched: int = 0
    accepted: int = 0
    quarantined: int = 0
    rows_new: int = 0
    periods: tuple[str, ...] = ()
    problem: Problem | None = None
    expired: int = 0
    gone: int = 0


@dataclass(frozen=True)
class RunReport:
    """What a run did: feeds, appraisals, the publication, and annual results that wait for an approver."""

    feeds: list[FeedReport]
    appraisals: list[steps.AppraiseReport] = field(default_factory=list)
    publication: PublishReport | None = None
    waiting: list[tuple[str, str]] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return [report.problem for report in self.feeds if report.problem]


def run_feed(
    project: Project, feed_id: str, resolve: "Resolver | None", say: Say = lambda _: None, even_if_paused: bool = False
) -> FeedReport:
    """Pull (where a resolver is given), validate and load one feed. A mistake of the feed's is reported, not raised."""
    report = take_in(project, feed_id, _pull(project, resolve, feed_id, say, even_if_paused), say)
    with open_warehouse(project.warehouse_file) as connection:
        return load_taken(connection, project, report, say)


def pull_all(project: Project, resolve: "Resolver | None") -> dict[str, "PullReport | Problem | None"]:
    """Pull every feed, a few at a time: a source keeps us waiting longer than we keep a processor busy."""
    feeds = sorted(project.feeds)
    with ThreadPoolExecutor(PULLS_AT_ONCE) as pool:
        return dict(zip(feeds, pool.map(partial(_pull, project, resolve), feeds), strict=True))


def _pull(
    project: Project, resolve: "Resolver | None", feed_id: str, say: Say | None = None, even_if_paused: bool = False
) -> "PullReport | Problem | None":
    """What a pull ended with, None where nothing was asked; a mistake is handed back, so that other feeds go on."""
    if resolve is None:
        return None
    try:
        return steps.pull(project, feed_id, resolve, progress=_counted(feed_id, say), even_if_paused=even_if_paused, say=say)
    except Problem as problem:
        return problem


def _counted(feed_id: str, say: Say | None) -> Callable[[int], None] | None:
    """Tells how far a long pull has come."""
    if say is None:
        return None
    next_line = PROGRESS_ROWS

    def count(rows: int) -> None:
        nonlocal next_line
        if rows >= next_line:
            next_line = (rows // PROGRESS_ROWS + 1) * PROGRESS_ROWS
            say(f"{feed_id}: {rows:,} rows fetched")

    return count


def take_in(project: Project, feed_id: str, pulled: "PullReport | Problem | None", say: Say) -> FeedReport:
    """Validate what was pulled: needs no warehouse."""
    if isinstance(pulled, Problem):
        say(f"{feed_id}: stopped")
        return FeedReport(feed_id, "not asked", problem=pulled)
    status = pulled.status if pulled else "not asked"
    begun = FeedReport(feed_id, status, problem=pulled.afterwards if pulled else None)
    if pulled:
        begun = replace(begun, expired=pulled.expired, gone=pulled.gone)
    try:
        verdicts = steps.validate(project, feed_id)
    except Problem as problem:
        say(f"{feed_id}: stopped")
        return replace(begun, problem=problem)
    say(f"{feed_id}: {status.replace('_', ' ')}")
    counts = {name: sum(getattr(v, name) for v in verdicts) for name in ("fetched", "accepted", "quarantined")}
    return replace(begun, **counts)


def load_taken(connection: duckdb.DuckDBPyConnection, project: Project, report: FeedReport, say: Say) -> FeedReport:
    """Load what was taken in; batches accepted before a feed was stopped are loaded too."""
    try:
        loaded = steps.load_into(connection, project, report.feed)
    except Problem as problem:
        say(f"{report.feed}: stopped")
        return replace(report, problem=report.problem or problem)
    if loaded.rows_new:
        say(f"{report.feed}: {loaded.rows_new} new rows loaded")
    return replace(report, rows_new=loaded.rows_new, periods=loaded.periods)


def run_period(
    project: Project,
    period: str,
    resolve: "Resolver | None" = None,
    approver: str | None = None,
    say: Say = lambda _: None,
) -> RunReport:
    """Bring every feed up to date, then every scheme of the period; publish what may be published.

    ``resolve`` None: nothing is pulled, what has landed is used. A year stands for its quarters and the year;
    its annual results are published only with an ``approver``, else they are listed as waiting.
    """
    schemes = [s.id for s in project.schemes.values() if s.year == parse_period(period).year]
    if not schemes:
        years = sorted({s.year for s in project.schemes.values() if s.year})
        raise Problem("period", f"no scheme is of {parse_period(period).year}.", f"schemes exist for {years}; add one to schemes/.")
    feeds = [take_in(project, feed_id, pulled, say) for feed_id, pulled in pull_all(project, resolve).items()]
    parsed = parse_period(period)
    wanted = [q.key for q in quarters_of(parsed.year)] + [period] if parsed.grain == "year" else [period]
    items = [(scheme, p) for scheme in schemes for p in wanted]
    annual = [item for item in items if parse_period(item[1]).grain == "year"]
    with open_warehouse(project.warehouse_file) as connection:
        feeds = [load_taken(connection, project, report, say) for report in feeds]
        appraisals = steps.appraise_in(connection, project, items, say)
        publication = steps.publish_in(connection, project, [i for i in items if approver or i not in annual], approver)
    say(f"published {publication.publication}" if publication.changed else "nothing changed")
    waiting = [] if approver else [(a.scheme, a.period) for a in appraisals if (a.scheme, a.period) in annual and a.changed]
    return RunReport(feeds, appraisals, publication, waiting)
