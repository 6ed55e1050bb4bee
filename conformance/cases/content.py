"""What the rows hold: other columns, other types, nothing, too much, bytes that are no text."""

from typing import Any

from conformance.canaries import IDENTITIES, left_out_value
from conformance.case import Case, Deviation, case
from conformance.columns import droppable, free_text, nullable, typed
from conformance.doubles.double import SPOILT
from conformance.samples import Row
from conformance.stage import Stage

NEW = "surprise_column"
LARGE, HUGE = 100_000, 1_000_000  # characters of three bytes each
REPLACED = "\ufffd"


@case(
    "null_is_not_zero",
    "An empty value stays empty",
    "空值不是零",
    means="A value that is missing at the source is missing here: never 0, never an empty text.",
    advice="Yield NULL where the source has none; do not fill it.",
    needs=("nullable",),
)
def _null_is_not_zero(stage: Stage) -> None:
    names = [column.name for column in nullable(stage.contract)]
    rows = sorted(stage.rows(12), key=lambda row: -sum(row[name] is None for name in names))[:4]
    stage.double.put(*rows)
    stage.fetched(stage.run(), 4)
    stage.holds(rows)


@case(
    "null_key",
    "A row without its key",
    "主键为空",
    means="It is refused and kept with the reason; the others arrive.",
    advice="Yield the row with NULL in the key. A connector never drops a row.",
)
def _null_key(stage: Stage) -> None:
    rows = stage.rows(6)
    nameless: Row = {**rows[5], stage.contract.keys[0]: None}
    stage.double.add(*rows[:5], nameless)
    _one_refused(stage, rows[:5], stage.contract.keys[0])


@case(
    "type_drift",
    "A value of another type",
    "字段类型变化",
    means="A text where a number or a date belongs: the row is refused with column and value, or the batch stops where drift is frozen.",
    advice="Yield the value as the text that it is. Do not turn what cannot be read into NULL or 0.",
    needs=("typed",),
)
def _type_drift(stage: Stage) -> None:
    column = next(c for c in typed(stage.contract) if c.name not in stage.double.derived)
    rows = stage.rows(6)
    drifted: Row = {**rows[2], column.name: "not-of-this-type"}
    stage.double.put(*rows[:2], drifted, *rows[3:])
    if column.drift == "freeze":
        stage.refused(stage.run(), column.name)
        stage.expect(not stage.held(), "nothing loaded of a frozen batch", "there are rows.")
    else:
        _one_refused(stage, [*rows[:2], *rows[3:]], column.name)


@case(
    "new_column",
    "A column that nobody announced",
    "新增字段",
    means="Its name is told, or the batch stops (unknown_columns); its values are written nowhere.",
    advice="Name every column that the source sends in Page.columns_seen; send rows through connectors.gate.admit.",
    needs=("columns",),
)
def _new_column(stage: Stage) -> None:
    rows = stage.rows(6)
    stage.double.extra = {NEW: left_out_value(NEW)}
    stage.double.put(*rows)
    outcome = stage.run()
    if stage.contract.unknown_columns == "stop":
        stage.refused(outcome, NEW)
        stage.expect(not stage.held(), "nothing loaded", "there are rows.")
    else:
        stage.went_well(outcome)
        told = [finding.message for verdict in outcome.verdicts for finding in verdict.findings]
        stage.expect(any(NEW in text for text in told), f"a note that names '{NEW}'", "there is none.")
        stage.holds(rows)
    _nowhere(stage)


@case(
    "lost_column",
    "A column is gone",
    "字段缺失",
    means="The batch stops and says which column is missing; it is not filled with nothing.",
    advice="Name in Page.columns_seen only the columns that the source did send.",
    needs=("columns", "droppable"),
)
def _lost_column(stage: Stage) -> None:
    column = droppable(stage.contract)[0]
    stage.double.lost = {column.name}
    stage.double.put(*stage.rows(6))
    stage.refused(stage.run(), column.source_name)
    stage.expect(not stage.held(), "nothing loaded", "there are rows.")


@case(
    "huge_row",
    "Huge rows",
    "超大记录",
    means="Rows of 300 kB and of 3 MB arrive whole, or are refused with the reason; the others arrive.",
    advice="Do not cut values. Where the source limits them, say so with a Problem.",
    needs=("free_text", "huge"),
)
def _huge_row(stage: Stage) -> None:
    rows = stage.rows(6)
    large, huge = _with_text(stage, rows[1], "大" * LARGE), _with_text(stage, rows[2], "长" * HUGE)
    stage.double.put(rows[0], large, huge, *rows[3:])
    outcome = stage.run()
    stage.fetched(outcome, 6)
    stage.expect(outcome.quarantined <= 2, "at most the huge rows refused", f"{outcome.quarantined} rows were.")
    stage.holds([rows[0], *[large, huge][: 2 - outcome.quarantined], *rows[3:]])


@case(
    "wrong_charset",
    "Bytes of another charset",
    "字符集错误",
    means="Bytes that are no text in the declared charset stop the pull or refuse the row; they are not replaced by guesses.",
    advice="Decode strictly (errors='strict') and say which file or page it was.",
    needs=("free_text", "charset"),
)
def _wrong_charset(stage: Stage) -> None:
    rows = stage.rows(6)
    stage.double.put(rows[0], _with_text(stage, rows[1], f"前{SPOILT}后"), *rows[2:])
    outcome = stage.run()
    texts = [str(value) for row in stage.held() for value in row.values()]
    guessed = any(REPLACED in text for text in texts)
    stage.expect(not guessed, "no replaced characters in the warehouse", "'\ufffd' stands there: bytes were guessed at.")
    if outcome.problem is not None:
        stage.refused(outcome)
        return
    left_out_only = free_text(stage.contract) is None
    stage.expect(outcome.quarantined == 1 or left_out_only, "the row refused, or the pull stopped", "the row was taken as it is.")
    stage.holds(rows if left_out_only and not outcome.quarantined else [rows[0], *rows[2:]])


@case(
    "never_enters",
    "Rows that must never enter",
    "禁止进入的记录",
    means="They are dropped inside the connector and only counted: in no file, no log, no quarantine.",
    advice="Send every page through connectors.gate.admit.",
    needs=("never_enters",),
)
def _never_enters(stage: Stage) -> None:
    never = stage.contract.never_enters[0]
    rows = stage.rows(6)
    banned = {**rows[5], never.column: never.values[0]}
    stage.double.put(*rows[:5], banned)
    outcome = stage.run()
    stage.went_well(outcome)
    withheld = outcome.report.withheld if outcome.report else 0
    stage.expect(withheld == 1, "one row withheld", f"{withheld} were.")
    stage.holds(rows[:5])
    _nowhere(stage, str(rows[5][stage.contract.keys[0]]))


def _one_refused(stage: Stage, others: list[Row], column: str) -> None:
    """One of six rows was refused for this column, and the others arrived."""
    outcome = stage.run()
    stage.fetched(outcome, len(others) + 1)
    stage.expect(outcome.quarantined == 1, "one row in quarantine", f"there are {outcome.quarantined}.")
    told = {finding.column for verdict in outcome.verdicts for finding in verdict.findings}
    stage.expect(any(column in str(name) for name in told), f"a finding about column '{column}'", f"they are about {told}.")
    stage.holds(others)


def _with_text(stage: Stage, row: Row, text: str) -> Row:
    """The row with a text in a column that takes any, else in one that is left out."""
    column = free_text(stage.contract)
    if column is not None:
        return {**row, column.name: text}
    name = next(iter(stage.contract.left_out))
    wire = stage.double.wire

    def with_left_out(other: Row) -> dict[str, Any]:
        mine = stage.double.key(other) == stage.double.key(row)
        return {**wire(other), **({name: text} if mine else {})}

    stage.double.wire = with_left_out  # type: ignore[assignment,method-assign]
    return row


def _nowhere(stage: Stage, *words: str) -> None:
    from conformance.canaries import Output

    found = Output(stage.project.var).places_of(words or IDENTITIES)
    if found:
        raise Deviation("the planted text nowhere", f"it stands in {', '.join(found)}.")


CASES: tuple[Case, ...] = (_null_is_not_zero, _null_key, _type_drift, _new_column, _lost_column, _huge_row, _wrong_charset, _never_enters)
