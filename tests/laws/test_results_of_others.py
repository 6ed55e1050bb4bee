"""Results that enter other results: of units in their members', of special appraisals, of years before; whatever is asked for first."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
import yaml
from county_copy import County

from declarations.problem import Problem
from pipeline import steps
from transforms.appraisal_plan import plan_appraisals, reach_of
from transforms.model_run import relation_fingerprint
from warehouse.store import open_warehouse

AS_IS = {"method": "as_is"}
TITLE = {"en": "t", "zh": "t"}
EFFICACY = {"method": "efficacy", "satisfactory": 0.6, "excellent": 1.0}


def change(county: County, scheme: str, **parts: Any) -> None:
    """Replace parts of one scheme of the county."""
    file = county.root / "schemes" / f"{scheme}.yaml"
    data = yaml.safe_load(file.read_text()) | parts
    file.write_text(yaml.safe_dump(data, allow_unicode=True))


def leaf(code: str, weight: float, method: dict[str, Any], indicator: str | None = None) -> dict[str, Any]:
    return {"code": code, "title": TITLE, "weight": weight, "indicator": indicator or code, "normalise": method}


UNIT = {"code": "unit", "title": TITLE, "weight": 0.5, "unit_result": {"scheme": "town", "deputy": 0.9}, "normalise": AS_IS}


def scores(county: County, scheme: str, period: str) -> dict[str, float | None]:
    return dict(county.query(f"select subject_id, score from result where scheme = '{scheme}' and period = '{period}'"))


def test_a_towns_result_enters_those_who_lead_it(county: County) -> None:
    change(county, "cadre", tree=[UNIT, leaf("satisfaction", 0.5, EFFICACY)], vetoes=[])
    report = steps.appraise  # the members' scheme alone is asked for: the towns are scored with it
    _load(county)
    assert report(county.project, "cadre", "2025-Q1").changed
    steps.publish(county.project, "cadre", "2025-Q1")
    # towns (worked.md): A 83, B 84. X leads B at the end of the quarter, Z leads A, Y is its deputy
    assert scores(county, "cadre", "2025-Q1") == {
        "X": pytest.approx(0.5 * 84 + 0.5 * 86.5556, abs=0.006), "Y": 0.5 * 0.9 * 83 + 0.5 * 80, "Z": 0.5 * 83 + 0.5 * 80,
    }  # fmt: skip
    assert county.query("select indicator, raw, normalised from node where subject_id = 'Y' and period = '2025-Q1' and node = 'unit'") == [
        ("unit_result.unit", pytest.approx(0.9 * 83), pytest.approx(0.9 * 83))
    ]
    with open_warehouse(county.project.warehouse_file) as con:
        assert con.execute("select count(*) from score.result where scheme = 'town' and period = '2025-Q1'").fetchone() == (3,)


def test_members_follow_when_their_towns_result_changes(county: County) -> None:
    change(county, "cadre", tree=[UNIT, leaf("on_time", 0.5, AS_IS)], vetoes=[])
    county.run()
    before = scores(county, "cadre", "2025-Q1")
    # a commendation of the town, and nothing about its leaders
    head = county.rows("documents")[0]
    county.drop("documents", "later.csv", f"{head}\nD6,No. 6,commendation,A,,County,2025-02-05,true,true,false,1\n")
    county.run()
    after = scores(county, "cadre", "2025-Q1")
    assert {name: round((after[name] or 0) - (before[name] or 0), 9) for name in "XYZ"} == {"X": 0, "Y": 0.9, "Z": 0.5}


def test_a_special_appraisal_enters_the_year(county: County) -> None:
    change(county, "town", blend={"routine": 0.4, "annual": 0.4, "special": [{"scheme": "service", "weight": 0.2}]})
    county.run()
    asked = (
        "select subject_id, normalised, status from node where scheme = 'town' and period = '2025' and node = 'special.service' order by 1"
    )
    assert county.query(asked) == [("A", 67, "ok"), ("B", 90, "ok"), ("C", None, "too_few")]


def test_earlier_years_enter_a_term(county: County) -> None:
    rules = county.root / "schemes" / "rules" / "golden.yaml"
    rules.write_text(rules.read_text().replace("2025-01-01", "2023-01-01"))
    for year, good in ((2023, 8), (2024, 6)):
        scheme = yaml.safe_load((county.root / "schemes" / "service.yaml").read_text())
        (county.root / "schemes" / f"service-{year}.yaml").write_text(yaml.safe_dump({**scheme, "id": f"service-{year}", "year": year}))
        rows = [f"{year}-{n},A,{year}-05-05,{5 if n < good else 1}" for n in range(10)]
        county.drop("ratings", f"{year}.csv", "\n".join(["rating_no,org_id,rated_on,grade", *rows]) + "\n")
    change(county, "service", blend={"routine": 0.4, "annual": 0.4, "term": {"years": 2, "weight": 0.2}})
    county.run()
    # 0.8 → 80 and 0.6 → 60; 0.4 · 70 + 0.4 · 65 + 0.2 · 70; B was not appraised before: half and half of 90
    assert scores(county, "service", "2025") == {"A": 68, "B": 90, "C": None}


@pytest.fixture
def looking_back(county: County) -> County:
    """Towns are scored by satisfaction and by its gain on the quarter before."""
    steps_back = [
        {"step": "previous", "code": "was", "indicator": "satisfaction"},
        {"step": "derive", "code": "gain", "expression": "100 * (satisfaction - was)"},
    ]
    tree = [leaf("satisfaction", 0.5, EFFICACY), leaf("gain", 0.5, {"method": "as_is", "least": -100})]
    change(county, "town", prepare=steps_back, tree=tree, ties=[])
    return county


def test_a_step_over_time_sees_the_quarter_before(looking_back: County) -> None:
    looking_back.run()
    found = looking_back.query(
        "select period, raw, status from node where scheme = 'town' and subject_id = 'A' and node = 'gain' order by 1"
    )
    assert [row[0] for row in found] == ["2025", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert found[2][1:] == (pytest.approx(100 * (0.6 - 0.8)), "ok")
    assert found[1][1:] == (None, "not_applicable"), "of 2024 nothing is known: nobody was rated"


def test_a_late_row_of_one_quarter_reaches_the_next(looking_back: County) -> None:
    looking_back.run()
    looking_back.drop("ratings", "later.csv", "rating_no,org_id,rated_on,grade\n" + "".join(f"L{n},A,2025-02-20,1\n" for n in range(6)))
    report = looking_back.run()
    ratings = next(feed for feed in report.feeds if feed.feed == "ratings")
    assert ratings.periods == ("2025-Q1", "2025-Q2")
    [(gain,)] = looking_back.query(
        "select raw from node where scheme = 'town' and subject_id = 'A' and period = '2025-Q2' and node = 'gain'"
    )
    assert gain == pytest.approx(100 * (0.6 - 8 / 16))


def test_one_quarter_at_a_time_is_all_at_once(looking_back: County, new_county: Callable[[str], County]) -> None:
    whole = new_county("whole")
    for file in ("schemes/town.yaml",):
        (whole.root / file).write_text((looking_back.root / file).read_text())
    for county in (looking_back, whole):
        _load(county)
    for period in ("2025-Q3", "2025-Q1", "2025", "2025-Q2", "2025-Q4"):
        steps.appraise(looking_back.project, "town", period)
    steps.appraise_all(whole.project, [("town", p) for p in ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2025")])
    kept = []
    for county in (looking_back, whole):
        with open_warehouse(county.project.warehouse_file) as con:
            kept.append([relation_fingerprint(con, f"select * from score.{table} where scheme = 'town'") for table in ("node", "result")])
    assert kept[0] == kept[1]


def test_towns_are_compared_with_those_of_an_equal_attribute_of_the_roster(county: County) -> None:
    contract = county.root / "feeds" / "people" / "feed.yaml"
    contract.write_text(
        contract.read_text().replace("subject: {org", "  - {name: region, type: string, zh: 片区, meaning: Region}\nsubject: {org")
    )
    head, *rows = county.rows("people")
    regions = {"1": "hills", "2": "hills", "3": "plain"}
    lines = [f"{head},region", *(f"{row},{regions.get(row.split(',')[0], '')}" for row in rows)]
    (county.root / "data" / "people" / "people.csv").write_text("\n".join(lines) + "\n")
    change(
        county,
        "town",
        tree=[leaf("on_time", 1, {"method": "rank", "peers": "region", "minimum_peers": 1, "counted_from": "best"})],
        ties=[],
    )
    county.run()
    found = county.query(
        "select subject_id, normalised from node where scheme = 'town' and period = '2025-Q1' and node = 'on_time' order by 1"
    )
    assert found == [("A", 2), ("B", 1), ("C", 1)], "C, 0.5, is alone on the plain"


def test_flags_and_review_items_are_published_and_move_nothing(county: County) -> None:
    county.run()
    before = county.query("select * from result order by all")
    screen = {"screen": "revision", "code": "missed", "title": TITLE, "first": "growth_target", "revised": "growth", "at_most": 0.2}
    change(county, "town", screens=[screen], ranking={"shown": False}, replaces=["Monthly ledger"])
    rules = county.root / "schemes" / "rules" / "golden.yaml"
    flag = {"code": "talk", "title": TITLE, "rule": "made up", "subject_class": "town", "decision_type": "accident"}
    rules.write_text(yaml.safe_dump(yaml.safe_load(rules.read_text()) | {"consequences": [flag]}, allow_unicode=True))
    county.run()
    # B's growth is 7 against a target of 10; A's accident is confirmed
    assert county.query("select subject_id, code, severity, value, limit_value from review where period = '2025-Q1'") == [
        ("B", "missed", "medium", pytest.approx(0.3), 0.2)
    ]
    asked = "select subject_id, code, evidence from consequence where scheme = 'town' and period = '2025-Q1'"
    [(subject, code, evidence)] = county.query(asked)
    assert (subject, code) == ("A", "talk")
    assert "No. 1" in evidence
    asked = "select automatic_share, manual_entries, indicators, ledgers_replaced, replaces from traceless"
    assert county.query(f"{asked} where scheme = 'town' and period = '2025'") == [(1, 0, 4, 1, "Monthly ledger")]
    after = county.query("select * from result order by all")
    assert county.query("select count(rank) from result where scheme = 'town'") == [(0,)]
    place = [name for name, *_ in county.query("describe result")].index("rank")
    assert [row[:place] + row[place + 1 :] for row in after] == [row[:place] + row[place + 1 :] for row in before]


def test_schemes_that_read_each_other_are_a_circle(county: County) -> None:
    change(county, "town", blend={"routine": 0.5, "annual": 0.3, "special": [{"scheme": "service", "weight": 0.2}]})
    schemes, rules = county.project.schemes, county.project.rules
    assert [s for s, _ in plan_appraisals(schemes, rules, [("town", "2025")])] == ["service", "town"]
    back = schemes["service"].model_copy(update={"blend": schemes["town"].blend.model_copy(  # type: ignore[union-attr]
        update={"special": [schemes["town"].blend.special[0].model_copy(update={"scheme": "town"})]})})  # type: ignore[union-attr]  # fmt: skip
    with pytest.raises(Problem, match=r"schemes service → town: their results hang on each other in a circle"):
        plan_appraisals({**schemes, "service": back}, rules, [("town", "2025")])


def test_how_far_a_scheme_looks(looking_back: County) -> None:
    reach = reach_of(looking_back.project.schemes["town"])
    assert (reach.periods("2025-Q1"), reach.periods("2025")) == (["2024-Q4"], ["2024"])
    assert reach_of(looking_back.project.schemes["service"]).periods("2025-Q3") == []


def test_a_warehouse_of_the_older_form_is_brought_up_to_date(county: County) -> None:
    county.run()
    published = county.published_hash()
    with duckdb.connect(str(county.project.warehouse_file)) as con:
        con.execute("drop schema score cascade; create schema score")
        con.execute("create table score.node (scheme varchar, period varchar, subject_id varchar, node varchar, raw double)")
        con.execute("insert into score.node values ('town', '2025-Q1', 'A', 'gone', 1)")
        con.execute("update ops.model_run set input_fingerprint = 'older' where model = 'score_tables'")
        con.execute("alter table mart.node drop column prepared; alter table mart.result drop column rank; drop table mart.review")
    county.run()
    assert county.published_hash() == published
    with open_warehouse(county.project.warehouse_file) as con:
        assert con.execute("select count(*) from score.node where node = 'gone'").fetchone() == (0,)
        assert {row[0] for row in con.execute("describe mart.node").fetchall()} >= {"prepared", "side", "value"}


def _load(county: County) -> None:
    for feed in county.project.feeds:
        steps.pull(county.project, feed, county.resolve)
        steps.validate(county.project, feed)
        steps.load(county.project, feed)
