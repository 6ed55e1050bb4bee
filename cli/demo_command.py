"""``traceless demo``: five source systems, a real Airflow, and scores at the end."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Annotated

import typer

from cli.airflow_client import AirflowClient, Run
from cli.screen import results, table, working
from cli.supervisor import WEBHOOK_SECRET, Supervisor
from declarations.problem import Problem
from declarations.project import Project, open_project
from warehouse.publication import CURRENT, open_published

ENDED = ("success", "failed")
QUIET_SECONDS = 4.0
PATIENCE_SECONDS = 1200


def demo(
    once: Annotated[bool, typer.Option(help="End when the scores are published; otherwise serve until Ctrl-C.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed, another county.")] = 7,
    scale: Annotated[float, typer.Option(help="1 is about 260,000 rows.")] = 1.0,
    port: Annotated[int | None, typer.Option(help="Port of Airflow's pages; a free one unless given.")] = None,
    approve: Annotated[bool, typer.Option(help="Approve the annual results as the demo's login; --no-approve leaves them waiting.")] = True,
) -> None:
    """Start the demo county and Airflow, let events run the DAGs, and show the published scores."""
    from demo import sources

    signal.signal(signal.SIGTERM, _stop)
    project = open_project()
    began = time.monotonic()
    with working("demo") as say:
        state = sources.up(project.var, seed=seed, scale=scale, progress=say)
        try:
            _into_environment(project, WEBHOOK_SECRET)
            with Supervisor(project, port=port) as airflow:
                airflow.start(say)
                _play(project, airflow, say, approve)
                _show(project, airflow, time.monotonic() - began)
                if not once:
                    _serve(airflow)
        finally:
            if state.started:
                sources.down(project.var)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _into_environment(project: Project, name: str) -> None:
    """Take one secret from the connections file into our own environment, whence the API server gets it."""
    for line in project.connections_file.read_text().splitlines():
        if line.startswith(f"{name}="):
            os.environ.setdefault(name, line.split("=", 1)[1])


def _play(project: Project, airflow: Supervisor, say, approve: bool) -> None:  # type: ignore[no-untyped-def]
    """Events in, appraisals out: every feed has news, then the year is closed, then somebody approves."""
    from demo.notify import notify

    year = max(scheme.year for scheme in project.schemes.values() if scheme.year)
    key = f"{year}-Q4"
    start = datetime.now(UTC) - timedelta(seconds=1)
    webhooks = sorted(f.id for f in project.feeds.values() if f.cadence.webhook)
    for feed in sorted(project.feeds):
        if feed in webhooks:
            notify(project.var, f"{airflow.url}/traceless/events/{feed}", feed, key, batch=f"demo-{start:%Y%m%dT%H%M%S}")
        else:
            airflow.api.trigger(feed, key)
    told: dict[str, str] = {}
    say(f"events sent for {len(project.feeds)} feeds ({', '.join(webhooks)} by its own signed webhook)")
    _until_quiet(airflow, say, told, start, {f"feed__{feed}" for feed in project.feeds})
    say(f"closing the appraisal year {year}")
    airflow.api.close_cycle(year)
    _until_quiet(airflow, say, told, start, {f"appraise__{s.id}" for s in project.schemes.values()}, period=str(year))
    waiting = airflow.api.pending_approvals()
    for item in waiting:
        if approve:
            say(f"approving as {airflow.login.user} (the demo's stand-in for a named person): {item.subject}")
            airflow.api.approve(item)
        else:
            say(f"waits for an approver: {item.subject} ({airflow.url}/required_actions)")
    if waiting and approve:
        _until_quiet(airflow, say, told, start, set())


def _until_quiet(airflow: Supervisor, say, told: dict[str, str], start: datetime, expected: set[str], period: str | None = None) -> None:  # type: ignore[no-untyped-def]
    """Wait until each expected DAG has run and nothing runs any more (what waits for a person counts as still)."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    quiet_since = time.monotonic()
    while True:
        airflow.check()
        runs = airflow.api.runs(start)
        _tell(runs, told, say)
        if _at_work(airflow.api, runs) or not expected <= {r.dag_id for r in runs if period in (None, r.period)}:
            quiet_since = time.monotonic()
        if time.monotonic() - quiet_since > QUIET_SECONDS:
            return
        if time.monotonic() > deadline:
            raise Problem(airflow.url, f"the runs did not end within {PATIENCE_SECONDS} s.", "look at the runs in Airflow.")
        time.sleep(0.5)


def _at_work(api: AirflowClient, runs: list[Run]) -> bool:
    active = {(r.dag_id, r.run_id) for r in runs if r.state not in ENDED}
    return bool(active) and bool(active - {(p.dag_id, p.run_id) for p in api.pending_approvals()})


def _tell(runs: list[Run], told: dict[str, str], say) -> None:  # type: ignore[no-untyped-def]
    for run in reversed(runs):
        if told.get(run.run_id + run.dag_id) != run.state and run.state in ENDED:
            told[run.run_id + run.dag_id] = run.state
            took = (run.ended - run.started).total_seconds() if run.ended and run.started else 0
            say(f"{run.dag_id} {run.period or ''} {run.state} in {took:.1f} s")
            if run.state == "failed":
                say(f"  {run.dag_id} failed: open it in Airflow, or see: traceless status")


def _show(project: Project, airflow: Supervisor, seconds: float) -> None:
    if not (project.published_dir / CURRENT).exists():
        raise Problem("demo", "nothing was published.", f"look at the failed runs at {airflow.url} and at 'traceless status'.")
    with open_published(project.published_dir) as con:
        year = con.execute("select max(period) from result where length(period) = 4 or period like '%-Q_'").fetchone()
        cursor = con.execute(
            """select scheme, subject_id, subject_name, peer_group, score, coverage, rank_band, grade_title, grade_note
            from (select *, row_number() over (partition by scheme order by subject_id) as place from result
                  where period = (select coalesce(max(case when length(period) = 4 then period end), max(period)) from result))
            where place <= 4 order by scheme, subject_id"""
        )
        columns = ["scheme", "id", "name", "group", "score (0-100)", "coverage (0-1)", "band", "suggested grade", "note"]
        results.print(table("Published results, the first four of each scheme", columns, cursor.fetchall()))
        counts = con.execute(
            "select count(distinct subject_id), count(*), (select sum(fetched) from batch), (select sum(accepted) from batch), "
            "(select sum(quarantined) from batch) from result"
        ).fetchone()
    assert counts is not None
    assert year is not None
    results.print(
        f"{counts[0]} subjects, {counts[1]} results; rows in {counts[2]} = accepted {counts[3]} + quarantined {counts[4]}; {seconds:.0f} s"
    )
    results.print(f"published: {project.published_dir / CURRENT}")
    results.print('why? traceless explain T01 --period 2025 --rows 3     ask: traceless query "from result limit 5"', markup=False)


def _serve(airflow: Supervisor) -> None:
    login = airflow.login
    results.print(f"Airflow: {airflow.url}  user {login.user}  password {login.password}   (Ctrl-C stops everything)", markup=False)
    while True:
        airflow.check()
        time.sleep(1)
