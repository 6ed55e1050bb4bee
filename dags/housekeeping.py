"""Once a week: what the contracts no longer keep is deleted."""

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException
from traceless_shared import START, THEN_APPRAISE, TRIES, WRITER_POOL, ZONE, wanted

from declarations.project import open_project

CRON = "30 3 * * 0"


def housekeeping_dag() -> DAG:
    """Its one task deletes rows that are older than their contract keeps them; a feed that fails holds back no other."""
    with DAG(
        "housekeeping",
        schedule=CronTriggerTimetable(CRON, timezone=ZONE),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=os.environ.get("TRACELESS_CRON", "on") == "off",
        dag_display_name="清理 housekeeping",
        description="Deletes what the feeds' contracts no longer keep",
        doc_md="`traceless retention` once a week. See docs/data-engineer.md, Retention.",
        tags=["housekeeping"],
        default_args={**TRIES, "owner": "data engineer 数据工程师"},
    ) as dag:

        @task(pool=WRITER_POOL, priority_weight=THEN_APPRAISE, weight_rule="absolute", execution_timeout=timedelta(hours=4))
        def retention() -> dict[str, Any]:
            from pipeline.retention import keep_retention

            found = keep_retention(open_project())
            problems = [str(one.problem) for one in found if one.problem]
            if problems:
                raise AirflowFailException(" ".join(problems))
            return {one.feed: one.going for one in found}

        retention()
    return dag


if wanted("housekeeping"):
    _dag = housekeeping_dag()
