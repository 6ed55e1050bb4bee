"""Where a connection's address and secrets come from: the environment, else a file of KEY=VALUE lines."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.protocol import Connection, Resolver
from declarations.problem import Problem
from declarations.yaml_file import nearest

PREFIX = "AIRFLOW_CONN_"


def environment_resolver(file: Path | None) -> Resolver:
    """A resolver that reads ``AIRFLOW_CONN_<ID>`` from the environment, else from ``file`` (read at each call).

    A value is a JSON object (``conn_type, host, port, schema, login, password, extra``) or an Airflow URL.
    Raises Problem for an unknown id and for a value that cannot be read; no message shows the value.
    """

    def resolve(connection_id: str) -> Connection:
        variable = PREFIX + connection_id.upper()
        known = {key: value for key, value in {**_lines(file), **os.environ}.items() if key.startswith(PREFIX)}
        if variable not in known:
            ids = sorted(key.removeprefix(PREFIX).lower() for key in known)
            where = f" or add it to {file}" if file else ""
            fix = f"{nearest(connection_id, ids)}Set {variable} in the environment{where}."
            raise Problem(f"connection '{connection_id}'", "there is no such connection.", fix)
        found = parse_connection(connection_id, known[variable])
        return replace(found, state=file.parent / "state") if file else found

    return resolve


def parse_connection(connection_id: str, text: str) -> Connection:
    """A connection from its JSON or URL text. Raises Problem, without the text, where it is neither."""
    place = f"connection '{connection_id}' ({PREFIX}{connection_id.upper()})"
    fix = 'give JSON such as {"conn_type": "postgres", "host": "...", "login": "...", "password": "..."} or a URL.'
    try:
        fields = json.loads(text) if text.lstrip().startswith("{") else _from_url(text)
        extra = fields.get("extra") or {}
        extra = json.loads(extra) if isinstance(extra, str) else extra
        if not isinstance(extra, Mapping):
            raise TypeError
        port = fields.get("port")
        host, login, password = _without_secrets(_text(fields.get("host")))
        return Connection(
            id=connection_id,
            conn_type=str(fields["conn_type"]),
            host=host,
            port=int(port) if port else None,
            schema=_text(fields.get("schema")),
            login=_text(fields.get("login")) or login,
            password=_text(fields.get("password")) or password,
            extra=extra,
        )
    except KeyError:
        raise Problem(place, "has no 'conn_type'.", fix) from None
    except (ValueError, TypeError, RecursionError):
        raise Problem(place, "is neither a JSON object nor a URL.", fix) from None


def _without_secrets(host: str | None) -> tuple[str | None, str | None, str | None]:
    """A host that is itself a URL, without the login and password in it: errors show the host. Then these two."""
    if host is None or "://" not in host:
        return host, None, None
    parts = urlsplit(host)
    address = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=address).geturl(), unquote(parts.username or "") or None, unquote(parts.password or "") or None


def _from_url(text: str) -> dict[str, Any]:
    """Airflow's form: ``type://login:password@host:port/schema?name=value``; extras also as ``__extra__`` JSON."""
    parts = urlsplit(text.strip())
    if not parts.scheme:
        raise ValueError("no scheme")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    packed = query.pop("__extra__", None)
    return {
        "conn_type": parts.scheme.replace("-", "_"),
        "host": unquote(parts.hostname or "") or None,
        "port": parts.port,
        "schema": unquote(parts.path.removeprefix("/")) or None,
        "login": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
        "extra": json.loads(packed) if packed else query,
    }


def _lines(file: Path | None) -> dict[str, str]:
    """The KEY=VALUE lines of a file; empty lines and those that begin with # are passed over."""
    if file is None or not file.exists():
        return {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Problem(str(file), "cannot be read as UTF-8 text.", "check its permissions and its charset.") from None
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip().removeprefix("export ").strip(): _unquoted(value.strip()) for key, _, value in pairs}


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
