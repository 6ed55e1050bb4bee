"""The address of a connection: scheme, host, port and path; which other addresses belong to it."""

from urllib.parse import SplitResult, urljoin, urlsplit

from connectors.address import flag
from connectors.protocol import Connection
from declarations.problem import Problem

_PORTS = {"http": 80, "https": 443}
_WRITE = "write the address as https://host:port/path."


def base_url(feed: str, connection: Connection) -> str:
    """``https://host:port/base`` of a connection: the host may be a URL; the extra ``base_path`` is added.

    A host without a scheme is spoken to over TLS, unless the connection says ``http`` (extra ``scheme``, ``schema``,
    conn_type) or may be on this very machine (extra ``allow_loopback``). Raises Problem where there is no usable host.
    """
    place = f"feed {feed}: connection '{connection.id}'"
    host = (connection.host or "").strip()
    if not host:
        raise Problem(place, "has no host.", "add 'host' to the connection.")
    if "://" not in host:
        host = f"{_scheme(connection)}://{f'[{host}]' if host.count(':') > 1 and '[' not in host else host}"
    parts = split_url(place, host)
    port = parts.port or connection.port
    name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    base_path = str(connection.extra.get("base_path") or "").strip("/")
    whole = f"{parts.scheme}://{name}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    return f"{whole}/{base_path}".rstrip("/")


def _scheme(connection: Connection) -> str:
    said = [str(name) for name in (connection.extra.get("scheme"), connection.schema, connection.conn_type)]
    named = [name for name in said if name in _PORTS]
    if named:
        return named[0]
    return "http" if flag(connection, "allow_loopback") else "https"


def onward(place: str, url: str, target: str) -> str:
    """The whole address that ``target`` means on a page of ``url``. Raises Problem where it is none of http or https."""
    try:
        whole = urljoin(url, target)
    except ValueError:
        raise Problem(place, "leads to an address that cannot be read.", _WRITE) from None
    split_url(place, whole)
    return whole


def split_url(place: str, url: str) -> SplitResult:
    """The parts of an http or https address. Raises Problem for any other kind, without showing it whole."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and bool(parts.hostname)
        odd = any(sign in parts.netloc for sign in "@\\ \t\r\n")
        parts.port  # noqa: B018  (a wrong port raises here)
    except ValueError:
        raise Problem(place, "leads to an address that cannot be read.", _WRITE) from None
    if not known:
        raise Problem(place, f"leads to an address of scheme '{parts.scheme[:20]}'; only http and https are spoken.", _WRITE)
    if odd:
        raise Problem(place, "leads to an address with a login or odd signs before the host.", _WRITE)
    return parts


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address that split_url took."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS[parts.scheme]


def without_query(url: str) -> str:
    """An address as errors and logs show it: a query may hold a key, or a person's number."""
    return url.split("?", 1)[0].split("#", 1)[0]
