"""One request to one host: the address is checked, the budget kept, redirects followed on the same host only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase

from connectors.address import checked_address, flag, is_loopback
from connectors.http.budget import Budget, Permit
from connectors.http.endpoint import onward, origin, without_query
from connectors.http.failures import failure
from connectors.http.pinned import PinnedAdapter
from connectors.http.quiet import keep_queries_out_of_logs
from connectors.protocol import Connection
from declarations.problem import Problem

MAX_REDIRECTS = 5
_GET_FROM_NOW_ON = (301, 302, 303)


@dataclass(frozen=True)
class Ask:
    """What is asked. Its repr shows no parameter."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)


@dataclass
class Exchange:
    """An answer whose body is not read yet, with its place among the requests under way. Close it."""

    answer: requests.Response
    permit: Permit

    def close(self) -> None:
        """Ends the answer, read or not."""
        self.answer.close()
        self.permit.release()


class _Session(requests.Session):
    """Leaves redirects to us: requests would read their bodies, however long, and parse their targets."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: there is nothing to follow."""
        return None


class Transport:
    """Sends requests for one connection. ``place`` gives an error's place for an address."""

    def __init__(
        self,
        connection: Connection,
        place: Callable[[str], str],
        timeout: float,
        budget: Budget,
        certificate: tuple[str, str] | None,
        secret: bool,
    ) -> None:
        keep_queries_out_of_logs()
        self._connection, self._place, self._timeout, self._budget = connection, place, timeout, budget
        self._secret = secret
        self._pins: dict[tuple[str, int], list[str]] = {}
        self._session = _Session()
        self._session.trust_env = False  # no proxy, no .netrc: they would lead around the checks
        self._session.verify = _verify(connection)
        self._session.cert = certificate
        key_password = connection.extra.get("client_key_password")
        adapter = PinnedAdapter(self._pins, 2 * timeout, str(key_password) if key_password else None)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """Ends all connections."""
        self._session.close()

    def send(self, ask: Ask, auth: AuthBase) -> Exchange:
        """The answer to a request, after redirects. Raises Problem where there is none, or none that may be had."""
        home = origin(ask.url)
        for _ in range(MAX_REDIRECTS + 1):
            exchange = self._send_once(ask, auth)
            answer = exchange.answer
            if not answer.is_redirect:
                return exchange
            exchange.close()
            ask = self._onward(ask, home, answer)
        raise Problem(self._place(without_query(ask.url)), f"sends us on more than {MAX_REDIRECTS} times.", "correct 'path' of the source.")

    def _onward(self, ask: Ask, home: tuple[str, str, int], answer: requests.Response) -> Ask:
        place = self._place(without_query(ask.url))
        target = onward(place, str(answer.url), answer.headers["location"])
        there = origin(target)
        if there != home:
            if there[1] == home[1] and (home[0], there[0]) == ("http", "https"):
                raise Problem(place, "sends us on to https.", 'put "scheme": "https" into the extra of the connection (and its port).')
            what = f"sends us on to another host ({there[0]}://{there[1]}:{there[2]}); the secrets must not go there."
            raise Problem(place, what, "if that host is right, set it in the connection.")
        if ask.method == "POST" and answer.status_code in _GET_FROM_NOW_ON:
            return Ask("GET", target, ask.headers)
        return Ask(ask.method, target, ask.headers, None, ask.form, ask.json)

    def _send_once(self, ask: Ask, auth: AuthBase) -> Exchange:
        place = self._place(without_query(ask.url))
        try:
            request = requests.Request(ask.method, ask.url, dict(ask.headers), params=ask.query, data=ask.form, json=ask.json, auth=auth)
            prepared = self._session.prepare_request(request)
        except requests.exceptions.RequestException as error:
            raise failure(place, error, self._timeout) from None
        self._check(place, str(prepared.url))
        permit = self._budget.acquire()
        try:
            wait = (min(10.0, self._timeout), self._timeout)
            answer = self._session.send(prepared, stream=True, allow_redirects=False, timeout=wait)
            permit.answered()
        except (requests.exceptions.RequestException, OSError) as error:
            permit.release()
            raise failure(place, error, self._timeout) from None
        except BaseException:
            permit.release()
            raise
        return Exchange(answer, permit)

    def _check(self, place: str, url: str) -> None:
        """Looks at the host's addresses, once; no connection is made to any other."""
        scheme, host, port = origin(url)
        if (host.lower(), port) not in self._pins:
            found = checked_address(place, host, port, self._connection)
            self._pins[host.lower(), port] = found
        plain = scheme == "http" and self._secret and not flag(self._connection, "allow_plain_http")
        if plain and not all(is_loopback(address) for address in self._pins[host.lower(), port]):
            what = f"would be sent login or password over plain http (host '{host}'): anybody on the way could read them."
            fix = 'put "scheme": "https" into the extra of the connection; only where that cannot be, "allow_plain_http": true.'
            raise Problem(place, what, fix)


def _verify(connection: Connection) -> bool | str:
    """Whether, and against which CA file, the source's certificate is checked."""
    said = connection.extra.get("verify", True)
    text = str(said).strip()
    if text.lower() in ("true", "1", "yes", "on"):
        return True
    return False if text.lower() in ("false", "0", "no", "off") else text
