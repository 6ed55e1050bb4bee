"""What the command line asks of Airflow's API server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from declarations.problem import Problem

PAGE = 100


@dataclass(frozen=True)
class Run:
    """One run of a DAG; ``period`` is its partition key."""

    dag_id: str
    run_id: str
    state: str
    period: str | None
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True)
class PendingApproval:
    """A publication that waits for a person."""

    dag_id: str
    run_id: str
    task_id: str
    subject: str
    body: str


class AirflowClient:
    """A thin client of Airflow's REST API (v2) with a token that renews itself."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the office must not get between us and loopback
        self._assets: dict[str, int] = {}

    def healthy(self) -> bool:
        """Whether API server, scheduler and DAG processor all answer."""
        try:
            health = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=10).json()
        except (requests.RequestException, ValueError):
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def warm(self) -> None:
        """Make the first task not wait for the task API, which is built at the first request (some 10 CPU-s)."""
        self._session.get(f"{self.url}/execution/health", timeout=120)

    def ensure_pool(self, name: str, slots: int, description: str) -> None:
        """Create a pool or leave it as it is."""
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        self._call("POST", "/pools", body, allow=(409,))

    def dags(self) -> list[str]:
        """Ids of all DAGs that Airflow has read."""
        return sorted(dag["dag_id"] for dag in self._all("/dags", "dags"))

    def dag_errors(self) -> dict[str, str]:
        """DAG files that cannot be read: file → error."""
        return {error["filename"]: error["stack_trace"] for error in self._all("/importErrors", "import_errors")}

    def trigger(self, feed: str, period: str) -> None:
        """Say that a feed has something new, as its webhook would: an event on ``inbox/<feed>`` for a quarter."""
        self.post_event(f"traceless://inbox/{feed}", period)

    def close_cycle(self, year: int) -> None:
        """Start the annual appraisal of a year in every scheme of that year."""
        self.post_event("traceless://cycle/close", str(year))

    def post_event(self, uri: str, period: str) -> None:
        """Put an event with a partition key on an asset. Raises Problem where Airflow has no such asset."""
        body = {"asset_id": self._asset(uri), "partition_key": period, "extra": {}}
        self._call("POST", "/assets/events", body)

    def runs(self, since: datetime | None = None) -> list[Run]:
        """All runs of all DAGs, the latest first; with ``since`` those queued from then on."""
        query = {"order_by": "-run_after"} | ({"run_after_gte": since.isoformat()} if since else {})
        return [
            Run(
                item["dag_id"],
                item["dag_run_id"],
                item["state"],
                item.get("partition_key"),
                _time(item["start_date"]),
                _time(item["end_date"]),
            )
            for item in self._all("/dags/~/dagRuns", "dag_runs", query)
        ]

    def task_log(self, dag_id: str, run_id: str, task_id: str) -> str:
        """The log of a task's last try, as text."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        number = max(1, self._call("GET", path)["try_number"])
        content = self._call("GET", f"{path}/logs/{number}", query={"full_content": "true"})["content"]
        return "\n".join(_line(entry) for entry in content)

    def pending_approvals(self) -> list[PendingApproval]:
        """What waits for a person's approval."""
        details = self._all("/dags/~/dagRuns/~/hitlDetails", "hitl_details", {"response_received": "false"})
        return [
            PendingApproval(
                item["task_instance"]["dag_id"],
                item["task_instance"]["dag_run_id"],
                item["task_instance"]["task_id"],
                item["subject"],
                item["body"] or "",
            )
            for item in details
            if item["task_instance"]["state"] == "awaiting_input"
        ]

    def approve(self, item: PendingApproval, choice: str = "Approve") -> None:
        """Answer ``Approve`` or ``Reject`` as the user of this client."""
        path = f"/dags/{item.dag_id}/dagRuns/{item.run_id}/taskInstances/{item.task_id}/-1/hitlDetails"
        self._call("PATCH", path, {"chosen_options": [choice], "params_input": {}})

    def _asset(self, uri: str) -> int:
        if uri not in self._assets:
            self._assets = {asset["uri"]: asset["id"] for asset in self._all("/assets", "assets")}
        if uri not in self._assets:
            raise Problem(uri, "Airflow knows no such asset.", "see that its DAG is read: traceless feed list.")
        return self._assets[uri]

    def _all(self, path: str, key: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            answer = self._call("GET", path, query=(query or {}) | {"limit": PAGE, "offset": len(found)})
            found += answer[key]
            if not answer[key] or len(found) >= answer["total_entries"]:
                return found

    def _call(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None, allow: tuple[int, ...] = ()) -> Any:
        """One request; the token is fetched at the first one and again when it is no longer taken."""
        url = f"{self.url}/api/v2{path}"
        try:
            answer = self._session.request(method, url, json=body, params=query, timeout=60)
            if answer.status_code in (401, 403):
                token = self._session.post(f"{self.url}/auth/token", json=self._login, timeout=60)
                if token.status_code >= 400:
                    raise Problem(self.url, "Airflow refused the login.", "check user and password.")
                self._session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
                answer = self._session.request(method, url, json=body, params=query, timeout=60)
        except requests.RequestException as error:
            what = f"Airflow does not answer ({type(error).__name__})."
            raise Problem(self.url, what, "see whether it still runs: var/airflow/logs/.") from None
        if answer.status_code >= 400 and answer.status_code not in allow:
            what = f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}"
            raise Problem(self.url, what, "see var/airflow/logs/api-server.log.")
        return answer.json() if answer.content else None


def _line(entry: Any) -> str:
    """A log entry's text with the error it tells of, if any."""
    if not isinstance(entry, dict):
        return str(entry)
    errors = [f"{error.get('exc_type')}: {error.get('exc_value')}" for error in entry.get("error_detail") or []]
    return "\n".join([str(entry.get("event", "")), *errors])


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
