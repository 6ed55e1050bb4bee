"""How a request says who asks: what the contract's ``auth`` declares, filled with the connection's secrets."""

from urllib.parse import parse_qsl, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from connectors.http.signing import Signature
from connectors.http.token import Bearer, TokenSource
from connectors.protocol import Connection
from declarations.feed import ApiKeyAuth, Auth, BasicAuth, BearerAuth, HmacAuth, MutualTls, OAuth2Auth
from declarations.problem import Problem


class Open(AuthBase):
    """No credentials; unlike None it also keeps requests from looking for some."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return request


class KeyInHeader(AuthBase):
    """A secret as the value of a header."""

    def __init__(self, header: str, value: bytes) -> None:
        self._header, self._value = header, value

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers[self._header] = self._value  # type: ignore[assignment]
        return request


class KeyInQuery(AuthBase):
    """A secret as a parameter of the query; a next page's address may bring it along."""

    def __init__(self, parameter: str, value: str) -> None:
        self._parameter, self._value = parameter, value

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        query = urlsplit(str(request.url)).query
        if self._parameter not in dict(parse_qsl(query, keep_blank_values=True)):
            request.prepare_url(request.url, {self._parameter: self._value})
        return request


def credentials(place: str, auth: Auth, connection: Connection, tokens: TokenSource | None) -> AuthBase:
    """What signs each request. Raises Problem where the connection lacks what the scheme needs."""
    login, password = connection.login or "", connection.password or ""
    _have(place, auth, connection)
    if isinstance(auth, BasicAuth):
        return HTTPBasicAuth(login.encode(), password.encode())
    if isinstance(auth, BearerAuth):
        return KeyInHeader("Authorization", b"Bearer " + header_value(place, password))
    if isinstance(auth, ApiKeyAuth):
        return KeyInQuery(auth.parameter, password) if auth.parameter else KeyInHeader(auth.header, header_value(place, password))
    if isinstance(auth, HmacAuth):
        return Signature(auth, key_id=login, secret=password)
    if isinstance(auth, OAuth2Auth) and tokens is not None:
        return Bearer(tokens)
    return Open()


def sends_secret(auth: Auth) -> bool:
    """Whether a request carries something that a listener on the wire could use again."""
    return isinstance(auth, BasicAuth | BearerAuth | ApiKeyAuth | OAuth2Auth)


def client_certificate(place: str, auth: Auth, connection: Connection) -> tuple[str, str] | None:
    """The files of the client's certificate and key; a connection that has them shows them whatever the scheme is."""
    found = [str(connection.extra.get(name) or "") for name in ("client_cert", "client_key")]
    if all(found):
        return found[0], found[1]
    if isinstance(auth, MutualTls) or any(found):
        fix = 'add "client_cert" and "client_key" (paths of PEM files) to the extra of the connection.'
        raise Problem(place, "has no client certificate with its key, which 'auth: mutual_tls' needs.", fix)
    return None


def header_value(place: str, secret: str) -> bytes:
    """A secret as a header may hold it. Raises Problem, without it, for signs that would end the header."""
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in secret) or secret != secret.strip():
        what = "has a password that no header can hold (a line break, or blanks around it)."
        raise Problem(place, what, "write the password into the connection again, without the line break.")
    return secret.encode()


def _have(place: str, auth: Auth, connection: Connection) -> None:
    needs: tuple[str, ...] = ()
    if isinstance(auth, BearerAuth | ApiKeyAuth | HmacAuth):
        needs = ("password",)
    elif isinstance(auth, OAuth2Auth):
        needs = ("login", "password")
    elif isinstance(auth, BasicAuth) and not connection.password:
        needs = ("login",)
    missing = [name for name in needs if not getattr(connection, name)]
    if missing:
        what = f"has no {' and no '.join(missing)}, which 'auth: {auth.scheme}' needs."
        raise Problem(place, what, f"add {' and '.join(missing)} to connection '{connection.id}'.")
