"""The webhook by which a source system says that a batch is ready: ``POST /traceless/events/<feed>``.

Body: ``{"feed": "rating", "period": "2025-Q3", "batch": "20250930-1"}``. Headers: ``X-Traceless-Timestamp`` (seconds
since 1970) and ``X-Traceless-Signature``, which is ``sha256=`` and the hex HMAC-SHA256 of ``<timestamp>.<raw body>``
under the secret of ``TRACELESS_WEBHOOK_SECRET``, or of ``TRACELESS_WEBHOOK_SECRET_RATING`` where the feed has its own.
Without a secret it answers 503; it is never open.

The event carries no data: the feed's DAG then pulls from the source as at any other time.
"""

import asyncio
import hashlib
import hmac
import json
import os
import re
import time
from datetime import timedelta
from typing import ClassVar

from airflow._shared.timezones import timezone
from airflow.assets.manager import asset_manager
from airflow.models.asset import AssetModel
from airflow.models.asset_state_store import AssetStateStoreModel
from airflow.plugins_manager import AirflowPlugin
from airflow.utils.session import create_session
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from declarations.batch_event import MAX_EVENT_BYTES, read_batch_event
from declarations.problem import Problem
from declarations.yaml_file import nearest

WINDOW_SECONDS = 300
READ_SECONDS = 10
MIN_SECRET = 16
INBOX = "traceless://inbox/"
SEEN = "webhook/"  # keys of Airflow's asset state store; a second row of one key is refused by the database

app = FastAPI(title="traceless webhook", docs_url=None, redoc_url=None, openapi_url=None)


@app.post("/{feed}", status_code=202)
async def receive(feed: str, request: Request) -> JSONResponse:
    """Check the signature, then put an event on the feed's inbox. 202: the feed will be pulled."""
    body = await _read(request)
    digest = verify(body, request.headers.get("x-traceless-timestamp"), request.headers.get("x-traceless-signature"), feed)
    period, batch = read_event(feed, body)
    await run_in_threadpool(register, feed, period, batch, digest)
    return JSONResponse({"accepted": True, "feed": feed, "period": period, "batch": batch}, status_code=202)


async def _read(request: Request) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_EVENT_BYTES:
                    raise HTTPException(413, f"The body is longer than {MAX_EVENT_BYTES} bytes. Send the event only, no data.")
    except TimeoutError:
        raise HTTPException(408, f"The body was not there after {READ_SECONDS} s.") from None
    return body


def verify(body: bytes, timestamp: str | None, signature: str | None, feed: str = "") -> str:
    """The signature's hex digest where it is right and fresh; HTTPException 503 or 401 otherwise.

    A feed with a secret of its own (``TRACELESS_WEBHOOK_SECRET_<FEED>``) takes that one only: then no other source can
    speak for it.
    """
    secret = os.environ.get(f"TRACELESS_WEBHOOK_SECRET_{feed.upper()}") or os.environ.get("TRACELESS_WEBHOOK_SECRET", "")
    if len(secret) < MIN_SECRET:
        raise HTTPException(503, f"The webhook is off: TRACELESS_WEBHOOK_SECRET is not set to {MIN_SECRET} or more characters here.")
    if not timestamp or not re.fullmatch(r"[0-9]{1,12}", timestamp) or not signature:
        raise HTTPException(401, "Send X-Traceless-Timestamp (seconds since 1970) and X-Traceless-Signature.")
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={digest}".encode(), signature.encode()):
        raise HTTPException(401, "The signature is not that of '<timestamp>.<body>' under the shared secret.")
    if abs(time.time() - int(timestamp)) > WINDOW_SECONDS:
        raise HTTPException(401, f"The timestamp is more than {WINDOW_SECONDS} s from our clock. Set the sender's clock.")
    return digest


def read_event(feed: str, body: bytes) -> tuple[str, str]:
    """Period and batch of a body that was signed. HTTPException 422 says which key is wrong."""
    try:
        event = read_batch_event("the body", body)
    except Problem as problem:
        raise HTTPException(422, str(problem)) from None
    if event.feed != feed:
        raise HTTPException(422, "feed: the body names another feed than the address.")
    return event.period, event.batch


def register(feed: str, period: str, batch: str, digest: str) -> None:
    """Remember the signature and put the event on the inbox, both or neither.

    HTTPException 404 for an unknown feed, 409 for a signature that was seen before.
    """
    now = timezone.utcnow()
    with create_session() as session:
        asset = session.scalar(select(AssetModel).where(AssetModel.uri == INBOX + feed, AssetModel.active.has()))
        if asset is None:
            uris = session.scalars(select(AssetModel.uri).where(AssetModel.uri.startswith(INBOX)))
            hint = nearest(feed, sorted(uri.removeprefix(INBOX) for uri in uris))
            raise HTTPException(404, f"There is no feed of this name. {hint}See feeds/.")
        old = AssetStateStoreModel.updated_at < now - timedelta(seconds=2 * WINDOW_SECONDS)
        session.execute(delete(AssetStateStoreModel).where(AssetStateStoreModel.key.startswith(SEEN), old))
        session.add(AssetStateStoreModel(asset_id=asset.id, key=SEEN + digest, value=json.dumps(batch), updated_at=now))
        try:
            session.flush()
        except IntegrityError:
            session.rollback()
            raise HTTPException(409, "This very message was received before; nothing was done.") from None
        asset_manager.register_asset_change(asset=asset, extra={"batch": batch, "by": "webhook"}, partition_key=period, session=session)


class WebhookPlugin(AirflowPlugin):
    """Mounts the webhook into Airflow's API server."""

    name = "traceless_webhook"
    fastapi_apps: ClassVar = [{"app": app, "url_prefix": "/traceless/events", "name": "traceless webhook"}]
