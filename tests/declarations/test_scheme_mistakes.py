"""Every contradiction in a scheme is told before anything runs: with file, line, key, value and remedy, and nothing else with it."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from declarations.check_scheme import Around, check_scheme, contradictions, scheme_mistakes
from declarations.problem import Problem
from declarations.project import Project
from declarations.scheme import Scheme
from declarations.yaml_file import read_declaration

SOUND = Path(__file__).parent / "sound_scheme.yaml"
GOLDEN = Path(__file__).parents[1] / "golden"


class Planted(NamedTuple):
    """``old`` is replaced by ``new``; the mistake is told at ``key``, on the line where ``at`` (default: ``new``) then stands."""

    old: str
    new: str
    key: str
    what: str
    fix: str
    at: str = ""


NUMBERS = [
    Planted("high: 75", "high: .nan", "tree.0.children.0.normalise.high", "nan is no number", "finite number"),
    Planted("high: 75", "high: .inf", "tree.0.children.0.normalise.high", "inf is no number", "finite number"),
    Planted("excellent: 95", "excellent: 1.0e+308", "tree.1.children.0.normalise.excellent", "1e[+]308 is no number", "at most 1e[+]150"),
    Planted("high: 75", "high: seventy", "tree.0.children.0.normalise.high", "is not a number. Found 'seventy'", "write a number"),
    Planted(
        "low: {north: 1, south: 2}", "low: {north: 1}", "tree.0.children.0.normalise.low", "no value for group 'south'", "north, south"
    ),
    Planted(
        "low: {north: 1, south: 2}",
        "low: {north: 1, south: 2, sout: 2}",
        "tree.0.children.0.normalise.low.sout",
        "no group 'sout'",
        "Did you mean 'south'",
    ),
    Planted("weight: {north: 0.4, south: 0.6}", "weight: {north: 0.4}", "tree.0.weight", "no value for group 'south'", "one for each of"),
    Planted("factor: {north: 1.05, south: 1}", "factor: {north: 1.05}", "adjustments.2.factor", "no value for group 'south'", "each of"),
    Planted(
        "not_applicable_to: [south]", "not_applicable_to: [soth]", "tree.1.children.1.not_applicable_to.0", "no group 'soth'", "'south'"
    ),
    Planted(
        "fallback: {method: as_is, factor: 2}",
        "fallback: {method: efficacy, satisfactory: {peers: min}, excellent: 9}",
        "tree.1.children.1.normalise.fallback.satisfactory.peers",
        "cannot take their min",
        "give a number",
    ),
]
TREE = [
    Planted(
        "code: forest\n", "code: water\n", "tree.1.children.1.code", "'water': the code stands more than once", "own code", "code: water"
    ),
    Planted("code: waste\n", "code: score\n", "tree.1.children.2.code", "'score' is a name of the engine's own", "another code"),
    Planted("code: waste\n", "code: routine_q2\n", "tree.1.children.2.code", "'routine_q2' is a name of the engine's", "another code"),
    Planted("code: waste\n", "code: Water\n", "tree.1.children.2.code", "differs from 'water' by capitals only", "own code"),
    Planted(
        "weight: 0.2",
        "weight: 0.3",
        "tree.1.children",
        r"'living': the weights sum to 1.1, not 1: water 0.4 \+ forest 0.4 \+ waste 0.3",
        "so that they sum to 1",
        "children:\n      - code: water",
    ),
    Planted("weight: {north: 0.6, south: 0.4}", "weight: 0.6", "tree", "in group 'south' sum to 1.2, not 1", "sum to 1", "tree:"),
    Planted("weight: {north: 0.6, south: 0.4}", "weight: {north: 0.6, south: -0.4}", "tree.1.weight", "'south' is -0.4", "0 or more"),
    Planted(
        "{method: best, count: 2}", "{method: best, count: 4}", "tree.1.aggregate.count", "best 4 of 3 children cannot be", "at most 3"
    ),
    Planted("{method: best, count: 2}", "{method: power, p: 0}", "tree.1.aggregate.p", "p = 0 is the geometric", "geometric"),
    Planted("{method: best, count: 2}", "{method: powr, p: 2}", "tree.1.aggregate.method", "no method 'powr'", "Did you mean 'power'"),
    Planted("{method: best, count: 2}", "geometrical", "tree.1.aggregate", "Found 'geometrical'", "Did you mean 'geometric'"),
    Planted("minimum_available: 1", "minimum_available: 4", "tree.1.minimum_available", "asks for 4 available", "at most 3"),
    Planted("direction: higher", "aggregate: geometric", "tree.1.children.0.aggregate", "no meaning for a leaf", "put it at a branch"),
    Planted("minimum_available: 1", "minimum_n: 5", "tree.1.minimum_n", "no meaning for a branch", "put it at a leaf"),
    Planted("too_few: 30", "too_few: 0", "tree.1.children.2.missing.too_few", "missing data is never a zero", "give a number above 0"),
    Planted("minimum_available: 1", "missing: {too_few: peer_mean}", "tree.1.missing.too_few", "a branch is absent only", "leaves below"),
    Planted(
        'least(first_half, "second-half")', "least(first_half, sum)", "side.0.aggregate.sql", "names 'sum', which is unknown", "first_half"
    ),
    Planted('"second-half")', "second-half)", "side.0.aggregate.sql", "names 'half'", "may name first_half"),
    Planted("least(first_half,", "sum(first_half +", "side.0.aggregate.sql", "holds an aggregate", "over one row"),
]
METHODS = [
    Planted("method: efficacy", "method: eficacy", "tree.1.children.0.normalise.method", "no method 'eficacy'", "Did you mean 'efficacy'"),
    Planted("satisfactory: 60", "satisfactry: 60", "tree.1.children.0.normalise.satisfactry", "not a key", "Did you mean 'satisfactory'"),
    Planted("satisfactory: 60", "satisfactory: 95", "tree.1.children.0.normalise.excellent", "both 95", "set them apart", "excellent: 95"),
    Planted(
        "direction: higher",
        "direction: lower",
        "tree.1.children.0.normalise.satisfactory",
        "lower is better, but",
        "swap",
        "satisfactory: 60",
    ),
    Planted(
        "low: {north: 1, south: 2}",
        "low: {north: 1, south: 0}",
        "tree.0.children.0.normalise.low",
        "above 0; low is 0 in group 'south'",
        "log: false",
    ),
    Planted(
        "low: {north: 1, south: 2}",
        "low: {north: 1, south: 75}",
        "tree.0.children.0.normalise.high",
        "both 75 in group 'south'",
        "apart",
        "high: 75",
    ),
    Planted("log: true", "scale: 0", "tree.0.children.0.normalise.scale", "the scale is 0", "above 0"),
    Planted("low: 0\n", "low: 100\n", "tree.1.children.1.normalise.high", "low 100 is not below high 100", "larger", "high: 100"),
    Planted(
        "fallback: {method: as_is, factor: 2}",
        "fallback: {method: rank}",
        "tree.1.children.1.normalise.fallback.method",
        "no method 'rank' here",
        "one of: target_completion",
    ),
    Planted(
        "fallback: {method: as_is, factor: 2}",
        "fallback: {method: as_is, factor: 0}",
        "tree.1.children.1.normalise.fallback.factor",
        "everybody would get 0",
        "another factor",
    ),
    Planted(
        "fallback: {method: as_is, factor: 2}",
        "peers: class",
        "tree.1.children.1.normalise.peers",
        "an attribute of the subjects",
        "Did you mean 'all'",
    ),
    Planted(
        "{at: 5, points: 60}",
        "{at: 10, points: 60}",
        "tree.1.children.2.normalise.corners.2.at",
        "ascend without repeats; 9 follows 10",
        "in order",
        "{at: 9",
    ),
    Planted("100 * (1 - exp(-x / k))", "100 * (1 - exp(-x / k)", "side.0.children.1.normalise.sql", "is not an SQL expression", "brackets"),
    Planted("100 * (1 - exp(-x / k))", "(select max(x) from facts)", "side.0.children.1.normalise.sql", "holds a query", "over one row"),
    Planted(
        "100 * (1 - exp(-x / k))",
        "read_text('/etc/passwd')",
        "side.0.children.1.normalise.sql",
        "'READ_TEXT' cannot stand|'read_text' cannot stand|holds the text",
        "arithmetic|numbers",
    ),
    Planted("100 * (1 - exp(-x / k))", "x > k", "side.0.children.1.normalise.sql", "is not a number but boolean", "case when"),
    Planted(
        "parameters: {k: 12}",
        "parameters: {k: 12, x: 1}",
        "side.0.children.1.normalise.parameters.x",
        "name of the value itself",
        "another name",
    ),
]
METHODS += [
    Planted(
        "excellent: 95",
        "excellent: {peers: max, among: class}",
        "tree.1.children.0.normalise.excellent.among",
        "an attribute of the subjects",
        "Did you mean 'all'",
    ),
    Planted(
        "satisfactory: 60\n          excellent: 95",
        "satisfactory: {peers: min}\n          excellent: {peers: max, among: all}",
        "tree.1.children.0.normalise",
        "of different peers: all, group",
        "make two leaves",
        "normalise:",
    ),
    Planted(
        "satisfactory: 60\n          excellent: 95",
        "satisfactory: {peers: max}\n          excellent: {peers: max}",
        "tree.1.children.0.normalise.excellent",
        "are both the peers' max",
        "two different statistics",
        "excellent: {peers: max}",
    ),
]
PREPARE = [
    Planted("code: jobs_before", "code: gdp_per_head", "prepare.1.code", "'gdp_per_head' is made twice", "of its own"),
    Planted(
        "expression: gdp / people",
        "expression: jobs_before / people",
        "prepare.0.expression",
        "made by step 1 only, and this is step 0",
        "the order",
    ),
    Planted("expression: gdp / people", "expression: gdp / people > 2", "prepare.0.expression", "is not a number", "case when"),
    Planted("indicators: [jobs]", "indicators: [jobz]", "prepare.2.indicators.0", "'jobz' is read by no leaf", "Did you mean 'jobs'"),
    Planted("low: 0.05", "low: 0.95", "prepare.2", "needs 0 ≤ low < high ≤ 1", "Correct"),
    Planted("peers: group", "peers: class", "prepare.2.peers", "an attribute of the subjects", "Did you mean 'all'"),
    Planted("step: impute, method: median", "step: impute, method: medain", "prepare.3.method", "Found 'medain'", "Did you mean 'median'"),
]
RESULT = [
    Planted(
        "kind: deduction, decision_type: accident",
        "kind: deduction, decision_type: award",
        "adjustments.1.decision_type",
        "already taken by 'award'",
        "another decision type",
    ),
    Planted("kind: deduction", "kind: deductions", "adjustments.1.kind", "no kind 'deductions'", "Did you mean 'deduction'"),
    Planted("code: accident", "code: award", "adjustments.1.code", "'award' stands twice", "own code"),
    Planted("cap: 5, pool: events", "cap: 5, pool: evnts", "adjustments.1.pool", "pool 'evnts' has no cap", "Did you mean 'events'"),
    Planted(
        "  events: 6", "  events: 6\n  others: 3", "adjustment_caps.others", "no adjustment names the pool 'others'", "pool", "others: 3"
    ),
    Planted("  events: 6", "  events: 0", "adjustment_caps.events", "the cap is 0", "above 0"),
    Planted("nodes: [economy, living]", "nodes: [economy, lving]", "adjustments.3.nodes.1", "'lving' is no node", "Did you mean 'living'"),
    Planted("node: living, share", "node: lving, share", "adjustments.4.node", "'lving' is no node", "Did you mean 'living'"),
    Planted("points: -1", "points: -1, factor: 0.9", "adjustments.4", "give 'points' or 'factor'", "Correct"),
    Planted(
        "factor: {north: 1.05, south: 1}",
        "factor: {north: 1.05, south: 0}",
        "adjustments.2.factor",
        "in group 'south': it would wipe",
        "above 0",
    ),
    Planted("when: water > 50 and score < 90", "when: water + score", "adjustments.2.when", "is not a condition", "compare"),
    Planted("grade: good}", "grade: god}", "vetoes.0.grade", "'god' is no grade", "Did you mean 'good'"),
    Planted("grade: good}", "grade: excellent}", "vetoes.0.grade", "is the best grade", "that remains possible"),
    Planted("{multiply: 1.0}", "{multiply: 0}", "after.0.multiply", "wipes the points out", "another factor"),
]
GRADES = [
    Planted("at_least: 60", "at_least: 70", "grades.2.at_least", "starts at the same 70 as the grade before: they overlap", "must descend"),
    Planted("at_least: 60", "at_least: 75", "grades.2.at_least", "starts at 75, not below the 70", "must descend"),
    Planted("at_least: 70}", "at_least: 70, above: 71}", "grades.1", "give 'at_least' or 'above', not both", "Correct"),
    Planted("zh: 较差}}", "zh: 较差}, at_least: 40}", "grades.3.at_least", "a hole: less than 40 is no grade", "for the rest"),
    Planted("zh: 较差}}", "zh: 较差}, top_share: 0.9}", "grades.3.top_share", "the last places have no grade", "the rest get this grade"),
    Planted(", at_least: 60}", "}", "grades.2", "'fair' takes everybody who is left", "put it last", "grade: fair"),
    Planted("grade: fair", "grade: good", "grades.2.grade", "the grade 'good' stands twice", "once"),
    Planted("node: living, at_least: 80", "node: lving, at_least: 80", "grades.0.requires.0.node", "'lving' is no node", "'living'"),
    Planted("ties: [economy, living]", "ties: [economy, livin]", "ties.1", "'livin' is no node", "Did you mean 'living'"),
    Planted("ties: [economy, living]", "ties: [economy, economy]", "ties.1", "has already decided", "once"),
    Planted("ties: [economy, living]\n", "", "ranking.use_ties", "no 'ties' to use", "list the nodes", "ranking:"),
    Planted(
        "grade: excellent, share: 0.3", "grade: excelent, share: 0.3", "rules.ceilings.0.grade", "ceiling on 'excelent'", "'excellent'"
    ),
    Planted("grade: poor, consecutive", "grade: bad, consecutive", "rules.consequences.0.grade", "'talk' names 'bad'", "fair, poor"),
]
WHOLE = [
    Planted("after:\n", "final:\n  - {compare: {by: rank}}\nafter:\n", "final.0.compare", "are not compared", "into 'after'", "by: rank"),
    Planted("{routine: 0.4, annual: 0.6}", "{routine: 0.5, annual: 0.6}", "blend", r"routine \+ annual is 1.1, not 1", "Correct"),
    Planted("{routine: 0.4, annual: 0.6}", "{routine: 0.3, annual: 0.7}", "blend.routine", "asks for at least 0.4", "raise it"),
    Planted("annual: 0.6}", "annual: 0.3, special: [{scheme: sound, weight: 0.3}]}", "blend.special.0.scheme", "its own result", "another"),
    Planted("year: 2025", "rule_profile: county\nyear: 2025", "rules", "writes its rules out and names", "keep one", "rules:"),
    Planted("code: agree, title", "code: bunched, title", "screens.1.code", "'bunched' stands twice", "own code"),
    Planted("second: forest", "second: water", "screens.1.second", "compared with itself", "two different"),
    Planted("right: people * 2", "right: people * random()", "screens.2.right", "cannot stand in an expression", "arithmetic"),
    Planted("id: sound", "wieghts: relative\nid: sound", "wieghts", "'wieghts' is not a key", "Did you mean 'weights'"),
]


@pytest.mark.parametrize("planted", [*NUMBERS, *TREE, *METHODS, *PREPARE, *RESULT, *GRADES, *WHOLE], ids=lambda p: f"{p.key}-{p.new[:30]}")
def test_a_planted_mistake_is_told_and_nothing_else(planted: Planted, tmp_path: Path) -> None:
    text = SOUND.read_text(encoding="utf-8")
    assert text.count(planted.old) >= 1, "the sound scheme has no such part"
    file = tmp_path / "scheme.yaml"
    file.write_text(text.replace(planted.old, planted.new, 1), encoding="utf-8")
    lines = file.read_text(encoding="utf-8").splitlines()
    told = [str(problem) for problem in scheme_mistakes(file)[1]]
    assert len(told) == 1, told
    found = re.fullmatch(rf"{re.escape(str(file))}:(\d+): {re.escape(planted.key)}: (.*) Next step: (.*)", told[0], re.DOTALL)
    assert found, told[0]
    stands = (planted.at or planted.new).strip().splitlines()[0]
    assert stands in lines[int(found[1]) - 1], (lines[int(found[1]) - 1], told[0])
    assert re.search(planted.what, found[2]), told[0]
    assert re.search(planted.fix, found[3]), told[0]


def test_the_sound_scheme_has_no_mistake() -> None:
    assert scheme_mistakes(SOUND)[1] == []


def test_all_mistakes_of_a_file_are_listed_in_the_order_of_lines(tmp_path: Path) -> None:
    file = tmp_path / "scheme.yaml"
    text = SOUND.read_text(encoding="utf-8")
    for planted in (TREE[4], METHODS[2], RESULT[6], GRADES[0], WHOLE[5]):
        text = text.replace(planted.old, planted.new, 1)
    file.write_text(text, encoding="utf-8")
    _, problems = scheme_mistakes(file)
    assert [p.place.split(": ")[1] for p in problems] == [
        "tree.1.children",
        "tree.1.children.0.normalise.excellent",
        "adjustments.3.nodes.1",
        "grades.2.at_least",
        "screens.1.code",
    ]
    with pytest.raises(Problem, match=re.escape(str(problems[0]))):
        check_scheme(file, read_declaration(file, Scheme))


def test_mistakes_of_the_model_are_all_listed_too(tmp_path: Path) -> None:
    file = tmp_path / "scheme.yaml"
    file.write_text(
        "id: a\ntitle: {en: a}\nwieghts: shares\ntree:\n  - {code: a, indicator: a, weight: half, normalise: {method: minmax}}\n"
        "  - {code: b, indicator: b, normalise: {method: efficacy, satisfactory: {indicatr: x}, excellent: 1}}\n"
        "  - {code: c, indicator: c, normalise: {method: efficacy, satisfactory: {peers: quantile}, excellent: 1}}\n"
    )
    scheme, problems = scheme_mistakes(file)
    assert scheme is None
    assert [p.place.removeprefix(f"{file}:") for p in problems] == [
        "2: title.zh",
        "3: wieghts",
        "5: tree.0.normalise.method",
        "5: tree.0.weight",
        "6: tree.1.normalise.satisfactory.indicatr",
        "7: tree.2.normalise.satisfactory",
    ]


def test_a_scheme_that_stands_alone_may_read_any_indicator() -> None:
    leaf = {"code": "a", "indicator": "何人も", "normalise": {"method": "min_max"}}
    scheme = Scheme.model_validate({"id": "alone", "title": {"en": "a", "zh": "a"}, "tree": [leaf]})
    check_scheme(Path("alone"), scheme)


def test_a_scheme_without_a_file_is_told_without_a_line() -> None:
    leaf = {"code": "a", "indicator": "a", "weight": 2, "normalise": {"method": "min_max"}}
    scheme = Scheme.model_validate({"id": "alone", "title": {"en": "a", "zh": "a"}, "tree": [leaf]})
    with pytest.raises(Problem, match=r"^alone: tree: the weights sum to 2, not 1: a 2"):
        check_scheme(Path("alone"), scheme)


def test_default_weights_are_told_to_be_relative() -> None:
    leaves = [{"code": code, "indicator": code, "normalise": {"method": "min_max"}} for code in "ab"]
    scheme = Scheme.model_validate({"id": "alone", "title": {"en": "a", "zh": "a"}, "tree": leaves})
    assert [mistake.fix for mistake in contradictions(scheme)] == ["give each a weight, or set 'weights: relative'."]
    relative = Scheme.model_validate({"id": "alone", "title": {"en": "a", "zh": "a"}, "weights": "relative", "tree": leaves})
    assert contradictions(relative) == []


@pytest.mark.parametrize("aggregate", ["sum", "min", "max", "median"])
def test_what_does_not_share_out_needs_no_shares(aggregate: str) -> None:
    leaves = [{"code": code, "indicator": code, "normalise": {"method": "min_max"}} for code in "ab"]
    data = {"id": "alone", "title": {"en": "a", "zh": "a"}, "aggregate": aggregate, "tree": leaves}
    assert contradictions(Scheme.model_validate(data)) == []


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    for part in ("feeds", "indicators", "schemes"):
        shutil.copytree(GOLDEN / part, tmp_path / part)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("town", "year: 2025\n", "", r"town.yaml:1: year: .*'year' is missing.*add 'year'"),
        ("town", "rule_profile: golden\n", "", r"town.yaml:1: rule_profile: .*'rule_profile' is missing.*schemes/rules/"),
        ("town", "rule_profile: golden", "rule_profile: goldn", r"town.yaml:6: rule_profile: there is no rule profile 'goldn'.*'golden'"),
        ("town", "year: 2025", "year: 2024", r"town.yaml:6: rule_profile: the profile 'golden' holds from 2025-01-01 on"),
        (
            "town",
            "indicator: growth,",
            "indicator: growh,",
            r"town.yaml:9: tree.0.indicator: node 'growth': there is no .* 'growh'.*'growth'",
        ),
        ("town", "{indicator: growth_target}", "{indicator: targets}", r"town.yaml:9: tree.0.normalise.target.indicator: .*'targets'"),
        ("town", "grade: excellent", "grade: best", r"town.yaml:6: rule_profile: .*ceiling on 'excellent', which is no grade.*best, good"),
        ("town", "cap: 1}", "cap: 1, when: growth > serv}", r"town.yaml:17: adjustments.0.when: .*names 'serv'.*Did you mean 'service'"),
        (
            "town",
            "satisfactory: 0.6, excellent: 1.0",
            "satisfactory: 1.0, excellent: 0.6",
            r"town.yaml:14: tree.1.children.0.normalise.satisfactory: .*higher is better, but satisfactory 1 and excellent 0.6",
        ),
        ("service", "annual: 0.6}", "annual: 0.3, special: [{scheme: cadre, weight: 0.3}]}", r"blend.special.0.scheme: 'cadre' appraises"),
        ("service", "annual: 0.6}", "annual: 0.3, special: [{scheme: twn, weight: 0.3}]}", r"there is no scheme 'twn'.*'town'"),
        (
            "cadre",
            "indicator: growth, normalise: {method: target_completion, target: {indicator: growth_target}, cap: 1.1}",
            "unit_result: {scheme: cadr}, normalise: {method: as_is}",
            r"cadre.yaml:9: tree.0.unit_result.scheme: .*no scheme 'cadr'.*'cadre'",
        ),
    ],
)
def test_a_scheme_of_a_project_must_fit_what_is_around_it(golden: Path, file: str, old: str, new: str, told: str) -> None:
    path = golden / "schemes" / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Problem, match=f"(?s){told}"):
        _ = Project(golden, golden / "var").schemes


def test_schemes_that_take_in_each_other_are_a_circle(golden: Path) -> None:
    for file, other in (("town", "service"), ("service", "town")):
        path = golden / "schemes" / f"{file}.yaml"
        text = path.read_text(encoding="utf-8").replace("blend: {routine: 0.4, annual: 0.6}\n", "")
        blend = f"blend: {{routine: 0.4, annual: 0.3, special: [{{scheme: {other}, weight: 0.3}}]}}\ntree:"
        path.write_text(text.replace("tree:", blend, 1), encoding="utf-8")
    with pytest.raises(Problem, match=r"service.yaml:8: blend.special.0.scheme: 'town' takes in the result of this scheme: a circle"):
        _ = Project(golden, golden / "var").schemes


def test_an_indicator_that_is_neither_better_high_nor_low_needs_a_direction(golden: Path) -> None:
    file = golden / "indicators" / "golden.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("direction: higher", "direction: neither"), encoding="utf-8")
    project = Project(golden, golden / "var")
    with pytest.raises(Problem, match=r"cadre.yaml:9: tree.0.indicator: .*neither better high nor low.*'direction'"):
        _ = project.schemes


def test_a_comparing_method_in_a_group_below_its_minimum_is_told_where_sizes_are_known(golden: Path) -> None:
    project = Project(golden, golden / "var")
    scheme = project.schemes["town"]
    small = contradictions(scheme, Around(project.indicators, project.rules, project.schemes, {"": 1}))
    assert [(m.path, m.what) for m in small] == [
        (
            ("tree", 1, "children", 1, "normalise"),
            "node 'on_time': min_max needs 2 peers; there are 1, so that the leaf would always be too_few.",
        )
    ]
    assert contradictions(scheme, Around(project.indicators, project.rules, project.schemes, {"": 2})) == []
