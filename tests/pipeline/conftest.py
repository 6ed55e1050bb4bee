"""A project of one feed on a database of its own, worked through Python and through the command line."""

import contextlib
import io
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
import yaml

from cli.main import main
from connectors.protocol import Connection
from connectors.pull import PullReport
from declarations.project import Project
from pipeline import steps
from tests.connectors.source_kit import contract, record
from warehouse.batch import BatchFiles, Manifest

SQL = {"connector": "sql", "connection": "items_db", "table": "items", "cursor": {"column": "updated_at"}}
NAMES = ("item_no", "grade", "amount", "active", "due_on", "updated_at", "person_name", "phone")


@dataclass
class Desk:
    """The feed ``sample`` of a project below ``root``; its source is a SQLite file."""

    root: Path
    changes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self._source() as con:
            con.execute(f"create table items ({', '.join(f'{name} text' for name in NAMES)})")
        self.declare()

    def declare(self, source: dict[str, Any] = SQL, **changes: Any) -> None:
        """Write the contract; ``changes`` stay for the next time."""
        self.changes |= changes
        folder = self.root / "feeds" / "sample"
        folder.mkdir(parents=True, exist_ok=True)
        said = contract(source, **self.changes).model_dump(mode="json", exclude_none=True)
        (folder / "feed.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")

    def put(self, *rows: dict[str, Any]) -> None:
        """New rows in the source; one of the same number replaces the older."""
        with self._source() as con:
            for row in rows:
                con.execute("delete from items where item_no = ?", [row["item_no"]])
                con.execute(f"insert into items values ({', '.join('?' * len(NAMES))})", [row[name] for name in NAMES])

    def take_away(self, *numbers: int) -> None:
        with self._source() as con:
            con.executemany("delete from items where item_no = ?", [[record(number)["item_no"]] for number in numbers])

    @contextlib.contextmanager
    def _source(self) -> Iterator[sqlite3.Connection]:
        con = sqlite3.connect(self.root / "source.sqlite")
        try:
            with con:
                yield con
        finally:
            con.close()

    @property
    def project(self) -> Project:
        return Project(self.root, self.root / "var")

    @property
    def files(self) -> BatchFiles:
        return steps.batch_files(self.project, "sample")

    def resolve(self, connection_id: str) -> Connection:
        return Connection(connection_id, "sqlite", schema=str(self.root / "source.sqlite"))

    def pull(self, now: datetime | None = None) -> PullReport:
        return steps.pull(self.project, "sample", self.resolve, now)

    def run(self, now: datetime | None = None) -> PullReport:
        """Pull, judge, load."""
        project = self.project
        report = steps.pull(project, "sample", self.resolve, now)
        steps.validate(project, "sample")
        steps.load(project, "sample")
        return report

    def batch(self, manifest: Manifest) -> list[str]:
        with duckdb.connect() as con:
            query = "select item_no from read_parquet(?) order by _row"
            return [row[0] for row in con.execute(query, [str(self.files.data(manifest.batch_id))]).fetchall()]

    def ask(self, query: str) -> list[Any]:
        """From the working warehouse."""
        with duckdb.connect(str(self.project.warehouse_file)) as con:
            return con.execute(query).fetchall()

    def said(self, *arguments: str) -> str:
        """What the command answers on its output; a mistake's paragraph on one line where it ends with one."""
        out, err = io.StringIO(), io.StringIO()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW_CONN_", "TRACELESS_"))}
        connection = json.dumps({"conn_type": "sqlite", "schema": str(self.root / "source.sqlite")})
        environment = {**kept, "AIRFLOW_CONN_ITEMS_DB": connection, "COLUMNS": "200"}
        options = ["--project", str(self.root), "--var", str(self.root / "var")]
        with (
            patch.dict(os.environ, environment, clear=True),
            patch.object(sys, "argv", ["traceless", *options, *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.suppress(SystemExit),
        ):
            main()
        assert "Traceback" not in err.getvalue()
        return out.getvalue() + " ".join(err.getvalue().split())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """Each time it is looked at it is an hour later."""
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def look() -> datetime:
        nonlocal now
        now += timedelta(hours=1)
        return now

    return look
