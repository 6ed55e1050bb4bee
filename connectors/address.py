"""Which hosts a connection may reach: a contract must not lead us to this machine itself or to a cloud's secrets.

The host is resolved once and every address is looked at; whoever connects then uses one of the addresses that were
looked at, not the name again (a name may lead elsewhere the second time: DNS rebinding). Private networks are where
government systems stand: they are allowed.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence

from connectors.protocol import Connection
from declarations.problem import Problem, SourceAway

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Sequence[str]]

# Where clouds answer every machine of theirs with its credentials; the link-local ones are refused by their range.
_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")


def flag(connection: Connection, name: str) -> bool:
    """Whether an extra of the connection is set; in a URL it is text (``?allow_loopback=true``)."""
    return str(connection.extra.get(name, "")).strip().lower() in ("true", "1", "yes", "on")


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of a host, as the operating system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_address(place: str, host: str, port: int, connection: Connection, lookup: Lookup | None = None) -> list[str]:
    """The addresses of ``host``, each of which may be reached; connect to one of these, not to the name.

    Raises SourceAway where the name is unknown, and Problem where any address is refused: loopback (unless the
    connection's extra has ``allow_loopback: true``), link-local, unspecified, multicast, reserved, a cloud's metadata.
    ``place`` starts the message; ``lookup`` is another resolver than the system's.
    """
    name = host.strip("[]").rstrip(".")
    try:
        found = list((lookup or system_lookup)(name, port))
    except (OSError, UnicodeError):
        found = []
    if not found:
        fix = "check the host of the connection, and that this machine's name server knows it."
        raise SourceAway(place, f"cannot be reached (unknown host name '{name}').", fix)
    for text in found:
        why = refusal(text, flag(connection, "allow_loopback"))
        if why:
            raise Problem(place, f"host '{name}' leads to {text}, {why[0]}.", why[1].format(connection=connection.id))
    return found


def is_loopback(text: str) -> bool:
    """Whether an address is this machine itself, in whatever clothes."""
    return any(one.is_loopback for one in _meant(text))


def refusal(text: str, loopback: bool) -> tuple[str, str] | None:
    """What is wrong with an address and the next step; None where it may be reached."""
    never = "correct the host of connection '{connection}'; no source of data has such an address."
    for one in _meant(text):
        if one.is_link_local or one in _METADATA:
            return "where a cloud keeps the credentials of its machines (link-local or metadata)", never
        if one.is_unspecified or (one.version == 4 and one in _THIS_NETWORK):
            return "which is no address of a host (unspecified)", never
        if one.is_loopback:
            if not loopback:
                return (
                    "which is this machine itself (loopback)",
                    "correct the host; if the source does run here, set 'allow_loopback': true in the extra of connection '{connection}'.",
                )
        elif one.is_multicast or (one.is_reserved and not (one.version == 6 and one in _NAT64)):
            return "which is no address of a single host (multicast or reserved)", never
    return None


def _meant(text: str) -> list[Address]:
    """The address and, where one is packed into it, the IPv4 address that a gateway would make of it."""
    outer = ipaddress.ip_address(text.split("%")[0])
    if isinstance(outer, ipaddress.IPv4Address):
        return [outer]
    if outer.ipv4_mapped:
        return [outer.ipv4_mapped]
    inner: list[Address] = [outer]
    if outer.sixtofour:
        inner.append(outer.sixtofour)
    if outer.teredo:
        inner.append(outer.teredo[1])
    if outer in _NAT64:
        inner.append(ipaddress.IPv4Address(int(outer) & 0xFFFFFFFF))
    return inner
