"""The command: what it asks, shows and writes; what it refuses."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import main as command_line
from connectors.connections import environment_resolver
from declarations.problem import Problem
from declarations.project import Project, read_contract
from tests.onboard.conftest import csv_text
from tests.onboard.people import people

Write = Callable[[str, bytes | str], Path]
Run = Callable[..., Result]


@pytest.fixture
def run(project: Project, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TRACELESS_PROJECT", str(project.root))
    monkeypatch.setenv("TRACELESS_VAR", str(project.var))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str, answers: str | None = None) -> Result:
        return CliRunner().invoke(command_line.app, ["feed", "new", *arguments], input=answers)

    return call


@pytest.fixture
def sample(write: Write) -> Path:
    return write("petitions_202503.csv", csv_text(people(60)))


def test_with_yes_nothing_is_asked_and_what_is_open_is_marked(run: Run, sample: Path, project: Project) -> None:
    answer = run("--sample", str(sample), "--yes")
    assert answer.exit_code == 0, answer.output
    assert "60 rows looked at" in answer.output
    assert "no question asked" in answer.output
    assert 'AIRFLOW_CONN_PETITIONS_FILES={"conn_type": "file"' in answer.output
    file = project.root / "feeds" / "petitions" / "feed.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=")
    schema = text.splitlines()[0].partition("$schema=")[2]
    assert (file.parent / schema).resolve().name == "feed.schema.json"
    assert (file.parent / schema).resolve().exists()
    assert "team: to be named}  # ?" in text
    assert read_contract(file).kind == "petition"


def test_questions_are_asked_with_defaults_that_enter_accepts(run: Run, sample: Path, project: Project) -> None:
    said = {"id": "hotline", "kind": "", "title_en": "Hotline", "title_zh": "热线", "description": "One row is one item.", "team": "政务局"}
    answer = run("--sample", str(sample), answers="\n".join([*said.values(), *[""] * 12]))
    assert answer.exit_code == 0, answer.output
    contract = read_contract(project.root / "feeds" / "hotline" / "feed.yaml")
    assert (contract.title.zh, contract.owner.team, contract.kind) == ("热线", "政务局", "petition")
    assert contract.keys == ["item_no"]
    assert "questions answered" in answer.output
    assert int(answer.output.partition(" questions answered")[0].split()[-1]) <= 15


def test_answers_come_from_a_file_and_options_go_before_them(run: Run, sample: Path, write: Write, project: Project) -> None:
    answers = write("answers.yaml", "id: hotline\nkind: petition\ntitle_zh: 热线\nowner_team: A\nleave: {办结率: computed}\n")
    answer = run("--sample", str(sample), "--answers", str(answers), "--owner", "B", "--leave", "是否超期=not needed", "--yes")
    assert answer.exit_code == 0, answer.output
    contract = read_contract(project.root / "feeds" / "hotline" / "feed.yaml")
    assert (contract.owner.team, contract.title.zh) == ("B", "热线")
    assert {"办结率", "是否超期"} <= set(contract.left_out)


def test_a_wrong_answer_in_the_file_is_said_with_its_line(run: Run, sample: Path, write: Write) -> None:
    answers = write("answers.yaml", "id: hotline\nowner_teem: A\n")
    answer = run("--sample", str(sample), "--answers", str(answers), "--yes")
    assert isinstance(answer.exception, Problem)
    assert "answers.yaml:2" in str(answer.exception)
    assert "owner_team" in str(answer.exception)


def test_an_existing_feed_is_never_overwritten_without_replace(run: Run, sample: Path, project: Project) -> None:
    assert run("--sample", str(sample), "--id", "hotline", "--yes").exit_code == 0
    file = project.root / "feeds" / "hotline" / "feed.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    again = run("--sample", str(sample), "--id", "hotline", "--yes")
    assert "is there already" in str(again.exception)
    assert file.read_text(encoding="utf-8").endswith("# mine\n")
    assert run("--sample", str(sample), "--id", "hotline", "--yes", "--replace").exit_code == 0
    assert not file.read_text(encoding="utf-8").endswith("# mine\n")
    assert [path.name for path in (project.root / "feeds").iterdir()] == ["hotline"]


def test_the_connection_is_written_beside_others_and_the_rows_can_be_read(run: Run, sample: Path, project: Project) -> None:
    project.connections_file.parent.mkdir(parents=True)
    project.connections_file.write_text("# ours\nAIRFLOW_CONN_OTHER=x://y\n", encoding="utf-8")
    answer = run("--sample", str(sample), "--id", "hotline", "--yes", "--write-connection")
    assert answer.exit_code == 0, answer.output
    assert oct(os.stat(project.connections_file).st_mode & 0o777) == "0o600"
    assert project.connections_file.read_text(encoding="utf-8").startswith("# ours\nAIRFLOW_CONN_OTHER=x://y\n")
    found = environment_resolver(project.connections_file)("hotline_files")
    assert found.extra["path"] == str(sample.parent)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--yes"], "nothing says where the rows come from"),
        (["--sample", "a.csv", "--url", "https://x/y", "--yes"], "are named at once"),
        (["--sample", "missing.csv", "--yes"], "there is no such file"),
        (["--sample", "SAMPLE", "--id", "Not A Name", "--yes"], "--id"),
        (["--sample", "SAMPLE", "--kind", "petitions", "--yes"], "--kind"),
        (["--sample", "SAMPLE", "--take", "姓名", "--yes"], "is not COLUMN=text"),
        (["--sample", "SAMPLE", "--key", "姓名", "--yes"], "left out, so that it cannot be the key"),
        (["--sample", "SAMPLE"], "got no answer"),
    ],
)
def test_mistakes_are_one_paragraph(arguments: list[str], says: str, run: Run, sample: Path, project: Project) -> None:
    answer = run(*[str(sample) if argument == "SAMPLE" else argument for argument in arguments])
    assert isinstance(answer.exception, Problem), answer.output
    assert says in str(answer.exception)
    assert not list((project.root / "feeds").iterdir())


def test_without_an_option_it_asks_where_the_rows_come_from(run: Run, sample: Path, project: Project) -> None:
    answer = run(answers="\n".join(["sample", str(sample), "hotline", *[""] * 20]))
    assert answer.exit_code == 0, answer.output
    assert (project.root / "feeds" / "hotline" / "feed.yaml").exists()
