"""Every feed and scheme has its DAG, and a broken contract takes no other feed down."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from declarations.project import REPOSITORY, open_project
from tests.airflow.small_county import make_county


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(REPOSITORY / "dags"))


def test_dag_files_have_no_errors(bag: DagBag) -> None:
    assert bag.import_errors == {}


def test_every_feed_has_its_dag_with_owner_tags_and_page(bag: DagBag) -> None:
    feeds = open_project().feeds
    assert len(feeds) >= 8
    for feed, contract in feeds.items():
        dag = bag.dags[f"feed__{feed}"]
        assert {"feed", contract.kind, feed} <= dag.tags
        assert [task.task_id for task in dag.topological_sort()] == ["pull", "validate", "load", "settle"]
        assert {task.owner for task in dag.tasks} == {contract.owner.team}
        assert all(task.retries == 3 for task in dag.tasks)
        assert all(dag.get_task(name).execution_timeout for name in ("pull", "validate", "load"))
        assert contract.title.zh in (dag.dag_display_name or "")
        assert dag.max_active_runs == 1
        for text in (contract.title.zh, contract.columns[0].zh, *contract.left_out, contract.cadence.cron):
            assert text in (dag.doc_md or "")
        assert bag.dags[f"poke__{feed}"].catchup is False


def test_health_looks_at_every_feed(bag: DagBag) -> None:
    assert {task.task_id for task in bag.dags["health"].tasks} == set(open_project().feeds)


def test_every_scheme_has_its_dag_and_writes_through_the_pool(bag: DagBag) -> None:
    schemes = open_project().schemes
    assert schemes
    for scheme in schemes.values():
        dag = bag.dags[f"appraise__{scheme.id}"]
        assert {task.task_id for task in dag.tasks} == {"appraise", "approve", "publish"}
        assert {dag.get_task(name).pool for name in ("appraise", "publish")} == {"warehouse_writer"}
        assert scheme.title.zh in (dag.dag_display_name or "")
        assert str(scheme.year) in dag.tags
        assert [task.task_id for task in dag.get_task("approve").downstream_list] == ["publish"]


def test_only_loads_and_publications_hold_the_writers_slot(bag: DagBag) -> None:
    for dag_id, dag in bag.dags.items():
        if dag_id.startswith("feed__"):
            assert dag.get_task("load").pool == "warehouse_writer"
            assert {dag.get_task(name).pool for name in ("pull", "validate")} == {"default_pool"}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, DAG]]:
    project = make_county(tmp_path)
    file = project.root / "feeds" / "audit" / "feed.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("event_time: due_on", "event_time: due_one"))
    shutil.copytree(REPOSITORY / "dags", tmp_path / "dags")
    monkeypatch.setenv("TRACELESS_PROJECT", str(project.root))
    monkeypatch.setenv("TRACELESS_VAR", str(project.var))
    return DagBag(str(tmp_path / "dags" / "feeds.py")).dags


def test_a_broken_contract_is_shown_and_the_other_feeds_go_on(broken: dict[str, DAG]) -> None:
    assert broken["feed__roster"].tags == {"feed", "roster"}
    page = broken["feed__audit"].doc_md or ""
    assert "broken" in broken["feed__audit"].tags
    assert "due_one" in page
    assert "Next step" in page
    assert "feed.yaml:" in page
