"""A golden county that is worked at the command line: what was typed, what was answered, what lies on disk."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import duckdb

from cli.main import main
from declarations.project import REPOSITORY

GOLDEN = REPOSITORY / "tests" / "golden"
FEEDS = ("documents", "growth", "items", "people", "ratings")
# no time and no batch stands in these, so equal counties publish them alike
PUBLISHED = ("result", "node", "adjustment", "indicator_org", "indicator_cadre", "attribution")
RUN = ("run", "--period", "2025", "--approver", "Li Ming")


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def problem(self) -> str:
        """The one paragraph of a mistake, on one line; progress may stand before it. Fails where it is not one."""
        assert self.code == 1, self
        assert "Traceback" not in self.err + self.out, self
        assert self.err.count("Problem ") == self.err.count("Next step: ") == 1, self.err
        place, fix = self.err[self.err.index("Problem ") :].splitlines()
        assert fix.startswith("Next step: "), self.err
        return f"{place} {fix}"


class County:
    """A copy of the golden county with data, declarations, connections and ``var`` of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.var = root / "var"
        self.connections = {f"{feed}_files": {"conn_type": "file", "extra": {"path": str(root / "data" / feed)}} for feed in FEEDS}

    @classmethod
    def new(cls, root: Path) -> "County":
        for part in ("feeds", "indicators", "schemes", "data"):
            shutil.copytree(GOLDEN / part, root / part)
        return cls(root)

    def copy(self, root: Path) -> "County":
        """The same county elsewhere, with what it has pulled and published."""
        shutil.copytree(self.root, root, symlinks=True)
        return County(root)

    def typed(self, *arguments: str, columns: int = 120, stdin: str = "", **environment: str) -> Answer:
        """The command in a process of its own, as a person types it."""
        command = [sys.executable, "-m", "cli.main", *self._options(), *arguments]
        settings = {**self._environment(), "COLUMNS": str(columns), **environment}
        done = subprocess.run(command, cwd=REPOSITORY, env=settings, input=stdin, capture_output=True, text=True, check=False, timeout=120)
        return Answer(done.returncode, done.stdout, done.stderr)

    def said(self, *arguments: str) -> Answer:
        """The same ``main`` in this process, where Great Expectations is imported once for all tests."""
        out, err = io.StringIO(), io.StringIO()
        code = 0
        with (
            patch.dict(os.environ, self._environment(), clear=True),
            patch.object(sys, "argv", ["traceless", *self._options(), *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
        return Answer(code, out.getvalue(), err.getvalue())

    def change(self, file: str, old: str, new: str) -> None:
        """Replace one text in one file."""
        text = (self.root / file).read_text(encoding="utf-8")
        assert old in text, f"'{old}' does not stand in {file}"
        (self.root / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    def restore(self, path: str) -> None:
        """A file or folder as the golden county has it."""
        target = self.root / path
        if target.is_dir():
            shutil.rmtree(target)
            shutil.copytree(GOLDEN / path, target)
        else:
            shutil.copyfile(GOLDEN / path, target)

    def drop(self, path: str, text: str | bytes) -> None:
        """Put a file into the county."""
        body = text.encode() if isinstance(text, str) else text
        (self.root / path).write_bytes(body)

    def current(self) -> str:
        """The name of what is published now."""
        return (self.var / "published" / "current.duckdb").resolve().stem

    def publications(self) -> dict[str, str]:
        """Every publication with the hash of its bytes."""
        return {f.stem: hashlib.sha256(f.read_bytes()).hexdigest() for f in (self.var / "published").glob("P*.duckdb")}

    def published(self) -> dict[str, list[tuple[object, ...]]]:
        """Results and facts as published now."""
        with duckdb.connect(str((self.var / "published" / "current.duckdb").resolve()), read_only=True) as con:
            return {table: con.execute(f"from mart.{table} order by all").fetchall() for table in PUBLISHED}

    def loaded(self, feed: str) -> set[str]:
        """The keys of the feed's rows in the warehouse."""
        with duckdb.connect(str(self.var / "warehouse.duckdb"), read_only=True) as con:
            return {row[0] for row in con.execute(f'select record_id from staging."{feed}"').fetchall()}

    def half_written(self) -> list[str]:
        """What a step left unfinished: temporary names, batches without their manifest or verdict."""
        left = [p for p in self.var.rglob("*") if p.name.startswith(".tmp-") or p.suffix in (".new", ".wal")]
        for layer, last in (("landing", "manifest.json"), ("validated", "verdict.json")):
            left += [p for p in (self.var / layer).glob("*/[!.]*") if not (p / last).exists()]
        return [str(p) for p in left]

    def files(self) -> Iterator[Path]:
        """Every file below ``var``."""
        return (p for p in self.var.rglob("*") if p.is_file())

    def _options(self) -> list[str]:
        return ["--project", str(self.root), "--var", str(self.var)]

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW_CONN_", "TRACELESS_")) and k != "PYTHONDONTWRITEBYTECODE"}
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in self.connections.items()}
        return {**kept, **{f"AIRFLOW_CONN_{name.upper()}": text for name, text in texts.items()}}
