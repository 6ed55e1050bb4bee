"""The steps that Airflow's tasks, the command line and the tests call. Each can be repeated without harm."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import duckdb

from declarations.period import parse_period, quarters_of
from declarations.problem import Problem
from declarations.project import Project, fingerprint
from declarations.rules import RoleWeights
from declarations.scheme import indicators_read
from pipeline.judging import broken, judge, judging, to_judge
from transforms.appraisal_plan import plan_appraisals, reach_of, reached_again, years_reached
from transforms.appraise import Declared, appraise_scheme, create_score_tables, score_fingerprint
from transforms.dimensions import build_dimensions
from transforms.facts import build_facts, create_fact_tables
from transforms.publishing import PublishReport, publish_items
from warehouse.batch import BatchFiles, Verdict
from warehouse.feed_marks import paused
from warehouse.load import LoadReport, load_batches
from warehouse.removals import frozen_before
from warehouse.staging import create_staging
from warehouse.store import open_warehouse

if TYPE_CHECKING:
    from connectors.protocol import Resolver
    from connectors.pull import PullReport


@dataclass(frozen=True)
class AppraiseReport:
    """What an appraisal did. ``changed``: whether the period's scores differ from those published last;
    ``fingerprint``: names just these scores, so that an approval holds for them alone."""

    scheme: str
    period: str
    changed: bool
    subjects: int
    summary: str
    fingerprint: str


def batch_files(project: Project, feed_id: str) -> BatchFiles:
    """Where the feed's batches lie."""
    return BatchFiles(project.landing_dir, project.validated_dir, project.feed(feed_id).id)


def pull(
    project: Project,
    feed_id: str,
    resolve: "Resolver",
    now: datetime | None = None,
    progress: Callable[[int], None] | None = None,
    even_if_paused: bool = False,
    say: Callable[[str], None] | None = None,
) -> "PullReport":
    """Ask the source for what is new and land it; a paused feed is left alone. Raises Problem where the source cannot be read."""
    from connectors.pull import PullReport, pull_feed

    contract, files = project.feed(feed_id), batch_files(project, feed_id)
    if paused(files) and not even_if_paused:
        return PullReport(feed_id, "paused", None, 0, 0, None, None)
    return pull_feed(contract, files, resolve, now, progress, say=say)


def validate(project: Project, feed_id: str) -> list[Verdict]:
    """Judge every landed batch that was not judged yet, and again, after the contract changed, those with refused rows.

    Raises Problem where the newest batch of the live feed is broken, its verdict written; nothing of it will be loaded.
    """
    contract, files = project.feed(feed_id), batch_files(project, feed_id)
    wanted = fingerprint(contract)
    with judging(files):
        verdicts = {manifest.batch_id: files.verdict(manifest.batch_id) for manifest in files.manifests()}
        asked = to_judge(contract, files, verdicts)
        waiting = [batch_id for batch_id in asked if (found := verdicts[batch_id]) is None or found.contract != wanted]
        judged = [judge(contract, files, batch_id) for batch_id in waiting]
    live = [manifest.batch_id for manifest in files.manifests() if manifest.purpose == "live"]
    newest = files.verdict(live[-1]) if live else None
    if newest is not None and newest.status == "broken":
        raise broken(newest)
    return judged


def load(project: Project, feed_id: str) -> LoadReport:
    """Load accepted batches into staging. ``periods``: quarters, of years that a scheme covers, to appraise again."""
    with _remembered(batch_files(project, feed_id)):
        _ = project.schemes  # a mistake in a declaration must be told before anything is loaded
    with open_warehouse(project.warehouse_file) as connection:
        return load_into(connection, project, feed_id)


@contextmanager
def _remembered(files: BatchFiles) -> Iterator[None]:
    """What stops a load is kept for whoever asks how the feed stands, until its next pull goes well."""
    try:
        yield
    except Problem as problem:
        files.note_stop(problem)
        raise


def load_into(connection: duckdb.DuckDBPyConnection, project: Project, feed_id: str) -> LoadReport:
    """``load`` on an open warehouse."""
    with _remembered(batch_files(project, feed_id)):
        return _load_into(connection, project, feed_id)


def _load_into(connection: duckdb.DuckDBPyConnection, project: Project, feed_id: str) -> LoadReport:
    contract = project.feed(feed_id)
    dates = sorted({i.decisive_date for i in project.indicators.values() if i.feed == feed_id})
    years = {scheme.year for scheme in project.schemes.values() if scheme.year is not None}
    report = load_batches(connection, contract, batch_files(project, feed_id), dates)
    if contract.kind == "roster" and report.rows_new:  # a changed post can change any period
        periods = {q.key for year in years for q in quarters_of(year)}
    else:
        periods = {p for changed in report.periods for p in reached_again(project.schemes, changed)}
    return replace(report, periods=tuple(sorted(periods)))


def feeds_of(project: Project, scheme_id: str) -> list[str]:
    """The feeds that a scheme's results hang on: its indicators', those of schemes whose results it reads, roster and decisions."""
    year = str(project.scheme(scheme_id).year)
    read = [scheme for scheme, _ in plan_appraisals(project.schemes, project.rules, [(scheme_id, year)])]
    codes = {code for scheme in read for code in indicators_read(project.scheme(scheme))}
    used = {project.indicators[code].feed for code in codes if code in project.indicators}
    return sorted({*used, *_of_kinds(project, "roster", "decision")})


def appraise(project: Project, scheme_id: str, period: str) -> AppraiseReport:
    """Bring facts and scores of one scheme and period up to date."""
    return appraise_all(project, [(scheme_id, period)])[0]


def appraise_all(project: Project, items: list[tuple[str, str]], progress: Callable[[str], None] | None = None) -> list[AppraiseReport]:
    """Bring facts and scores of several (scheme, period) up to date, each fact computed once."""
    with open_warehouse(project.warehouse_file) as connection:
        return appraise_in(connection, project, items, progress or (lambda _: None))


def appraise_in(
    connection: duckdb.DuckDBPyConnection, project: Project, items: list[tuple[str, str]], say: Callable[[str], None]
) -> list[AppraiseReport]:
    """``appraise_all`` on an open warehouse; the results that a scheme reads of others are brought up to date first."""
    roster = _prepare(connection, project)
    plan = _not_frozen(connection, project, plan_appraisals(project.schemes, project.rules, items), say)
    _facts(connection, project, plan, roster, say)
    declared = declared_of(project)
    for scheme_id, periods in plan:
        if appraise_scheme(connection, declared, project.scheme(scheme_id), periods, roster).scored:
            say(f"scores of {scheme_id}")
    return [_report(connection, scheme_id, period) for scheme_id, period in items]


def publish(project: Project, scheme_id: str, period: str, approver: str | None = None, approved: str | None = None) -> PublishReport:
    """Publish one scheme's period. Annual results need a named approver.

    ``approved``: the fingerprint of the AppraiseReport that the approver saw; raises Problem where the scores have changed since.
    """
    with open_warehouse(project.warehouse_file) as connection:
        if approved is not None and approved != score_fingerprint(connection, scheme_id, period):
            what = "the scores have changed since they were approved."
            raise Problem(f"{scheme_id} {period}", what, "look at the newer ones and approve them: close the year again.")
        return publish_in(connection, project, [(scheme_id, period)], approver)


def publish_in(
    connection: duckdb.DuckDBPyConnection, project: Project, items: list[tuple[str, str]], approver: str | None
) -> PublishReport:
    """Publish several (scheme, period) as one publication. Raises Problem for an annual one without an approver."""
    for scheme_id, period in items:
        if parse_period(period).grain == "year" and not (approver or "").strip():
            what = f"the annual result of {scheme_id} {period} has no approver."
            raise Problem("publication", what, "name the person who approves it, with --approver or in Airflow's approval task.")
    return publish_items(connection, project.published_dir, declared_of(project), items, approver)


def declared_of(project: Project) -> Declared:
    """All declarations that an appraisal may read."""
    return Declared(project.schemes, project.rules, project.indicators, project.feeds)


def _prepare(connection: duckdb.DuckDBPyConnection, project: Project) -> str:
    create_fact_tables(connection)
    create_score_tables(connection)
    for contract in project.feeds.values():
        create_staging(connection, contract)
    profiles = sorted({scheme.rule_profile or "" for scheme in project.schemes.values()})
    roles = project.rules[profiles[0]].role_weights if profiles else RoleWeights()
    return build_dimensions(connection, project.feeds, project.indicators, years_reached(project.schemes), roles)


def _not_frozen(
    connection: duckdb.DuckDBPyConnection, project: Project, plan: list[tuple[str, list[str]]], say: Callable[[str], None]
) -> list[tuple[str, list[str]]]:
    """The plan without what was scored of roster or decisions of which rows are removed under retention since: it stays as it is."""
    frozen = frozen_before(connection, _of_kinds(project, "roster", "decision"))
    found = connection.execute("select substr(model, 7), period from ops.model_run where starts_with(model, 'score:')").fetchall()
    kept = {(scheme, period) for scheme, period in found if parse_period(period).end <= frozen}
    for scheme_id, periods in plan:
        if frozen_here := [period for period in periods if (scheme_id, period) in kept]:
            say(f"scores of {scheme_id} {' '.join(frozen_here)} stay: source rows removed under retention")
    left = [(scheme_id, [period for period in periods if (scheme_id, period) not in kept]) for scheme_id, periods in plan]
    return [(scheme_id, periods) for scheme_id, periods in left if periods]


def _of_kinds(project: Project, *kinds: str) -> list[str]:
    return [feed.id for feed in project.feeds.values() if feed.kind in kinds]


def _facts(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    plan: list[tuple[str, list[str]]],
    roster: str,
    say: Callable[[str], None],
) -> None:
    """Bring the facts up to date that the planned appraisals read, each feed's in one scan."""
    quarters: dict[str, set[str]] = {}
    for scheme_id, periods in plan:
        scheme = project.scheme(scheme_id)
        looked = {q for p in periods for seen in (p, *reach_of(scheme).periods(p)) for q in _quarters(seen)}
        for code in indicators_read(scheme) & project.indicators.keys():
            quarters.setdefault(project.indicators[code].feed, set()).update(looked)
    frozen = frozen_before(connection, _of_kinds(project, "roster"))  # whom a fact is attributed to is not known any more
    for feed, every in sorted(quarters.items()):
        wanted = {quarter for quarter in every if parse_period(quarter).end > frozen}
        own = [i for i in project.indicators.values() if i.feed == feed]
        if build_facts(connection, project.feed(feed), own, sorted(wanted), roster):
            say(f"facts of {feed}")


def _quarters(period: str) -> list[str]:
    parsed = parse_period(period)
    return [period] if parsed.grain == "quarter" else [q.key for q in quarters_of(parsed.year)]


def _report(connection: duckdb.DuckDBPyConnection, scheme_id: str, period: str) -> AppraiseReport:
    row = connection.execute(
        "select count(*), count(score), count(grade), avg(coverage) from score.result where scheme = ? and period = ?",
        [scheme_id, period],
    ).fetchone()
    subjects, with_score, graded, coverage = row or (0, 0, 0, None)
    published = connection.execute(
        "select score_fingerprint from ops.publication_item i join ops.publication p using (publication) "
        "where scheme = ? and period = ? order by p.number desc limit 1",
        [scheme_id, period],
    ).fetchone()
    scores = score_fingerprint(connection, scheme_id, period)
    changed = published is None or published[0] != scores
    state = "changed" if changed else "as published"
    summary = f"{subjects} subjects, {with_score} scored, {graded} graded, coverage {100 * (coverage or 0):.1f} %; {state}"
    return AppraiseReport(scheme_id, period, changed, subjects, summary, scores)
