"""What goes wrong on the way to a source, and how often it is worth asking again at once."""

from typing import ClassVar

import requests

from declarations.problem import Problem, SourceAway


class Passing(SourceAway):
    """A failure of one request of which nothing was used: the request may be made again."""

    again: ClassVar[int] = 2


class Unreachable(Passing):
    """No connection came about, or it ended before an answer."""


class BrokenOff(Passing):
    """The answer ended before its end."""


class NoAnswer(Passing):
    """Nothing came in time."""

    again: ClassVar[int] = 1


_SIGNS = (
    ("Connection refused", "connection refused"),
    ("timed out", "timed out"),
    ("Remote end closed", "it closed the connection without an answer"),
    ("reset by peer", "it reset the connection"),
    ("IncompleteRead", "its answer broke off in the headers"),
    ("Broken pipe", "it closed the connection"),
    ("No route to host", "no route to the host"),
    ("Network is unreachable", "no network leads there"),
)
_TLS = (
    ("CERTIFICATE_REQUIRED", "asks for a client certificate", "use 'auth: {scheme: mutual_tls}' with client_cert and client_key."),
    ("unknown ca", "does not trust our client certificate", "correct client_cert in the extra of the connection."),
    ("UNKNOWN_CA", "does not trust our client certificate", "correct client_cert in the extra of the connection."),
    ("WRONG_VERSION_NUMBER", "speaks no TLS", 'if plain http is meant, put "scheme": "http" into the extra of the connection.'),
    ("KEY_VALUES_MISMATCH", "cannot be asked: client_key does not belong to client_cert", "correct both in the connection's extra."),
    ("PEM lib", "cannot be asked: client_key cannot be opened", "correct client_key and client_key_password in the connection's extra."),
    ("is encrypted", "cannot be asked: client_key has a password", "add client_key_password to the connection's extra."),
    ("ostname mismatch", "has a TLS certificate for another host", "use the host name that the certificate names."),
    ("doesn't match", "has a TLS certificate for another host", "use the host name that the certificate names."),
    ("IP address mismatch", "has a TLS certificate for another host", "use the host name that the certificate names."),
    ("certificate has expired", "has a TLS certificate that has expired", "call the source's owner."),
    ("CERTIFICATE_VERIFY_FAILED", "has a TLS certificate that is not trusted", "put its CA file into the connection's extra as 'verify'."),
)


def failure(place: str, error: Exception, timeout: float) -> Problem:
    """The plain words for an error of requests, without address parameters, headers or bodies."""
    if isinstance(error, requests.exceptions.SSLError):
        return _tls_failure(place, str(error))
    if isinstance(error, requests.exceptions.Timeout):
        fix = "try again later; raise 'timeout' in the feed's source if the source is slow."
        return NoAnswer(place, f"no answer in {timeout:g} s.", fix)
    if isinstance(error, requests.exceptions.ConnectionError):
        fix = "check host and port of the connection, and that the source is up."
        return Unreachable(place, f"cannot be reached ({_why(error)}).", fix)
    if isinstance(error, requests.exceptions.RequestException):
        fix = "check 'path', 'parameters' and the connection's host, login and password for characters that do not belong there."
        return Problem(place, f"cannot be asked ({type(error).__name__}).", fix)
    fix = "check the files 'verify', 'client_cert' and 'client_key' in the extra of the connection."
    return Problem(place, f"cannot be asked: a TLS file cannot be read ({type(error).__name__}).", fix)


def _tls_failure(place: str, text: str) -> Problem:
    for sign, what, fix in _TLS:
        if sign in text:
            return Problem(place, f"{what}.", fix)
    if "EOF occurred" in text or "eset by peer" in text:  # a source may hang up before its reason is read: ask again for it
        what = "ended the TLS connection; it may want a client certificate, or another one."
        return Unreachable(place, what, "check client_cert in the extra of the connection, and that the source is up.")
    fix = "check with the source's owner which TLS versions and certificates it takes."
    return Problem(place, "no TLS connection came about.", fix)


def _why(error: requests.exceptions.RequestException) -> str:
    text = str(error)
    return next((plain for sign, plain in _SIGNS if sign in text), type(error).__name__)
