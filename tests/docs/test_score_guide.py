"""docs/score.md keeps its word: its commands run, its Python runs, its columns are those that are written."""

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from cli.main import main
from pipeline.write_scores import OUTPUTS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "score.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
OPTIONS = re.findall(r"`(--[a-z-]+)", GUIDE)


def run(command: str, folder: Path) -> str:
    out = io.StringIO()
    words = [str(ROOT / word) if word.startswith("examples/") else word.replace("var/", f"{folder}/") for word in shlex.split(command)]
    with patch.object(sys, "argv", words), contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main()
    return out.getvalue()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command: str, tmp_path: Path) -> None:
    assert "6 results 结果" in run(command, tmp_path)


def test_the_columns_of_every_output_are_in_the_guide(tmp_path: Path) -> None:
    run(COMMANDS[-1], tmp_path)
    for name in OUTPUTS:
        told = GUIDE[GUIDE.index(f"**`{name}.parquet`**") :]
        columns = duckdb.sql(f"from '{tmp_path}/towns/{name}.parquet'").columns
        assert [column for column in columns if f"`{column}`" not in told] == []


def test_every_option_of_the_guide_is_one_of_the_command(tmp_path: Path) -> None:
    told = run("traceless score --help", tmp_path)
    assert {option for option in OPTIONS if option not in told} == set()
    assert {option for option in re.findall(r"(--[a-z-]+)", told) if option not in GUIDE} == {"--help"}


def test_the_python_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(code) == 1
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    names: dict[str, object] = {}
    exec(compile(code[0], "docs/score.md", "exec"), names)
    assert [row["subject_id"] for row in names["best"]][:1] == ["T04"]  # type: ignore[union-attr]
    assert (tmp_path / "var/towns/manifest.json").exists()
