"""What must never come out: secrets of the connection, identities of persons."""

import traceback

from conformance.canaries import ID_CARD, IDENTITIES, PHONE, SECRETS, Output
from conformance.case import Case, Deviation, case
from conformance.chain import Outcome
from conformance.columns import any_text, typed
from conformance.doubles.http_double import Script
from conformance.doubles.http_server import Reply
from conformance.samples import Row
from conformance.stage import Stage
from conformance.watch import everything_said


@case(
    "secrets_absent",
    "Secrets absent from all output",
    "输出中无密钥",
    means="Login secret and token stand in no log (down to DEBUG), no error, no print, no file: neither in good times nor in bad ones.",
    advice="Never print or log a connection, a header or a whole address; raise Problems without the driver's own text.",
)
def _secrets_absent(stage: Stage) -> None:
    output = Output(stage.project.var)
    rows = stage.rows(4)
    stage.double.put(*rows)
    with everything_said(output.said):
        _remember(output, stage.run())
        print(repr(stage.double.connection()))
        if "http" in stage.double.traits:
            for reply in (Reply(b"", 401), Reply(b"", 404), Reply(b"", 500), Reply(b"<html>", 200), Reply(b"", how="slam")):
                stage.http.play(_always(reply))
                _remember(output, stage.pull())
        if "loses_place" in stage.double.traits:
            stage.double.lose_place()
            _remember(output, stage.pull())
    _absent(output, SECRETS)
    stage.holds(rows)


@case(
    "identities_absent",
    "Identities absent from all output",
    "输出中无个人身份",
    means="Persons in columns that are left out, and phone and ID card numbers typed into others, stand in no file, log or error.",
    advice="Send every page through connectors.gate.admit, and log or quote no value of a row.",
)
def _identities_absent(stage: Stage) -> None:
    output = Output(stage.project.var)
    rows = stage.rows(6)
    planted: list[Row] = [dict(row) for row in rows]
    column = any_text(stage.contract)
    if column is not None:
        planted[1][column.name] = f"联系电话{PHONE}"
        planted[2][column.name] = ID_CARD
    measures_nothing = [c for c in typed(stage.contract) if not (c.unit and c.type in ("integer", "decimal"))]
    for spoilt in measures_nothing[:1]:
        planted[3][spoilt.name] = PHONE
    with everything_said(output.said):
        stage.double.put(*planted)
        outcome = stage.run()
        _remember(output, outcome)
        if "columns" in stage.double.traits:
            stage.double.extra = {"surprise_column": "，".join(IDENTITIES)}
            stage.double.put(*planted, *stage.rows(1, 6))
            _remember(output, stage.run())
    _absent(output, IDENTITIES)
    stage.went_well(outcome)
    stage.expect(outcome.fetched == 6, "6 rows from the source", f"{outcome.fetched} came.")
    whole = outcome.accepted + outcome.quarantined
    stage.expect(whole == 6, "every row accepted or quarantined", f"{whole} of 6 were.")


def _always(reply: Reply) -> Script:
    return lambda request, number: reply


def _remember(output: Output, outcome: Outcome) -> None:
    if outcome.problem is not None:
        output.said.append("".join(traceback.format_exception(outcome.problem)))
    output.said.append(repr(outcome))


def _absent(output: Output, words: tuple[str, ...]) -> None:
    found = output.places_of(words)
    if found:
        raise Deviation("the planted texts nowhere", f"one stands in {', '.join(found)}.")


CASES: tuple[Case, ...] = (_secrets_absent, _identities_absent)
