"""OAuth2 client credentials: a token is fetched when there is none, and again before it ends."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic as now

import requests
from requests.auth import AuthBase

from declarations.problem import Problem

RENEW_BEFORE_SECONDS = 30.0
LIFETIME_SECONDS = 300.0  # where the source names none


@dataclass(frozen=True)
class Token:
    """An access token and the moment (of ``time.monotonic``) from which another is fetched. Its repr shows no token."""

    text: str = field(repr=False)
    renew_at: float


class TokenSource:
    """Holds the token; ``fetch`` asks the source for one and gives the answer's body. Safe for several threads."""

    def __init__(self, place: str, fetch: Callable[[], bytes]) -> None:
        self._place, self._fetch = place, fetch
        self._token: Token | None = None
        self._lock = threading.Lock()

    def text(self) -> str:
        """A token that is good now. Raises Problem where the source gives none."""
        with self._lock:
            if self._token is None or now() >= self._token.renew_at:
                self._token = _read(self._place, self._fetch())
            return self._token.text

    def drop(self) -> None:
        """The source ended the token before its time."""
        with self._lock:
            self._token = None


class Bearer(AuthBase):
    """A request with the token of that moment."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._tokens.text()}"
        return request


def _read(place: str, answer: bytes) -> Token:
    try:
        said = json.loads(answer)
        text, lifetime = str(said["access_token"]), float(said.get("expires_in") or LIFETIME_SECONDS)
        if not text or any(ord(sign) <= 32 or ord(sign) > 126 for sign in text):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        fix = "correct 'token_path' in the feed's source."
        raise Problem(place, "answered no OAuth2 token ('access_token' is missing).", fix) from None
    # a token that lives for less than five minutes is renewed when nine tenths of its life are over
    return Token(text, now() + lifetime - min(RENEW_BEFORE_SECONDS, lifetime / 10))
