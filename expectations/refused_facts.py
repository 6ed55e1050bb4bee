"""What is judged of a batch when its refused rows are known: their share, and columns that changed as a whole."""

from declarations.feed import FeedContract, RefusedShare
from expectations.batch_fact import BatchFact, ask, file_of, then
from expectations.checks import batch_checks
from warehouse.batch import Finding, Manifest

WHOLE_COLUMN = 10  # fewer values of a wrong type are taken for single bad rows


def refused_share(contract: FeedContract, manifest: Manifest, refused: int, findings: list[Finding]) -> list[BatchFact]:
    """The share of refused rows, judged when they are known."""
    share = refused / manifest.rows if manifest.rows else 0.0
    most = max((f for f in findings if f.action == "quarantine"), key=lambda f: f.rows, default=None)
    because = f" The most frequent reason: {most.message}" if most else ""
    return [
        BatchFact(
            rule="refused_share",
            value=share,
            minimum=None,
            maximum=rule.maximum,
            meaning=f"{refused} of {manifest.rows} rows ({share:.1%}) are refused, at most {rule.maximum:.1%} may be",
            action=rule.on_failure,
            advice=f"{because.strip()} {ask(contract)} to correct the rows, or correct that rule in "
            f"{file_of(contract)}; {then(contract)}".strip(),
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
            advice=f"See the values in the batch's quarantine.parquet. {ask(contract)} what changed, or correct type or format "
            f"of '{name}' in {file_of(contract)}; {then(contract)}",
            column=name,
        )
        for name, column in ((name, contract.column(name)) for name in read)
    ]


def frozen_types(contract: FeedContract, findings: list[Finding]) -> list[BatchFact]:
    """Columns that are frozen and have a value of another type: not one row of the batch is taken."""
    failing = {f.column: f.rows for f in findings if f.rule == "type"}
    return [
        BatchFact(
            rule="frozen_type",
            value=failing[column.name],
            minimum=None,
            maximum=0,
            meaning=f"column '{column.name}' ({column.zh}) is frozen: {failing[column.name]} of its values "
            f"{'is' if failing[column.name] == 1 else 'are'} not of type {column.type}",
            action="stop",
            advice=f"See the values in the batch's quarantine.parquet. {ask(contract)} to deliver the column as agreed, or loosen "
            f"'drift' of '{column.name}' in {file_of(contract)}; {then(contract)}",
            column=column.name,
        )
        for column in contract.columns
        if column.drift == "freeze" and column.name in failing
    ]
