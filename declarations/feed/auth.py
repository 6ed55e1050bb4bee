"""How an HTTP source knows who asks. The secrets stand in the connection."""

from string import Formatter
from typing import Annotated, Literal

from pydantic import Field, model_validator

from declarations.base import Strict

_SIGNED = frozenset({"method", "path", "query", "timestamp", "nonce", "body_sha256", "key_id"})


class NoAuth(Strict):
    """An open endpoint."""

    scheme: Literal["none"] = "none"


class BasicAuth(Strict):
    """User name and password of the connection."""

    scheme: Literal["basic"]


class ApiKeyAuth(Strict):
    """The connection's password sent in a header, or as a parameter of the query."""

    scheme: Literal["api_key"]
    header: str = "X-API-Key"
    parameter: str | None = Field(default=None, description="Name of the query parameter; then no header is sent.")


class BearerAuth(Strict):
    """The connection's password as a bearer token."""

    scheme: Literal["bearer"]


class OAuth2Auth(Strict):
    """OAuth2 client credentials: the connection's login and password are the client id and secret.

    Where tokens are given by another host, the connection's extra names the whole address as token_url.
    """

    scheme: Literal["oauth2_client_credentials"]
    token_path: str
    scope: str | None = None
    secret_in: Literal["header", "form"] = Field(default="header", description="Where the token's address wants client id and secret.")


class HmacAuth(Strict):
    """Each request is signed (HMAC) with the connection's password; its login is the key's id.

    Timestamp: whole seconds since 1970. Path and query are signed as they are sent (percent-encoded, the query without '?').
    """

    scheme: Literal["hmac"]
    digest: Literal["sha256", "sha1", "sha512", "md5"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    text: str = Field(
        default="{method}\n{path}\n{query}\n{timestamp}\n{nonce}\n{body_sha256}",
        description="What is signed; {method} {path} {query} {timestamp} {nonce} {body_sha256} {key_id} are filled in.",
    )
    key_header: str = "X-Key-Id"
    signature_header: str = "X-Signature"
    timestamp_header: str | None = "X-Timestamp"
    nonce_header: str | None = "X-Nonce"

    @model_validator(mode="after")
    def _can_be_filled(self) -> "HmacAuth":
        try:
            named = {f"{name}{f':{form}' if form else ''}" for _, name, form, _ in Formatter().parse(self.text) if name is not None}
        except ValueError:
            raise ValueError("'text' has a brace that is not closed; a brace itself is written {{ or }}") from None
        unknown = sorted(named - _SIGNED)
        if unknown:
            raise ValueError(f"'text' names {{{unknown[0]}}}; it may name {', '.join(sorted(_SIGNED))}")
        for part, header in (("timestamp", self.timestamp_header), ("nonce", self.nonce_header)):
            if part in named and not header:
                raise ValueError(f"'text' signs the {part}, so '{part}_header' must say where it is sent")
        return self


class MutualTls(Strict):
    """A client certificate: the connection's extra names the files as client_cert and client_key (and client_key_password).

    A connection that has them shows them with every other scheme too.
    """

    scheme: Literal["mutual_tls"]


Auth = Annotated[
    NoAuth | BasicAuth | ApiKeyAuth | BearerAuth | OAuth2Auth | HmacAuth | MutualTls,
    Field(discriminator="scheme"),
]
