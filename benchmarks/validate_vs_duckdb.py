"""Twelve expectations and quarantine keys on rating rows: ours against one hand-written DuckDB query.

    python -m benchmarks.validate_vs_duckdb [--rows 1000000] [--rounds 3]

Both read the same landed Parquet (all text), turn it into types, check the same things and give the numbers of the
refused rows with the rule. "Checks" is what compares with the query: typed rows, flags, Great Expectations on the flags,
refused rows with their reasons. "Whole" adds reading the manifest, writing accepted.parquet and the verdict.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from declarations.feed import FeedContract
from declarations.project import fingerprint
from expectations.checked import count, database, flag_frames, make_checked
from expectations.outcome import refused_by_rules, write_quarantine
from expectations.row_rule import row_rules
from expectations.sql_text import literal
from expectations.validate import validate_batch
from warehouse.batch import BatchFiles, Manifest

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _column(name: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "zh": name, "meaning": name, **more}


CONTRACT = FeedContract.model_validate(
    {
        "id": "rating",
        "kind": "rating",
        "title": {"en": "Ratings", "zh": "好差评"},
        "description": "Ratings for the benchmark.",
        "owner": {"team": "bench"},
        "source": {"connector": "files", "connection": "bench", "pattern": ["*.csv"]},
        "columns": [
            _column("rating_no", "string", key=True),  # 1 not_null
            _column("org_id", "string", required=True, pattern="[TD][0-9]{2}"),  # 2 not_null, 3 matches
            _column("service_code", "string"),
            _column("channel", "string", codes={"hall": "厅", "online": "网", "phone": "电", "terminal": "机"}),  # 4 in_set
            _column("handled_at", "timestamp", required=True),  # 5 not_null
            _column("rated_at", "timestamp"),
            _column("grade", "integer", minimum=1, maximum=5),  # 6 between
            _column("active", "boolean"),
            _column("void_reason", "string", codes={"duplicate": "重", "test": "测", "malicious": "恶"}),  # 7 in_set
            _column("contact_due_at", "timestamp"),
            _column("contacted_at", "timestamp"),
            _column("fixed", "boolean"),
            _column("revisited", "boolean"),
            _column("updated_at", "timestamp", required=True),  # 8 not_null
        ],
        "event_time": "handled_at",
        "version": "updated_at",  # 12 unique_key
        "expectations": [
            {"rule": "not_before", "column": "rated_at", "other": "handled_at"},  # 9
            {"rule": "not_before", "column": "updated_at", "other": "handled_at"},  # 10
            {
                "rule": "row_is",
                "name": "grade_with_time",
                "meaning": "Both or neither.",  # 11
                "condition": "(grade IS NULL) = (rated_at IS NULL)",
            },
        ],
        "retention": {"years": 4, "reason": "benchmark"},
    }
)

ROWS = """
    SELECT i + 1 AS _row,
           'PJ' || lpad(CAST(CASE WHEN twin THEN i - 1 ELSE i END AS VARCHAR), 10, '0') AS rating_no,
           'T' || lpad(CAST(i % 44 AS VARCHAR), 2, '0') AS org_id,
           lpad(CAST(i % 97 AS VARCHAR), 6, '0') AS service_code,
           ['hall', 'online', 'phone', 'terminal', 'fax'][CASE WHEN i % 9973 = 0 THEN 5 ELSE 1 + i % 4 END] AS channel,
           strftime(t, '%Y-%m-%dT%H:%M:%S') AS handled_at,
           CASE WHEN rated THEN strftime(t + INTERVAL 10 MINUTE, '%Y-%m-%dT%H:%M:%S') END AS rated_at,
           CASE WHEN NOT rated THEN NULL WHEN i % 5003 = 0 THEN '9' WHEN i % 7919 = 0 THEN 'x'
                WHEN i % 30011 = 0 THEN '' ELSE CAST(1 + i % 5 AS VARCHAR) END AS grade,
           CASE WHEN rated THEN CAST(i % 7 = 0 AS VARCHAR) END AS active,
           CASE WHEN i % 500 = 0 THEN 'duplicate' END AS void_reason,
           CASE WHEN i % 20 = 0 THEN strftime(t + INTERVAL 1 DAY, '%Y-%m-%dT%H:%M:%S') END AS contact_due_at,
           CASE WHEN i % 20 = 0 THEN strftime(t + INTERVAL 8 HOUR, '%Y-%m-%dT%H:%M:%S') END AS contacted_at,
           CASE WHEN i % 20 = 0 THEN 'true' END AS fixed,
           CASE WHEN i % 40 = 0 THEN 'false' END AS revisited,
           strftime(t + INTERVAL 1 HOUR - CASE WHEN twin THEN INTERVAL 90 SECOND ELSE INTERVAL 0 SECOND END,
                    '%Y-%m-%dT%H:%M:%S') AS updated_at
    FROM (SELECT i, TIMESTAMP '2023-01-01' + INTERVAL (i * 90) SECOND AS t, i % 3 > 0 AS rated, i % 99991 = 1 AS twin
          FROM range({rows}) AS r(i))"""

HAND_WRITTEN = """
    WITH text AS (
        SELECT _row, nullif(rating_no, '') AS rating_no, nullif(org_id, '') AS org_id, nullif(channel, '') AS channel,
               nullif(handled_at, '') AS handled_text, nullif(rated_at, '') AS rated_text, nullif(grade, '') AS grade_text,
               nullif(active, '') AS active_text, nullif(void_reason, '') AS void_reason, nullif(contact_due_at, '') AS due_text,
               nullif(contacted_at, '') AS contacted_text, nullif(fixed, '') AS fixed_text, nullif(revisited, '') AS revisited_text,
               nullif(updated_at, '') AS updated_text, nullif(service_code, '') AS service_code
        FROM read_parquet('{file}')
    ), typed AS (
        SELECT *, TRY_CAST(handled_text AS TIMESTAMP) AS handled_at, TRY_CAST(rated_text AS TIMESTAMP) AS rated_at,
               TRY_CAST(grade_text AS BIGINT) AS grade, TRY_CAST(active_text AS BOOLEAN) AS active,
               TRY_CAST(due_text AS TIMESTAMP) AS contact_due_at, TRY_CAST(contacted_text AS TIMESTAMP) AS contacted_at,
               TRY_CAST(fixed_text AS BOOLEAN) AS fixed, TRY_CAST(revisited_text AS BOOLEAN) AS revisited,
               TRY_CAST(updated_text AS TIMESTAMP) AS updated_at
        FROM text
    ), repeated AS (
        SELECT rating_no, updated_at FROM typed WHERE rating_no IS NOT NULL GROUP BY rating_no, updated_at HAVING count(*) > 1
    ), contradicting AS (
        SELECT rating_no, updated_at FROM typed SEMI JOIN repeated USING (rating_no, updated_at) GROUP BY rating_no, updated_at
        HAVING count(DISTINCT (org_id, channel, handled_at, rated_at, grade, active, void_reason,
                               contact_due_at, contacted_at, fixed, revisited, service_code)) > 1
    ), judged AS (
        SELECT _row, rating_no, list_filter([
            CASE WHEN handled_text IS NOT NULL AND handled_at IS NULL THEN 'type handled_at' END,
            CASE WHEN rated_text IS NOT NULL AND rated_at IS NULL THEN 'type rated_at' END,
            CASE WHEN grade_text IS NOT NULL AND grade IS NULL THEN 'type grade' END,
            CASE WHEN active_text IS NOT NULL AND active IS NULL THEN 'type active' END,
            CASE WHEN due_text IS NOT NULL AND contact_due_at IS NULL THEN 'type contact_due_at' END,
            CASE WHEN contacted_text IS NOT NULL AND contacted_at IS NULL THEN 'type contacted_at' END,
            CASE WHEN fixed_text IS NOT NULL AND fixed IS NULL THEN 'type fixed' END,
            CASE WHEN revisited_text IS NOT NULL AND revisited IS NULL THEN 'type revisited' END,
            CASE WHEN updated_text IS NOT NULL AND updated_at IS NULL THEN 'type updated_at' END,
            CASE WHEN rating_no IS NULL THEN 'not_null rating_no' END,
            CASE WHEN org_id IS NULL THEN 'not_null org_id' END,
            CASE WHEN NOT regexp_full_match(org_id, '[TD][0-9]{{2}}') THEN 'matches org_id' END,
            CASE WHEN channel NOT IN ('hall', 'online', 'phone', 'terminal') THEN 'in_set channel' END,
            CASE WHEN handled_text IS NULL THEN 'not_null handled_at' END,
            CASE WHEN grade NOT BETWEEN 1 AND 5 THEN 'between grade' END,
            CASE WHEN void_reason NOT IN ('duplicate', 'test', 'malicious') THEN 'in_set void_reason' END,
            CASE WHEN updated_text IS NULL THEN 'not_null updated_at' END,
            CASE WHEN rated_at < handled_at THEN 'not_before rated_at' END,
            CASE WHEN updated_at < handled_at THEN 'not_before updated_at' END,
            CASE WHEN (grade_text IS NULL OR grade IS NOT NULL) AND (rated_text IS NULL OR rated_at IS NOT NULL)
                  AND (grade IS NULL) <> (rated_at IS NULL) THEN 'grade_with_time grade, rated_at' END,
            CASE WHEN (rating_no, updated_at) IN (SELECT (rating_no, updated_at) FROM contradicting) THEN 'unique_key rating_no' END
        ], lambda rule: rule IS NOT NULL) AS rules
        FROM typed
    )
    SELECT _row, rating_no, unnest(rules) AS rule FROM judged WHERE len(rules) > 0 ORDER BY _row, rule"""


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def land(folder: Path, rows: int) -> tuple[BatchFiles, str]:
    files = BatchFiles(folder / "landing", folder / "validated", CONTRACT.id)
    target = files.landing / "bench"
    target.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({ROWS.format(rows=rows)}) TO {literal(str(target / 'data.parquet'))} (COMPRESSION zstd)")
    manifest = Manifest(
        batch_id="bench", feed=CONTRACT.id, contract=fingerprint(CONTRACT), since=None, until=None, rows=rows,
        columns_seen=CONTRACT.names, content_hash="", parquet_sha256="", pulled_at=NOW,
    )  # fmt: skip
    (target / "manifest.json").write_text(manifest.model_dump_json())
    return files, "bench"


def hand_written(files: BatchFiles) -> list[tuple[int, str]]:
    with duckdb.connect() as connection:
        query = HAND_WRITTEN.format(file=files.data("bench"))
        return [(row, rule) for row, _, rule in connection.execute(query).fetchall()]


def checks_only(files: BatchFiles, folder: Path) -> dict[str, float]:
    """The part that compares with the query; seconds of its steps."""
    from expectations.gx_run import count_failing_rows

    rules, landed, marks = row_rules(CONTRACT), f"read_parquet({literal(str(files.data('bench')))})", [time.perf_counter()]
    with files.write(folder / "spill") as spill, database([files.landing, folder], spill) as connection:
        make_checked(connection, CONTRACT, rules, landed)
        marks.append(time.perf_counter())
        counts = count(connection, rules)
        frames = list(flag_frames(connection, rules))
        marks.append(time.perf_counter())
        for frame in frames:
            count_failing_rows(rules, frame)
        marks.append(time.perf_counter())
        lines = [refused_by_rules(CONTRACT, rules, landed)] if counts.refused else []
        write_quarantine(connection, CONTRACT.id, "bench", lines, folder / "quarantine.parquet")
        marks.append(time.perf_counter())
    names = ["types and flags", "flags to frame", "Great Expectations", "quarantine"]
    steps = {name: after - before for name, before, after in zip(names, marks, marks[1:], strict=False)}
    return {**steps, "checks": marks[-1] - marks[0]}


def native_in_pandas(files: BatchFiles, folder: Path) -> None:
    """The way not taken: Great Expectations' own checks over the typed columns in pandas, without the SQL rules."""
    from expectations.gx_run import run
    from expectations.suite import native

    rules = [rule for rule in row_rules(CONTRACT) if rule.rule in ("not_null", "in_set", "between", "matches", "not_before")]
    with files.write(folder / "spill") as spill, database([files.landing, folder], spill) as connection:
        make_checked(connection, CONTRACT, rules, f"read_parquet({literal(str(files.data('bench')))})")
        frame = connection.execute("SELECT * FROM checked").df()
    run([native(CONTRACT, rule) for rule in rules], frame)


def whole(folder: Path) -> None:
    fresh = BatchFiles(folder / "landing", folder / f"validated-{time.perf_counter_ns()}", CONTRACT.id)
    validate_batch(CONTRACT, fresh, "bench", NOW)


def same_answer(files: BatchFiles) -> int:
    """Refused row and rule pairs; the two ways must name the same ones."""
    validate_batch(CONTRACT, files, "bench", NOW)
    query = f"SELECT row_no, concat_ws(' ', rule, column_name) FROM '{files.quarantine('bench')}'"
    with duckdb.connect() as connection:
        ours = sorted(connection.execute(query).fetchall())
    theirs = sorted(hand_written(files))
    assert ours == theirs, f"ours {len(ours)}, hand-written {len(theirs)}: {sorted(set(ours) ^ set(theirs))[:5]}"
    return len(ours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--native", action="store_true", help="also time Great Expectations' own checks in pandas")
    asked = parser.parse_args()
    start = time.perf_counter()
    import expectations.gx_run  # noqa: F401

    imported = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, _ = land(folder, asked.rows)
        pairs = same_answer(files)
        rounds = []
        for _ in range(asked.rounds):  # in turns, so that a busy machine hits all alike
            rounds.append((seconds(lambda: hand_written(files)), checks_only(files, folder), seconds(lambda: whole(folder))))
        query = min(one[0] for one in rounds)
        steps = min((one[1] for one in rounds), key=lambda step: step["checks"])
        full = min(one[2] for one in rounds)
        other = seconds(lambda: native_in_pandas(files, folder)) if asked.native else None
    print(f"{asked.rows} rows, {len(row_rules(CONTRACT))} expectations (12 and 9 of type), {pairs} refusals, the same both ways")
    print(f"import of Great Expectations, not counted   {imported:6.2f} s")
    print(f"hand-written DuckDB query                   {query:6.2f} s")
    for step, took in steps.items():
        print(f"{('  ' if step != 'checks' else '') + step:<44}{took:6.2f} s   {took / query:4.2f}x")
    print(f"{'whole validate_batch, files written':<44}{full:6.2f} s   {full / query:4.2f}x")
    if other is not None:
        print(f"{'(GX over typed columns in pandas, 10 rules)':<44}{other:6.2f} s   {other / query:4.2f}x")


if __name__ == "__main__":
    main()
