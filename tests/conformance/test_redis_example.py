"""The connector that docs/connector.md builds: small, found by its entry point, green in the kit, and as the guide shows it."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import ConformanceReport, run_conformance
from declarations.feed import FeedContract
from declarations.feed.source import connector_names
from declarations.project import REPOSITORY
from declarations.yaml_file import read_declaration

EXAMPLE = REPOSITORY / "examples" / "connector_redis_stream"
GUIDE = REPOSITORY / "docs" / "connector.md"
# what the connector itself decides; its own test, below, has all
CASES = (
    "first_pull", "empty_pull", "two_pages", "same_window_twice", "only_what_is_new", "null_is_not_zero", "new_column", "lost_column",
    "wrong_charset", "place_gone", "cursor_reset", "secrets_absent", "identities_absent", "401",
)  # fmt: skip
BLOCK = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What ``pip install`` of the example would bring about: the package, and its entry points from pyproject.toml."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    facts = tmp_path_factory.mktemp("site") / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [line for group, points in groups for line in (f"[{group}]", *(f"{name} = {target}" for name, target in points.items()))]
    (facts / "entry_points.txt").write_text("\n".join(lines) + "\n")
    places = [str(facts.parent), str(EXAMPLE)]
    sys.path[:0] = places
    yield
    sys.path[:] = [place for place in sys.path if place not in places]


@pytest.fixture(scope="module")
def report(installed: None) -> ConformanceReport:
    return run_conformance(read_declaration(EXAMPLE / "feed.yaml", FeedContract), cases=CASES)


def test_the_connector_is_found_and_small(installed: None) -> None:
    assert "redis_stream" in connector_names()
    assert len((EXAMPLE / "traceless_redis_stream" / "connector.py").read_text().splitlines()) <= 100


def test_the_kit_is_green_for_it(report: ConformanceReport) -> None:
    assert [str(result) for result in report.red] == []
    assert len(report.green) == len(CASES) - 1


def test_what_is_not_applicable_says_why(report: ConformanceReport) -> None:
    reasons = {result.case.id: result.reason for result in report.results if result.status == "not_applicable"}
    assert reasons["401"] == "A Redis stream does not speak HTTP."
    assert all(reasons.values())


def test_its_own_test_is_five_lines_and_passes(installed: None) -> None:
    file = EXAMPLE / "test_conformance.py"
    code = [line for line in file.read_text().splitlines()[1:] if line.strip()]
    assert len(code) <= 5
    chosen = [f"{file}::test_counter[{case}]" for case in ("killed_between_pages", "401")]
    paths = {"PYTHONPATH": ":".join([*sys.path[:2], str(REPOSITORY)])}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", EXAMPLE, "-c", "/dev/null", *chosen],
        capture_output=True, text=True, env={**__import__("os").environ, **paths}, cwd=EXAMPLE, check=False,
    )  # fmt: skip
    assert "1 passed, 1 skipped" in run.stdout, run.stdout + run.stderr


def test_the_guide_shows_the_files_as_they_are() -> None:
    shown = dict(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
    files = [file.relative_to(EXAMPLE) for file in EXAMPLE.rglob("*") if file.suffix in (".py", ".toml", ".yaml") and file.stat().st_size]
    wanted = {str(file) for file in files if file.name != "__init__.py"}
    assert set(shown) == wanted
    for name, text in shown.items():
        assert text == (EXAMPLE / name).read_text(encoding="utf-8"), name


def test_a_connector_without_a_double_is_told_how_to_bring_one(installed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from declarations.problem import Problem

    monkeypatch.setattr("conformance.doubles.ENTRY_POINTS", "traceless.no_doubles")
    with pytest.raises(Problem, match=r"no double for the connector 'redis_stream'.*docs/connector.md"):
        run_conformance(read_declaration(EXAMPLE / "feed.yaml", FeedContract), cases=["first_pull"])
    assert Path(GUIDE).exists()
