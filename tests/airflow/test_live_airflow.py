"""A real Airflow: events chain feed → facts → appraisal → publication; the webhook; the approver; the end."""

import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import psutil
import pytest
import requests
from playwright.sync_api import sync_playwright

from cli.airflow_client import Run
from cli.supervisor import Supervisor
from declarations.problem import Problem
from declarations.project import REPOSITORY, Project
from tests.airflow.small_county import drop, issue, make_county

pytestmark = pytest.mark.slow
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SECRET = "the secret of the live test"
Q1 = [issue(n, "2025-02-15", "2025-02-01") for n in range(12)]
Q2 = [issue(n, "2025-05-15", "2025-05-01") for n in range(20, 32)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_county(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module")
def live(project: Project) -> Iterator[Supervisor]:
    os.environ["TRACELESS_WEBHOOK_SECRET"] = SECRET
    with Supervisor(project) as supervisor:
        supervisor.start()
        yield supervisor


def quiet(live: Supervisor, known: set[str], least: int = 1, seconds: float = 120) -> list[Run]:
    """The new runs once at least so many are there and none has gone on for two looks."""
    until = time.monotonic() + seconds
    calm = 0
    while time.monotonic() < until:
        live.check()
        new = [run for run in live.api.runs() if run.run_id not in known]
        waiting = {item.run_id for item in live.api.pending_approvals()}
        rest = [run for run in new if run.state not in ("success", "failed") and run.run_id not in waiting]
        calm = 0 if rest or len(new) < least else calm + 1
        if calm == 4:
            return new
        time.sleep(0.4)
    raise AssertionError(f"not quiet after {seconds} s: {new}")


def after(live: Supervisor, act: Callable[[], object], least: int = 1) -> set[tuple[str, str | None, str]]:
    """The runs that an action led to: DAG, period, state."""
    known = {run.run_id for run in live.api.runs()}
    act()
    return {(run.dag_id, run.period, run.state) for run in quiet(live, known, least)}


def published(project: Project) -> dict[str, str | None]:
    """Periods in the current publication and who approved each."""
    with duckdb.connect(str(project.published_dir / "current.duckdb"), read_only=True) as database:
        return dict(database.execute("select period, approver from mart.publication").fetchall())


def test_an_event_leads_to_a_publication(live: Supervisor, project: Project) -> None:
    after(live, lambda: live.api.trigger("roster", "2025-Q1"), least=5)
    drop(project, "audit", "first.csv", Q1)
    runs = after(live, lambda: live.api.trigger("audit", "2025-Q3"), least=2)
    assert runs == {("feed__audit", "2025-Q3", "success"), ("appraise__town-2025", "2025-Q1", "success")}
    assert "2025-Q1" in published(project)


def test_a_person_sees_the_feed_green_with_its_owner_and_the_asset_that_started_the_run(live: Supervisor) -> None:
    browser_binary = shutil.which("chromium")
    if browser_binary is None:
        pytest.skip("there is no chromium on this machine; Airflow's pages were not looked at")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_binary, args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(live.url)
        page.fill('input[name="username"]', live.login.user)
        page.fill('input[name="password"]', live.login.password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/")
        page.goto(f"{live.url}/dags/feed__audit")
        page.get_by_text("Asset Triggered").first.wait_for(timeout=60_000)
        owner = live.project.feeds["audit"].owner.team
        page.get_by_text(owner).first.wait_for(timeout=30_000)
        page.get_by_text("facts_audit").first.wait_for(timeout=30_000)
        assert page.get_by_text("Failed Runs").first.locator("xpath=..").inner_text().split() == ["0", "Failed", "Runs"]
        page.goto(f"{live.url}/plugin/feeds")
        board = page.frame_locator("iframe").locator("body")
        board.get_by_text(f"{live.project.feeds['audit'].title.zh} audit").wait_for(timeout=30_000)
        browser.close()


def test_the_board_of_feeds_is_for_those_who_are_logged_in(live: Supervisor) -> None:
    assert requests.get(f"{live.url}/traceless/feeds/board", timeout=30).status_code == 401


def test_nothing_new_starts_no_appraisal(live: Supervisor) -> None:
    runs = after(live, lambda: live.api.trigger("audit", "2025-Q1"))
    assert runs == {("feed__audit", "2025-Q1", "success")}


def test_several_events_of_a_key_become_few_runs_of_that_key_alone(live: Supervisor, project: Project) -> None:
    drop(project, "audit", "second.csv", Q2)

    def many() -> None:
        for _ in range(6):
            live.api.trigger("audit", "2025-Q2")

    known = {run.run_id for run in live.api.runs()}
    many()
    runs = quiet(live, known, least=2)
    assert {run.period for run in runs} == {"2025-Q2"}
    assert len([run for run in runs if run.dag_id == "feed__audit"]) <= 3
    assert len([run for run in runs if run.dag_id == "appraise__town-2025"]) == 1


def test_a_broken_batch_fails_its_feed_with_a_plain_paragraph(live: Supervisor, project: Project) -> None:
    folder = project.var.parent / "source" / "audit"
    (folder / "broken.csv").write_text("issue_no,surprise\nSJ2025-000001,1\n")
    known = {run.run_id for run in live.api.runs()}
    live.api.trigger("audit", "2025-Q1")
    (run,) = quiet(live, known)
    (folder / "broken.csv").unlink()
    assert run.state == "failed"
    text = live.api.task_log(run.dag_id, run.run_id, "validate") + live.api.task_log(run.dag_id, run.run_id, "pull")
    assert "surprise" in text
    assert "Next step" in text
    drop(project, "audit", "mended.csv", [issue(40, "2025-05-15", "2025-05-01")])
    assert ("feed__audit", "2025-Q1", "success") in after(live, lambda: live.api.trigger("audit", "2025-Q1"))


def test_a_year_waits_for_its_approver(live: Supervisor, project: Project) -> None:
    runs = after(live, lambda: live.api.close_cycle(2025))
    assert runs == {("appraise__town-2025", "2025", "running")}
    (item,) = live.api.pending_approvals()
    assert "2025" in item.subject
    assert "3 subjects" in item.body
    assert "2025" not in published(project)
    live.api.approve(item, "Reject")
    quiet(live, set())
    assert "2025" not in published(project)
    after(live, lambda: live.api.close_cycle(2025))
    (item,) = live.api.pending_approvals()
    live.api.approve(item)
    quiet(live, set())
    assert published(project)["2025"] == "admin"


def send(live: Supervisor, feed: str, body: dict[str, str], *, age: int = 0, secret: str = SECRET) -> requests.Response:
    raw = json.dumps(body).encode()
    timestamp = str(int(time.time()) - age)
    signature = hmac.new(secret.encode(), timestamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    headers = {"X-Traceless-Timestamp": timestamp, "X-Traceless-Signature": f"sha256={signature}"}
    return requests.post(f"{live.url}/traceless/events/{feed}", data=raw, headers=headers, timeout=30)


def test_a_signed_message_starts_its_feed_once(live: Supervisor) -> None:
    known = {run.run_id for run in live.api.runs()}
    body = {"feed": "audit", "period": "2025-Q4", "batch": "b-1"}
    first = send(live, "audit", body)
    assert first.status_code == 202
    again = requests.post(first.url, data=first.request.body, headers=dict(first.request.headers), timeout=30)
    assert again.status_code == 409
    (run,) = quiet(live, known)
    assert (run.dag_id, run.period, run.state) == ("feed__audit", "2025-Q4", "success")


@pytest.mark.parametrize(
    ("feed", "body", "how", "status", "says"),
    [
        ("audit", {"feed": "audit", "period": "2025-Q4", "batch": "x"}, {"secret": "another secret, long"}, 401, "signature"),
        ("audit", {"feed": "audit", "period": "2025-Q4", "batch": "x"}, {"age": 400}, 401, "timestamp"),
        ("audot", {"feed": "audot", "period": "2025-Q4", "batch": "x"}, {}, 404, "'audit'"),
        ("audit", {"feed": "audit", "period": "2025-13", "batch": "x"}, {}, 422, "2025-13"),
    ],
)
def test_a_wrong_message_starts_nothing(
    live: Supervisor, feed: str, body: dict[str, str], how: dict[str, object], status: int, says: str
) -> None:
    known = {run.run_id for run in live.api.runs()}
    answer = send(live, feed, body, **how)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    time.sleep(1)
    assert {run.run_id for run in live.api.runs()} == known


@pytest.mark.parametrize("page", ["docs", "redoc", "openapi.json"])
def test_the_webhook_shows_no_pages(live: Supervisor, page: str) -> None:
    answer = requests.get(f"{live.url}/traceless/events/{page}", timeout=30)
    assert answer.status_code in (404, 405)


def test_a_second_airflow_of_the_project_is_refused(live: Supervisor, project: Project) -> None:
    with pytest.raises(Problem, match="another Airflow"):
        Supervisor(project).start()
    live.check()


def test_no_secret_stands_in_a_file_or_an_argument(live: Supervisor, project: Project) -> None:
    keys = [value for name, value in live.environment.items() if name.endswith(("JWT_SECRET", "SECRET_KEY"))] + [SECRET]
    assert len(keys) == 3
    for file in project.var.rglob("*"):
        if file.is_file():
            assert not [key for key in keys if key.encode() in file.read_bytes()], file
    for process in psutil.Process().children(recursive=True):
        assert not [key for key in keys if key in " ".join(process.cmdline())]


def test_a_component_that_dies_is_told_with_its_log(live: Supervisor) -> None:
    (keeper,) = [p for p in psutil.Process().children() if "cli.keeper" in p.cmdline()]
    children = [keeper, *keeper.children(recursive=True)]
    (scheduler,) = [p for p in children if "airflow" in " ".join(p.cmdline()) and p.cmdline()[-2:] == ["scheduler", "--skip-serve-logs"]]
    scheduler.kill()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    with pytest.raises(Problem, match=r"scheduler: ended by itself \(signal 9\)") as caught:
        live.check()
    assert "scheduler.log" in str(caught.value)


START = """
from pathlib import Path
import sys, time
from cli.supervisor import Supervisor
from declarations.project import open_project
with Supervisor(open_project(Path(sys.argv[1]), Path(sys.argv[2]))) as supervisor:
    supervisor.start()
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_stays_behind(tmp_path: Path, number: signal.Signals) -> None:
    project = make_county(tmp_path)
    command = [sys.executable, "-c", START, str(project.root), str(project.var)]
    env = {**os.environ, "HOME": str(tmp_path / "empty")}
    with subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=subprocess.PIPE) as cli:
        assert cli.stdout
        assert cli.stdout.readline() == b"ready\n"
        below = psutil.Process(cli.pid).children(recursive=True)
        assert len(below) > 5
        cli.send_signal(number)
    _, alive = psutil.wait_procs(below, timeout=30)
    assert not alive
