"""The file ``connections.env``: one line a connection, as Airflow reads it from the environment; for the owner's eyes only."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PREFIX = "AIRFLOW_CONN_"
WEBHOOK_SECRET = "TRACELESS_WEBHOOK_SECRET"


def read_lines(file: Path) -> dict[str, str]:
    """The file's ``KEY=VALUE`` lines; empty where there is no file."""
    if not file.exists():
        return {}
    pairs = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {key: value for key, _, value in pairs}


def read_connection(file: Path, connection_id: str) -> dict[str, Any]:
    """A connection's fields; empty where the file does not have it."""
    text = read_lines(file).get(PREFIX + connection_id.upper(), "{}")
    fields: dict[str, Any] = json.loads(text)
    return fields


def password_of(file: Path, connection_id: str) -> str:
    """The password that the connection had before, so that a running pipeline goes on; else a new one."""
    return str(read_connection(file, connection_id).get("password") or secrets.token_urlsafe(18))


def write_connections(file: Path, connections: Mapping[str, Mapping[str, Any]]) -> None:
    """Put these connections into the file, beside lines that are not ours; whole or not at all, mode 0600."""
    lines = read_lines(file)
    lines.setdefault(WEBHOOK_SECRET, secrets.token_urlsafe(24))
    for connection_id, fields in connections.items():
        lines[PREFIX + connection_id.upper()] = json.dumps(fields, ensure_ascii=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write("".join(f"{key}={value}\n" for key, value in lines.items()))
    draft.rename(file)
