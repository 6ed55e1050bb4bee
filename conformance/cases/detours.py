"""Where an HTTP source would lead us: to another host, in a circle, to a cloud's credentials."""

from dataclasses import replace

from conformance.canaries import SECRETS
from conformance.case import Case, case
from conformance.cases.refusals import recovers
from conformance.doubles.http_server import LoopbackServer, Reply
from conformance.stage import Stage
from conformance.watch import connections_to

METADATA = "169.254.169.254"


@case(
    "redirect_elsewhere",
    "Redirect to another host",
    "重定向到其他主机",
    means="The source sends us to another host: the pull stops; no secret, and no request, goes there.",
    advice="Follow redirects within the host of the connection only.",
    needs=("http",),
)
def _redirect_elsewhere(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    deliver = stage.http.deliver
    thief = LoopbackServer(lambda request: deliver(request))
    try:
        place = f"http://127.0.0.1:{thief.port}/elsewhere"
        stage.http.play(lambda request, number: Reply(b"", 302, {"Location": place}))
        stage.refused(stage.pull())
        told = any(secret in str(request.headers) + request.query for request in thief.requests for secret in SECRETS)
        stage.expect(not told, "no secret at the other host", "a secret was sent there.")
        stage.expect(not thief.requests, "no request at the other host", f"{len(thief.requests)} came there.")
    finally:
        thief.close()
    recovers(stage, rows)


@case(
    "redirect_loop",
    "Redirects without an end",
    "循环重定向",
    means="The source sends us in a circle: the pull stops after a few rounds.",
    advice="Count redirects and stop with a Problem.",
    needs=("http",),
)
def _redirect_loop(stage: Stage) -> None:
    stage.double.put(*stage.rows(3))
    stage.http.play(lambda request, number: Reply(b"", 302, {"Location": f"{request.path}?round={number}"}))
    stage.refused(stage.pull())
    asked = len(stage.http.data_requests())
    stage.expect(asked <= 30, "at most 30 requests", f"there were {asked}.")
    stage.batches(0)


@case(
    "metadata_address",
    "The address of a cloud's metadata",
    "云元数据地址",
    means=f"A connection, or a redirect, that leads to {METADATA}, where clouds keep credentials: refused before a packet leaves.",
    advice="Open connections through connectors.http, or check the host with connectors.address.checked_address.",
    needs=("http",),
)
def _metadata_address(stage: Stage) -> None:
    reached: list[str] = []
    there = replace(stage.double.connection(), host=METADATA, port=80)
    with connections_to(METADATA, reached):
        stage.refused(stage.pull(there))
        stage.http.play(lambda request, number: Reply(b"", 302, {"Location": f"http://{METADATA}/latest/"}))
        stage.refused(stage.pull())
    stage.expect(not reached, "no attempt to connect there", f"{len(reached)} were made.")


CASES: tuple[Case, ...] = (_redirect_elsewhere, _redirect_loop, _metadata_address)
