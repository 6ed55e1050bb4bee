"""What an answer other than success means, and what to do about it."""

from http.client import responses

import requests

from declarations.problem import Problem, SourceAway

_STEPS = {
    404: "correct 'path' in the feed's source.",
    405: "correct 'method' in the feed's source.",
    406: "correct 'format' in the feed's source.",
}


def refusal(place: str, answer: requests.Response, connection: str) -> Problem:
    """The Problem (SourceAway where it may pass by itself) for an answer of 300 and above. Its body is not shown."""
    status = answer.status_code
    what = f"answered {status} {_reason(answer)}."
    if status in (401, 403):
        fix = f"correct login and password of connection '{connection}'; ask the source's owner whether they may read this."
        return Problem(place, what, fix)
    if status == 429:
        return SourceAway(place, what, "lower 'rate' in the feed's source, or pull later.")
    if status >= 500:
        return SourceAway(place, what, "the source is in trouble: try again later, then call its owner.")
    return Problem(place, what, _STEPS.get(status, "correct 'path' and 'parameters' of the source."))


def token_refusal(place: str, answer: requests.Response, connection: str) -> Problem:
    """The same for the answer of an OAuth2 server."""
    if answer.status_code in (400, 401, 403):
        fix = f"correct login (client id) and password (secret) of connection '{connection}'."
        return Problem(place, f"gave no token ({answer.status_code} {_reason(answer)}).", fix)
    return refusal(place, answer, connection)


def _reason(answer: requests.Response) -> str:
    """The standard's word for the status. The source's own is not shown: it may repeat what was asked, key and all."""
    return responses.get(answer.status_code, "(no status of the standard)")
