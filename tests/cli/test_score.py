"""``traceless score``: forms of tables, periods, what was known when, groups, decisions, units, blends, and what is written."""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from score_desk import Desk

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "towns"
TOWNS = (EXAMPLE / "scheme.yaml", "--values", EXAMPLE / "values.csv", "--groups", EXAMPLE / "groups.csv")
WORKED = {"T01": 93.6, "T02": 89.8, "T03": 60.8, "T04": 97.2, "T05": 87.2, "T06": 70.97}
"""T01: 0.4 (0.6 · 110 + 0.4 · 60) + 0.6 (92 + 100) / 2; T02 and T05 with their decisions; T03 has too few ballots; T06 no growth."""
FILES = ("nodes", "results", "adjustments", "consequences", "review", "treatment", "refused")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_example_is_scored_as_worked_by_hand(desk: Desk) -> None:
    assert desk.scored(*TOWNS, "--decisions", EXAMPLE / "decisions.csv") == WORKED
    grades = dict(desk.look("results", "subject, grade"))
    assert grades == {"T01": "excellent", "T02": "good", "T03": "fair", "T04": "fair", "T05": "good", "T06": None}
    assert desk.look("adjustments", "subject, document_no, counted_points") == [
        ("T02", "County Gov 2025-14", 1.5),
        ("T05", "Safety 2025-3", -2.0),
    ]


def test_the_screen_shows_the_best_of_each_group_first_in_words_of_the_users(desk: Desk) -> None:
    shown = desk.typed(*TOWNS, "--decisions", EXAMPLE / "decisions.csv", "--tree").out
    assert shown.startswith("六镇考核示例 Six towns")
    for word in ("名次", "对象", "得分", "建议等次", "覆盖率", "组别", "economy", "service", "优秀", "64.0%", "D4 (accident, T01)"):
        assert word in shown
    places = [shown.index(town) for town in WORKED]
    assert places == sorted(places)
    assert "6 results 结果, 6 with a score 有得分" in shown


def test_leaf_contributions_and_adjustments_add_up_to_the_score(desk: Desk) -> None:
    desk.scored(*TOWNS, "--decisions", EXAMPLE / "decisions.csv")
    left = duckdb.sql(
        f"""select max(abs(r.exact_score - n.points - coalesce(a.points, 0)))
        from '{desk.folder}/out/results.parquet' as r
        join (select subject, sum(contribution) as points from '{desk.folder}/out/nodes.parquet'
              where indicator is not null and not side group by subject) as n using (subject)
        left join (select subject, sum(counted_points) as points from '{desk.folder}/out/adjustments.parquet' group by subject) as a
          using (subject)"""
    ).fetchone()
    assert left is not None
    assert left[0] < 1e-9


def test_long_and_wide_csv_and_parquet_one_file_and_several_say_the_same(desk: Desk) -> None:
    wide = desk.put("wide.csv", "单位,year,a,b,remark\nx,2024,10,20,one\ny,2024,30,,\n")
    long = desk.put("long.csv", "Subject_ID;Period;Indicator;Value;Status\nx;2024;a;10;\nx;2024;b;20;ok\ny;2024;a;30;\ny;2024;b;;\n")
    first = desk.put("first.tsv", "unit\tperiod\ta\nx\t2024\t10\ny\t2024\t30\n")
    second = desk.put("second.csv", "subject,period,indicator,value\nx,2024,b,20\n")
    parquet = desk.folder / "typed.parquet"
    duckdb.sql(f"copy (select * exclude (remark) from '{wide}') to '{parquet}'")
    assert duckdb.sql(f"select typeof(year) from '{parquet}' limit 1").fetchone() == ("BIGINT",)
    for files in ([wide], [long], [first, second], [parquet]):
        assert desk.scored("two.yaml", "--values", *files) == {"x": 15.0, "y": 30.0}
        assert {row[0] for row in desk.look("results", "period")} == {"2024"}
    coverage = dict(desk.look("results", "subject, coverage"))
    assert coverage == {"x": 1.0, "y": 0.5}


def test_subjects_keep_their_leading_zeros_and_their_quotes(desk: Desk) -> None:
    desk.put("v.csv", '\ufeffsubject,a,b\r\n00123,1,3\r\n"Li, ""A""",2,4\r\n x ,3,5\r\n')
    assert desk.scored("two.yaml", "--values", "v.csv") == {"00123": 2.0, 'Li, "A"': 3.0, "x": 4.0}


def test_indicators_may_be_called_like_columns_and_in_chinese(desk: Desk) -> None:
    leaves = ", ".join(
        f"{{code: leaf_{n}, indicator: {code}, normalise: {{method: as_is}}}}" for n, code in enumerate(("value", "n", "增速", "id"))
    )
    desk.put("s.yaml", f"id: odd\ntitle: {{en: Odd, zh: 怪}}\nweights: relative\ntree: [{leaves}]\n")
    desk.put("v.csv", "unit,value,n,增速,id,flaw\nx,1,2,3,6,9\n")
    assert desk.scored("s.yaml", "--values", "v.csv") == {"x": 3.0}


cells = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6), order=st.randoms())
def test_any_table_says_the_same_long_and_wide(desk: Desk, rows: list[tuple[float | None, float | None]], order: random.Random) -> None:
    wide = [f"s{n},{'' if a is None else a},{'' if b is None else b}" for n, (a, b) in enumerate(rows)]
    long = [f"s{n},{code},{value}" for n, row in enumerate(rows) for code, value in zip("ab", row, strict=True) if value is not None]
    long += [f"s{n},{code}," for n, row in enumerate(rows) for code, value in zip("ab", row, strict=True) if value is None]
    order.shuffle(wide)
    order.shuffle(long)
    desk.put("wide.csv", "\n".join(["subject,a,b", *wide]))
    desk.put("long.csv", "\n".join(["subject,indicator,value", *long]))
    desk.scored("two.yaml", "--values", "wide.csv")
    first = {name: (desk.folder / "out" / f"{name}.parquet").read_bytes() for name in FILES}
    desk.scored("two.yaml", "--values", "long.csv")
    assert {name: (desk.folder / "out" / f"{name}.parquet").read_bytes() for name in FILES} == first


def test_columns_may_have_the_files_own_names(desk: Desk) -> None:
    desk.put("v.csv", "iso3,country,code,amount,source\nA,Aland,a,1,s\nA,Aland,b,3,s\n")
    own = ("--column", "subject=iso3", "--column", "indicator=code", "--column", "value=amount")
    assert desk.scored("two.yaml", "--values", "v.csv", *own, "--ignore", "country", "--ignore", "source") == {"A": 2.0}


def test_every_period_is_scored_or_the_ones_asked_for(desk: Desk) -> None:
    desk.put("v.csv", "subject,period,a,b\nx,2023,1,3\nx,2024,5,7\n")
    assert desk.scored("two.yaml", "--values", "v.csv") == {"x 2023": 2.0, "x 2024": 6.0}
    assert desk.scored("two.yaml", "--values", "v.csv", "--period", "2024") == {"x": 6.0}
    desk.put("none.csv", "subject,a,b\nx,1,3\n")
    assert desk.asked("results", "period", "two.yaml", "--values", "none.csv") == [("all",)]


def test_periods_that_are_not_scored_are_history(desk: Desk) -> None:
    desk.put("v.csv", "subject,period,a\nx,2023,40\nx,2024,50\n")
    desk.put(
        "s.yaml",
        """
id: change
title: {en: Change, zh: 变化}
prepare: [{step: previous, code: a_before, indicator: a}]
tree: [{code: gain, indicator: a, normalise: {method: improvement, baseline: {indicator: a_before}, form: difference, scale: 1}}]
""",
    )
    assert desk.scored("s.yaml", "--values", "v.csv", "--period", "2024") == {"x": 10.0}
    assert desk.scored("s.yaml", "--values", "v.csv") == {"x 2023": None, "x 2024": 10.0}


def test_what_was_known_by_a_day_counts_and_stays(desk: Desk) -> None:
    rows = ["x,a,1,2024-01-10", "x,b,3,2024-01-10", "x,a,5,2024-02-01", "x,a,,2024-03-01", "y,a,7,2024-03-05 12:00:00"]
    desk.put("v.csv", "\n".join(["subject,indicator,value,known_at", *rows]))
    known = {day: desk.scored("two.yaml", "--values", "v.csv", "--as-of", day) for day in ("2024-01-10", "2024-02-28", "2024-03-04")}
    assert known == {"2024-01-10": {"x": 2.0}, "2024-02-28": {"x": 4.0}, "2024-03-04": {"x": 3.0}}
    assert desk.scored("two.yaml", "--values", "v.csv") == {"x": 3.0, "y": 7.0}
    assert desk.scored("two.yaml", "--values", "v.csv", "--as-of", "2024-03-05T11:59") == {"x": 3.0}
    assert desk.scored("two.yaml", "--values", "v.csv", "--as-of", "2024-03-05T20:00+08:00") == {"x": 3.0, "y": 7.0}
    later = [*rows, "x,a,99,2024-06-01"]
    random.Random(5).shuffle(later)
    desk.put("v.csv", "\n".join(["subject,indicator,value,known_at", *later]))
    assert {day: desk.scored("two.yaml", "--values", "v.csv", "--as-of", day) for day in known} == known


def test_a_wide_table_knows_its_rows_by_day_too(desk: Desk) -> None:
    desk.put("v.csv", "subject,a,b,known_at\nx,1,3,2024-01-10\nx,9,,2024-02-01\n")
    assert desk.scored("two.yaml", "--values", "v.csv", "--as-of", "2024-01-31") == {"x": 2.0}
    assert desk.scored("two.yaml", "--values", "v.csv") == {"x": 9.0}


def test_kinds_of_absence_are_kept_and_told(desk: Desk) -> None:
    rows = [
        "x,a,10,,5",
        "x,b,,not_applicable,",
        "y,a,10,too_few,2",
        "y,b,20,,",
        "z,a,nan,,",
        "z,b,NA,,",
        "w,a,1e200,,",
        "w,b,Not Available,,",
    ]
    desk.put("v.csv", "\n".join(["subject,indicator,value,status,n", *rows]))
    answer = desk.typed("two.yaml", "--values", "v.csv", "--absent", "not available", "--out", str(desk.folder / "out"))
    assert answer.code == 0, answer
    statuses = {(row[0], row[1]): row[2] for row in desk.look("nodes", "subject, node, status")}
    expected = {
        ("x", "first"): "ok", ("x", "second"): "not_applicable", ("y", "first"): "too_few", ("y", "second"): "ok",
        ("z", "first"): "invalid", ("z", "second"): "not_reported", ("w", "first"): "invalid", ("w", "second"): "not_reported",
    }  # fmt: skip
    assert {key: statuses[key] for key in expected} == expected
    assert desk.look("nodes", "count(*) filter (isnan(raw) or isinf(raw) or isnan(normalised))") == [(0,)]
    assert "2 values NaN, infinite or beyond 1e150: invalid" in answer.out
    assert "1 value beside a status other than ok: not used" in answer.out


def test_what_the_scheme_does_not_read_and_what_nobody_gives_is_told(desk: Desk) -> None:
    desk.put("v.csv", "subject,a,name,B\nx,1,Town x,5\n")
    told = desk.typed("two.yaml", "--values", "v.csv").out
    assert "the scheme does not read 2 columns of it: name, B" in told
    assert "indicator 'b' is in no file: not_reported everywhere; did you mean its column 'B'?" in told
    desk.put("v.csv", "subject,indicator,value\nx,a,1\nx,b,2\nx,c,hello\nx,d,1\ny,c,1\n")
    assert "the scheme does not read 2 indicators of it (3 rows)" in desk.typed("two.yaml", "--values", "v.csv").out


GROUPED = """
id: grouped
title: {en: Grouped, zh: 分组}
groups: {north: {en: North, zh: 北}, south: {en: South, zh: 南}}
tree:
  - {code: first, weight: {north: 1, south: 0}, indicator: a, normalise: {method: as_is}}
  - {code: second, weight: {north: 0, south: 1}, indicator: b, normalise: {method: min_max, peers: region}}
"""


def test_groups_attributes_and_those_who_said_nothing(desk: Desk) -> None:
    desk.put("s.yaml", GROUPED)
    desk.put("v.csv", "subject,a,b\nx,1,10\ny,2,20\nz,3,30\nu,4,40\n")
    desk.put("g.csv", "subject,peer_group,region\nx,north,e\ny,south,e\nz,south,w\nu,south,w\nsilent,north,w\n")
    answer = desk.typed("s.yaml", "--values", "v.csv", "--groups", "g.csv", "--out", str(desk.folder / "out"))
    assert dict(desk.look("results", "subject, score")) == {"x": 1.0, "y": 100.0, "z": 0.0, "u": 100.0, "silent": None}
    assert "no values at all, not_reported: silent" in answer.out
    assert dict(desk.look("results", 'subject, "group"')) == {"x": "north", "y": "south", "z": "south", "u": "south", "silent": "north"}


def test_one_file_may_hold_values_and_groups_and_groups_may_change_by_period(desk: Desk) -> None:
    desk.put("s.yaml", GROUPED)
    desk.put("v.csv", "subject,period,group,region,a,b\nx,2023,north,e,1,10\nx,2024,south,e,1,10\ny,2024,north,e,7,20\n")
    assert desk.scored("s.yaml", "--values", "v.csv", "--groups", "v.csv") == {"x 2023": 1.0, "x 2024": 0.0, "y 2024": 7.0}
    assert "does not read" not in desk.typed("s.yaml", "--values", "v.csv", "--groups", "v.csv").out


DECIDED = """
id: decided
title: {en: Decided, zh: 加减分}
tree: [{code: first, indicator: a, normalise: {method: as_is}}]
adjustments:
  - {code: prize, title: {en: Prize, zh: 表彰}, kind: bonus, decision_type: prize}
  - {code: accident, title: {en: Accident, zh: 事故}, kind: deduction, decision_type: accident, points_each: 5}
"""
HEAD = "decision_no,document_no,subject,decision_type,decided_on,authority,points"


def test_only_what_is_confirmed_signed_off_and_not_revoked_moves_a_score(desk: Desk) -> None:
    desk.put("s.yaml", DECIDED)
    desk.put("v.csv", "subject,period,a\nx,2024,50\n")
    rows = [
        "1,n1,x,prize,2024-03-01,Office,3,yes,TRUE,",
        "2,n2,x,prize,2024-03-01,Office,30,no,true,",
        "3,n3,x,prize,2024-03-01,Office,30,true,,",
    ]
    rows += [
        "4,n4,x,accident,2024-03-01,Office,,1,1,是",
        "5,n5,x,prize,2023-12-31,Office,30,true,true,0",
        "6,n6,x,other,2024-03-01,Office,1,1,1,0",
    ]
    desk.put("d.csv", "\n".join([f"{HEAD},confirmed,signed_off,revoked", *rows]))
    answer = desk.typed("s.yaml", "--values", "v.csv", "--decisions", "d.csv", "--out", str(desk.folder / "out"))
    assert desk.look("results", "subject, score") == [("x", 53.0)]
    assert "nothing follows: 2 (prize, x), 3 (prize, x), 4 (accident, x)" in answer.out
    assert "in no scored period of the subject: not used: 5 (prize, x)" in answer.out
    assert "of a type from which nothing follows in this scheme: 6 (other, x)" in answer.out


def test_a_decision_falls_into_the_quarter_and_year_of_its_day_or_into_the_period_it_names(desk: Desk) -> None:
    desk.put("s.yaml", DECIDED)
    desk.put("v.csv", "subject,period,a\nx,2024,50\nx,2024-Q1,50\nx,2024-Q2,50\n")
    desk.put(
        "d.csv",
        f"{HEAD},period\n1,n1,x,accident,2024-05-01,Office,,\n2,n2,x,prize,2024-05-01,Office,1,2024-Q1\n".replace(",\n2", ",2024\n2"),
    )
    assert desk.scored("s.yaml", "--values", "v.csv", "--decisions", "d.csv") == {"x 2024": 45.0, "x 2024-Q1": 51.0, "x 2024-Q2": 50.0}
    desk.put("d.csv", f"{HEAD}\n1,n1,x,accident,2024-05-01,Office,\n")
    assert desk.scored("s.yaml", "--values", "v.csv", "--decisions", "d.csv") == {"x 2024": 45.0, "x 2024-Q1": 50.0, "x 2024-Q2": 45.0}
    assert desk.scored("s.yaml", "--values", "v.csv", "--decisions", "d.csv", "--period", "2024-Q1") == {"x": 50.0}


def test_decisions_after_the_day_do_not_count(desk: Desk) -> None:
    desk.put("s.yaml", DECIDED)
    desk.put("v.csv", "subject,period,a,known_at\nx,2024,50,2024-01-01\n")
    desk.put("d.csv", f"{HEAD}\n1,n1,x,accident,2024-05-01,Office,\n")
    both = ("s.yaml", "--values", "v.csv", "--decisions", "d.csv")
    assert desk.scored(*both, "--as-of", "2024-04-30") == {"x": 50.0}
    assert desk.scored(*both, "--as-of", "2024-05-01") == {"x": 45.0}


MEMBER = """
id: member
title: {en: Member, zh: 成员}
tree: [{code: unit, unit_result: {scheme: teams, chief: 1, deputy: 0.9}, normalise: {method: as_is}}]
"""


def test_a_units_result_enters_its_members(desk: Desk) -> None:
    desk.put("s.yaml", MEMBER)
    desk.put("m.csv", "subject,unit_id,role,scheme,unit_score,unit_grade\nann,U1,chief,teams,80,good\nbob,U1,deputy,teams,80,good\n")
    desk.put("g.csv", "subject,unit_id,role\nann,U1,chief\nbob,U1,deputy\n")
    assert desk.scored("s.yaml", "--members", "m.csv", "--groups", "g.csv") == {"ann": 80.0, "bob": 72.0}
    desk.put("m.csv", "subject,unit_id,role,scheme,unit_score\nann,U1,chief,teams,80\nbob,U1,deputy,other,80\ncy,U1,deputy,teams,8\n")
    told = desk.typed("s.yaml", "--members", "m.csv", "--groups", "g.csv").out
    assert "m.csv: not among the scored subjects: cy" in told
    assert "m.csv: results by schemes that this one does not read: other" in told
    desk.put("units.csv", "subject,score,grade,scheme\nU1,80,good,teams\n")
    assert desk.scored("s.yaml", "--members", "units.csv", "--groups", "g.csv") == {"ann": 80.0, "bob": 72.0}


BLENDED = """
id: blended
title: {en: Blended, zh: 平时加年度}
blend: {routine: 0.4, annual: 0.4, special: [{scheme: flood, weight: 0.1}], term: {years: 2, weight: 0.1}}
tree: [{code: first, indicator: a, normalise: {method: as_is}}]
"""


def test_a_year_blends_its_quarters_specials_and_earlier_years(desk: Desk) -> None:
    desk.put("s.yaml", BLENDED)
    rows = ["x,2024-Q1,a,60", "x,2024-Q2,a,80", "x,2024,a,90", "x,2024,special.flood,50", "y,2024,a,90"]
    desk.put("v.csv", "\n".join(["subject,period,indicator,value", *rows]))
    desk.put("h.csv", "subject,period,score,grade\nx,2023,70,good\nx,2022,90,good\nx,2021,0,poor\n")
    scores = desk.scored("s.yaml", "--values", "v.csv", "--history", "h.csv")
    # x: 0.4 (60 + 80) / 2 + 0.4 · 90 + 0.1 · 50 + 0.1 (70 + 90) / 2; y: only its year, which takes all the weight
    assert scores == {"x 2024-Q1": 60.0, "x 2024-Q2": 80.0, "x 2024": 77.0, "y 2024": 90.0}


def test_shuffled_rows_and_any_number_of_threads_give_the_same_bytes(desk: Desk) -> None:
    head, *rows = (EXAMPLE / "values.csv").read_text().splitlines()
    scheme = (EXAMPLE / "scheme.yaml").read_text()
    many = [row.replace(town, f"{town}-{n}") for n in range(60) for row in rows for town in [row[:3]]]
    groups = [f"T0{t}-{n},{'north' if t < 4 else 'south'}" for n in range(60) for t in range(1, 7)]
    desk.put("s.yaml", scheme)
    hashes = set()
    for seed, threads in ((1, "1"), (2, "2"), (3, "4")):
        chance = random.Random(seed)
        chance.shuffle(many)
        chance.shuffle(groups)
        desk.put("v.csv", "\n".join([head, *many]))
        desk.put("g.csv", "\n".join(["subject,group", *groups]))
        desk.scored("s.yaml", "--values", "v.csv", "--groups", "g.csv", "--threads", threads)
        hashes.add(tuple(hashlib.sha256((desk.folder / "out" / f"{name}.parquet").read_bytes()).hexdigest() for name in FILES))
    assert len(hashes) == 1


def test_the_manifest_says_what_went_in_and_what_came_out(desk: Desk) -> None:
    desk.put("v.csv", "subject,a,b\nx,1,3\n")
    first = desk.typed("two.yaml", "--values", "v.csv", "--out", str(desk.folder / "out"))
    assert first.code == 0
    text = (desk.folder / "out/manifest.json").read_text()
    manifest = json.loads(text)
    assert manifest["scheme"]["id"] == "two"
    given = hashlib.sha256((desk.folder / "v.csv").read_bytes()).hexdigest()
    assert manifest["inputs"] == [{"for": "values", "file": "v.csv", "sha256": given}]
    for name in FILES:
        said = manifest["outputs"][f"{name}.parquet"]
        assert said["sha256"] == hashlib.sha256((desk.folder / "out" / f"{name}.parquet").read_bytes()).hexdigest()
    assert str(desk.folder) not in text
    desk.typed("two.yaml", "--values", "v.csv", "--out", str(desk.folder / "out"), "--threads", "2", "--memory", "1GB")
    assert (desk.folder / "out/manifest.json").read_text() == text
    assert not [file for file in (desk.folder / "out").iterdir() if file.name.endswith(".new")]


def test_results_of_one_year_are_the_history_of_the_next(desk: Desk) -> None:
    desk.put("s.yaml", BLENDED.replace("routine: 0.4, annual: 0.4, special: [{scheme: flood, weight: 0.1}]", "annual: 0.9"))
    desk.put("v.csv", "subject,period,a\nx,2023,60\n")
    desk.scored("s.yaml", "--values", "v.csv")
    (desk.folder / "out/results.parquet").rename(desk.folder / "before.parquet")
    desk.put("v.csv", "subject,period,a\nx,2024,80\n")
    assert desk.scored("s.yaml", "--values", "v.csv", "--history", "before.parquet") == {"x": 78.0}


def test_a_request_to_end_leaves_nothing_behind(desk: Desk) -> None:
    one = "select 's' || i as subject, 'a{n}' as indicator, random() * 100 as value from range(60000) as t(i)"
    values = " union all ".join(one.format(n=n) for n in range(40))
    leaves = ", ".join(f"{{code: a{n}, indicator: a{n}, normalise: {{method: percentile}}}}" for n in range(40))
    duckdb.sql(f"copy ({values}) to '{desk.folder}/v.parquet'")
    desk.put("s.yaml", f"id: many\ntitle: {{en: Many, zh: 多}}\nweights: relative\ntree: [{leaves}]\n")
    spill = desk.folder / "spill"
    spill.mkdir()
    command = [sys.executable, "-m", "cli.main", "score", f"{desk.folder}/s.yaml", "--values", f"{desk.folder}/v.parquet"]
    started = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(spill)}, stderr=subprocess.PIPE, text=True)
    while not any(spill.iterdir()) and started.poll() is None:
        time.sleep(0.05)
    started.terminate()
    _, told = started.communicate(timeout=60)
    assert (started.returncode, told.splitlines()[-1:]) == (130, ["stopped"])
    assert list(spill.iterdir()) == []
