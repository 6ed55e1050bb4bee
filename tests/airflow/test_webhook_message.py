"""What the webhook takes and refuses before it touches Airflow's database."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator

import pytest
import webhook
from fastapi import HTTPException

SECRET = "a secret of the test, long enough"
BODY = json.dumps({"feed": "rating", "period": "2025-Q3", "batch": "b-1"}).encode()


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACELESS_WEBHOOK_SECRET", SECRET)


def sign(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def refusal(body: bytes, timestamp: str | None, signature: str | None) -> HTTPException:
    with pytest.raises(HTTPException) as caught:
        webhook.verify(body, timestamp, signature)
    assert SECRET not in str(caught.value.detail)
    return caught.value


def test_a_fresh_signature_is_taken() -> None:
    now = str(int(time.time()))
    assert webhook.verify(BODY, now, sign(BODY, now)) == sign(BODY, now).removeprefix("sha256=")


@pytest.mark.parametrize("age", [-400, 400])
def test_a_message_outside_of_five_minutes_is_refused(age: int) -> None:
    then = str(int(time.time()) - age)
    assert refusal(BODY, then, sign(BODY, then)).status_code == 401


@pytest.mark.parametrize(
    ("body", "timestamp", "signature"),
    [
        (BODY + b" ", "now", sign(BODY, "now")),
        (BODY, None, "sha256=00"),
        (BODY, str(int(time.time())), None),
        (BODY, str(int(time.time())), "sha256=é"),
        (BODY, "²", sign(BODY, "²")),
        (BODY, str(int(time.time())), sign(BODY, str(int(time.time())), "another secret")),
        (BODY, str(int(time.time())), sign(BODY, str(int(time.time()) - 1))),
    ],
)
def test_what_is_not_signed_is_refused(body: bytes, timestamp: str | None, signature: str | None) -> None:
    assert refusal(body, timestamp, signature).status_code == 401


@pytest.mark.parametrize("value", [None, "", "short"])
def test_without_a_secret_it_is_off(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("TRACELESS_WEBHOOK_SECRET")
    if value is not None:
        monkeypatch.setenv("TRACELESS_WEBHOOK_SECRET", value)
    now = str(int(time.time()))
    assert refusal(BODY, now, sign(BODY, now, value or "")).status_code == 503


def test_a_feed_with_a_secret_of_its_own_takes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACELESS_WEBHOOK_SECRET_RATING", "the secret of that source alone")
    now = str(int(time.time()))
    assert webhook.verify(BODY, now, sign(BODY, now, "the secret of that source alone"), "rating")
    assert webhook.verify(BODY, now, sign(BODY, now), "audit")
    with pytest.raises(HTTPException) as caught:
        webhook.verify(BODY, now, sign(BODY, now), "rating")
    assert caught.value.status_code == 401


class Slow:
    """A request whose body comes in these parts, and then stays away."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    async def stream(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part
        await asyncio.sleep(60)


@pytest.mark.parametrize(("parts", "status"), [((b"{",), 408), ((b"x" * 9000, b"x" * 9000), 413)])
def test_a_body_that_stays_away_or_is_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, parts: tuple[bytes, ...], status: int) -> None:
    monkeypatch.setattr(webhook, "READ_SECONDS", 0.05)
    with pytest.raises(HTTPException) as caught:
        asyncio.run(webhook._read(Slow(*parts)))  # type: ignore[arg-type]
    assert caught.value.status_code == status


def test_period_and_batch_are_read() -> None:
    assert webhook.read_event("rating", BODY) == ("2025-Q3", "b-1")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"period": "2025-Q5"}, "2025-Q5"),
        ({"period": "2025"}, "2025-Q1"),
        ({"period": 7}, "period"),
        ({"feed": "audit"}, "another feed"),
        ({"batch": "a b"}, "batch"),
        ({"batch": 5}, "batch"),
        ({"more": 1}, "exactly"),
    ],
)
def test_a_wrong_event_says_which_key(change: dict[str, object], says: str) -> None:
    with pytest.raises(HTTPException, match=says) as caught:
        webhook.read_event("rating", json.dumps({**json.loads(BODY), **change}).encode())
    assert caught.value.status_code == 422


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 9000])
def test_what_is_no_event_is_422(body: bytes) -> None:
    with pytest.raises(HTTPException) as caught:
        webhook.read_event("rating", body)
    assert caught.value.status_code == 422
