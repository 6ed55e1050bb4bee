"""Verdicts are kept, files are whole, damage is told, identities stay covered, threads do not mix."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from declarations.problem import Problem
from declarations.project import fingerprint
from expectations import checked, validate
from expectations.validate import validate_batch
from tests.expectations.landed_batch import NOW, Bench, contract, rows

PHONE, CARD = "13812345678", "11010519491231002X"


def test_a_verdict_under_the_same_contract_is_returned_as_it_is(bench: Bench) -> None:
    batch_id = bench.land(contract(), rows({}))
    first = validate_batch(contract(), bench.files, batch_id, NOW)
    stamp = bench.files.accepted(batch_id).stat().st_ino
    assert validate_batch(contract(), bench.files, batch_id, NOW + timedelta(days=1)) == first
    assert bench.files.accepted(batch_id).stat().st_ino == stamp
    assert bench.files.verdict(batch_id) == first


def test_another_contract_judges_again_and_replays_refused_rows(bench: Bench) -> None:
    batch_id = bench.land(contract(), rows({}, {"channel": "fax"}))
    assert validate_batch(contract(), bench.files, batch_id, NOW).accepted == 1
    wider = contract(columns={"channel": {"codes": {"hall": "大厅", "fax": "传真"}}})
    second = validate_batch(wider, bench.files, batch_id, NOW)
    assert (second.accepted, second.contract) == (2, fingerprint(wider))
    assert bench.quarantine(second) == []


def test_the_files_of_a_verdict(bench: Bench) -> None:
    verdict = bench.judge(contract(), rows({}, {"grade": "x"}))
    folder = bench.files.accepted(verdict.batch_id).parent
    assert sorted(file.name for file in folder.iterdir()) == ["accepted.parquet", "quarantine.parquet", "verdict.json"]
    assert [entry.name for entry in folder.parent.iterdir()] == [verdict.batch_id], "nothing temporary is left"
    types = {field.name: str(field.type) for field in pq.read_schema(folder / "accepted.parquet")}
    assert types["_row"] == types["grade"] == "int64"
    assert (types["amount_yuan"], types["due_on"], types["handled_at"]) == ("decimal128(28, 8)", "date32[day]", "timestamp[us]")


def test_a_failure_leaves_nothing_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = bench.land(contract(), rows({}))

    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(validate, "seal", full)
    with pytest.raises(OSError, match="disk full"):
        validate_batch(contract(), bench.files, batch_id, NOW)
    assert bench.files.verdict(batch_id) is None
    assert list(bench.files.validated.iterdir()) == []


def test_disagreement_between_flags_and_great_expectations_is_no_verdict(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from expectations import gx_run

    monkeypatch.setattr(gx_run, "count_failing_rows", lambda rules, _: [1] * len(rules))
    with pytest.raises(RuntimeError, match="Great Expectations counts"):
        bench.judge(contract(), rows({}))


def test_an_answer_that_great_expectations_leaves_out_is_no_pass(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    whole = Batch.validate

    def forgetful(self: Batch, *args: object, **more: object) -> object:
        result = whole(self, *args, **more)
        result.results.pop()
        return result

    monkeypatch.setattr(Batch, "validate", forgetful)
    with pytest.raises(RuntimeError, match="answered"):
        bench.judge(contract(), rows({}))


def test_identities_are_covered_in_quarantine(bench: Bench) -> None:
    rule = {"rule": "row_is", "name": "paired", "condition": "channel IS NULL", "meaning": "No channel."}
    feed = contract(expectations=[rule])
    bad = {"item_no": f"x{PHONE}", "grade": f"{PHONE},{PHONE}", "channel": f"电话{PHONE}，证件{CARD}"}
    verdict = bench.judge(feed, rows(bad), refused=[("line 3", f"unexpected {PHONE}")])
    shown = bench.quarantine(verdict)
    assert len(shown) == 4
    for text in (str(shown), str(verdict), *(file.read_text("latin-1") for file in bench.files.validated.rglob("*.json"))):
        assert PHONE not in text
        assert CARD not in text
    assert {line["value"] for line in shown} >= {"[masked],[masked]", "电话[masked]，证件[masked]"}
    assert shown[0]["record_key"] == "x[masked]"
    assert all(PHONE.encode() not in file.read_bytes() for file in bench.files.validated.rglob("quarantine.parquet"))


def test_a_batch_that_was_not_landed(bench: Bench) -> None:
    with pytest.raises(Problem, match=r"batch nope: has not been landed\. Next step: run: traceless feed pull item"):
        validate_batch(contract(), bench.files, "nope", NOW)


@pytest.mark.parametrize("name", ["data.parquet", "refused.parquet", "manifest.json"])
def test_a_truncated_landing_is_told(bench: Bench, name: str) -> None:
    batch_id = bench.land(contract(), rows({}))
    file = bench.files.landing / batch_id / name
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(Problem, match=r"Next step: remove .* and pull it anew"):
        validate_batch(contract(), bench.files, batch_id, NOW)
    assert bench.files.verdict(batch_id) is None


def test_a_landing_that_lost_rows_is_told(bench: Bench) -> None:
    with pytest.raises(Problem, match="the manifest counts 3 rows, the files hold 1"):
        bench.judge(contract(), rows({}), manifest_rows=3)


def test_threads_do_not_mix_batches(bench: Bench) -> None:
    feed = contract()
    batches = {bench.land(feed, rows(*([{"grade": "x"}] * bad + [{}] * 9))): bad for bad in range(6)}
    with ThreadPoolExecutor(6) as pool:
        verdicts = list(pool.map(lambda batch_id: validate_batch(feed, bench.files, batch_id, NOW), batches))
    assert [(v.accepted, v.quarantined) for v in verdicts] == [(9, bad) for bad in batches.values()]


def test_many_rows_go_to_great_expectations_in_parts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked, "_VECTORS", 1)
    bad = [{"grade": "x"} if i % 1000 == 0 else {} for i in range(5000)]
    verdict = bench.judge(contract(), rows(*bad))
    assert [(f.rule, f.rows) for f in verdict.findings] == [("type", 5)]
    assert verdict.accepted == 4995


def test_memory_is_bounded_and_spills_where_told(bench: Bench, tmp_path: Path) -> None:
    spill, folder = tmp_path / "spill", tmp_path / "work"
    spill.mkdir()
    folder.mkdir()
    with checked.database([folder], spill) as connection:
        settings = dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
        assert settings["temp_directory"] == str(spill)
        assert settings["memory_limit"] == "953.6 MiB"
        with pytest.raises(Exception, match="disabled"):
            connection.execute("SELECT * FROM read_text('/etc/hostname')")
    shutil.rmtree(spill)


def test_a_kept_verdict_needs_no_great_expectations() -> None:
    """The import costs seconds; a second run that finds its verdicts must not pay it."""
    code = "import sys, expectations.validate; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
