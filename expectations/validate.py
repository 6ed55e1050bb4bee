"""Validate one landed batch: type it, judge it with Great Expectations, part it into accepted and refused rows."""

from datetime import datetime
from pathlib import Path

import duckdb

from declarations.feed import FeedContract, GreatExpectation
from declarations.problem import Problem
from declarations.project import fingerprint
from expectations.batch_fact import BatchFact
from expectations.checked import Counts, count, database, flag_frames, kept, make_checked, typed_rows
from expectations.checks import batch_checks
from expectations.column_facts import column_facts
from expectations.gone import gone_rows
from expectations.measured_facts import measured_facts, unchecked_facts
from expectations.other_feeds import Compared, accepted_files, lookups, read_values
from expectations.outcome import (
    refused_by_rules,
    unreadable,
    write_accepted,
    write_none_accepted,
    write_quarantine,
)
from expectations.personal import looks_personal
from expectations.refused_facts import WHOLE_COLUMN, frozen_types, refused_share, wrong_types
from expectations.row_rule import RowRule, row_rules
from expectations.size_facts import size_facts
from expectations.sql_text import ident, literal
from warehouse.batch import GONE, BatchFiles, Finding, Manifest, Verdict, seal

OF_REFUSED = ("refused_share", "wrong_type", "frozen_type")
OF_NO_ROW = ("exists_in", "personal_data")  # as facts about a batch: nothing to compare with; a column that looks personal


def validate_batch(contract: FeedContract, files: BatchFiles, batch_id: str, now: datetime, again: bool = False) -> Verdict:
    """Judge a landed batch and write ``validated/<feed>/<batch_id>/``; the landing is not touched.

    A verdict under the same contract is returned as it is, unless the batch is to be judged ``again``: a rule may hang on rows of
    other feeds, which have come since. A *broken* batch (changed columns, implausible size, too
    many refused rows) accepts no row, holds all of them back and says in ``advice`` what to do; it is not an error.

    Raises Problem where the batch was not landed or is damaged, or where a rule of the contract cannot be run.
    """
    earlier = files.verdict(batch_id)
    if earlier is not None and earlier.contract == fingerprint(contract) and not again:
        return earlier
    manifest = _manifest(contract, files, batch_id)
    rules = row_rules(contract)
    validation = _Validation(contract, files, manifest, rules, now)
    with files.write(files.validated) as folder, files.write(files.validated) as spill:
        with database([files.landing / batch_id, folder, *validation.folders], spill) as connection:
            verdict = validation.run(connection, folder)
        (folder / "verdict.json").write_text(verdict.model_dump_json(indent=2), encoding="utf-8")
        seal(folder, batch_id, replace=True)
    return verdict


class _Validation:
    """One batch on its way to a verdict."""

    def __init__(self, contract: FeedContract, files: BatchFiles, manifest: Manifest, rules: list[RowRule], now: datetime) -> None:
        self.contract = contract
        self.files = files
        self.manifest = manifest
        self.rules = rules
        self.now = now
        self.place = f"feed {contract.id}, batch {manifest.batch_id}"
        self.data = f"read_parquet({literal(str(files.data(manifest.batch_id)))})"
        self.landed = f"(SELECT * FROM {self.data} WHERE NOT coalesce({GONE}, false))" if manifest.gone else self.data
        self.lookups = lookups([rule.check for rule in rules])
        self.others = {check.feed: accepted_files(files, check.feed) for check in self.lookups}
        self.compared = Compared()

    @property
    def folders(self) -> list[Path]:
        """The folders of other feeds' accepted rows that the rules look into."""
        return [self.files.validated.parent / feed for feed, found in self.others.items() if found]

    def run(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> Verdict:
        """Judge the batch, then its rows, then the share of refused rows; write both files."""
        from expectations.gx_run import failing_facts

        unreadable_rows, lines = self._unreadable(connection)
        landed, rows = self._landed(connection)
        if rows + unreadable_rows != self.manifest.rows_left:
            what = f"the manifest counts {self.manifest.rows_left} rows, the files hold {rows + unreadable_rows}."
            raise self._damaged(what)
        before = [*column_facts(self.contract, self.manifest, landed), *size_facts(self.contract, self.files, self.manifest)]
        failed = failing_facts(before)
        findings = [fact.finding(self.manifest.rows) for fact in failed]
        if unreadable_rows:
            findings.append(_unreadable_finding(unreadable_rows))
        refused, gone = unreadable_rows, None
        stops = [fact for fact in failed if fact.action == "stop"]
        if not stops:
            counts, found = self._judge_rows(connection)
            findings += found
            refused += counts.refused
            lines += [refused_by_rules(self.contract, self.rules, self.landed)] if counts.refused else []
            if self.manifest.gone:
                gone = gone_rows(connection, self.contract, self.data)
                refused += gone.refused
                lines += gone.lines
            late = self._late_facts(connection, refused, findings)
            findings += [fact.finding(_concerned(fact, refused, self.manifest.rows)) for fact in late]
            stops = [fact for fact in late if fact.action == "stop"]
        if stops:
            write_none_accepted(connection, self.contract, folder / "accepted.parquet")
        else:
            write_accepted(connection, self.contract, self.rules, folder / "accepted.parquet", gone.accepted if gone else None)
        write_quarantine(connection, self.contract.id, self.manifest.batch_id, lines, folder / "quarantine.parquet")
        return self._verdict(connection, folder, stops, refused, findings)

    def _late_facts(self, connection: duckdb.DuckDBPyConnection, refused: int, findings: list[Finding]) -> list[BatchFact]:
        """What fails of the batch as a whole once its rows are judged."""
        from expectations.gx_run import failing_facts

        contract, manifest = self.contract, self.manifest
        facts = [
            *frozen_types(contract, findings),
            *wrong_types(contract, findings, self._values_read(connection, findings)),
            *measured_facts(connection, contract, manifest),
            *refused_share(contract, manifest, refused, findings),
            *unchecked_facts(self.compared),
            *looks_personal(connection, contract, manifest.rows),
        ]
        if manifest.rows and any(isinstance(check, GreatExpectation) for check in batch_checks(contract)):
            from expectations.gx_rule import gx_facts

            facts += gx_facts(connection, contract, kept(self.rules))
        return failing_facts(facts)

    def _judge_rows(self, connection: duckdb.DuckDBPyConnection) -> tuple[Counts, list[Finding]]:
        """Flag the rows and let Great Expectations validate the flags; both must count the same."""
        from expectations.gx_run import count_failing_rows

        own = typed_rows(self.contract, self.landed)
        self.compared = read_values(connection, self.contract, self.lookups, self.others, own)
        make_checked(connection, self.contract, self.rules, self.landed)
        counts = count(connection, self.rules)
        failing = [0] * len(self.rules)
        for frame in flag_frames(connection, self.rules):
            failing = [a + b for a, b in zip(failing, count_failing_rows(self.rules, frame), strict=True)]
        if failing != counts.failing:
            raise RuntimeError(f"{self.place}: Great Expectations counts {failing}, the flags say {counts.failing}")
        return counts, [_finding(rule, rows) for rule, rows in zip(self.rules, failing, strict=True) if rows]

    def _values_read(self, connection: duckdb.DuckDBPyConnection, findings: list[Finding]) -> dict[str, int]:
        """Of columns with many values that do not cast: how many do."""
        many = [f.column for f in findings if f.rule == "type" and f.rows >= WHOLE_COLUMN and f.column in self.contract.names]
        names = [name for name in many if name is not None]
        counts = ", ".join(f"count({ident(name)})" for name in names) or "0"
        row = connection.execute(f"SELECT {counts} FROM checked").fetchone()
        return dict(zip(names, row or (), strict=False))

    def _verdict(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        stops: list[BatchFact],
        refused: int,
        findings: list[Finding],
    ) -> Verdict:
        accepted = _rows_of(connection, folder / "accepted.parquet")
        fetched = self.manifest.rows_left
        quarantined = fetched if stops else refused  # a broken batch holds all its rows back
        if accepted + quarantined != fetched:
            raise RuntimeError(f"{self.place}: {accepted} accepted and {quarantined} refused rows are not the {fetched} fetched")
        return Verdict(
            batch_id=self.manifest.batch_id,
            feed=self.contract.id,
            contract=fingerprint(self.contract),
            status="broken" if stops else "accepted",
            fetched=fetched,
            accepted=accepted,
            quarantined=quarantined,
            findings=findings,
            advice=f"{stops[0].advice}." if stops else None,
            validated_at=self.now,
            compared_with=self.compared.batches,
        )

    def _landed(self, connection: duckdb.DuckDBPyConnection) -> tuple[set[str], int]:
        """Columns and rows of ``data.parquet``."""
        try:
            columns = connection.execute(f"DESCRIBE SELECT * FROM {self.data}").fetchall()
            return {str(row[0]) for row in columns}, _rows_of(connection, self._data)
        except duckdb.Error as error:
            raise self._damaged(f"data.parquet cannot be read ({str(error).splitlines()[0]}).") from None

    @property
    def _data(self) -> Path:
        return self.files.data(self.manifest.batch_id)

    def _unreadable(self, connection: duckdb.DuckDBPyConnection) -> tuple[int, list[str]]:
        """Rows of ``refused.parquet`` and the SELECT that shows them; none where there is no such file."""
        file = self.files.refused(self.manifest.batch_id)
        if not file.exists():
            return 0, []
        relation = f"read_parquet({literal(str(file))})"
        try:
            return _rows_of(connection, file), [unreadable(relation)]
        except duckdb.Error as error:
            raise self._damaged(f"refused.parquet cannot be read ({str(error).splitlines()[0]}).") from None

    def _damaged(self, what: str) -> Problem:
        return Problem(self.place, what, f"remove {self._data.parent} and pull it anew: traceless feed pull {self.contract.id}.")


def _manifest(contract: FeedContract, files: BatchFiles, batch_id: str) -> Manifest:
    file = files.landing / batch_id / "manifest.json"
    place = f"feed {contract.id}, batch {batch_id}"
    try:
        manifest = Manifest.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise Problem(place, "has not been landed.", f"run: traceless feed pull {contract.id}.") from None
    except ValueError:
        fix = f"remove {file.parent} and pull it anew: traceless feed pull {contract.id}."
        raise Problem(place, f"{file} is damaged.", fix) from None
    if manifest.feed != contract.id:
        raise Problem(place, f"was pulled for feed '{manifest.feed}'.", "validate it with that feed's contract.")
    return manifest


def _finding(rule: RowRule, rows: int) -> Finding:
    message = f"{rows} {'row' if rows == 1 else 'rows'}: {rule.meaning}."
    return Finding(rule=rule.rule, column=rule.column, rows=rows, message=message, action=rule.action)


def _concerned(fact: BatchFact, refused: int, rows: int) -> int:
    """How many rows a fact is about."""
    return refused if fact.rule in OF_REFUSED else 0 if fact.rule in OF_NO_ROW else rows


def _unreadable_finding(rows: int) -> Finding:
    message = f"{rows} {'row' if rows == 1 else 'rows'} could not be read when pulled."
    return Finding(rule="unreadable", column=None, rows=rows, message=message, action="quarantine")


def _rows_of(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    row = connection.execute(f"SELECT count(*) FROM read_parquet({literal(str(file))})").fetchone()
    assert row is not None
    return int(row[0])
