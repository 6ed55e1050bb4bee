"""The rating platform's "batch ready" message: signed, so that the receiver knows whose it is and when it was sent."""

import hashlib
import hmac
import json
import time
from pathlib import Path

import requests

from declarations.problem import Problem
from demo.connections import WEBHOOK_SECRET, read_lines

TIMESTAMP_HEADER = "X-Traceless-Timestamp"
SIGNATURE_HEADER = "X-Traceless-Signature"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """``sha256=`` and the HMAC of ``timestamp.body`` in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def notify(var: Path, url: str, feed: str, period: str, batch: str | None = None, timeout: float = 30) -> int:
    """Tell ``url`` that a batch is ready; answers the HTTP status. Raises Problem where nobody answers or the message is refused."""
    secret = read_lines(var.resolve() / "connections.env").get(WEBHOOK_SECRET)
    if secret is None:
        raise Problem("webhook", f"there is no {WEBHOOK_SECRET}.", "start the sources: they write it into connections.env.")
    now = int(time.time())
    body = json.dumps({"feed": feed, "period": period, "batch": batch or f"{feed}-{now}"}).encode()
    headers = {"Content-Type": "application/json", TIMESTAMP_HEADER: str(now), SIGNATURE_HEADER: sign(secret, now, body)}
    try:
        with requests.Session() as session:
            session.trust_env = False  # the receiver stands on this machine or in this house: no proxy
            status = session.post(url, data=body, headers=headers, timeout=timeout).status_code
    except requests.RequestException as error:
        raise Problem(f"webhook {url}", f"nobody answers ({type(error).__name__}).", "check that the receiver is up.") from None
    if status >= 400:
        fix = f"check that the receiver has this {WEBHOOK_SECRET} and knows feed '{feed}' and period '{period}'."
        raise Problem(f"webhook {url}", f"the message was refused with status {status}.", fix)
    return status
