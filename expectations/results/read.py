"""The results of a feed, read from its batches' files; no warehouse and no network is asked."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from declarations.base import to_timedelta
from declarations.feed import FeedContract, NotBefore
from declarations.problem import Problem
from declarations.project import fingerprint
from declarations.yaml_file import nearest
from expectations.checks import batch_checks
from expectations.row_rule import row_rules
from expectations.words import batch_meaning
from warehouse.batch import BatchFiles, Finding, Manifest, Verdict

MOST_BATCHES = 60
MOST_ROWS = 30


@dataclass(frozen=True)
class BatchLine:
    """One batch: when it was pulled and what became of its rows. ``status`` is the verdict's, or ``waiting`` without one."""

    batch_id: str
    pulled_at: datetime
    status: str
    purpose: str
    fetched: int
    accepted: int
    quarantined: int


@dataclass(frozen=True)
class RuleLine:
    """One rule of the contract: when it fails, what follows, and how many rows of the batch failed it."""

    rule: str
    column: str | None
    meaning: str
    action: str
    rows: int
    of_rows: bool


@dataclass(frozen=True)
class RefusedLine:
    """One refused row and rule. ``value`` and ``key`` are None where their column is personal data."""

    row_no: int
    key: str | None
    rule: str
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class FeedResults:
    """All that is shown of a feed: its batches, and one of them in detail. ``verdict`` is None where it was not judged yet."""

    contract: FeedContract
    batches: list[BatchLine]
    more_batches: int
    batch: BatchLine
    verdict: Verdict | None
    rules: list[RuleLine]
    refused: list[RefusedLine]
    refused_lines: int
    silent_for: timedelta
    outdated: bool

    @property
    def late(self) -> bool:
        """Whether the feed has been silent for longer than its deadline."""
        return self.silent_for > to_timedelta(self.contract.cadence.deadline)

    def is_of_rows(self, finding: Finding) -> bool:
        """Whether a finding counts single rows; others are about the batch as a whole."""
        return finding.rule == "unreadable" or any((r.rule, r.column) == (finding.rule, finding.column) and r.of_rows for r in self.rules)

    def share(self, finding: Finding) -> float:
        """A finding's share of the batch's rows."""
        return finding.rows / self.batch.fetched if self.batch.fetched else 0.0


def read_results(contract: FeedContract, files: BatchFiles, now: datetime, batch_id: str | None = None) -> FeedResults:
    """The newest batch in detail, or the one asked for. Raises Problem where there is none."""
    manifests = files.manifests()
    if not manifests:
        raise Problem(f"feed {contract.id}", "has no batch yet.", f"run: traceless feed pull {contract.id}.")
    chosen = manifests[-1] if batch_id is None else _chosen(contract, manifests, batch_id)
    shown = manifests[-MOST_BATCHES:]
    verdict = files.verdict(chosen.batch_id)
    hidden = _hidden(contract, verdict)
    refused, lines = _refused(contract, files.quarantine(chosen.batch_id), hidden) if verdict else ([], 0)
    return FeedResults(
        contract=contract,
        batches=[_line(manifest, files.verdict(manifest.batch_id)) for manifest in shown],
        more_batches=len(manifests) - len(shown),
        batch=_line(chosen, verdict),
        verdict=verdict,
        rules=_rules(contract, verdict),
        refused=refused,
        refused_lines=lines,
        silent_for=now - manifests[-1].pulled_at,
        outdated=verdict is not None and verdict.contract != fingerprint(contract),
    )


def _chosen(contract: FeedContract, manifests: list[Manifest], batch_id: str) -> Manifest:
    known = {manifest.batch_id: manifest for manifest in manifests}
    found = [known[name] for name in known if name.startswith(batch_id)]
    if len(found) != 1:
        what = f"has {'no batch' if not found else f'{len(found)} batches'} '{batch_id}'."
        hint = nearest(batch_id, list(known))
        fix = f"{hint}Name one of the newest: {', '.join(list(known)[-5:])}."
        raise Problem(f"feed {contract.id}", what, fix)
    return found[0]


def _line(manifest: Manifest, verdict: Verdict | None) -> BatchLine:
    status, accepted, quarantined = (verdict.status, verdict.accepted, verdict.quarantined) if verdict else ("waiting", 0, 0)
    return BatchLine(manifest.batch_id, manifest.pulled_at, status, manifest.purpose, manifest.rows, accepted, quarantined)


def _rules(contract: FeedContract, verdict: Verdict | None) -> list[RuleLine]:
    """The contract's rules, those that failed first."""
    failed: Counter[tuple[str, str | None]] = Counter()
    for finding in verdict.findings if verdict else []:
        failed[finding.rule, finding.column] += finding.rows
    found = [RuleLine(r.rule, r.column, r.meaning, r.action, failed[r.rule, r.column], True) for r in row_rules(contract)]
    for check in batch_checks(contract):
        column = getattr(check, "column", None)
        found.append(RuleLine(check.rule, column, batch_meaning(check), check.on_failure, failed[check.rule, column], False))
    return sorted(found, key=lambda line: -line.rows)


def _hidden(contract: FeedContract, verdict: Verdict | None) -> set[str]:
    """Columns whose values are not shown: personal data, and what looks like it."""
    looks = {f.column for f in verdict.findings if f.rule == "personal_data"} if verdict else set()
    return {column.name for column in contract.columns if column.personal != "none" or column.name in looks}


def _refused(contract: FeedContract, file: Path, hidden: set[str]) -> tuple[list[RefusedLine], int]:
    """The first refused rows, and the number of lines in all."""
    if not file.exists():
        return [], 0
    with duckdb.connect() as connection:
        query = "SELECT row_no, record_key, rule, column_name, value, reason FROM read_parquet(?) ORDER BY ALL LIMIT ?"
        rows = connection.execute(query, [str(file), MOST_ROWS]).fetchall()
        total = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(file)]).fetchone()
    quiet = _reasons_without_values(contract, hidden)
    no_key = bool(hidden & set(contract.keys))
    lines = []
    for row_no, key, rule, column, value, reason in rows:
        named = set((column or "").split(", "))
        lines.append(
            RefusedLine(
                row_no=row_no,
                key=None if no_key else key,
                rule=rule,
                column=column,
                value=None if named & hidden or (no_key and rule == "unique_key") else value,
                reason=quiet.get((rule, column), reason),
            )
        )
    return lines, int(total[0]) if total else 0


def _reasons_without_values(contract: FeedContract, hidden: set[str]) -> dict[tuple[str, str | None], str]:
    """Rules whose reason quotes a value of a hidden column, with what they mean instead."""
    return {(r.rule, r.column): r.meaning for r in row_rules(contract) if isinstance(r.check, NotBefore) and r.check.other in hidden}
