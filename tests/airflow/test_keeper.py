"""The keeper leaves no process behind, whatever happens to the one that started it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# A component with a child in a session of its own that ignores SIGTERM, and an orphan: all three write their pid.
STUBBORN = """
import os, signal, sys, time
def note(): open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
note()
if os.fork() == 0:
    os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN); note(); time.sleep(600)
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid(); note(); time.sleep(600)
    os._exit(0)
time.sleep(600)
"""
# what a shell starts in the background ignores SIGINT, and so would this parent
PARENT = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
keeper = subprocess.Popen([sys.executable, "-m", "cli.keeper", "1"], stdin=subprocess.PIPE, start_new_session=True)
keeper.stdin.write(sys.argv[1].encode() + b"\\n"); keeper.stdin.flush()
time.sleep(600)
"""


def order(tmp_path: Path, code: str, *, once: bool = False) -> str:
    argv = [sys.executable, "-c", code, str(tmp_path / "pids")]
    where = {"cwd": str(tmp_path), "log": str(tmp_path / "log")}
    return json.dumps({"name": "part", "argv": argv, "env": dict(os.environ), "once": once, **where})


def pids(tmp_path: Path, count: int) -> list[psutil.Process]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        file = tmp_path / "pids"
        found = file.read_text().split() if file.exists() else []
        if len(found) == count:
            return [psutil.Process(int(pid)) for pid in found]
        time.sleep(0.05)
    raise AssertionError(f"{count} processes did not start")


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_the_parent_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, order(tmp_path, STUBBORN)], cwd=REPOSITORY)
    processes = pids(tmp_path, 3)
    parent.send_signal(number)
    parent.wait()
    assert gone(processes, 20)


def test_a_component_that_ends_takes_the_others_along_and_is_named(tmp_path: Path) -> None:
    keeper = subprocess.Popen([sys.executable, "-m", "cli.keeper", "1"], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert keeper.stdin
    assert keeper.stdout
    keeper.stdin.write(order(tmp_path, STUBBORN).encode() + b"\n")
    keeper.stdin.flush()
    processes = pids(tmp_path, 3)
    keeper.stdin.write(order(tmp_path, "raise SystemExit(0)", once=True).encode() + b"\n")
    keeper.stdin.write(order(tmp_path, "raise SystemExit(7)").encode() + b"\n")
    keeper.stdin.flush()
    told = [json.loads(line) for line in keeper.stdout]
    assert keeper.wait() == 1
    assert {"ended": "part", "code": 7} in told
    assert gone(processes, 1)
