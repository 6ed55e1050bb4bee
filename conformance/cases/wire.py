"""How the bytes come: packed, cut, slowly, not at all; and how often they are asked for."""

import time
from collections.abc import Callable

from conformance.case import Case, case
from conformance.cases.refusals import later, recovers
from conformance.doubles.http_server import How, Reply, Request
from conformance.stage import Stage

BUDGET = 3  # requests a second
SLACK = 0.05


@case(
    "gzip",
    "Packed with gzip",
    "gzip 压缩",
    means="The connector offers gzip and unpacks it.",
    advice="Send Accept-Encoding: gzip and unpack by Content-Encoding.",
    needs=("http",),
)
def _packed_gzip(stage: Stage) -> None:
    _packed(stage, "gzip")


@case(
    "zstd",
    "Packed with zstd",
    "zstd 压缩",
    means="The connector offers zstd and unpacks it.",
    advice="Send Accept-Encoding: zstd and unpack by Content-Encoding.",
    needs=("http",),
)
def _packed_zstd(stage: Stage) -> None:
    _packed(stage, "zstd")


def _packed(stage: Stage, name: str) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    stage.http.packing = name
    outcome = stage.pull()
    offered = [r.headers.get("accept-encoding", "") for r in stage.http.data_requests()]
    stage.expect(all(name in text for text in offered), f"'{name}' in Accept-Encoding", f"it offers '{(offered or [''])[0]}'.")
    stage.brought(outcome, rows)


def _never_whole(how: How) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        rows = stage.rows(7)
        stage.double.put(*rows)
        bad = later(stage)

        def script(request: Request, number: int) -> Reply | None:
            if number < bad:
                return None
            body = b" " if how == "drip" else stage.http.deliver(request).body
            return Reply(body, headers={"Content-Type": "application/json"}, how=how)

        stage.http.play(script)
        outcome = stage.pull()
        quick = outcome.seconds < stage.patience
        stage.expect(quick, f"an end within {stage.patience:g} s (timeout: 1s)", f"it took {outcome.seconds:.0f} s.")
        stage.refused(outcome)
        stage.batches(0)
        recovers(stage, rows)

    return play


cut = case(
    "cut_in_mid_body",
    "Cut in mid-body",
    "响应中途断开",
    means="The connection breaks in the middle of an answer: the pull stops, nothing is half landed, the next pull brings all.",
    advice="Compare the length with Content-Length; raise SourceAway where the answer broke off.",
    needs=("http",),
)(_never_whole("cut"))

slammed = case(
    "closed_without_answer",
    "Closed without an answer",
    "连接被关闭",
    means="The source hangs up without a word: the pull stops, nothing is half landed, the next pull brings all.",
    advice="Raise SourceAway after a few tries.",
    needs=("http",),
)(_never_whole("slam"))

time_out = case(
    "time_out",
    "Time-out",
    "超时",
    means="The source does not answer: the pull gives up after 'timeout', nothing is half landed, the next pull brings all.",
    advice="Give every request a time-out (the source's 'timeout') and raise SourceAway.",
    needs=("http",),
    slow=True,
)(_never_whole("hang"))

slow_drip = case(
    "slow_drip",
    "Slow drip",
    "慢速滴流",
    means="The source sends a byte now and then, for ever: the pull gives up; a time-out between two bytes would never strike.",
    advice="Limit the time of a whole answer, not only the wait for the next byte.",
    needs=("http",),
    slow=True,
)(_never_whole("drip"))


@case(
    "rate_budget",
    "The rate budget is kept",
    "限速预算",
    means="By the source's own clock it never sees more requests than the contract's 'rate' allows, nor more at once.",
    advice="Open every connection through connectors.http with the source's 'rate'.",
    needs=("http", "rate"),
    slow=True,
)
def _rate_budget(stage: Stage) -> None:
    source = stage.double.source
    rate = source.rate.model_copy(update={"per_second": BUDGET, "concurrent": 1})
    stage.play_with(source.model_copy(update={"rate": rate}))
    stage.double.put(*stage.rows(16))
    stage.hurried = False
    begin = time.monotonic()
    while len(stage.http.server.requests) <= BUDGET + 1 and time.monotonic() - begin < stage.patience:
        stage.went_well(stage.pull())
    server = stage.http.server
    came = sorted(request.came for request in server.requests)
    most = max(sum(1 for other in came if moment <= other < moment + 1 - SLACK) for moment in came)
    stage.expect(most <= BUDGET, f"at most {BUDGET} requests in a second", f"there were {most}.")
    at_once = server.most_at_once()
    stage.expect(at_once <= 1, "one request at a time", f"there were {at_once}.")


@case(
    "clock_ahead",
    "The source's clock is ahead",
    "来源时钟超前",
    means="One row is dated years ahead: it arrives, and the rows that are written after it arrive too.",
    advice="The cursor must not follow a time that cannot be: see connectors.content.newest.",
    needs=("time_cursor",),
)
def _clock_ahead(stage: Stage) -> None:
    rows = stage.rows(6)
    ahead = stage.at(stage.rows(1, 6)[0], stage.now().replace(year=2099, day=1))
    stage.double.put(*rows, ahead)
    stage.went_well(stage.run())
    stage.holds([*rows, ahead])
    today = stage.at(stage.rows(1, 7)[0], stage.now())
    stage.double.put(today)
    stage.went_well(stage.run())
    stage.holds([*rows, ahead, today])


@case(
    "clock_behind",
    "The source's clock is behind",
    "来源时钟滞后",
    means="The source dates its rows weeks back: what it writes after a pull arrives with the next one all the same.",
    advice="Ask from the newest value that the source itself sent (window.since), never from our own time.",
    needs=("time_cursor",),
)
def _clock_behind(stage: Stage) -> None:
    rows = stage.rows(6)
    stage.double.put(*rows)
    stage.went_well(stage.run())
    after = stage.stamped(stage.rows(1, 7)[0], 8)
    stage.double.put(after)
    stage.went_well(stage.run())
    stage.holds([*rows, after])


CASES: tuple[Case, ...] = (_packed_gzip, _packed_zstd, cut, slammed, _clock_ahead, _clock_behind, time_out, slow_drip, _rate_budget)
