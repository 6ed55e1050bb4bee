"""How each feed stands, from the files of its batches and marks: no warehouse is opened, so it works while a load runs."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from connectors.cursor import cursor_of
from declarations.base import to_timedelta
from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import Project
from warehouse.batch import BatchFiles, Manifest, Verdict
from warehouse.feed_marks import last_pull, paused

ZONE = "TRACELESS_TIMEZONE"


@dataclass(frozen=True)
class FeedState:
    """A feed at a glance. All times are UTC.

    ``light``: green, yellow (never pulled, not validated yet, paused) or red (stopped, broken, silent beyond its deadline);
    ``advice`` says what to do, or where refused rows lie. ``rows, accepted, quarantined`` are of all batches;
    ``last_rows`` and ``usual_rows`` of the newest batch and the median of those before it. ``last_event``: the last pull
    that went well, with news or without; ``last_news``: the last batch. ``heard_on``: the newest day of which its accepted
    rows speak; a period that ends after ``heard_until`` (that day and the deadline) is source_down in every score.
    """

    feed: str
    light: str
    advice: str
    batches: int = 0
    rows: int = 0
    accepted: int = 0
    quarantined: int = 0
    last_rows: int | None = None
    usual_rows: float | None = None
    last_event: datetime | None = None
    last_news: datetime | None = None
    heard_on: date | None = None
    heard_until: date | None = None
    contract_version: str | None = None
    cursor: str | None = None
    next_pull: datetime | None = None


def feed_states(project: Project, now: datetime | None = None) -> list[FeedState]:
    """All feeds by name, those among them whose contract cannot be read."""
    return [feed_state(project, feed, now) for feed in sorted({*project.readable_feeds, *project.unreadable_feeds})]


def feed_state(project: Project, feed: str, now: datetime | None = None) -> FeedState:
    """One feed, whatever is wrong with it. Raises Problem where there is none of that name."""
    problem = project.unreadable_feeds.get(feed)
    if problem is not None:
        return _with_counts(project, FeedState(feed, "red", _said(feed, problem)))
    return _state(project, project.feed(feed), now or datetime.now(UTC))


def _state(project: Project, contract: FeedContract, now: datetime) -> FeedState:
    files = BatchFiles(project.landing_dir, project.validated_dir, contract.id)
    manifests = files.manifests()
    verdicts = [files.verdict(manifest.batch_id) for manifest in manifests]
    try:
        pulled, cursor = last_pull(files), cursor_of(contract, files).value
        pause = paused(files)
        heard = _heard_on(contract, files, verdicts)
    except Problem as problem:
        return _with_counts(project, FeedState(contract.id, "red", _said(contract.id, problem)))
    news = manifests[-1].pulled_at if manifests else None
    events = [moment for moment in (news, pulled.at if pulled else None) if moment is not None]
    light, advice = _light(contract, files, manifests, verdicts, news, now)
    if pause:
        light = "yellow"
        advice = f"paused by {pause.by} since {pause.at:%Y-%m-%d %H:%M} UTC: {pause.why} Next step: traceless feed resume {contract.id}"
    return FeedState(
        contract.id,
        light,
        advice,
        **_counts(manifests, verdicts),
        last_rows=manifests[-1].rows if manifests else None,
        usual_rows=_usual(manifests, verdicts),
        last_event=max(events) if events else None,
        last_news=news,
        heard_on=heard,
        heard_until=heard + to_timedelta(contract.cadence.deadline) if heard else None,
        contract_version=contract.contract_version,
        cursor=cursor,
        next_pull=None if pause else next_time(contract.cadence.cron, now),
    )


def _with_counts(project: Project, state: FeedState) -> FeedState:
    """A feed whose contract cannot be read: its batches are there all the same."""
    files = BatchFiles(project.landing_dir, project.validated_dir, state.feed)
    manifests = files.manifests()
    counts = _counts(manifests, [files.verdict(manifest.batch_id) for manifest in manifests])
    return replace(state, **counts, last_news=manifests[-1].pulled_at if manifests else None)


def _counts(manifests: list[Manifest], verdicts: list[Verdict | None]) -> dict[str, Any]:
    known = [verdict for verdict in verdicts if verdict is not None]
    return {
        "batches": len(manifests),
        "rows": sum(manifest.rows for manifest in manifests),
        "accepted": sum(verdict.accepted for verdict in known),
        "quarantined": sum(verdict.quarantined for verdict in known),
    }


def _usual(manifests: list[Manifest], verdicts: list[Verdict | None]) -> float | None:
    """Median of the rows of the accepted batches of the newest one's sort (whole or not) before it."""
    if not manifests:
        return None
    pairs = zip(manifests[:-1], verdicts[:-1], strict=True)
    whole = manifests[-1].since is None
    earlier = [m.rows for m, v in pairs if v is not None and v.status == "accepted" and (m.since is None) == whole]
    return median(earlier) if earlier else None


def next_time(cron: str, now: datetime) -> datetime:
    """The next time of a cron line, which is meant in the office's time zone, in UTC."""
    from croniter import croniter

    zone = ZoneInfo(os.environ.get(ZONE, "Asia/Shanghai"))
    found: datetime = croniter(cron, now.astimezone(zone)).get_next(datetime)
    return found.astimezone(UTC)


def _heard_on(contract: FeedContract, files: BatchFiles, verdicts: list[Verdict | None]) -> date | None:
    """The newest day of the version column where that is a time, else of the event time; as scores take it.

    Raises Problem where a batch's accepted rows are damaged.
    """
    clock = contract.event_time
    if contract.version and contract.column(contract.version).type in ("date", "timestamp"):
        clock = contract.version
    batches = [str(files.accepted(v.batch_id)) for v in verdicts if v is not None and v.status == "accepted" and v.accepted]
    if not batches:
        return None
    quoted = '"' + clock.replace('"', '""') + '"'
    with duckdb.connect() as connection:
        query = f"SELECT max(try_cast({quoted} AS DATE)) FROM read_parquet(?, union_by_name := true)"
        try:
            row = connection.execute(query, [batches]).fetchone()
        except duckdb.Error:
            fix = f"remove {files.validated} and judge the landed batches again: traceless feed pull {contract.id}."
            raise Problem(f"feed {contract.id}", "the accepted rows of a batch cannot be read.", fix) from None
    return row[0] if row else None


def _light(
    contract: FeedContract,
    files: BatchFiles,
    manifests: list[Manifest],
    verdicts: list[Verdict | None],
    news: datetime | None,
    now: datetime,
) -> tuple[str, str]:
    """The light and what it asks for."""
    stopped = files.stopped()
    if stopped is not None:
        return "red", _said(contract.id, stopped)
    if not manifests or news is None:
        return "yellow", f"never pulled. Next step: traceless feed pull {contract.id}"
    newest = verdicts[-1]
    if newest is None:
        return "yellow", f"landed, not validated. Next step: traceless feed pull {contract.id}"
    if newest.status == "broken":
        found = " ".join(f.message for f in newest.findings if f.action == "stop")
        return "red", f"{found or 'the last batch is broken.'} Next step: {newest.advice or 'pull it again.'}"
    if now - news > to_timedelta(contract.cadence.deadline):
        return "red", _silent(contract, now - news)
    return "green", _refused(files, newest) if newest.status == "accepted" and newest.quarantined else ""


def _silent(contract: FeedContract, age: timedelta) -> str:
    owner = " ".join(filter(None, (contract.owner.team, contract.owner.on_call or contract.owner.email)))
    return (
        f"silent for {age.days} days, expected is news within {contract.cadence.deadline}; scores of periods it does not reach say "
        f"source_down. Next step: ask {owner} whether the source still delivers, then run: traceless feed pull {contract.id}"
    )


def _said(feed: str, problem: Problem) -> str:
    return str(problem).removeprefix(f"feed {feed}: ")


def _refused(files: BatchFiles, verdict: Verdict) -> str:
    found = sorted((f for f in verdict.findings if f.action == "quarantine"), key=lambda f: -f.rows)
    most = f"; most: {found[0].message}" if found else "."
    return f"{verdict.quarantined} of the last batch's {verdict.fetched} rows were refused{most} See {files.quarantine(verdict.batch_id)}"
