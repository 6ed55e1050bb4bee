"""``traceless feed test`` as a person or a machine calls it."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from declarations.project import REPOSITORY


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRACELESS_PROJECT", str(REPOSITORY))
    return lambda *words: CliRunner().invoke(app, ["feed", "test", *words])


def test_the_cases_are_listed(run) -> None:
    listed = json.loads(run("--list", "--json").stdout)
    assert len(listed) >= 30
    assert {"case", "title", "means", "advice"} <= set(listed[0])
    assert "killed_between_pages" in {case["case"] for case in listed}


def test_one_case_as_json(run) -> None:
    done = run("evaluation", "--case", "first_pull", "--case", "401", "--json")
    (report,) = json.loads(done.stdout[done.stdout.index("[") :])
    assert done.exit_code == 0
    assert [(case["case"], case["status"]) for case in report["cases"]] == [("first_pull", "green"), ("401", "not_applicable")]
    assert "no server" in report["cases"][1]["reason"]


def test_a_red_case_says_what_was_expected_what_happened_and_what_to_do(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("connectors.registry").registry.CONNECTORS, "files", "tests.conformance.broken:DropsLastPage")
    done = run("evaluation", "--case", "first_pull")
    assert done.exit_code == 1
    for part in ("✗ first_pull 首次采集", "expected   7 rows from the source", "happened   0 came.", "what to do", "0 ✓, 1 ✗"):
        assert part in done.stdout
