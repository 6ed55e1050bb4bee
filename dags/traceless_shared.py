"""What the DAG files share: asset names, how tasks fail, which DAG is wanted. No logic of the appraisal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, get_parsing_context
from airflow.sdk.exceptions import AirflowFailException

from declarations.problem import Problem, SourceAway

WRITER_POOL = "warehouse_writer"  # one slot: loads and publications never meet
ZONE = os.environ.get("TRACELESS_TIMEZONE", "Asia/Shanghai")  # in which cron lines are meant
START = pendulum.datetime(2025, 1, 1, tz=ZONE)
# Who gets the writer's slot first. An appraisal thus waits for the loads that come with it.
LOAD_FIRST, THEN_SETTLE, THEN_PUBLISH, THEN_APPRAISE = 100, 75, 50, 1
TRIES: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
}


def inbox(feed: str) -> Asset:
    """The asset whose events say that a feed has something new; partition key: a quarter."""
    return Asset(name=f"inbox_{feed}", uri=f"traceless://inbox/{feed}", group="inbox")


def facts(feed: str) -> Asset:
    """The asset whose events say that rows of a feed changed in a quarter (the partition key)."""
    return Asset(name=f"facts_{feed}", uri=f"traceless://facts/{feed}", group="facts")


# Says that no load was waiting any more (key: a quarter). Schemes wait for it beside the facts, so that eight feeds
# that come in together lead to one or two appraisals of a quarter and not to eight.
SETTLED = Asset(name="settled", uri="traceless://warehouse/settled", group="facts")
CYCLE_CLOSE = Asset(name="cycle_close", uri="traceless://cycle/close", group="cycle")  # partition key: a year


def wanted(dag_id: str) -> bool:
    """False while a task of another DAG runs: its process needs no other DAG built."""
    only = get_parsing_context().dag_id
    return only is None or only == dag_id


@contextmanager
def plainly() -> Iterator[None]:
    """Fail at once, with the plain paragraph, on what no retry will mend; a source that is away is tried again."""
    try:
        yield
    except SourceAway as away:
        raise RuntimeError(str(away)) from None
    except Problem as problem:
        raise AirflowFailException(str(problem)) from None
