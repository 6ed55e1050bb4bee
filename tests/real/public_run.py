"""One run over the public data, in the steps in which it came out, and questions to what it left."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from connectors.connections import environment_resolver
from connectors.protocol import Resolver
from declarations.project import Project
from declarations.rules import RoleWeights
from pipeline.run import FeedReport, RunReport, run_feed, run_period
from tests.real.public_sources import PublicSources, public_sources
from transforms.dimensions import build_dimensions
from transforms.facts import build_facts, create_fact_tables
from warehouse.store import open_warehouse

HERE = Path(__file__).parent
# a pull after each of these days; the first only says where the first one begins
EXPORTS = ("2000-01-01", "2024-02-13", "2024-03-14", "2024-12-31")
VINTAGES = ("2000-01-01", "2015-01-01", "2024-12-31")


@dataclass
class PublicRun:
    """The project, what each pull did, and the run of 2023 that came last."""

    project: Project
    pulls: dict[str, list[FeedReport]] = field(default_factory=dict)
    last: RunReport | None = None

    def pull(self, feed_id: str, resolve: Resolver) -> None:
        """Pull, validate and load one feed, and keep what it did."""
        report = run_feed(self.project, feed_id, resolve)
        assert report.problem is None, report.problem
        self.pulls.setdefault(feed_id, []).append(report)

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """A query to the working warehouse."""
        with open_warehouse(self.project.warehouse_file) as connection:
            return connection.execute(query, list(values)).fetchall()

    def differences(self, expected: str, indicator: str, tolerance: float = 1e-9) -> list[tuple[Any, ...]]:
        """Facts of the indicator that are not as ``expected`` says: a query over the raw files that gives
        org_id, period, n and value."""
        with open_warehouse(self.project.warehouse_file) as connection:
            return connection.execute(
                f"""with raw as ({expected}),
                fact as (select org_id, period, n, value from fact.indicator_org where indicator = ?)
                select coalesce(r.org_id, f.org_id), coalesce(r.period, f.period), r.n, f.n, r.value, f.value
                from raw as r full join fact as f on r.org_id = f.org_id and r.period = f.period
                where r.n is distinct from f.n or (r.value is null) <> (f.value is null)
                   or abs(r.value - f.value) > ? * greatest(1, abs(r.value))
                order by all""",
                [indicator, tolerance],
            ).fetchall()


def make_run(folder: Path) -> PublicRun:
    """Pull every feed from its server, the growing ones in several steps; appraise 2023; compute all facts."""
    run = PublicRun(Project(HERE, folder / "var"))
    with public_sources(folder / "sources", run.project.connections_file) as sources:
        resolve = environment_resolver(run.project.connections_file)
        _first(run, sources, resolve)
        for after, until in pairwise(EXPORTS[1:]):
            sources.export_findings(after, until)
            run.pull("audit_findings", resolve)
        for after, until in pairwise(VINTAGES[1:]):
            sources.publish_gdp(after, until)
            run.pull("gdp_vintages", resolve)
        run.last = run_period(run.project, "2023", resolve, approver="a person")
    _all_facts(run.project)
    return run


def _first(run: PublicRun, sources: PublicSources, resolve: Resolver) -> None:
    sources.export_findings(*EXPORTS[:2])
    sources.publish_gdp(*VINTAGES[:2])
    sources.drop_hospitals()
    for feed_id in sorted(run.project.feeds):
        run.pull(feed_id, resolve)


def _all_facts(project: Project) -> None:
    """The facts of every quarter that a load ever changed: schemes exist for 2023 only."""
    with open_warehouse(project.warehouse_file) as connection:
        create_fact_tables(connection)
        roster = build_dimensions(connection, project.feeds, project.indicators, [2023], RoleWeights())
        for feed_id, contract in project.feeds.items():
            own = [i for i in project.indicators.values() if i.feed == feed_id]
            found = connection.execute("select distinct period from ops.change where feed = ? order by 1", [feed_id]).fetchall()
            build_facts(connection, contract, own, [period for (period,) in found], roster)


def raw(query: str) -> list[tuple[Any, ...]]:
    """A query to the raw files, past all of our code."""
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def periods_of(column: str) -> str:
    """SQL: the quarter and the year of a date, as the keys of periods."""
    return f"unnest([year({column}) || '-Q' || quarter({column}), year({column})::varchar])"
