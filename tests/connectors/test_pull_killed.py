"""Law 12 for a pull: killed right after one of its steps and run again, it ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.cursor import cursor_of
from connectors.pull import pull_feed
from tests.connectors.source_kit import COLUMNS, contract, resolver
from warehouse.batch import BatchFiles
from warehouse.feed_marks import set_cursor

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FEED = contract({"connector": "files", "connection": "x", "pattern": ["*.csv"], "archive": "done"})
KILLED = """
import importlib, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from connectors import pull
from tests.connectors.source_kit import contract, resolver
from warehouse.batch import BatchFiles
root, after = Path(sys.argv[1]), sys.argv[2]
step = getattr(pull, after)
def kill(*arguments, **more):
    step(*arguments, **more)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(pull, after, kill)
feed = contract({"connector": "files", "connection": "x", "pattern": ["*.csv"], "archive": "done"})
pull.pull_feed(feed, BatchFiles(root / "landing", root / "validated", "sample"),
               resolver(conn_type="file", extra={"path": str(root / "inbox")}), datetime(2026, 1, 1, 13, tzinfo=UTC))
"""


def pull_and_kill(root: Path, after: str) -> None:
    here = Path(__file__).resolve().parents[2]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", KILLED, str(root), after], cwd=here, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("after", ["write_pages", "settle"])
def test_a_killed_pull_is_finished_by_the_next(tmp_path: Path, after: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    names = ",".join(str(column["name"]) for column in COLUMNS)
    (inbox / "a.csv").write_text(f"{names}\nA1,1,1.10,true,2025-03-01,2025-03-01T08:00:00\n")
    pull_and_kill(tmp_path, after)
    files, resolve = (
        BatchFiles(tmp_path / "landing", tmp_path / "validated", "sample"),
        resolver(conn_type="file", extra={"path": str(inbox)}),
    )
    assert (inbox / "a.csv").exists(), "killed before the file was moved"
    assert len(files.manifests()) == (1 if after == "settle" else 0)
    report = pull_feed(FEED, files, resolve, NOW)
    assert report.status == ("nothing_new" if after == "settle" else "landed")
    assert [manifest.rows for manifest in files.manifests()] == [1]
    assert (inbox / "done" / "a.csv").exists()
    assert not (inbox / "a.csv").exists()
    assert not list(files.landing.glob(".tmp-*"))


def test_killed_while_noting_what_a_reset_saw_it_only_asks_once_more(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    feed = contract({"connector": "files", "connection": "x", "pattern": ["*.csv"]})
    names = ",".join(str(column["name"]) for column in COLUMNS)
    files, resolve = (
        BatchFiles(tmp_path / "landing", tmp_path / "validated", "sample"),
        resolver(conn_type="file", extra={"path": str(inbox)}),
    )
    (inbox / "a.csv").write_text(f"{names}\nA1,1,1.10,true,2025-03-01,2025-03-01T08:00:00\n")
    pull_feed(feed, files, resolve, NOW)
    set_cursor(files, None, "Li Ming", "a test", datetime(2026, 1, 1, 12, 30, tzinfo=UTC))
    pull_and_kill(tmp_path, "settle")
    assert cursor_of(feed, files).taken == {}
    assert pull_feed(feed, files, resolve, datetime(2026, 1, 1, 14, tzinfo=UTC)).status == "nothing_new"
    assert list(cursor_of(feed, files).taken) == ["a.csv"]
    assert len(files.manifests()) == 1
