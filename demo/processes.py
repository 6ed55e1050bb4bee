"""Starting background processes that outlive the command, and ending exactly those again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from declarations.problem import Problem

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Started:
    """A process: its number, and when it was born, since numbers are used again."""

    name: str
    pid: int
    born: float


def remember(name: str, pid: int) -> Started:
    """The record of a running process."""
    return Started(name, pid, psutil.Process(pid).create_time())


def find(started: Started) -> psutil.Process | None:
    """The very process of a record if it still lives; another one with its number is not taken for it."""
    try:
        process = psutil.Process(started.pid)
        same = abs(process.create_time() - started.born) < 0.05 and process.status() != psutil.STATUS_ZOMBIE
        return process if same else None
    except psutil.Error:
        return None


def launch(name: str, module: str, config: dict[str, Any], folder: Path) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` in a session of its own, with its configuration on standard input."""
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / f"{name}.ready"
    ready.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=REPOSITORY,
            env=environment,
        )
    assert process.stdin is not None
    process.stdin.write(json.dumps({**config, "ready": str(ready)}).encode())
    process.stdin.close()
    return process


def wait_ready(name: str, process: subprocess.Popen[bytes], folder: Path, seconds: float = 60) -> dict[str, Any]:
    """What the process announced once it listens. Raises Problem where it ends or stays silent."""
    ready, until = folder / f"{name}.ready", time.monotonic() + seconds
    while time.monotonic() < until:
        if ready.exists():
            facts: dict[str, Any] = json.loads(ready.read_text())
            return facts
        if process.poll() is not None:
            break
        time.sleep(0.02)
    what = f"did not start within {seconds:.0f} s." if process.poll() is None else f"ended at once (code {process.returncode})."
    raise Problem(f"source server '{name}'", what, f"look into {folder / (name + '.log')}.")


def end(started: list[Started], seconds: float = 8) -> int:
    """Ask the processes to end, then force those that do not. Answers how many were alive."""
    alive = [one for one in started if find(one) is not None]
    for ask, patience in ((psutil.Process.terminate, seconds), (psutil.Process.kill, 2.0)):
        for one in alive:
            process = find(one)
            if process is not None:
                with suppress(psutil.NoSuchProcess):
                    ask(process)
        wait_gone(alive, patience)
    return len(alive)


def wait_gone(started: list[Started], seconds: float) -> bool:
    """Wait until none of them lives; one that has ended but was not yet collected by its parent counts as gone."""
    until = time.monotonic() + seconds
    while any(find(one) is not None for one in started):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def serving(name: str, module: str, config: dict[str, Any], folder: Path) -> Iterator[dict[str, Any]]:
    """A server for as long as the block lasts; gives what it announced (``port``, for SFTP also ``host_key``)."""
    process = launch(name, module, config, folder)
    try:
        yield wait_ready(name, process, folder)
    finally:
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
