"""What each of the county's source servers serves, and how a pipeline reaches it."""

from pathlib import Path
from typing import Any

from demo.connections import password_of, read_connection
from demo.servers import postgres

SQL_TYPES = {
    "audit.issue": {"event_on": "date", "found_on": "date", "due_on": "date", "updated_at": "timestamp"},
    "hr.roster": {"valid_to": "date", "updated_at": "timestamp", "birth_on": "date"},
}
SQL_TABLES = {"audit.issue": "audit", "hr.roster": "roster"}
SQL_READERS = {"audit_db": ("audit_reader", ["audit"]), "hr_db": ("hr_reader", ["hr"])}
MODULES = {
    "sftp": "demo.servers.sftp",
    "petition": "demo.servers.rest",
    "rating": "demo.servers.rest",
    "decision": "demo.servers.rest",
    "statistics": "demo.servers.sdmx",
}


def configurations(county: Path, env_file: Path, token_seconds: float) -> dict[str, dict[str, Any]]:
    """The configuration of each server but the database. Passwords and ports stay what they were before."""

    def table(feed: str, key: str, path: str, records: str, paging: str) -> dict[str, Any]:
        files = str(county / "tables" / f"{feed}*.parquet")
        return {"path": path, "files": files, "keys": [key], "changed": "updated_at", "records": records, "paging": paging}

    def secret(connection_id: str) -> str:
        return password_of(env_file, connection_id)

    def port(connection_id: str) -> int:
        return int(read_connection(env_file, connection_id).get("port") or 0)

    users = {feed: {"password": secret(f"{feed}_sftp"), "root": str(county / "sftp" / feed)} for feed in ("inspection", "evaluation")}
    oauth2 = {
        "scheme": "oauth2_client_credentials",
        "token_path": "/oauth/token",
        "scope": "petition.read",
        "login": "appraisal",
        "password": secret("petition_api"),
        "expires_s": token_seconds,
    }
    return {
        "sftp": {"port": port("inspection_sftp"), "users": users},
        "petition": {
            "port": port("petition_api"),
            "auth": oauth2,
            "endpoints": [table("petition", "item_no", "/api/v1/items", "data.items", "page_number")],
        },
        "rating": {
            "port": port("rating_api"),
            "auth": _api_key(secret("rating_api")),
            "endpoints": [table("rating", "rating_no", "/api/v1/ratings", "data", "cursor")],
        },
        "decision": {
            "port": port("decision_api"),
            "auth": _api_key(secret("decision_api")),
            "endpoints": [table("decision", "decision_no", "/api/v1/decisions", "data", "none")],
        },
        "statistics": {"port": port("statistics_api"), "flows": [_flow(county)]},
    }


def _api_key(password: str) -> dict[str, str]:
    return {"scheme": "api_key", "header": "X-API-Key", "password": password}


def _flow(county: Path) -> dict[str, Any]:
    return {
        "agency": "STATS",
        "id": "COUNTY_KEY",
        "version": "1.0",
        "files": str(county / "tables" / "statistics*.parquet"),
        "dimensions": ["SERIES", "REF_AREA", "VINTAGE"],
        "time": "TIME_PERIOD",
        "measure": "OBS_VALUE",
        "attributes": [
            "UNIT_MEASURE",
            "BASIS",
            "PERIOD_END",
            "HAS_DATA",
            "PUBLISHED_AT",
            "RESPONDENT",
            "RESPONDENT_ID",
            "RESPONDENT_PHONE",
        ],
        "changed": "PUBLISHED_AT",
    }


def connections(
    configs: dict[str, dict[str, Any]], facts: dict[str, dict[str, Any]], database: dict[str, str], database_port: int
) -> dict[str, dict[str, Any]]:
    """The eight connections. ``facts`` is what the servers announced, ``database`` the reader's password by connection."""

    def fields(conn_type: str, port: int, schema: str, login: str, password: str, **extra: str) -> dict[str, Any]:
        return {
            "conn_type": conn_type,
            "host": "127.0.0.1",
            "port": port,
            "schema": schema,
            "login": login,
            "password": password,
            "extra": {**extra, "allow_loopback": True},
        }

    found = {
        connection_id: fields("postgres", database_port, postgres.DATABASE, login, database[connection_id])
        for connection_id, (login, _) in SQL_READERS.items()
    }
    for feed, user in configs["sftp"]["users"].items():
        server = facts["sftp"]
        found[f"{feed}_sftp"] = fields("sftp", server["port"], "", feed, user["password"], path="/outbox", host_key=server["host_key"])
    for feed in ("petition", "rating", "decision"):
        auth = configs[feed]["auth"]
        found[f"{feed}_api"] = fields("http", facts[feed]["port"], "http", auth.get("login", ""), auth["password"])
    found["statistics_api"] = fields("http", facts["statistics"]["port"], "http", "", "")
    return found
