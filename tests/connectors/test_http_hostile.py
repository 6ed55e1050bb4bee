"""Heads of answers that are made to hurt, or to have us say what we must not."""

from collections.abc import Callable
from pathlib import Path

import requests

from connectors.http import HttpSource
from connectors.http.refusals import refusal
from connectors.protocol import Connection
from declarations.feed import NoAuth
from tests.connectors.source_kit import Reply, Server


def test_the_words_of_a_source_for_its_status_are_not_repeated() -> None:
    answer = requests.Response()
    answer.status_code, answer.reason = 403, "key s3cret is unknown"
    assert "answered 403 Forbidden." in str(refusal("feed f", answer, "api"))
    answer.status_code = 499
    assert "s3cret" not in str(refusal("feed f", answer, "api"))


def test_a_day_that_no_calendar_has_is_no_day(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(lambda request: Reply("x", headers={"Last-Modified": "Mon, 01 Jan 99999999999 00:00:00 GMT"}))
    connection = Connection("api", "http", host="127.0.0.1", port=server.port, extra={"allow_loopback": True})
    with HttpSource("f", connection, NoAuth(), "5s", state_dir=tmp_path) as http:
        facts = http.head("x.csv")
    assert facts is not None
    assert facts.modified is None
