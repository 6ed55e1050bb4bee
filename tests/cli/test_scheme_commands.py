"""``traceless scheme``: what is typed, what is answered."""

import re
from pathlib import Path

import pytest
from command_county import Answer, County

SCHEME = """
id: small
title: {en: Small towns, zh: 小样例}
groups: {north: {en: North, zh: 北}, south: {en: South, zh: 南}}
tree:
  - code: economy
    title: {en: Economy, zh: 经济}
    weight: {north: 0.4, south: 0.6}
    children:
      - {code: growth, weight: 0.5, indicator: growth, normalise: {method: min_max}}
      - {code: jobs, weight: 0.5, indicator: jobs, normalise: {method: efficacy, satisfactory: 10, excellent: 50}}
  - code: water
    weight: {north: 0.6, south: 0.4}
    indicator: water
    normalise: {method: as_is}
adjustments:
  - {code: award, title: {en: Award, zh: 表彰}, kind: bonus, decision_type: award, cap: 3}
grades:
  - {grade: good, title: {en: Good, zh: 良好}, at_least: 60}
  - {grade: poor, title: {en: Poor, zh: 较差}}
"""
VALUES = "subject,period,growth,jobs,water\n" + "".join(f"T{i},2025,{i},{50 - 4 * i},{40 + 3 * (i % 4)}\n" for i in range(10))
MEMBERS = "subject,group\n" + "".join(f"T{i},{'north' if i % 2 else 'south'}\n" for i in range(10))


@pytest.fixture
def files(tmp_path: Path) -> County:
    """A golden project, with a scheme that stands alone and its tables beside it."""
    county = County.new(tmp_path / "county")
    for name, text in (("small.yaml", SCHEME), ("values.csv", VALUES), ("groups.csv", MEMBERS)):
        county.drop(name, text)
    return county


def draft(county: County, *changes: tuple[str, str], source: str = "small.yaml") -> str:
    """Another version of a scheme."""
    text = (county.root / source).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    county.drop("draft.yaml", text)
    return str(county.root / "draft.yaml")


def facts(county: County) -> tuple[str, ...]:
    return ("--values", str(county.root / "values.csv"), "--groups", str(county.root / "groups.csv"))


def small(county: County) -> str:
    return str(county.root / "small.yaml")


def test_check_lists_every_mistake_with_its_line(files: County) -> None:
    made = draft(
        files, ("growth, weight: 0.5", "growth, weight: 0.6"), ("at_least: 60", "at_least: 60, requires: [{node: watr, at_least: 1}]")
    )
    answer = files.said("scheme", "check", made)
    assert answer.code == 1
    assert re.search(r"draft\.yaml:9: tree\.0\.children: node 'economy': the weights sum to 1\.1.*\nNext step: change them", answer.out)
    assert re.search(r"draft\.yaml:19: grades\.0\.requires\.0\.node: 'watr' is no node.*\nNext step: Did you mean 'water'", answer.out)
    assert "2 mistakes" in answer.out


def test_check_lists_every_mistake_of_the_model_too(files: County) -> None:
    made = draft(files, ("method: min_max", "method: minmax"), ("code: water", "cod: water"))
    answer = files.said("scheme", "check", made)
    assert answer.code == 1
    assert "draft.yaml:10: tree.0.children.0.normalise.method: there is no method 'minmax' here." in answer.out
    assert "draft.yaml:12: tree.1.cod: 'cod' is not a key here.\nNext step: Did you mean 'code'?" in answer.out


def test_check_of_a_sound_scheme_warns_and_ends_well(files: County) -> None:
    answer = files.said("scheme", "check", draft(files, ("decision_type: award, cap: 3", "decision_type: award")))
    assert answer.code == 0
    assert "small: no mistakes" in answer.out
    assert "one-sided caps award: add points without a cap." in answer.out
    assert "1 warning " in answer.out


def test_check_on_facts_shows_weight_and_importance(files: County) -> None:
    answer = files.said("scheme", "check", small(files), *facts(files))
    assert answer.code == 0, answer
    assert re.search(
        r"importance growth: decide far more than their weights say: growth 25\.0 % → \d+\.\d %\.\nNext step: narrow", answer.out
    )
    shares = re.findall(r"^(growth|jobs|water) +([\d.]+) % +(-?[\d.]+) %", answer.out, re.MULTILINE)
    assert {name: share for name, share, _ in shares} == {"growth": "25.0", "jobs": "25.0", "water": "50.0"}
    assert sum(float(importance) for _, _, importance in shares) == pytest.approx(100, abs=0.2)


def test_check_on_facts_tells_groups_that_are_too_small(files: County) -> None:
    made = draft(files, ("{method: min_max}", "{method: min_max, minimum_peers: 6}"))
    assert files.said("scheme", "check", made).code == 0
    answer = files.said("scheme", "check", made, *facts(files))
    assert answer.code == 1
    assert re.search(
        r"draft\.yaml:10: .*minimum_peers: node 'growth': min_max needs 6 peers; group 'north' has 5.*\n.*'fallback'", answer.out
    )


def test_check_of_a_scheme_of_the_project_by_its_id(files: County) -> None:
    answer = files.said("scheme", "check", "town")
    assert answer.code == 0
    assert "no grade below grade poor: starts at 0, and a result can be -1" in answer.out
    files.change("schemes/town.yaml", "indicator: growth,", "indicator: growh,")
    answer = files.said("scheme", "check", "town")
    assert answer.code == 1
    assert re.search(r"town\.yaml:9: tree\.0\.indicator: .*no indicator 'growh'.*\nNext step: Did you mean 'growth'", answer.out)


def test_a_scheme_is_checked_whatever_is_wrong_with_another(files: County) -> None:
    files.change("schemes/cadre.yaml", "weight: 0.5", "weight: half")
    assert files.said("scheme", "check", "town").code == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("twn", r"there is no scheme 'twn'.*Did you mean 'town'"),
        ("nowhere.yaml", r"there is no such file"),
    ],
)
def test_a_slip_of_the_hand(files: County, name: str, told: str) -> None:
    for command in ("check", "show"):
        assert re.search(told, files.said("scheme", command, name).problem)


def test_show_has_weights_methods_and_rules(files: County) -> None:
    answer = files.said("scheme", "show", small(files))
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert any("40.0 % / 60.0 %  经济 Economy economy weight 权重 0.4 / 0.6 arithmetic" in line for line in lines), answer.out
    assert any("20.0 % / 30.0 %  growth" in line for line in lines)
    assert "← efficacy 功效系数: 60 at 10, 100 at 50" in answer.out
    assert re.search(r"award +表彰 Award +\+ its points for each confirmed decision 'award', at most 3", answer.out)
    assert re.search(r"poor +较差 Poor +all others", answer.out)
    one = files.said("scheme", "show", small(files), "--group", "south").out
    assert "30.0 %  growth" in one
    assert "20.0 %" not in one
    assert "Did you mean 'north'" in files.said("scheme", "show", small(files), "--group", "nort").problem


def test_show_of_a_projects_scheme_has_its_measures(files: County) -> None:
    assert "100 % of the weight is automatic" in files.said("scheme", "show", "town").out


def test_show_writes_pictures(files: County) -> None:
    svg, page = files.root / "tree.svg", files.root / "tree.html"
    answer = files.said("scheme", "show", small(files), "--svg", str(svg), "--html", str(page))
    assert (answer.code, answer.out.count("written: ")) == (0, 2)
    assert svg.read_text(encoding="utf-8").startswith("<svg ")
    assert "北 North" in page.read_text(encoding="utf-8")
    lost = files.said("scheme", "show", small(files), "--svg", str(files.root / "no" / "where.svg"))
    assert "where.svg" in lost.problem


def test_diff_says_what_changed(files: County) -> None:
    answer = files.said("scheme", "diff", small(files), draft(files, ("excellent: 50", "excellent: 60"), ("at_least: 60", "at_least: 55")))
    assert answer.code == 0
    assert "method jobs: efficacy 功效系数: 60 at 10, 100 at 50 → efficacy 功效系数: 60 at 10, 100 at 60" in answer.out
    assert "grade good: from 60 points → from 55 points" in answer.out
    assert "2 changes" in answer.out
    assert "nothing differs" in files.said("scheme", "diff", small(files), small(files)).out


def test_diff_on_facts_says_what_it_does(files: County) -> None:
    made = draft(files, ("{north: 0.4, south: 0.6}", "{north: 0.5, south: 0.6}"), ("{north: 0.6, south: 0.4}", "{north: 0.5, south: 0.4}"))
    answer = files.said("scheme", "diff", small(files), made, *facts(files), "--rows", "3")
    assert answer.code == 0, answer
    # only the north changes, from 0.4 · economy + 0.6 · water to the mean of both. T9: growth 100, jobs 64, water 43:
    # 32.8 + 25.8 = 58.6, then 62.5. T7: 75, 72, 49: 58.8, then 61.25. T5: 50, 80, 43: 51.8, then 54
    rows = [line.split()[:6] for line in answer.out.splitlines() if re.match(r"T\d ", line)]
    assert rows == [
        ["T9", "58.6", "62.5", "+3.90", "2", "1"],
        ["T7", "58.8", "61.25", "+2.45", "1", "2"],
        ["T5", "51.8", "54", "+2.20", "4", "3"],
    ]
    assert re.search(r"T9 .* 较差 poor → 良好 good +growth \+5\.00, water -4\.30, jobs \+3\.20", answer.out)
    # T3 and T5, T7 and T9 change places: 18 of the 20 pairs of either group stay in order, 2 do not
    assert "scores 得分: 5 of 10 change, by at most 3.9" in answer.out
    assert "Kendall tau 0.800 over 20 pairs; 4 change their place" in answer.out
    assert "grades 等次: 2 of 10 change" in answer.out
    assert "3 of 10 subjects" in answer.out


def test_diff_on_the_warehouse_leaves_it_as_it_was(worked: County, tmp_path: Path) -> None:
    county = worked.copy(tmp_path / "county")
    made = draft(
        county,
        ("weight: 0.5, indicator: growth", "weight: 0.7, indicator: growth"),
        ("weight: 0.5\n", "weight: 0.3\n"),
        source="schemes/town.yaml",
    )
    before = county.published()
    answer = county.said("scheme", "diff", "town", made, "--period", "2025-Q1")
    assert answer.code == 0, answer
    # golden/worked.md: growth 100, 70, 100 points and service 68, 94, 0; a decision takes 1 of A and gives 2 to B.
    # 0.7 and 0.3 instead of halves: 90.4 − 1, 77.2 + 2, 70
    assert scores(answer) == {"A": ("83", "89.4"), "B": ("84", "79.2"), "C": ("50", "70")}
    assert county.said("run", "--period", "2025-Q1").code == 0
    assert county.published() == before


def test_check_on_the_warehouse(worked: County) -> None:
    answer = worked.said("scheme", "check", "town", "--period", "2025-Q1")
    assert answer.code == 0, answer
    shares = re.findall(r"^(growth|satisfaction|on_time) +([\d.]+) % +(-?[\d.]+) %", answer.out, re.MULTILINE)
    assert {name: share for name, share, _ in shares} == {"growth": "50.0", "satisfaction": "30.0", "on_time": "20.0"}
    assert sum(float(importance) for _, _, importance in shares) == pytest.approx(100, abs=0.2)
    annual = worked.said("scheme", "check", "service", "--period", "2025")
    assert annual.code == 0, annual
    assert re.search(r"^satisfaction +60\.0 % ", annual.out, re.MULTILINE)  # the year's own part of the blend


def scores(answer: Answer) -> dict[str, tuple[str, str]]:
    """Score before and after of each subject of the shown table."""
    found = (line.split() for line in answer.out.splitlines())
    return {cells[0]: (cells[1], cells[2]) for cells in found if len(cells) > 3 and cells[0] in ("A", "B", "C")}


def test_diff_on_a_period_that_nobody_knows(files: County) -> None:
    assert "no warehouse yet" in files.said("scheme", "diff", "town", "town", "--period", "2025").problem
    alone = files.said("scheme", "diff", small(files), small(files), "--period", "2025")
    assert "neither scheme is one of a project" in alone.problem
