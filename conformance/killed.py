"""Processes that are killed in the middle of a pull (``kill -9``), started early because a start takes a while."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Literal, Self

from conformance.chain import OneFeed
from connectors.protocol import Connection

HERE = Path(__file__).resolve().parent.parent


class Victims:
    """Child processes that wait for something to pull. Close it, or use it as a context manager."""

    def __init__(self, ready: int = 0) -> None:
        self._waiting = [_start() for _ in range(ready)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._waiting:
            child.kill()
            child.communicate()

    def killed_at(
        self, point: Literal["page", "landed"], project: OneFeed, connection: Connection, connector: str | None
    ) -> tuple[bool, str]:
        """Let a child pull up to a point and kill it there. Answers whether it got there, and what it said."""
        child = self._waiting.pop() if self._waiting else _start()
        spec = {
            "path": sys.path,
            "contract": project.contract.model_dump(mode="json"),
            "root": str(project.root),
            "var": str(project.var),
            "connection": dataclasses.asdict(connection),
            "connector": connector,
            "stop_at": point,
        }
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(spec) + "\n")
        child.stdin.flush()
        word = child.stdout.readline().strip()
        os.kill(child.pid, signal.SIGKILL)
        _, said = child.communicate()
        return word == point, said.strip().splitlines()[-1] if said.strip() else word


def _start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "conformance.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])},
    )
