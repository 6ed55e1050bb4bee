"""What an HTTP source answers instead of rows: statuses, detours, other things than data."""

import json
from collections.abc import Callable

from conformance.case import Case, case
from conformance.doubles.http_server import Reply, Request
from conformance.samples import Row
from conformance.stage import Stage

MOST_TRIES = 3
MOST_REQUESTS = 12
RETRY_AFTER = 7


def always(status: int) -> Callable[[Request, int], Reply]:
    """A script that never answers anything else."""
    return lambda request, number: Reply(json.dumps({"error": status}).encode(), status, {"Content-Type": "application/json"})


def recovers(stage: Stage, rows: list[Row]) -> None:
    """The source is well again: the next pull brings everything, once."""
    stage.http.play(lambda request, number: None)
    stage.brings(rows)


def later(stage: Stage) -> int:
    """The number of the request at which a fault is played: in the midst of the pages where there are several."""
    return 2 if "pages" in stage.double.traits else 1


def _refuses(status: int, words: tuple[str, ...] = ()) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        rows = stage.rows(7)
        stage.double.put(*rows)
        stage.http.play(always(status))
        outcome = stage.pull()
        stage.refused(outcome, str(status), *words)
        asked = len(stage.http.data_requests())
        stage.expect(asked <= MOST_TRIES, f"at most {MOST_TRIES} requests: a refusal is no reason to insist", f"there were {asked}.")
        stage.batches(0)
        recovers(stage, rows)

    return play


unauthorized = case(
    "401",
    "401 Unauthorized",
    "401 未授权",
    means="Wrong login: the pull stops, says which connection to correct, and does not try again and again (accounts get locked).",
    advice="Raise a Problem at 401 that names the connection; do not retry it.",
    needs=("http",),
)(_refuses(401))

forbidden = case(
    "403",
    "403 Forbidden",
    "403 禁止访问",
    means="The login may not read this: the pull stops and says so.",
    advice="Raise a Problem at 403; do not retry it.",
    needs=("http",),
)(_refuses(403))

not_found = case(
    "404",
    "404 Not Found",
    "404 地址不存在",
    means="The address is gone: the pull stops. It is not taken for an empty answer.",
    advice="Raise a Problem at 404 unless the source says 'nothing new' by it and a window was asked for.",
    needs=("http",),
)(_refuses(404))


@case(
    "place_gone",
    "The table or folder is gone",
    "表或目录不存在",
    means="The pull stops and names what is missing; it is not taken for an empty source.",
    advice="Raise a Problem that names the table or folder and the connection.",
    needs=("loses_place",),
)
def _place_gone(stage: Stage) -> None:
    stage.double.put(*stage.rows(3))
    stage.double.lose_place()
    stage.refused(stage.pull())
    stage.batches(0)


@case(
    "429_retry_after",
    "429 with Retry-After",
    "429 限流（给出等待时间）",
    means="Too many requests, and the source says how long to wait: the pull waits at least so long, then goes on to the end.",
    advice="Read Retry-After (seconds or a date) and wait before the next request.",
    needs=("http",),
)
def _too_many_told(stage: Stage) -> None:
    _busy(stage, {"Retry-After": str(RETRY_AFTER)}, 1)
    waited = stage.waits.total
    stage.expect(waited >= RETRY_AFTER, f"a wait of {RETRY_AFTER} s as Retry-After says", f"it waited {waited:.1f} s.")


@case(
    "429",
    "429 without Retry-After",
    "429 限流（未给等待时间）",
    means="Too many requests, and nobody says for how long: the pull waits by itself, then goes on to the end.",
    advice="Wait before asking again, longer each time.",
    needs=("http",),
)
def _too_many(stage: Stage) -> None:
    _busy(stage, {}, 2)
    waited = stage.waits.total
    stage.expect(waited > 0.1, "a wait before asking again", f"it waited {waited:.2f} s.")


def _busy(stage: Stage, headers: dict[str, str], times: int) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    stage.http.play(lambda request, number: Reply(b"", 429, dict(headers)) if number <= times else None)
    stage.brings(rows)


@case(
    "500_then_fine",
    "500, then fine",
    "500 后恢复",
    means="A _hiccup of the source in the midst of the pages: the pull asks once more and misses nothing.",
    advice="Retry 5xx a few times with growing waits. An error is never the end of the data.",
    needs=("http",),
)
def _hiccup(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    bad = later(stage)
    stage.http.play(lambda request, number: Reply(b"oops", 500) if number == bad else None)
    stage.brings(rows)


@case(
    "500_for_good",
    "500 for good",
    "500 持续故障",
    means="A source in trouble: the pull gives up after a few tries, nothing is half landed, and the next pull brings all.",
    advice="Raise SourceAway after a few tries; do not yield what came before as if it were all.",
    needs=("http",),
)
def _broken_source(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    bad = later(stage)
    stage.http.play(lambda request, number: Reply(b"oops", 500) if number >= bad else None)
    stage.refused(stage.pull(), "500")
    asked = len(stage.http.data_requests())
    stage.expect(asked <= MOST_REQUESTS, f"at most {MOST_REQUESTS} requests", f"there were {asked}.")
    stage.batches(0)
    recovers(stage, rows)


@case(
    "page_of_words",
    "A web page instead of data",
    "返回网页而非数据",
    means="A login or maintenance page with status 200: the pull stops; it is not taken for an empty answer.",
    advice="Parse strictly: what is no list of records raises a Problem.",
    needs=("http",),
)
def _page_of_words(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows[:4])
    stage.went_well(stage.run())
    stage.double.put(*rows[4:])
    page = "<!DOCTYPE html><html><head><title>统一身份认证</title></head><body><p>请登录</p></body></html>".encode()
    stage.http.play(lambda request, number: Reply(page, 200, {"Content-Type": "text/html; charset=utf-8"}))
    stage.refused(stage.run())
    stage.holds(rows[:4])
    stage.http.play(lambda request, number: None)
    stage.went_well(stage.run())
    stage.holds(rows)


@case(
    "token_expired",
    "The token ends before its time",
    "令牌提前失效",
    means="The source takes its token back in the midst of the pages: the pull gets a new one and goes on.",
    advice="At 401 under OAuth2 fetch one new token and ask again, once.",
    needs=("oauth2",),
)
def _token_expired(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    bad = later(stage)

    def script(request: Request, number: int) -> None:
        if number == bad:
            stage.http.tokens += 1

    stage.http.play(script)
    stage.brings(rows)


@case(
    "total_wrong",
    "The total does not fit",
    "总数不符",
    means="The source says how many records there are, and another number came: the pull stops; nothing is half landed.",
    advice="Compare paging.total with what was fetched.",
    needs=("total",),
)
def _total_wrong(stage: Stage) -> None:
    rows = stage.rows(7)
    stage.double.put(*rows)
    stage.http.total_said = 99
    stage.refused(stage.pull(), "99")
    stage.batches(0)
    stage.http.total_said = None
    recovers(stage, rows)


CASES: tuple[Case, ...] = (
    unauthorized,
    forbidden,
    not_found,
    _place_gone,
    _too_many_told,
    _too_many,
    _hiccup,
    _broken_source,
    _page_of_words,
    _token_expired,
    _total_wrong,
)
