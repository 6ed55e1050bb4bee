"""Who may read: an API key, a user name and password, or OAuth2 client credentials with tokens that expire."""

import base64
import hmac
import secrets
import time
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Guard(Protocol):
    """Answers None where the caller may pass, else the refusal."""

    def refuse(self, request: Request) -> Response | None:
        """The refusal, or None."""
        ...


def _no(error: str, challenge: str) -> Response:
    return JSONResponse({"error": error}, status_code=401, headers={"WWW-Authenticate": challenge})


class Open:
    """Everybody may read."""

    def refuse(self, request: Request) -> Response | None:
        """See Guard."""
        return None


class ApiKey:
    """The secret stands in a header."""

    def __init__(self, header: str, password: str) -> None:
        self._header, self._password = header, password

    def refuse(self, request: Request) -> Response | None:
        """See Guard."""
        given = request.headers.get(self._header, "")
        return None if hmac.compare_digest(given.encode(), self._password.encode()) else _no("invalid_api_key", "ApiKey")


class Basic:
    """User name and password (RFC 7617)."""

    def __init__(self, login: str, password: str) -> None:
        self._expected = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()

    def refuse(self, request: Request) -> Response | None:
        """See Guard."""
        given = request.headers.get("Authorization", "")
        return None if hmac.compare_digest(given.encode(), self._expected.encode()) else _no("invalid_login", "Basic")


class OAuth2:
    """Client credentials (RFC 6749, 4.4): the client's secret buys a token that lives ``expires_s`` seconds."""

    def __init__(self, login: str, password: str, scope: str, expires_s: float) -> None:
        self._login, self._password, self._scope, self._expires_s = login, password, scope, expires_s
        self._tokens: dict[str, float] = {}

    def refuse(self, request: Request) -> Response | None:
        """See Guard."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or self._tokens.get(token, 0.0) < time.monotonic():
            self._tokens.pop(token, None)
            return _no("invalid_token", 'Bearer error="invalid_token"')
        return None

    async def token(self, request: Request) -> Response:
        """The token endpoint: the secret comes in the form or as Basic."""
        form = await request.form()
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        basic = Basic(self._login, self._password).refuse(request) is None
        given = f"{form.get('client_id')}\0{form.get('client_secret')}".encode()
        if not basic and not hmac.compare_digest(given, f"{self._login}\0{self._password}".encode()):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        if form.get("scope") not in (None, "", self._scope):
            return JSONResponse({"error": "invalid_scope"}, status_code=400)
        now = time.monotonic()
        self._tokens = {token: until for token, until in self._tokens.items() if until > now}
        token = secrets.token_urlsafe(24)
        self._tokens[token] = now + self._expires_s
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(self._expires_s), "scope": self._scope}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def guard_of(auth: dict[str, Any]) -> Guard:
    """The guard of a configuration: ``scheme`` is none, api_key, basic or oauth2_client_credentials."""
    scheme = auth.get("scheme", "none")
    if scheme == "api_key":
        return ApiKey(auth["header"], auth["password"])
    if scheme == "basic":
        return Basic(auth["login"], auth["password"])
    if scheme == "oauth2_client_credentials":
        return OAuth2(auth["login"], auth["password"], auth.get("scope", ""), auth.get("expires_s", 300))
    return Open()
