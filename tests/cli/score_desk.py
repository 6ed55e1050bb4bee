"""A desk with a scheme and tables on it, and the command typed there."""

import contextlib
import io
import sys
from pathlib import Path
from unittest.mock import patch

import duckdb
from command_county import Answer

from cli.main import main

TWO = """
id: two
title: {en: Two, zh: 两项}
tree:
  - {code: first, weight: 0.5, indicator: a, normalise: {method: as_is}}
  - {code: second, weight: 0.5, indicator: b, normalise: {method: as_is}}
"""
"""Two indicators, each its own points."""


class Desk:
    """Files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.put("two.yaml", TWO)

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def typed(self, *arguments: str | Path) -> Answer:
        """``traceless score …`` in this process; names of files here need no folder."""
        words = [str(self.folder / word) if (self.folder / str(word)).is_file() else str(word) for word in arguments]
        out, err, code = io.StringIO(), io.StringIO(), 0
        with (
            patch.object(sys, "argv", ["traceless", "score", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
        return Answer(code, out.getvalue(), err.getvalue())

    def scored(self, *arguments: str | Path) -> dict[str, float | None]:
        """The scores by subject, or by 'subject period' where there are several periods."""
        rows = self.asked("results", "subject, period, score", *arguments)
        several = len({row[1] for row in rows}) > 1
        return {f"{row[0]} {row[1]}" if several else row[0]: row[2] for row in rows}

    def asked(self, output: str, columns: str, *arguments: str | Path) -> list[tuple[object, ...]]:
        """Columns of one output file after the command has run without a mistake."""
        answer = self.typed(*arguments, "--out", str(self.folder / "out"))
        assert answer.code == 0, answer
        return self.look(output, columns)

    def look(self, output: str, columns: str = "*") -> list[tuple[object, ...]]:
        """Columns of an output file that is there."""
        return duckdb.sql(f"select {columns} from '{self.folder}/out/{output}.parquet' order by all").fetchall()
