"""The fallback where no event comes: at each feed's cron time, say that there may be something new.

Paused from the start where ``TRACELESS_CRON`` is ``off`` (the demo, where people and webhooks give the signals).
"""

import os
from typing import Any

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, task
from traceless_shared import START, TRIES, ZONE, inbox, wanted

from declarations.feed import FeedContract
from declarations.period import quarter_of
from declarations.problem import Problem
from declarations.project import open_project
from declarations.yaml_file import read_declaration


def poke_dag(contract: FeedContract) -> DAG:
    """A run of it puts an event on the inbox, keyed with the quarter of today."""
    box = inbox(contract.id)
    with DAG(
        f"poke__{contract.id}",
        schedule=CronTriggerTimetable(contract.cadence.cron, timezone=ZONE),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=os.environ.get("TRACELESS_CRON", "on") == "off",
        dag_display_name=f"定时 {contract.title.zh} {contract.id}",
        description=f"Cron fallback of feed {contract.id}",
        doc_md=f"At `{contract.cadence.cron}` ({ZONE}) signals `inbox/{contract.id}`; `feed__{contract.id}` pulls.",
        tags=["poke", contract.kind, contract.id],
        default_args={**TRIES, "owner": contract.owner.team},
    ) as dag:

        @task(outlets=[box])
        def poke(*, outlet_events: Any) -> str:
            quarter = quarter_of(pendulum.today(ZONE).date()).key
            outlet_events[box].add_partitions(quarter)
            return quarter

        poke()
    return dag


for _file in sorted((open_project().root / "feeds").glob("*/feed.yaml")):
    if wanted(f"poke__{_file.parent.name}"):
        try:
            _dag = poke_dag(read_declaration(_file, FeedContract))
        except Problem:
            continue  # dags/feeds.py shows it
        globals()[_dag.dag_id] = _dag
