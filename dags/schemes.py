"""One Airflow DAG for each scheme: facts changed in a quarter, or the year is closed → appraise → publish.

A quarter is published as provisional at once; a year waits for a named approver.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, AssetAny, PartitionedAssetTimetable, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException
from traceless_shared import CYCLE_CLOSE, SETTLED, START, THEN_APPRAISE, THEN_PUBLISH, TRIES, WRITER_POOL, facts, plainly, wanted

from declarations.period import parse_period
from declarations.project import open_project
from declarations.scheme import Scheme

WRITES: dict[str, Any] = {"pool": WRITER_POOL, "weight_rule": "absolute", "execution_timeout": timedelta(hours=1)}


def scheme_dag(scheme: Scheme, feeds: list[str]) -> DAG:
    """The DAG of a scheme that hangs on these feeds."""
    with DAG(
        f"appraise__{scheme.id}",
        schedule=PartitionedAssetTimetable(assets=(AssetAny(*map(facts, feeds)) & SETTLED) | CYCLE_CLOSE),
        start_date=START,
        catchup=False,
        max_active_runs=8,  # an annual run may wait for its approver for weeks; quarters go on meanwhile
        dag_display_name=f"{scheme.title.zh} {scheme.id}",
        description=scheme.title.en,
        doc_md=scheme_page(scheme, feeds),
        tags=["scheme", str(scheme.year), scheme.subject_class],
        default_args={**TRIES, "owner": "appraisal office 考核办"},
    ) as dag:

        @task.branch(priority_weight=THEN_APPRAISE, **WRITES)
        def appraise() -> list[str]:
            from pipeline import steps

            context = get_current_context()
            period = _period(context)
            if parse_period(period).year != scheme.year:
                return []  # the feeds' events reach the schemes of every year
            with plainly():
                report = steps.appraise(open_project(), scheme.id, period)
            context["ti"].xcom_push("summary", report.summary)
            context["ti"].xcom_push("subjects", report.subjects)
            context["ti"].xcom_push("fingerprint", report.fingerprint)
            if not report.changed:
                return []
            return ["approve"] if parse_period(period).grain == "year" else ["publish"]

        approve = ApprovalOperator(
            task_id="approve",
            subject=f"年度考核结果发布审批: {scheme.title.zh} {{{{ dag_run.partition_key }}}}",
            body=f"{scheme.title.en}, {{{{ dag_run.partition_key }}}}: "
            "{{ ti.xcom_pull(task_ids='appraise', key='summary') }}\n\n"
            "Approve to publish under your name; reject to leave the publication as it is.",
            retries=0,
        )

        @task(trigger_rule="none_failed_min_one_success", priority_weight=THEN_PUBLISH, **WRITES)
        def publish() -> dict[str, Any]:
            from pipeline import steps

            context = get_current_context()
            answer = context["ti"].xcom_pull(task_ids="approve")
            approver = answer["responded_by_user"]["name"] if answer else None
            # what the approver saw, and nothing newer, goes out under that name
            seen = context["ti"].xcom_pull(task_ids="appraise", key="fingerprint") if answer else None
            with plainly():
                report = steps.publish(open_project(), scheme.id, _period(context), approver, seen)
            return {"publication": str(report.publication), "changed": report.changed, "approver": approver}

        published = publish()
        decided = appraise()
        decided >> approve >> published
        decided >> published
    return dag


def scheme_page(scheme: Scheme, feeds: list[str]) -> str:
    """Markdown: what the scheme appraises and what starts it."""
    leaves = "\n".join(f"- {leaf.title.zh} {leaf.title.en} (`{leaf.indicator}`)" for leaf in scheme.leaves())
    return (
        f"# {scheme.title.zh} · {scheme.title.en}\n\n{scheme.description}\n\n**Year** {scheme.year}, version "
        f"{scheme.version}  \n**Started by** changed facts of {', '.join(feeds)} (a quarter), or the closing of the "
        f"year (then it waits for an approver)\n\n## Indicators\n\n{leaves}\n"
    )


def _period(context: Any) -> str:
    """The run's partition key. Fails where somebody started the DAG by hand without one."""
    key: str | None = context["dag_run"].partition_key
    if not key:
        raise AirflowFailException("This run has no period. Next step: give a partition key such as 2025-Q1 or 2025.")
    return key


def _build() -> dict[str, DAG]:
    from pipeline import steps

    project = open_project()
    found = [scheme for scheme in project.schemes.values() if wanted(f"appraise__{scheme.id}")]
    return {f"appraise__{s.id}": scheme_dag(s, steps.feeds_of(project, s.id)) for s in found}


globals().update(_build())
