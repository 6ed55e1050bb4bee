"""One bridge for each feed with ``cadence.message``: messages of its stream become events on its inbox, keyed by quarter.

A watcher's event carries no partition key; the bridge reads the period out of the message and adds it.
"""

from typing import Any

from airflow.sdk import DAG, Asset, AssetWatcher, task
from airflow.sdk.exceptions import AirflowSkipException
from traceless_shared import START, TRIES, inbox, plainly, wanted

from declarations.feed import FeedContract
from declarations.problem import Problem
from declarations.project import open_project
from declarations.yaml_file import read_declaration


def message_dag(contract: FeedContract) -> DAG:
    """The bridge of a feed that has a message stream."""
    from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger
    from redis_stream import SCHEME, join_common_messaging

    feed, said = contract.id, contract.cadence.message
    if said is None:
        raise Problem(f"feed {feed}: cadence", "declares no message.", "add 'message' to its cadence.")
    join_common_messaging()
    trigger = MessageQueueTrigger(scheme=SCHEME, feed=feed, connection=said.connection, channel=said.channel)
    heard = Asset(
        name=f"message_{feed}",
        uri=f"traceless://message/{feed}",
        group="message",
        watchers=[AssetWatcher(name=f"stream_{feed}", trigger=trigger)],
    )
    box = inbox(feed)
    with DAG(
        f"message__{feed}",
        schedule=[heard],
        start_date=START,
        catchup=False,
        max_active_runs=1,
        dag_display_name=f"消息 {contract.title.zh} {feed}",
        description=f"Messages of stream {said.channel} for feed {feed}",
        doc_md=f"Stream `{said.channel}` of connection `{said.connection}` → `inbox/{feed}`; `feed__{feed}` pulls.\n\n"
        f"Messages that cannot be used are named in the task's log and kept, with the reason, in `{said.channel}:refused`.",
        tags=["message", contract.kind, feed],
        default_args={**TRIES, "owner": contract.owner.team},
    ) as dag:

        @task(outlets=[box])
        def signal(*, triggering_asset_events: Any, outlet_events: Any) -> dict[str, Any]:
            from connectors.connections import environment_resolver
            from connectors.messages import Message, settle, take

            project = open_project()
            told = [event.extra.get("payload") or {} for events in triggering_asset_events.values() for event in events]
            messages = [Message(str(one["id"]), str(one["text"])) for each in told for one in each.get("messages", ())]
            sharing = [f.id for f in project.readable_feeds.values() if f.cadence.message == said]
            with plainly():
                taken = take(contract, sharing, messages)
                if taken.periods:
                    outlet_events[box].extra = {"by": "message", "batch": ", ".join(taken.batches)}
                    outlet_events[box].add_partitions(list(taken.periods))
                # the run's messages are in Airflow's database by now: a try that ends here is made again with them
                settle(contract, environment_resolver(project.connections_file)(said.connection), taken)
            if not taken.periods:
                raise AirflowSkipException(f"None of {len(messages)} messages says that this feed has something new.")
            return {"periods": list(taken.periods), "refused": len(taken.refused)}

        signal()
    return dag


for _file in sorted((open_project().root / "feeds").glob("*/feed.yaml")):
    if wanted(f"message__{_file.parent.name}"):
        try:
            _contract = read_declaration(_file, FeedContract)
        except Problem:
            continue  # dags/feeds.py shows it
        if _contract.cadence.message is not None:
            _dag = message_dag(_contract)
            globals()[_dag.dag_id] = _dag
