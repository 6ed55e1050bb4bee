"""docs/source-owner.md keeps its word: the walk-through's contract and table are what the command makes of that file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import main as command_line
from cli.screen import results
from declarations.project import REPOSITORY, Project
from tests.onboard.conftest import csv_text
from tests.onboard.people import people

GUIDE = (REPOSITORY / "docs" / "source-owner.md").read_text(encoding="utf-8")
NOT_THERE = ("银行卡号", "车牌号", "邮箱", "特殊标注甲")
TYPED = [
    "hotline", "", "Citizen hotline", "12345热线", "One row is one item of the hotline.", "政务服务局", "hotline@county.example",
    "", "", "", "", "", "5", "A term of office; the hotline keeps its own archive.",
]  # fmt: skip


def test_the_walk_through_comes_out_as_written(
    project: Project, write: Callable[[str, bytes | str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACELESS_PROJECT", str(project.root))
    monkeypatch.setenv("TRACELESS_VAR", str(project.var))
    monkeypatch.setattr(results, "width", 130)
    rows = [{key: value for key, value in row.items() if key not in NOT_THERE} for row in people(400)]
    file = write("hotline_202506.csv", csv_text(rows).encode("gb18030"))
    answer = CliRunner().invoke(
        command_line.app, ["feed", "new", "--sample", str(file), "--write-connection"], input="\n".join(TYPED) + "\n"
    )
    assert answer.exit_code == 0, answer.output
    written = (project.root / "feeds" / "hotline" / "feed.yaml").read_text(encoding="utf-8").splitlines()
    shown = GUIDE.split("```yaml\n", 1)[1].split("```", 1)[0].splitlines()
    assert shown[1:] == written[1:]
    table = {" ".join(line.split()) for line in answer.output.splitlines()}
    told = GUIDE.split("```\n400 rows looked at\n", 1)[1].split("```", 1)[0].splitlines()
    assert not [line for line in told if " ".join(line.split()) not in table]
    assert f"{len(TYPED)} questions answered" in answer.output
    assert f"{len(TYPED)} questions answered" in GUIDE
