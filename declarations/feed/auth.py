"""How an HTTP source knows who asks. The secrets stand in the connection."""

from typing import Annotated, Literal

from pydantic import Field

from declarations.base import Strict


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
    """OAuth2 client credentials: the connection's login and password are the client id and secret."""

    scheme: Literal["oauth2_client_credentials"]
    token_path: str
    scope: str | None = None


class HmacAuth(Strict):
    """Each request is signed (HMAC) with the connection's password; its login is the key's id."""

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


class MutualTls(Strict):
    """A client certificate: the connection's extra names the files as client_cert and client_key."""

    scheme: Literal["mutual_tls"]


Auth = Annotated[
    NoAuth | BasicAuth | ApiKeyAuth | BearerAuth | OAuth2Auth | HmacAuth | MutualTls,
    Field(discriminator="scheme"),
]
