"""What is judged of a batch's columns: those it lost, those it gained."""

from declarations.feed import BatchAction, Column, FeedContract
from declarations.yaml_file import nearest
from expectations.batch_fact import BatchFact, ask, file_of, then
from warehouse.batch import Manifest


def column_facts(contract: FeedContract, manifest: Manifest, landed: set[str]) -> list[BatchFact]:
    """``landed`` are the columns of the landed file."""
    seen = set(manifest.columns_seen)
    if not seen and not manifest.rows:  # a source that answers with an empty list names no columns
        return []
    gone = [column for column in contract.columns if column.source_name not in seen]
    missing = [column.source_name for column in gone if not _may_be_lost(column)]
    lost = [column.source_name for column in gone if _may_be_lost(column)]
    unlanded = [c.name for c in contract.columns if c.source_name in seen and c.name not in landed]
    unknown = sorted(seen - {column.source_name for column in contract.columns} - set(contract.left_out))
    return [
        _drift("missing_column", missing, "missing from the source", "stop", _advise_missing(contract, missing, unknown)),
        _drift("lost_column", lost, "missing from the source and taken as empty", "note", _advise_missing(contract, lost, unknown)),
        _drift("unlanded_column", unlanded, "declared since this batch was landed", "stop", _pull_again(contract)),
        _drift("unknown_column", unknown, "not declared", contract.unknown_columns, _advise_unknown(contract, unknown)),
    ]


def _may_be_lost(column: Column) -> bool:
    return column.drift == "widen" and not (column.required or column.key)


def _drift(rule: str, names: list[str], what: str, action: BatchAction, advice: str) -> BatchFact:
    listed = ", ".join(f"'{name}'" for name in names)
    meaning = f"columns {listed} are {what}" if len(names) > 1 else f"column {listed} is {what}"
    return BatchFact(rule, len(names), 0, 0, meaning, action, advice, ", ".join(names) or None)


def _advise_missing(contract: FeedContract, missing: list[str], unknown: list[str]) -> str:
    renamed = [(old, hint) for old in missing if (hint := nearest(old, unknown))]
    if renamed:
        old, hint = renamed[0]
        return f"The source seems to have renamed '{old}'. {hint}Set 'source:' of it in {file_of(contract)}; {then(contract)}"
    if missing and unknown:
        one = f"'{unknown[0]}'" if len(unknown) == 1 else "one of the undeclared columns"
        renamed_to = f"If {one} is the new name of '{missing[0]}', set 'source:' of it in {file_of(contract)}"
        return f"{renamed_to}. If not: {ask(contract)} to deliver the column again. In both cases {then(contract)}"
    return f"{ask(contract)} to deliver the column again, or take it out of {file_of(contract)}; {then(contract)}"


def _advise_unknown(contract: FeedContract, unknown: list[str]) -> str:
    named = f"'{unknown[0]}'" if unknown else "it"
    return f"Add {named} to columns, or with a reason to left_out, in {file_of(contract)}; {then(contract)}"


def _pull_again(contract: FeedContract) -> str:
    return f"Take the batch anew with the column: {then(contract).removeprefix('then ')}"
