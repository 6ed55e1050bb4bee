"""Looks at all feeds once an hour; a feed that is red makes its task fail, so that whoever is on call hears of it.

Nothing hangs on this DAG: a stopped or silent feed holds up no other.
"""

import os

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException
from traceless_shared import START, ZONE, wanted

from declarations.project import open_project


def health_dag() -> DAG:
    """One task a feed folder."""
    with DAG(
        "health",
        schedule=CronTriggerTimetable("5 * * * *", timezone=ZONE),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=os.environ.get("TRACELESS_CRON", "on") == "off",
        dag_display_name="巡检 feeds' health",
        description="Fails for each feed that is stopped, broken or silent beyond its deadline",
        doc_md=__doc__,
        tags=["health"],
    ) as dag:
        for folder in sorted((open_project().root / "feeds").glob("*/feed.yaml")):
            look.override(task_id=folder.parent.name)(folder.parent.name)
    return dag


@task(retries=0)
def look(feed: str) -> str:
    """The feed's light; fails with its advice where that is red."""
    from pipeline.state import feed_state

    state = feed_state(open_project(), feed)
    if state.light == "red":
        raise AirflowFailException(f"feed {feed}: {state.advice}")
    return f"{state.light}: {state.advice}" if state.advice else state.light


if wanted("health"):
    health = health_dag()
