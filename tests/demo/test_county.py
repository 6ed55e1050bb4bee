"""The generated county: who is in it, what was planted, and that nothing else is wrong with it."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from declarations.feed import FeedContract
from declarations.yaml_file import read_declaration
from demo.county import people
from demo.county.generate import FEEDS, TABLES, build, generate
from demo.county.portfolios import portfolios
from tests.demo.contract_query import refused_keys

ROOT = Path(__file__).resolve().parents[2]
SPOILT = ("malformed", "identity_in_allowed_column", "too_many_fields")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county") / "county"
    generate(folder, seed=7, scale=0.05)
    return folder


@pytest.fixture(scope="module")
def planted(county: Path) -> dict[str, Any]:
    return json.loads((county / "planted.json").read_text())


def contract(feed: str) -> FeedContract:
    return read_declaration(ROOT / "feeds" / feed / "feed.yaml", FeedContract)


def relation(db: duckdb.DuckDBPyConnection, county: Path, feed: str) -> str:
    """A table with all rows of a feed's source, as text."""
    if feed in TABLES:
        db.execute(f"CREATE OR REPLACE VIEW source AS SELECT * FROM '{county}/tables/{feed}.parquet'")
        return "source"
    if feed == "evaluation":
        files = f"{county}/sftp/evaluation/outbox/ballots_*.csv"
        db.execute(f"CREATE OR REPLACE VIEW source AS SELECT * FROM read_csv('{files}', all_varchar = true)")
        return "source"
    header, rows = inspection_rows(county)
    db.execute(f"CREATE OR REPLACE TABLE source ({', '.join(f'{name} VARCHAR' for name in header)})")
    db.executemany(f"INSERT INTO source VALUES ({', '.join('?' * len(header))})", rows)
    return "source"


def inspection_rows(county: Path) -> tuple[list[str], list[list[str]]]:
    header: list[str] = []
    found: list[list[str]] = []
    for file in sorted((county / "sftp" / "inspection" / "outbox").glob("*.xlsx")):
        sheet = CalamineWorkbook.from_path(file).get_sheet_by_name("督办事项").to_python()
        header = [str(cell) for cell in sheet[0]]
        found += [[str(cell) for cell in row] for row in sheet[1:]]
    for file in sorted((county / "sftp" / "inspection" / "outbox").glob("*.csv")):
        if file.with_name(file.name + ".done").exists():
            lines = file.read_bytes().decode("gb18030").splitlines()
            assert lines[0].split(",") == header
            found += [row for row in (line.split(",") for line in lines[1:]) if len(row) == len(header)]
    return header, found


@pytest.mark.parametrize("feed", FEEDS)
def test_contract_refuses_exactly_what_was_planted(county: Path, planted: dict[str, Any], feed: str) -> None:
    db = duckdb.connect()
    rows = relation(db, county, feed)
    if feed == "petition":
        rows = "(SELECT * FROM source WHERE item_class <> 'accusation')"
    expected: Counter[str] = Counter()
    for trouble in planted["planted"]:
        if trouble["feed"] == feed and trouble["kind"] in SPOILT[:2]:
            expected.update(trouble["keys"])
    found = Counter(refused_keys(db, rows, contract(feed)))
    assert set(found) == set(expected)
    wide = 1 if feed == "inspection" else 0
    assert sum(found.values()) + wide == planted["refused"][feed]


@pytest.mark.parametrize("feed", FEEDS)
def test_source_has_the_contracts_columns_and_those_left_out(county: Path, feed: str) -> None:
    db = duckdb.connect()
    have = {row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {relation(db, county, feed)}").fetchall()}
    want = contract(feed)
    assert {column.source_name for column in want.columns} <= have
    assert have <= {column.source_name for column in want.columns} | set(want.left_out)


@pytest.mark.parametrize("feed", FEEDS)
def test_rows_are_counted_right(county: Path, planted: dict[str, Any], feed: str) -> None:
    db = duckdb.connect()
    (count,) = db.execute(f"SELECT count(*) FROM {relation(db, county, feed)}").fetchone() or (0,)
    assert count + (1 if feed == "inspection" else 0) == planted["rows"][feed]


@pytest.mark.parametrize("feed", FEEDS)
def test_every_source_holds_its_canary(county: Path, planted: dict[str, Any], feed: str) -> None:
    db = duckdb.connect()
    rows = db.execute(f"SELECT * FROM {relation(db, county, feed)}").fetchall()
    text = "\n".join(str(cell) for row in rows for cell in row)
    for canary in planted["canaries"]:
        if canary["feed"] == feed:
            assert canary["value"] in text
        else:
            assert canary["value"] not in text
    refused = {t["column"]: t["keys"] for t in planted["planted"] if t["kind"] == "identity_in_allowed_column"}
    assert refused
    assert feed == "decision" or any(t["feed"] == feed and t["kind"] == "identity_in_allowed_column" for t in planted["planted"])


def test_canaries_look_like_identities(planted: dict[str, Any]) -> None:
    shapes = {"name": r"[\u4e00-\u9fff]{4}", "card": r"\d{17}[\dX]", "phone": r"1[3-9]\d{9}"}
    for canary in planted["canaries"]:
        assert re.fullmatch(shapes[canary["kind"]], canary["value"])
    assert len({canary["value"] for canary in planted["canaries"]}) == 24


def test_no_key_is_spoilt_twice(planted: dict[str, Any]) -> None:
    kinds = (*SPOILT[:2], "late", "revision", "duplicate")
    keys = Counter((t["feed"], key) for t in planted["planted"] if t["kind"] in kinds for key in t["keys"])
    assert max(keys.values()) == 1
    for trouble in planted["planted"]:
        assert trouble["count"] >= 1, trouble["kind"]


def test_same_seed_same_county_other_seed_another(county: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", seed=7, scale=0.05)
    assert (tmp_path / "again" / "planted.json").read_text() == (county / "planted.json").read_text()
    with build(seed=8, scale=0.05) as other:
        for table in TABLES:
            one, again = (f"SELECT * FROM '{folder}/tables/{table}.parquet'" for folder in (county, tmp_path / "again"))
            differing = f"SELECT count(*) FROM (({one} EXCEPT ALL {again}) UNION ALL ({again} EXCEPT ALL {one}))"
            assert duckdb.sql(differing).fetchall() == [(0,)]
            assert other.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL SELECT * EXCLUDE (i) FROM {table})").fetchall() != [(0,)]


def test_county_has_the_size_it_should() -> None:
    orgs = people.organisations()
    groups = Counter(org.group for org in orgs)
    assert groups["north"] >= 13
    assert groups["south"] >= 13
    assert groups["economic"] + groups["social"] + groups["governance"] >= 22
    seats = people.seats(orgs)
    tenures = people.tenures(seats, 7)
    assert len({t.cadre for t in tenures}) >= 420
    chiefs = Counter(seat.org.id for seat in seats if seat.role == "chief")
    assert set(chiefs) == {org.id for org in orgs}
    assert set(chiefs.values()) == {1, 2}
    assert sum(1 for t in tenures if t.end and date(2023, 1, 1) < t.end and t.end.day not in (1, 31)) > 60


def test_nobody_holds_two_posts_and_no_post_has_two_holders() -> None:
    tenures = people.tenures(people.seats(people.organisations()), 7)
    for key in (lambda t: t.cadre, lambda t: t.seat):
        last: dict[Any, people.Tenure] = {}
        for tenure in sorted(tenures, key=lambda t: t.start):
            before = last.get(key(tenure))
            assert before is None or (before.end is not None and before.end <= tenure.start)
            last[key(tenure)] = tenure


@pytest.mark.parametrize("seed", [7, 8])
def test_shares_sum_to_one_every_day_inside_the_tenure(seed: int) -> None:
    tenures = people.tenures(people.seats(people.organisations()), seed)
    spans = portfolios(tenures, seed)
    for org in people.organisations():
        mine = [p for p in spans if p.org == org]
        for day in sorted({p.start for p in mine} | {p.end for p in mine if p.end}):
            shares: Counter[str] = Counter()
            for p in mine:
                if p.start <= day and (p.end is None or day < p.end):
                    shares[p.domain] += p.share  # type: ignore[assignment]
            assert {round(share, 9) for share in shares.values()} == {1.0}, (org.id, day)
    held = {(t.cadre, t.seat.org.id): t for t in tenures}
    for p in spans:
        tenure = held[(p.cadre, p.org.id)]
        assert tenure.start <= p.start
        assert tenure.end is None or (p.end is not None and p.end <= tenure.end)


def test_good_organisations_score_better_everywhere(county: Path) -> None:
    """Scores must spread, and northern towns must be better farmers than southern ones."""
    rows = duckdb.sql(f"""
        SELECT avg(OBS_VALUE::DOUBLE) FILTER (REF_AREA <= 'T13'), avg(OBS_VALUE::DOUBLE) FILTER (REF_AREA > 'T13')
        FROM '{county}/tables/statistics.parquet' WHERE SERIES = 'agricultural_output_growth' AND VINTAGE = 'F'""").fetchall()
    north, south = rows[0]
    assert north > south + 0.2
