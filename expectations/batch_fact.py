"""What is judged of a batch as a whole, before and after its rows: columns, rows, share of refused rows.

A *full* batch holds all that its source had: it was pulled without ``since``. A feed of files never has a ``since``, so
each of its batches counts as full. An incremental batch may well be small or empty, so the least number of rows
(``minimum``, ``least_of_usual``) is asked of full batches only.
"""

from dataclasses import dataclass
from statistics import median

from declarations.feed import BatchAction, FeedContract, RefusedShare, RowCount
from declarations.yaml_file import nearest
from expectations.checks import batch_checks
from warehouse.batch import BatchFiles, Finding, Manifest

WHOLE_COLUMN = 10  # fewer values of a wrong type are taken for single bad rows


@dataclass(frozen=True)
class BatchFact:
    """One number about the batch with its inclusive bounds; ``advice`` is the next step when it lies outside."""

    rule: str
    value: float
    minimum: float | None
    maximum: float | None
    meaning: str
    action: BatchAction
    advice: str
    column: str | None = None

    def finding(self, rows: int) -> Finding:
        """The fact as a finding that concerns all rows of the batch."""
        return Finding(rule=self.rule, column=self.column, rows=rows, message=f"{self.meaning}.", action=self.action)


def before_rows(contract: FeedContract, files: BatchFiles, manifest: Manifest, landed: set[str]) -> list[BatchFact]:
    """Columns and number of rows; ``landed`` are the columns of the landed file."""
    counts = [rule for rule in batch_checks(contract) if isinstance(rule, RowCount)]
    facts = [*_columns(contract, manifest, landed), *_not_empty(contract, manifest, counts)]
    for rule in counts:
        facts += _row_count(contract, files, manifest, rule)
    return facts


def after_rows(contract: FeedContract, manifest: Manifest, refused: int, findings: list[Finding]) -> list[BatchFact]:
    """The share of refused rows, judged when they are known."""
    share = refused / manifest.rows if manifest.rows else 0.0
    most = max(findings, key=lambda finding: finding.rows, default=None)
    because = f" The most frequent reason: {most.message}" if most else ""
    return [
        BatchFact(
            rule="refused_share",
            value=share,
            minimum=None,
            maximum=rule.maximum,
            meaning=f"{refused} of {manifest.rows} rows ({share:.1%}) are refused, at most {rule.maximum:.1%} may be",
            action=rule.on_failure,
            advice=f"{because.strip()} {_ask(contract)} to correct the rows, or correct that rule in "
            f"{_file(contract)}; {_then(contract)}".strip(),
        )
        for rule in batch_checks(contract)
        if isinstance(rule, RefusedShare)
    ]


def wrong_types(contract: FeedContract, findings: list[Finding], read: dict[str, int]) -> list[BatchFact]:
    """Columns of which no value could be read as their type: the source changed the column, not some rows of it.

    ``read`` counts the values that could be read of the columns in question. No value is quoted: where columns are
    shifted it may be a person's name.
    """
    failing = {f.column: f.rows for f in findings if f.rule == "type"}
    return [
        BatchFact(
            rule="wrong_type",
            value=read[name],
            minimum=1,
            maximum=None,
            meaning=f"column '{name}' ({column.zh}): none of its {failing[name]} values is of type {column.type}",
            action="stop",
            advice=f"See the values in the batch's quarantine.parquet. {_ask(contract)} what changed, or correct type or format "
            f"of '{name}' in {_file(contract)}; {_then(contract)}",
            column=name,
        )
        for name, column in ((name, contract.column(name)) for name in read)
    ]


def _columns(contract: FeedContract, manifest: Manifest, landed: set[str]) -> list[BatchFact]:
    seen = set(manifest.columns_seen)
    if not seen and not manifest.rows:  # a source that answers with an empty list names no columns
        return []
    missing = [column.source_name for column in contract.columns if column.source_name not in seen]
    unlanded = [c.name for c in contract.columns if c.source_name in seen and c.name not in landed]
    unknown = sorted(seen - {column.source_name for column in contract.columns} - set(contract.left_out))
    return [
        _drift("missing_column", missing, "missing from the source", "stop", _advise_missing(contract, missing, unknown)),
        _drift("unlanded_column", unlanded, "declared since this batch was landed", "stop", _pull_again(contract)),
        _drift("unknown_column", unknown, "not declared", contract.unknown_columns, _advise_unknown(contract, unknown)),
    ]


def _drift(rule: str, names: list[str], what: str, action: BatchAction, advice: str) -> BatchFact:
    listed = ", ".join(f"'{name}'" for name in names)
    meaning = f"columns {listed} are {what}" if len(names) > 1 else f"column {listed} is {what}"
    return BatchFact(rule, len(names), 0, 0, meaning, action, advice, ", ".join(names) or None)


def _advise_missing(contract: FeedContract, missing: list[str], unknown: list[str]) -> str:
    renamed = [(old, hint) for old in missing if (hint := nearest(old, unknown))]
    if renamed:
        old, hint = renamed[0]
        return f"The source seems to have renamed '{old}'. {hint}Set 'source:' of it in {_file(contract)}; {_then(contract)}"
    return f"{_ask(contract)} to deliver the column again, or take it out of {_file(contract)}; {_then(contract)}"


def _advise_unknown(contract: FeedContract, unknown: list[str]) -> str:
    named = f"'{unknown[0]}'" if unknown else "it"
    return f"Add {named} to columns, or with a reason to left_out, in {_file(contract)}; {_then(contract)}"


def _pull_again(contract: FeedContract) -> str:
    return f"Take the batch anew with the column: {_then(contract).removeprefix('then ')}"


def _not_empty(contract: FeedContract, manifest: Manifest, counts: list[RowCount]) -> list[BatchFact]:
    """A full batch without rows is broken unless the contract says ``minimum: 0`` or another minimum itself."""
    if manifest.since is not None or any(rule.minimum is not None for rule in counts):
        return []
    advice = f"{_ask(contract)} why nothing came; if that is right, say row_count with minimum: 0 in {_file(contract)}"
    meaning = f"the batch has {manifest.rows} rows though it was to hold all that the source has"
    return [BatchFact("row_count", manifest.rows, 1, None, meaning, "stop", f"{advice}; {_then(contract)}")]


def _row_count(contract: FeedContract, files: BatchFiles, manifest: Manifest, rule: RowCount) -> list[BatchFact]:
    full = manifest.since is None
    advice = f"{_ask(contract)} whether the delivery was whole; if it was, correct row_count in {_file(contract)}"
    advice = f"{advice}; {_then(contract)}"
    facts = []
    for bound, word in ((rule.minimum if full else None, "at least"), (rule.maximum, "at most")):
        if bound is not None:
            low, high = (bound, None) if word == "at least" else (None, bound)
            meaning = f"the batch has {manifest.rows} rows, expected are {word} {bound}"
            facts.append(BatchFact("row_count", manifest.rows, low, high, meaning, rule.on_failure, advice))
    usual = usual_rows(files, manifest) if full and rule.least_of_usual is not None else None
    if usual is not None and rule.least_of_usual is not None:
        share = f"{rule.least_of_usual:.0%} of the usual {usual:g}"
        meaning = f"the batch has {manifest.rows} rows, expected are at least {share}"
        least = rule.least_of_usual * usual
        facts.append(BatchFact("row_count", manifest.rows, least, None, meaning, rule.on_failure, advice))
    return facts


def usual_rows(files: BatchFiles, manifest: Manifest) -> float | None:
    """Median of the rows fetched by the accepted full batches that were pulled before this one; None without any."""
    earlier = [
        other.rows
        for other in files.manifests()
        if other.since is None and (other.pulled_at, other.batch_id) < (manifest.pulled_at, manifest.batch_id)
        if (verdict := files.verdict(other.batch_id)) is not None and verdict.status == "accepted"
    ]
    return median(earlier) if earlier else None


def _ask(contract: FeedContract) -> str:
    return f"Ask {contract.owner.team}" + (f" ({contract.owner.email})" if contract.owner.email else "")


def _file(contract: FeedContract) -> str:
    return f"feeds/{contract.id}/feed.yaml"


def _then(contract: FeedContract) -> str:
    return f"then run: traceless feed pull {contract.id}"
