"""Starts an Airflow on loopback for one project, and stops it so that nothing stays behind.

Four components (API server, scheduler, DAG processor, triggerer) run below a keeper process (``cli/keeper.py``)
that ends them when this process stops it or dies in whatever way.
"""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from cli.airflow_client import AirflowClient
from cli.airflow_home import WRITER_POOL, Login, environment, prepare_home
from declarations.problem import Problem
from declarations.project import REPOSITORY, Project

Progress = Callable[[str], None]
COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
WEBHOOK_SECRET = "TRACELESS_WEBHOOK_SECRET"
TAIL_LINES = 25


def _quiet(_: str) -> None:
    pass


class Supervisor:
    """One embedded Airflow. ``home`` defaults to ``<var>/airflow``, ``port`` to a free one; ``cron`` lets the
    poke DAGs run by their schedule. As a context manager it stops at the end; ``start`` is called by hand."""

    def __init__(self, project: Project, home: Path | None = None, port: int | None = None, cron: bool = False) -> None:
        self.project = project
        self.home = (home or project.var / "airflow").resolve()
        self.port = port or _free_port()
        self.login = Login()
        self.api = AirflowClient(self.url, self.login.user, self.login.password)
        self.environment: dict[str, str] = {}
        self._cron = cron
        self._keeper: subprocess.Popen[bytes] | None = None
        self._events: queue.Queue[dict[str, str | int]] = queue.Queue()
        self._lock = FileLock(str(self.home) + ".lock")

    @property
    def url(self) -> str:
        """Where Airflow's pages and API are."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, progress: Progress = _quiet) -> None:
        """Start all components and wait until Airflow works. Raises Problem where it does not; then nothing runs."""
        if self._keeper is not None:
            return
        self.home.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            what = "another Airflow of this project is running."
            raise Problem(str(self.home), what, "stop it first, or choose another data folder (TRACELESS_VAR).") from None
        try:
            prepare_home(self.home, self.port, self.login)
            self.environment = environment(self.home, self.project, self._cron)
            self._start_keeper()
            progress("Airflow: preparing its database")
            self._order("db-migrate", ["db", "migrate"], once=True)
            self._wait_for_end("db-migrate")
            progress("Airflow: starting API server, scheduler, DAG processor")
            for name in ("scheduler", "api-server", "dag-processor"):
                self._order(name, COMPONENTS[name])
            self.wait_healthy()
            self._order("triggerer", COMPONENTS["triggerer"])
            progress(f"Airflow: ready at {self.url} (user {self.login.user}, password {self.login.password})")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all processes; safe to call twice."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.stdin is not None:
            keeper.stdin.close()
            keeper.wait()
        self._lock.release()

    def check(self) -> None:
        """Raises Problem, with the end of its log, where a component has died."""
        while not self._events.empty():
            event = self._events.get_nowait()
            if "ended" in event and event["ended"] != "db-migrate":
                raise self._died(str(event["ended"]), int(event["code"]))
        if self._keeper is not None and self._keeper.poll() is not None:
            raise Problem("keeper of Airflow's processes", f"was ended (code {self._keeper.returncode}).", "start again.")

    def wait_healthy(self, timeout: float = 150) -> None:
        """Wait until scheduler and DAG processor beat, every DAG is read and the writer's pool is there.

        Raises Problem where a component dies, a DAG file has an error, or ``timeout`` seconds pass.
        """
        self._until(self.api.healthy, timeout, "API server, scheduler and DAG processor")
        self.api.ensure_pool(WRITER_POOL, 1, "Writers of the warehouse: one at a time")
        self.api.warm()
        expected = len(self.project.feeds) * 2 + len(self.project.schemes)
        self._until(lambda: bool(self.api.dag_errors()) or len(self.api.dags()) >= expected, timeout, "DAGs")
        errors = self.api.dag_errors()
        if errors:
            file, text = next(iter(errors.items()))
            raise Problem(file, f"Airflow cannot read it: {text.strip().splitlines()[-1]}", "mend the file or declaration.")

    def _until(self, done: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            self.check()
            if time.monotonic() > deadline:
                raise Problem(self.url, f"{what} not ready after {timeout:.0f} s.", f"look into {self.home / 'logs'}.")
            time.sleep(0.25)

    def _start_keeper(self) -> None:
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "cli.keeper"],
            cwd=REPOSITORY,
            env=self.environment,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.home / "logs" / "keeper.log").open("ab"),
        )
        threading.Thread(target=self._read_events, args=(self._keeper,), daemon=True).start()

    def _read_events(self, keeper: subprocess.Popen[bytes]) -> None:
        assert keeper.stdout is not None
        for line in keeper.stdout:
            self._events.put(json.loads(line))

    def _order(self, name: str, arguments: list[str], once: bool = False) -> None:
        assert self._keeper is not None
        assert self._keeper.stdin is not None
        env = self.environment | _own_environment(name)
        argv = [sys.executable, "-m", "airflow", *arguments]
        order = {
            "name": name,
            "argv": argv,
            "env": env,
            "cwd": str(self.home),
            "log": str(self._log(name)),
            "once": once,
        }
        self._log(name).write_bytes(b"")  # the last start only; task logs are kept by Airflow
        self._keeper.stdin.write(json.dumps(order).encode() + b"\n")
        self._keeper.stdin.flush()

    def _wait_for_end(self, name: str, timeout: float = 180) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                event = self._events.get(timeout=1)
            except queue.Empty:
                continue
            if event.get("ended") == name:
                if event["code"] != 0:
                    raise self._died(name, int(event["code"]))
                return
        raise Problem(f"airflow {name}", f"did not end within {timeout:.0f} s.", f"see {self._log(name)}.")

    def _log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    def _died(self, name: str, code: int) -> Problem:
        lines = self._log(name).read_text(errors="replace").splitlines()[-TAIL_LINES:]
        tail = "\n  ".join(["", *lines])
        how = f"signal {-code}" if code < 0 else f"code {code}"
        return Problem(f"Airflow's {name}", f"ended by itself ({how}). The end of its log:{tail}\n", f"see {self._log(name)}.")


def _own_environment(name: str) -> dict[str, str]:
    """What one component gets and no other."""
    if name == "scheduler":
        return {"TRACELESS_PRELOAD": "1"}  # tasks are its forks and find the heavy modules imported
    if name == "api-server" and WEBHOOK_SECRET in os.environ:
        return {WEBHOOK_SECRET: os.environ[WEBHOOK_SECRET]}
    return {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
