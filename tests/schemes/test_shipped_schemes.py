"""The schemes that come with the product: sound, honest about their sources, runnable, and each with the traits of its place."""

from pathlib import Path

import pytest

from declarations.check_scheme import scheme_mistakes
from declarations.project import Project, open_project
from declarations.rules import RuleProfile
from declarations.scheme import Scheme, indicators_read
from declarations.scheme.effective import effective_weights
from declarations.scheme_check.check import Around
from declarations.yaml_file import read_declaration
from pipeline.scheme_changes import rule_changes
from pipeline.score_files import ScoredFiles, Tables, score_files
from pipeline.write_scores import write_scores
from tests.schemes.sample_county import DEPARTMENTS, TOWNS, quarters_and_year, write_table, write_values

ROOT = Path(__file__).parents[2] / "schemes"
SAMPLES = sorted((ROOT / "samples").glob("*.yaml"))
ALL = [*sorted(ROOT.glob("*.yaml")), *SAMPLES]
DECISIONS = "decision_no,document_no,subject,decision_type,decided_on,authority,points,period"
DIMENSIONS = {"innovation", "coordination", "green", "openness", "sharing"}


@pytest.fixture(scope="module")
def project() -> Project:
    return open_project(ROOT.parent)


def read(name: str) -> Scheme:
    return read_declaration(ROOT / "samples" / f"{name}.yaml", Scheme)


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.stem)
def test_a_shipped_scheme_is_sound_and_says_that_it_is_a_sample(file: Path, project: Project) -> None:
    rules = {one.id: one for one in (read_declaration(found, RuleProfile) for found in sorted(file.parent.glob("rules/*.yaml")))}
    schemes = {one.id: one for one in (read_declaration(found, Scheme) for found in sorted(file.parent.glob("*.yaml")))}
    scheme, mistakes = scheme_mistakes(file, Around(project.indicators, rules, schemes))
    assert mistakes == []
    assert scheme is not None
    assert scheme.id == file.stem
    assert any("sample, verify" in source for source in scheme.sources)
    assert scheme.replaces or scheme.id == "changfeng-2023"  # what the scheme after it does away with
    assert any("sample, verify" in source for source in rules[scheme.rule_profile or ""].sources)


def test_the_samples_start_no_run_of_their_own(project: Project) -> None:
    assert set(project.schemes) == {"town-2025", "department-2025", "cadre-2025"}


def test_the_library_covers_the_five_dimensions_and_names_its_sources(project: Project) -> None:
    found = [one.dimension for one in project.indicators.values() if one.direction != "neither"]
    assert len(found) >= 60
    assert {dimension: found.count(dimension) >= 2 for dimension in DIMENSIONS} == dict.fromkeys(DIMENSIONS, True)
    assert [one.code for one in project.indicators.values() if not one.source] == []


def test_changfeng_2024_drops_investment_promotion_and_ranking_and_strengthens_agriculture() -> None:
    before, after = read("changfeng-2023"), read("changfeng-2024")
    rules = read_declaration(ROOT / "samples" / "rules" / "county-2023.yaml", RuleProfile)
    assert before.rule_profile == after.rule_profile == rules.id
    assert rule_changes(rules, rules) == []  # ceilings on one grade of several classes are several ceilings
    codes = {node.code for node in before.nodes()} - {node.code for node in after.nodes()}
    assert "stat_industrial_investment_signed" in codes
    assert (before.ranking.shown, after.ranking.shown) == (True, False)
    assert (before.peers, after.peers) == ("class", "group")
    old, new = effective_weights(before, "north"), {group: effective_weights(after, group)["agriculture"] for group in after.groups}
    assert old["agriculture"] == effective_weights(before, "south")["agriculture"] == pytest.approx(0.09)
    assert new == pytest.approx({"north": 0.3, "south": 0.15})


def test_xiqu_gives_performance_forty_percent() -> None:
    scheme = read("xiqu-2024")
    assert {group: effective_weights(scheme, group)["performance"] for group in scheme.groups} == pytest.approx(
        {"town": 0.4, "department": 0.4}
    )


def test_the_traceless_scheme_reads_systems_only(project: Project) -> None:
    scheme = read("zhejiang-traceless-2025")
    feeds = {project.indicators[code].feed for code in indicators_read(scheme)}
    assert feeds == {"statistics", "rating", "petition"}
    assert {node.code for node in scheme.tree} == DIMENSIONS


def tables(folder: Path, name: str, decisions: list[list[object]], **others: Path) -> Tables:
    scheme = read(name)
    subjects = DEPARTMENTS if scheme.subject_class == "department" else TOWNS
    values = write_values(folder / f"{name}.csv", scheme, subjects, quarters_and_year(scheme.year))
    names = list(scheme.groups)
    rows = [[subject, names[n % len(names)]] for n, subject in enumerate(subjects)] if names else []
    given = {"groups": write_table(folder / f"{name}-groups.csv", "subject,group", rows)} if rows else {}
    return Tables([values], decisions=write_table(folder / f"{name}-decisions.csv", DECISIONS, decisions), **{**given, **others})


def decision(subject: str, kind: str, year: int, points: object = "") -> list[object]:
    return [f"{kind}-{subject}", f"doc {kind} {subject}", subject, kind, f"{year}-06-01", "office", points, year]


def annual(found: ScoredFiles) -> dict[str, dict[str, object]]:
    rows = found.rows("select * from score.result where length(period) = 4")
    return {row["subject_id"]: row for row in rows}


@pytest.mark.parametrize("name", ["changfeng-2023", "changfeng-2024", "xiqu-unit-2024", "zhejiang-traceless-2025"])
def test_a_scheme_of_towns_scores_a_county(name: str, tmp_path: Path) -> None:
    year = read(name).year or 0
    decisions = [
        decision("T01", "blind_debt", year), decision("T02", "political_negative", year),
        decision("T03", "commendation", year, 9), decision("T04", "accident", year, 9),
    ]  # fmt: skip
    with score_files(ROOT / "samples" / f"{name}.yaml", tables(tmp_path, name, decisions)) as found:
        results = annual(found)
        assert set(results) == set(TOWNS)
        assert all(row["score"] is not None for row in results.values())
        graded = [row["grade"] for row in results.values() if row["grade"] is not None]
        assert graded.count("excellent") <= 0.3 * len(TOWNS)
        assert results["T01"]["grade"] != "excellent"
        assert results["T02"]["grade"] == "poor"
        points = {row["code"]: row["counted_points"] for row in found.rows(f"select * from score.adjustment where period = '{year}'")}
        assert points["commendation"] == pytest.approx(3 if name.startswith("changfeng") else 2)
        assert points["accident"] == pytest.approx(-5)
        flags = found.rows("select subject_id, rule from score.consequence where code = 'debt_accountability'")
        assert [row["subject_id"] for row in flags] == ["T01"]


def test_the_units_evaluation_caps_special_targets_and_asks_the_public(tmp_path: Path) -> None:
    name = "hangzhou-unit-2025"
    decisions = [
        decision("D01", "task_bonus", 2025, 3),
        decision("D02", "commendation", 2025, 5),
        decision("D03", "political_negative", 2025),
    ]
    with score_files(ROOT / "samples" / f"{name}.yaml", tables(tmp_path, name, decisions)) as found:
        results = annual(found)
        sums = found.rows("select code, subject_id, sum(counted_points) as points from score.adjustment where period = '2025' group by all")
        by = {(row["code"], row["subject_id"]): row["points"] for row in sums}
        public = {
            row["subject_id"]: row["normalised"] for row in found.rows("select * from score.node where node = 'public' and period = '2025'")
        }
        assert by["innovation", "D02"] == pytest.approx(3)
        assert by["special_target", "D01"] + by.get(("warning_cards", "D01"), 0.0) <= 1
        assert {points for (code, _), points in by.items() if code == "warning_cards"} <= {0.0, -0.3, -0.5}
        assert results["D03"]["grade"] == "below_standard"
        excellent = [subject for subject, row in results.items() if row["grade"] == "excellent"]
        assert len(excellent) <= 3
        assert all(public[subject] >= 75 for subject in excellent)


def test_a_cadres_result_contains_the_teams_and_three_years_excellent_are_flagged(tmp_path: Path) -> None:
    """Eight members of each of twelve teams; how many can be excellent hangs on the team's grade."""
    with score_files(ROOT / "samples" / "xiqu-unit-2024.yaml", tables(tmp_path, "xiqu-unit-2024", [])) as teams:
        write_scores(teams, tmp_path / "teams")
        team = annual(teams)
    cadres = [f"{town}-{n}" for town in TOWNS for n in range(8)]
    scheme = read("xiqu-2024")
    given = Tables(
        [write_values(tmp_path / "cadres.csv", scheme, cadres, quarters_and_year(2024))],
        groups=write_table(
            tmp_path / "cadre-groups.csv",
            "subject,group,unit_id,role",
            [[cadre, "town", cadre[:3], "chief" if cadre.endswith("0") else "deputy"] for cadre in cadres],
        ),
        members=tmp_path / "teams" / "results.parquet",
        history=write_table(
            tmp_path / "history.csv", "subject,period,score,grade", [[c, y, 90, "excellent"] for c in cadres for y in (2022, 2023)]
        ),
        decisions=write_table(tmp_path / "cadre-decisions.csv", DECISIONS, [decision("T01-3", "political_negative", 2024)]),
    )
    with score_files(ROOT / "samples" / "xiqu-2024.yaml", given) as found:
        results = annual(found)
        shares = found.rows("select * from score.node where period = '2024' and node = 'team_result'")
        flags = {row["subject_id"] for row in found.rows("select * from score.consequence where code = 'merit_citation'")}
    for row in shares:
        share = 1 if row["subject_id"].endswith("0") else 0.95
        assert row["normalised"] == pytest.approx(share * float(str(team[row["subject_id"][:3]]["score"])))
    excellent = {cadre for cadre, row in results.items() if row["grade"] == "excellent"}
    assert flags == excellent
    assert excellent
    assert results["T01-3"]["grade"] == "incompetent"
    for grade, most in {"excellent": 0.30, "fair": 0.20, "poor": 0.20}.items():
        for town in (town for town in TOWNS if team[town]["grade"] == grade):
            assert sum(cadre[:3] == town for cadre in excellent) <= most * 8
            assert grade != "poor" or f"{town}-0" not in excellent
    of_good_teams = [cadre for cadre in cadres if team[cadre[:3]]["grade"] == "good"]
    assert {str(row["grade"]) for row in team.values()} == {"excellent", "good", "fair", "poor"}
    assert len(excellent.intersection(of_good_teams)) <= 0.25 * len(of_good_teams)
