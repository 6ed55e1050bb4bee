"""One HTTP source: session, authentication, retries, rate budget. Only this host ever sees the secrets."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_ratelimiter import LimiterSession
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from connectors.protocol import Connection
from declarations.base import to_timedelta
from declarations.feed import ApiKeyAuth, Auth, BasicAuth, OAuth2Auth
from declarations.problem import Problem, SourceAway

MAX_BODY_BYTES = 1 << 30
MAX_REDIRECTS = 5
MAX_RETRY_AFTER_SECONDS = 120
RENEW_BEFORE_SECONDS = 30
_NOT_ALLOWED = (401, 403)
_STEPS = {
    404: "correct 'path' in the feed's source.",
    429: "lower 'rate.per_minute' in the feed's source, or pull later.",
}


@dataclass(frozen=True)
class Body:
    """A successful answer: its bytes, unpacked, and the charset that it names."""

    content: bytes
    charset: str | None


@dataclass
class _Token:
    text: str = field(default="", repr=False)
    expires: float = 0.0


class _NoNetrc(requests.auth.AuthBase):
    """Keeps requests from taking a password out of the user's .netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class HttpSource:
    """GETs below a connection's address. Close it, or use it as a context manager."""

    def __init__(self, feed: str, connection: Connection, auth: Auth, timeout: str, per_minute: int = 6000) -> None:
        self._feed = feed
        self._connection = connection
        self._auth = auth
        self._timeout = to_timedelta(timeout).total_seconds()
        self._base = base_url(feed, connection)
        self._token = _Token()
        self._session = LimiterSession(per_minute=per_minute, limit_statuses=())
        retry = Retry(
            total=5,
            connect=2,
            read=1,
            backoff_factor=0.3,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET", "POST"),
            raise_on_status=False,
            retry_after_max=MAX_RETRY_AFTER_SECONDS,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))
        self._session.auth = _NoNetrc()
        self._session.verify = connection.extra.get("verify", True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()

    def place(self, url: str) -> str:
        """Feed, connection and address without parameters: what an error names."""
        return f"feed {self._feed}: connection '{self._connection.id}': {url}"

    def url(self, path: str) -> str:
        """The whole address of a path below the connection's."""
        return f"{self._base}/{path.lstrip('/')}"

    def get(self, path: str, parameters: Mapping[str, str], accept: str, missing_ok: bool = False) -> Body | None:
        """The answer to a GET; None for 404 where ``missing_ok``. Raises Problem for everything but success."""
        url = self.url(path)
        answer = self._send(url, parameters, accept)
        if answer.status_code == 401 and isinstance(self._auth, OAuth2Auth):
            answer.close()
            self._token = _Token()  # the source ended the token before its time
            answer = self._send(url, parameters, accept)
        if answer.status_code == 404 and missing_ok:
            answer.close()
            return None
        if answer.status_code >= 300:
            answer.close()
            raise self._refusal(url, answer)
        return self._body(url, answer)

    def _send(self, url: str, parameters: Mapping[str, str], accept: str) -> requests.Response:
        headers = {"Accept": accept, "Accept-Encoding": "gzip, deflate", **self._credentials()}
        target: str = url
        asked: Mapping[str, str] | None = parameters
        for _ in range(MAX_REDIRECTS):
            answer = self._request("GET", target, params=asked, headers=headers)
            if not answer.is_redirect:
                return answer
            onward = urljoin(answer.url, answer.headers["location"])
            answer.close()
            if _host(onward) != _host(self._base):
                what = f"sends us on to another host ({'://'.join(_host(onward))}); the secrets must not go there."
                raise Problem(self.place(url), what, "if that host is right, set it in the connection.")
            target, asked = onward, None
        raise Problem(self.place(url), f"sends us on more than {MAX_REDIRECTS} times.", "correct 'path' of the source.")

    def _request(self, method: str, url: str, **options: object) -> requests.Response:
        wait = (min(10.0, self._timeout), self._timeout)
        try:
            return self._session.request(
                method,
                url,
                stream=True,
                allow_redirects=False,
                timeout=wait,
                **options,  # type: ignore[arg-type]
            )
        except requests.exceptions.SSLError:
            fix = "put the source's CA file into the connection's extra as 'verify'."
            raise Problem(self.place(url), "its TLS certificate is not trusted.", fix) from None
        except requests.exceptions.Timeout:
            fix = "try again later; raise 'timeout' in the feed's source if the source is slow."
            raise SourceAway(self.place(url), f"no answer in {self._timeout:g} s.", fix) from None
        except requests.exceptions.RequestException as error:
            what = f"cannot be reached ({_why(error)})."
            fix = "check host and port of the connection, and that the source is up."
            raise SourceAway(self.place(url), what, fix) from None

    def _body(self, url: str, answer: requests.Response) -> Body:
        try:
            content = answer.raw.read(MAX_BODY_BYTES + 1, decode_content=True)
        except (HTTPError, OSError) as error:
            what = f"the answer broke off ({type(error).__name__})."
            fix = "pull again; if it happens again, ask for smaller pages ('size')."
            raise SourceAway(self.place(url), what, fix) from None
        finally:
            answer.close()
        if len(content) > MAX_BODY_BYTES:
            raise Problem(self.place(url), "the answer is longer than 1 GiB.", "ask for smaller pages ('size').")
        named = requests.utils.get_encoding_from_headers(answer.headers)
        kind = answer.headers.get("content-type", "")
        return Body(content, named if "charset" in kind else None)

    def _refusal(self, url: str, answer: requests.Response) -> Problem:
        status = answer.status_code
        what = f"answered {status} {answer.reason}."
        if status in _NOT_ALLOWED:
            return Problem(self.place(url), what, f"correct login and password of connection '{self._connection.id}'.")
        if status >= 500:
            return SourceAway(self.place(url), what, "the source is in trouble: try again later, then call its owner.")
        return Problem(self.place(url), what, _STEPS.get(status, "correct 'path' and 'parameters' of the source."))

    def _credentials(self) -> dict[str, str]:
        login, password = self._connection.login or "", self._connection.password or ""
        if isinstance(self._auth, BasicAuth):
            return {"Authorization": requests.auth._basic_auth_str(login, password)}
        if isinstance(self._auth, ApiKeyAuth):
            return {self._auth.header: password}
        if isinstance(self._auth, OAuth2Auth):
            return {"Authorization": f"Bearer {self._bearer(self._auth)}"}
        return {}

    def _bearer(self, auth: OAuth2Auth) -> str:
        if self._token.text and time.monotonic() < self._token.expires:
            return self._token.text
        url = self.url(auth.token_path)
        login, password = self._connection.login or "", self._connection.password or ""
        form = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {})}
        answer = self._request("POST", url, data=form, auth=(login, password), headers={"Accept": "application/json"})
        if answer.status_code != 200:
            answer.close()
            if answer.status_code in (400, 401, 403):
                what = f"gave no token ({answer.status_code} {answer.reason})."
                fix = f"correct login (client id) and password (secret) of connection '{self._connection.id}'."
                raise Problem(self.place(url), what, fix)
            raise self._refusal(url, answer)
        try:
            said = answer.json()
            lifetime = float(said.get("expires_in", 300))
            self._token = _Token(str(said["access_token"]), time.monotonic() + lifetime - RENEW_BEFORE_SECONDS)
        except (ValueError, KeyError, TypeError, AttributeError):
            fix = "correct 'token_path' in the feed's source."
            raise Problem(self.place(url), "answered no OAuth2 token ('access_token' is missing).", fix) from None
        return self._token.text


def base_url(feed: str, connection: Connection) -> str:
    """``http://host:port/base`` of a connection: the host may be a URL; ``schema`` may be http or https; the extra
    ``base_path`` is added. Raises Problem where there is no host."""
    host = (connection.host or "").rstrip("/")
    if not host:
        place = f"feed {feed}: connection '{connection.id}'"
        raise Problem(place, "has no host.", "add 'host' to the connection.")
    if "://" not in host:
        named = [name for name in (connection.schema, connection.conn_type) if name in ("http", "https")]
        scheme = named[0] if named else "http"
        host = f"{scheme}://{host}"
    parts = urlsplit(host)
    if connection.port and not parts.port:
        host = f"{parts.scheme}://{parts.netloc}:{connection.port}{parts.path}"
    base_path = str(connection.extra.get("base_path") or "").strip("/")
    return f"{host}/{base_path}".rstrip("/")


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, f"{parts.hostname}:{port}"


def _why(error: requests.exceptions.RequestException) -> str:
    """The plain reason inside requests' nested exceptions, without address or parameters."""
    text = str(error)
    for sign, plain in (
        ("Connection refused", "connection refused"),
        ("Name or service not known", "unknown host name"),
        ("Failed to resolve", "unknown host name"),
        ("timed out", "timed out"),
        ("Remote end closed", "it closed the connection without an answer"),
        ("reset by peer", "it reset the connection"),
        ("too many", "too many errors in a row"),
    ):
        if sign in text:
            return plain
    return type(error).__name__
