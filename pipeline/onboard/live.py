"""Samples of sources that are asked: endpoints, tables, descriptions; always through the connectors' own sessions."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from pydantic import TypeAdapter, ValidationError

from connectors.connections import environment_resolver
from connectors.protocol import Connection
from declarations.feed import ApiKeyAuth, Auth, BasicAuth, BearerAuth, HmacAuth, NoAuth, OAuth2Auth
from declarations.problem import Problem, SourceAway
from declarations.project import Project
from pipeline.onboard.answers import Answers
from pipeline.onboard.sample import Sample

if TYPE_CHECKING:
    from pipeline.onboard.registration import Source

Found = tuple[Sample, dict[str, Any]]
_SCHEMES = {"none": NoAuth, "basic": BasicAuth, "bearer": BearerAuth, "api_key": ApiKeyAuth, "hmac": HmacAuth}


def live_sample(project: Project, source: "Source", answers: Answers) -> Found:
    """The sample and, where no connection is there yet, the fields of the one that has to be set up."""
    if source.table is not None:
        from pipeline.onboard.sample_table import sample_table

        connection = _known(project, answers)
        if connection is None:
            raise Problem("--table", "needs a connection: which database?", "say --connection ID, and set that connection first.")
        return sample_table(connection, source.table), {}
    if source.url is not None:
        return _endpoint(project, source, answers)
    if source.openapi is not None:
        from pipeline.onboard.sample_openapi import sample_openapi

        return sample_openapi(source.openapi, source.path, _known(project, answers), source.loopback)
    from pipeline.onboard.sample_sdmx import sample_sdmx

    return sample_sdmx(str(source.sdmx), _known(project, answers), source.loopback)


def _endpoint(project: Project, source: "Source", answers: Answers) -> Found:
    from pipeline.onboard.sample_endpoint import sample_endpoint

    address = str(source.url)
    known = _known(project, answers)
    connection = known or connection_to(address, source.loopback)
    parts = urlsplit(address)
    path = parts.path or "/"
    base = urlsplit(connection.host or "").path.rstrip("/") + "/" + str(connection.extra.get("base_path") or "").strip("/")
    if known and parts.netloc and base.strip("/") and path.startswith(base.rstrip("/")):
        path = path.removeprefix(base.rstrip("/"))
    auth = auth_of(source.auth, connection)
    try:
        sample = sample_endpoint(
            connection, path, dict(parse_qsl(parts.query)), auth, source.records, address if known and parts.netloc else None
        )
    except SourceAway:
        raise
    except Problem as problem:
        raise (problem if known else _unnamed(problem)) from None
    return sample, {} if known else connection_fields(connection, auth)


def _unnamed(problem: Problem) -> Problem:
    """The same where no connection was named: there is none yet that a person could correct."""
    fix = problem.fix
    if "'allow_loopback'" in fix:
        fix = "correct --url; if the source does run on this machine, say --allow-loopback."
    elif "login" in fix:
        fix = "set a connection with login or key (docs/source-owner.md, step 3), then say --connection ID (and --auth for a key)."
    return Problem(problem.place.replace("connection 'new': ", ""), problem.what, fix)


def _known(project: Project, answers: Answers) -> Connection | None:
    """The connection that was named; None where none was. Raises Problem where it is not set."""
    return environment_resolver(project.connections_file)(answers.connection) if answers.connection else None


def connection_to(address: str, loopback: bool) -> Connection:
    """A connection without secrets to the host of an address. Raises Problem where the address is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise Problem("--url", "is no address that can be read.", "write https://host/path.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Problem("--url", "is no whole address.", "write https://host/path, or name the connection with --connection.")
    if "@" in parts.netloc:
        raise Problem("--url", "holds a login; secrets stand in no command.", "set a connection and say --connection ID.")
    extra = {"allow_loopback": True} if loopback else {}
    return Connection("new", "http", host=f"{parts.scheme}://{parts.netloc}", extra=extra)


def connection_fields(connection: Connection, auth: Auth) -> dict[str, Any]:
    """The connection as it has to be set; secrets are placeholders."""
    secrets: dict[str, str] = {}
    if isinstance(auth, BasicAuth | OAuth2Auth | HmacAuth):
        secrets = {"login": "<login>", "password": "<password>"}
    elif isinstance(auth, ApiKeyAuth | BearerAuth):
        secrets = {"password": "<key or token>"}
    extra = {"extra": dict(connection.extra)} if connection.extra else {}
    return {"conn_type": connection.conn_type, "host": connection.host, **secrets, **extra}


def auth_of(said: str | None, connection: Connection) -> Auth:
    """The scheme that was named; else basic where the connection has login and password, bearer where it has a password only."""
    if said is None:
        if not connection.password:
            return NoAuth()
        return BasicAuth(scheme="basic") if connection.login else BearerAuth(scheme="bearer")
    try:
        data = yaml.safe_load(said) if said.strip().startswith("{") else {"scheme": said}
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Problem(
            "--auth", "is not YAML.", "write it such as '{scheme: oauth2_client_credentials, token_path: /oauth/token}'."
        ) from None
    try:
        found: Auth = TypeAdapter(Auth).validate_python(data)
        return found
    except ValidationError as error:
        fix = f"say one of {', '.join(_SCHEMES)}, or YAML such as '{{scheme: oauth2_client_credentials, token_path: /oauth/token}}'."
        raise Problem("--auth", f"does not fit: {error.errors()[0]['msg'].lower()}.", fix) from None
