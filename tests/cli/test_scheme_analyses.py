"""``traceless scheme uncertainty`` and ``traceless scheme slim``: what is typed, what is answered, what is written."""

from pathlib import Path

import duckdb
import pytest
from command_county import County

SCHEME = """
id: towns
title: {en: Ten towns, zh: 十镇}
groups: {north: {en: North, zh: 北}, south: {en: South, zh: 南}}
prepare:
  - {step: impute, method: mean, by: all, indicators: [growth, jobs]}
tree:
  - code: economy
    title: {en: Economy, zh: 经济}
    weight: 0.6
    children:
      - {code: growth, weight: 0.7, indicator: growth, normalise: {method: min_max, peers: all}}
      - {code: jobs, weight: 0.3, indicator: jobs, normalise: {method: min_max, peers: all}}
  - {code: water, weight: 0.4, indicator: water, normalise: {method: as_is}}
grades:
  - {grade: good, title: {en: Good, zh: 良好}, at_least: 50}
  - {grade: poor, title: {en: Poor, zh: 较差}}
"""
ROWS = [(f"T{i}", 10 * i + (i % 3), "" if i == 4 else 90 - 7 * i, 40 + 3 * (i % 4)) for i in range(10)]
VALUES = "subject,period,growth,jobs,water\n" + "".join(f"{s},2025,{a},{b},{c}\n" for s, a, b, c in ROWS)
GROUPS = "subject,group\n" + "".join(f"T{i},{'north' if i % 2 else 'south'}\n" for i in range(10))
OPTIONS = "runs: 40\nseed: 7\nnormalisation:\n  - {method: percentile}\n"


@pytest.fixture
def files(tmp_path: Path) -> County:
    county = County.new(tmp_path / "county")
    for name, text in (("towns.yaml", SCHEME), ("values.csv", VALUES), ("groups.csv", GROUPS), ("options.yaml", OPTIONS)):
        county.drop(name, text)
    return county


def asked(county: County, command: str, *more: str) -> tuple[str, ...]:
    root = county.root
    return (
        "scheme", command, str(root / "towns.yaml"), "--values", str(root / "values.csv"), "--groups", str(root / "groups.csv"), *more,
    )  # fmt: skip


def test_uncertainty_tells_intervals_and_what_they_hang_on(files: County) -> None:
    out = files.root / "found"
    answer = files.said(*asked(files, "uncertainty", "--options", str(files.root / "options.yaml"), "--subject", "T4", "--out", str(out)))
    assert answer.code == 0, answer
    assert "40 runs, seed 7" in answer.out
    assert "varied 变动: weights, normalisation, imputation." in answer.out
    for told in ("名次区间", "等次变动", "What it hangs on 影响因素, all subjects", "影响因素: T4", "T9"):
        assert told in answer.out
    names = {"subjects.parquet", "grades.parquet", "factors.parquet", "ranks-north.svg", "ranks-south.svg"}
    assert {file.name for file in out.iterdir()} == names
    rows = duckdb.sql(f"select subject_id, rank_low, rank, rank_high from '{out}/subjects.parquet'").fetchall()
    assert len(rows) == 10
    assert all(1 <= low <= high <= 5 for _, low, _, high in rows)
    picture = (out / "ranks-north.svg").read_text(encoding="utf-8")
    assert picture.count("<circle") == 5
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_the_same_seed_gives_the_same_bytes(files: County) -> None:
    contents = []
    for name in ("a", "b"):
        folder = files.root / name
        assert files.said(*asked(files, "uncertainty", "--runs", "24", "--seed", "3", "--out", str(folder))).code == 0
        contents.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert contents[0] == contents[1]


def test_what_is_said_on_the_command_line_goes_before_the_file(files: County) -> None:
    options = ("--options", str(files.root / "options.yaml"), "--runs", "16", "--weights", "0", "--rows", "3")
    answer = files.said(*asked(files, "uncertainty", *options))
    assert "16 runs, seed 7" in answer.out
    assert "varied 变动: normalisation, imputation." in answer.out
    assert "3 of 10 rows" in answer.out


def test_mistakes_of_an_uncertainty_are_told(files: County) -> None:
    files.drop("options.yaml", "runs: 40\nweights: {spread: 2}\n")
    wrong = files.said(*asked(files, "uncertainty", "--options", str(files.root / "options.yaml")))
    assert "options.yaml:2: weights.spread" in wrong.problem
    assert "'T99' is not among the subjects" in files.said(*asked(files, "uncertainty", "--runs", "16", "--subject", "T99")).problem
    assert "there is no table of values" in files.said("scheme", "uncertainty", str(files.root / "towns.yaml")).problem
    files.drop("options.yaml", "weights: null\nimputation: []\n")
    nothing = files.said(*asked(files, "uncertainty", "--options", str(files.root / "options.yaml")))
    assert "nothing of scheme towns varies" in nothing.problem


def test_slim_writes_a_scheme_that_is_checked_and_scored(files: County) -> None:
    slim, prices = files.root / "slim.yaml", files.root / "prices.csv"
    answer = files.said(*asked(files, "slim", "--tau", "0.8", "--grades", "0.7", "--out", str(slim), "--prices", str(prices)))
    assert answer.code == 0, answer
    assert "computed by the engine: tau-b" in answer.out
    assert "are left" in answer.out
    text = slim.read_text(encoding="utf-8")
    assert text.startswith("# Slimmed from towns 1: ")
    assert "id: towns-slim" in text
    lines = prices.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "step,indicator,share_of_score,tau_b_after,grades_changed_after"
    assert lines[1].startswith("1,water,0.4,") or lines[1].startswith("1,jobs,0.18,")
    assert files.said("scheme", "check", str(slim)).code == 0
    facts = ("--values", str(files.root / "values.csv"), "--groups", str(files.root / "groups.csv"))
    assert files.said("score", str(slim), *facts).code == 0


def test_slim_keeps_what_it_is_told_to(files: County) -> None:
    answer = files.said(*asked(files, "slim", "--tau", "0", "--grades", "0", "--keep", "water", "--keep", "growth"))
    assert "[bold]" not in answer.out
    assert "2 of 3 indicators 指标 are left, 1 can go" in answer.out
    assert "needed elsewhere: growth, water" in answer.out
    assert "'sea' is neither a node nor an indicator" in files.said(*asked(files, "slim", "--keep", "sea")).problem


def test_slim_says_what_would_be_too_much(files: County) -> None:
    answer = files.said(*asked(files, "slim", "--tau", "1", "--grades", "1"))
    assert "3 of 3 indicators 指标 are left, 0 can go" in answer.out
    assert "next would be" in answer.out
    assert "that is too much" in answer.out


def test_both_ask_the_warehouse_of_a_project(worked: County) -> None:
    for command, told in (("uncertainty", "32 runs"), ("slim", "indicators 指标 are left")):
        before = worked.published()
        answer = worked.said("scheme", command, "town", "--period", "2025", *(("--runs", "32") if command == "uncertainty" else ()))
        assert answer.code == 0, answer
        assert told in answer.out
        assert worked.published() == before
    assert "knows nobody" in worked.said("scheme", "slim", "town", "--period", "1999").problem
