"""Requests signed with a shared secret (HMAC), from a template of what is signed."""

import base64
import hashlib
import hmac
import secrets
import time

from requests import PreparedRequest
from requests.auth import AuthBase

from declarations.feed import HmacAuth


class Signature(AuthBase):
    """Signs each request anew: a fresh time and nonce, the path and query as they go over the wire, the body's SHA-256."""

    def __init__(self, auth: HmacAuth, key_id: str, secret: str) -> None:
        self._auth, self._key_id, self._secret = auth, key_id, secret

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        auth = self._auth
        path, _, query = request.path_url.partition("?")
        body = request.body or b""
        values = {
            "method": str(request.method),
            "path": path,
            "query": query,
            "timestamp": str(int(time.time())),
            "nonce": secrets.token_hex(16),
            "body_sha256": hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest(),  # type: ignore[arg-type]
            "key_id": self._key_id,
        }
        signed = hmac.new(self._secret.encode(), auth.text.format(**values).encode(), auth.digest).digest()
        request.headers[auth.signature_header] = signed.hex() if auth.encoding == "hex" else base64.b64encode(signed).decode()
        if self._key_id:
            request.headers[auth.key_header] = self._key_id
        for header, name in ((auth.timestamp_header, "timestamp"), (auth.nonce_header, "nonce")):
            if header:
                request.headers[header] = values[name]
        return request
