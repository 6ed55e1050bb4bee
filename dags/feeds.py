"""One Airflow DAG for each feed contract: an event on its inbox → pull → validate → load → an event on its facts → settle."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from contract_page import contract_page
from traceless_shared import LOAD_FIRST, SETTLED, START, THEN_SETTLE, TRIES, WRITER_POOL, facts, inbox, plainly, wanted

from declarations.feed import FeedContract
from declarations.period import quarters_of
from declarations.problem import Problem
from declarations.project import open_project
from declarations.yaml_file import read_declaration


def feed_dag(contract: FeedContract) -> DAG:
    """The DAG of a readable contract."""
    feed, result = contract.id, facts(contract.id)
    with DAG(
        f"feed__{feed}",
        schedule=PartitionedAssetTimetable(assets=inbox(feed)),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        dag_display_name=f"{contract.title.zh} {feed}",
        description=contract.title.en,
        doc_md=contract_page(contract),
        tags=["feed", contract.kind, feed],
        default_args={**TRIES, "owner": contract.owner.team},
    ) as dag:

        @task(execution_timeout=timedelta(hours=2))
        def pull() -> dict[str, Any]:
            from connectors.connections import environment_resolver
            from pipeline import steps

            project = open_project()
            with plainly():
                report = steps.pull(project, feed, environment_resolver(project.connections_file))
            if report.status == "paused":
                raise AirflowSkipException(f"Paused; 'traceless feed resume {feed}' pulls what comes meanwhile.")
            return {"status": report.status, "rows": report.rows, "batch": report.batch_id}

        @task(execution_timeout=timedelta(hours=1))
        def validate() -> list[dict[str, Any]]:
            from pipeline import steps

            with plainly():
                verdicts = steps.validate(open_project(), feed)
            return [{"batch": v.batch_id, "accepted": v.accepted, "quarantined": v.quarantined} for v in verdicts]

        @task(
            execution_timeout=timedelta(hours=1),
            pool=WRITER_POOL,
            priority_weight=LOAD_FIRST,
            weight_rule="absolute",
            outlets=[result],
        )
        def load(*, outlet_events: Any) -> dict[str, Any]:
            from pipeline import steps

            project = open_project()
            with plainly():
                report = steps.load(project, feed)
            periods = list(report.periods)
            if get_current_context()["ti"].try_number > 1:
                # a first try that was killed may have loaded rows and told nobody: look at every quarter
                periods = sorted({q.key for s in project.schemes.values() for q in quarters_of(s.year)})
            if not periods:  # a task that succeeds always emits; only a skipped one stays silent
                raise AirflowSkipException("Nothing to appraise again: no row of an appraised period changed.")
            outlet_events[result].add_partitions(periods)
            return {"rows_new": report.rows_new, "periods": periods}

        @task(
            execution_timeout=timedelta(minutes=5),
            pool=WRITER_POOL,
            priority_weight=THEN_SETTLE,
            weight_rule="absolute",
            outlets=[SETTLED],
        )
        def settle(loaded: dict[str, Any], *, outlet_events: Any) -> None:
            outlet_events[SETTLED].add_partitions(loaded["periods"])

        loaded = load()
        pull() >> validate() >> loaded
        settle(loaded)
    return dag


def broken_dag(folder: Path, problem: Problem) -> DAG:
    """In place of a feed whose contract cannot be read: says so, while the other feeds go on."""
    text = str(problem)
    with DAG(
        f"feed__{folder.name}",
        schedule=None,
        dag_display_name=f"⚠ {folder.name}: contract cannot be read",
        description=text,
        doc_md=text,
        tags=["feed", "broken"],
        default_args={"owner": "nobody yet"},
    ) as dag:

        @task
        def read_contract() -> None:
            raise AirflowFailException(text)

        read_contract()
    return dag


for _file in sorted((open_project().root / "feeds").glob("*/feed.yaml")):
    if wanted(f"feed__{_file.parent.name}"):
        try:
            _dag = feed_dag(read_declaration(_file, FeedContract))
        except Problem as _problem:
            _dag = broken_dag(_file.parent, _problem)
        globals()[_dag.dag_id] = _dag
