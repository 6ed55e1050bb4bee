"""Every row of the public data is accepted or refused, once, and nobody's address comes in with it."""

from pathlib import Path

import duckdb
import pytest

from pipeline.steps import batch_files
from tests.real.public_run import PublicRun, raw
from tests.real.public_sources import CASES, FINDINGS, GDP, HOSPITALS

pytestmark = pytest.mark.slow
RAW = {"council_cases": CASES, "audit_findings": FINDINGS, "gdp_vintages": GDP, "hospital_satisfaction": HOSPITALS}


def rows_of(file: Path) -> int:
    return int(raw(f"select count(*) from '{file}'")[0][0])


def test_rows_in_are_rows_accepted_and_quarantined(public_run: PublicRun, capsys: pytest.CaptureFixture[str]) -> None:
    found = public_run.ask(
        """select feed, count(*)::int, sum(fetched)::int, sum(accepted)::int, sum(quarantined)::int, sum(new_versions)::int
        from ops.batch group by feed order by feed"""
    )
    with capsys.disabled():
        print("\nfeed                  pulls      in  accepted  quarantined  new in staging")
        for feed, pulls, fetched, accepted, quarantined, new in found:
            print(f"{feed:22}{pulls:5}{fetched:9,}{accepted:10,}{quarantined:13,}{new:16,}")
    assert {row[0] for row in found} == {*RAW, "register"}
    assert public_run.ask("select * from ops.batch where fetched <> accepted + quarantined") == []
    by_feed = {row[0]: row[2:] for row in found}
    assert by_feed["council_cases"][0] == rows_of(CASES) == 341_299
    assert by_feed["hospital_satisfaction"][0] == rows_of(HOSPITALS) == 1_242
    # a pull since the last day fetches that day again: what is new is counted once
    assert by_feed["audit_findings"][3] == rows_of(FINDINGS) == 31_770
    assert by_feed["gdp_vintages"][3] == rows_of(GDP) == 47_980


def test_what_was_quarantined_lies_there_with_its_reason(public_run: PublicRun) -> None:
    kept = public_run.ask("select feed, rule, count(*), count(distinct record_key) from ops.quarantine group by all")
    assert kept == [("council_cases", "unique_key", 182, 91)]


@pytest.mark.parametrize("feed", sorted(RAW))
def test_pulling_again_lands_nothing(public_run: PublicRun, feed: str) -> None:
    assert public_run.last is not None
    report = next(report for report in public_run.last.feeds if report.feed == feed)
    assert (report.pulled, report.rows_new) == ("nothing_new", 0)
    assert len(batch_files(public_run.project, feed).manifests()) == len(public_run.pulls[feed])


@pytest.mark.parametrize("feed", sorted(RAW))
def test_landed_columns_are_the_contract_s(public_run: PublicRun, feed: str) -> None:
    contract, files = public_run.project.feed(feed), batch_files(public_run.project, feed)
    for manifest in files.manifests():
        with duckdb.connect() as connection:
            landed = connection.execute("describe select * from read_parquet(?)", [str(files.data(manifest.batch_id))]).fetchall()
        assert [row[0] for row in landed] == ["_row", *contract.names]
        assert set(manifest.columns_seen) - {c.source_name for c in contract.columns} == set(contract.left_out)


def test_no_phone_or_address_stands_in_any_file(public_run: PublicRun) -> None:
    hospitals = f"read_csv('{HOSPITALS}', all_varchar = true)"
    phones = f'select "Telephone Number" from {hospitals} where "Telephone Number" <> \'(000) 000-0000\' order by 1 limit 40'
    addresses = f"select Address from {hospitals} where length(Address) > 15 order by hash(Address) limit 40"
    boards = f"select distinct community_board from '{CASES}' where community_board ~ '[0-9]{{2}} [A-Z].*' order by 1 limit 40"
    bodies = f"select distinct auditee_uei from '{FINDINGS}' order by 1 limit 40"
    private = [row[0] for query in (phones, addresses, boards, bodies) for row in raw(query)]
    assert len(private) == 160
    present = [row[0] for row in raw(f'select "Facility ID" from {hospitals} order by 1 limit 1')]
    files = [file for file in public_run.project.var.rglob("*") if file.is_file()]
    hits = {file: found for file in files if (found := set(_found(file, [*private, *present])))}
    assert {value for found in hits.values() for value in found} == set(present)
    assert {file.suffix for file in hits} >= {".parquet", ".duckdb"}


def _found(file: Path, values: list[str]) -> list[str]:
    """Which of the values stand anywhere in the file; the compressed ones are read, not searched as bytes."""
    if file.suffix == ".parquet":
        return _in_relations([f"read_parquet('{file}')"], values)
    if file.suffix == ".duckdb":
        with duckdb.connect(str(file), read_only=True) as connection:
            names = connection.execute("select schema_name || '.\"' || table_name || '\"' from duckdb_tables()").fetchall()
        return _in_relations([f"looked.{name}" for (name,) in names], values, file)
    content = file.read_bytes()
    return [value for value in values if value.encode() in content]


def _in_relations(relations: list[str], values: list[str], file: Path | None = None) -> list[str]:
    with duckdb.connect() as connection:
        if file:
            connection.execute(f"attach '{file}' as looked (read_only)")
        connection.execute("create table value as select unnest(?::varchar[]) as value", [values])
        connection.execute("create table text (text varchar)")
        pattern = "|".join(_escaped(value) for value in values)
        for relation in relations:
            query = f"insert into text select j from (select to_json(r)::varchar as j from {relation} as r) where regexp_matches(j, ?)"
            connection.execute(query, [pattern])
        return [
            row[0] for row in connection.execute("select value from value where exists (from text where contains(text, value))").fetchall()
        ]


def _escaped(value: str) -> str:
    return "".join(c if c.isalnum() or c == " " else f"\\{c}" for c in value)
