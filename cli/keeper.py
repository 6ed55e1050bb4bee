"""Keeps child processes and leaves none behind: run as ``python -m cli.keeper [GRACE_SECONDS]`` by the supervisor.

It reads one JSON object a line from standard input, each a process to start::

    {"name": "scheduler", "argv": [...], "env": {...}, "cwd": "/path",
     "log": "/path/scheduler.log", "once": false}

and writes one JSON object a line to standard output: ``{"started": name, "pid": 1}``, ``{"ended": name, "code": 0}``.
When standard input closes (its parent stopped it or died, even by SIGKILL), on SIGTERM, or when a process that is
not ``once`` ends, it ends every descendant, first politely, and goes itself. Environments come through the pipe, so
that no secret stands in an argument list or a file.
"""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from typing import Any

import psutil  # type: ignore[import-untyped]

GRACE_SECONDS = 6.0
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> None:
    """Inherit the orphans of our children, so that a walk from here finds them all (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """In a child just before exec: be killed when the keeper itself is killed (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def end_descendants(grace: float) -> None:
    """End every descendant: SIGTERM, then after ``grace`` seconds SIGKILL until none is left."""
    me = psutil.Process()
    signal_all(me, signal.SIGTERM)
    until = time.monotonic() + grace
    while living(me) and time.monotonic() < until:
        time.sleep(0.05)
    until = time.monotonic() + 10
    while living(me) and time.monotonic() < until:
        signal_all(me, signal.SIGKILL)
        time.sleep(0.05)


def living(me: psutil.Process) -> list[psutil.Process]:
    """Descendants that still run; the dead ones among our children are reaped on the way."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                break
        except ChildProcessError:
            break
    return [child for child in me.children(recursive=True) if child.is_running()]


def signal_all(me: psutil.Process, number: signal.Signals) -> None:
    """Send a signal to every living descendant."""
    for child in living(me):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.send_signal(number)


class Keeper:
    """The loop over standard input and the ends of children."""

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self.names: dict[int, tuple[str, bool]] = {}
        self.unread = b""
        self.wakeup, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        self.told_to_end = False

    def run(self) -> int:
        """Serve until told to end. Returns the exit code: 1 where a lasting process ended by itself."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._tell_to_end)
        code = 0
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            selector.register(self.wakeup, selectors.EVENT_READ)
            while not self.told_to_end:
                for key, _ in selector.select():
                    if key.fd == 0:
                        self._read_orders()
                    else:
                        os.read(self.wakeup, 4096)
                if self._reap():
                    code = 1
                    break
        end_descendants(self.grace)
        return code

    def _tell_to_end(self, *_: object) -> None:
        self.told_to_end = True

    def _read_orders(self) -> None:
        data = os.read(0, 1 << 16)
        if not data:
            self.told_to_end = True
            return
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            self._start(json.loads(line))

    def _start(self, order: dict[str, Any]) -> None:
        with open(order["log"], "ab") as log:
            child = subprocess.Popen(
                order["argv"],
                env=order["env"],
                cwd=order["cwd"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.names[child.pid] = (order["name"], bool(order.get("once")))
        say({"started": order["name"], "pid": child.pid})

    def _reap(self) -> bool:
        """Collect ended children; True where one of them should have lasted."""
        broken = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return broken
            if pid == 0:
                return broken
            name, once = self.names.pop(pid, ("", True))
            if name:
                say({"ended": name, "code": os.waitstatus_to_exitcode(status)})
            broken = broken or not once


def say(event: dict[str, Any]) -> None:
    """Tell the supervisor; it may be gone, and that is no reason to stop ending processes."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(event).encode() + b"\n")


if __name__ == "__main__":
    become_subreaper()
    sys.exit(Keeper(float(sys.argv[1]) if len(sys.argv) > 1 else GRACE_SECONDS).run())
