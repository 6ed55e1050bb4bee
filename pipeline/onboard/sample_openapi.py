"""A contract's ground from an OpenAPI 3 description: columns from the schema, paging, cursor and authentication from what it says."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pyarrow as pa
import yaml

from connectors.http import HttpSource
from connectors.protocol import Connection
from declarations.feed import ApiKeyAuth, Auth, BasicAuth, BearerAuth, ColumnType, NoAuth, OAuth2Auth
from declarations.problem import Problem
from declarations.yaml_file import nearest, refuse_deep
from pipeline.onboard.keys import is_version_like
from pipeline.onboard.live import Found, connection_fields, connection_to
from pipeline.onboard.probe_cursor import USUAL
from pipeline.onboard.probe_paging import OFFSETS, PAGES, SIZES
from pipeline.onboard.sample import TEXT, Sample, Told
from pipeline.onboard.sample_records import NESTED

MOST_BYTES = 8 << 20
_DEEPEST = 6
_SINCE = re.compile(r"since|after|from|gte", re.IGNORECASE)
Document = dict[str, Any]


def sample_openapi(where: str, path: str | None, connection: Connection | None, loopback: bool) -> Found:
    """The description's list endpoint ``path`` (none: the only one). With a connection its rows are looked at, too."""
    document = _read(where, loopback)
    lists = _lists(document)
    if not lists:
        raise Problem(where, "describes no path that answers a list of records to a GET.", "use --url with an address instead.")
    if path is None and len(lists) > 1:
        raise Problem(where, f"describes {len(lists)} lists: {', '.join(lists)}.", "say which with --path.")
    chosen = path or next(iter(lists))
    if chosen not in lists:
        raise Problem(where, f"describes no list at '{chosen}' (but {', '.join(lists)}).", f"{nearest(chosen, list(lists))}Correct --path.")
    operation, records, schema = lists[chosen]
    told, nested = _columns(document, schema)
    parameters = _parameters(document, chosen, operation)
    auth = _auth(document, operation)
    title = str(operation.get("summary") or chosen.strip("/").replace("/", " "))
    notes = {"": "read from the OpenAPI description"}
    cursor, since = _cursor(parameters, told)
    if connection is not None:
        from pipeline.onboard.sample_endpoint import sample_endpoint

        live = sample_endpoint(connection, chosen, {}, auth, records or None)
        return replace(live, told={**live.told, **told}, title=title), {}
    source: dict[str, Any] = {"connector": "rest", "path": chosen}
    source |= {"records": records} if records else {}
    if not isinstance(auth, NoAuth):
        source["auth"] = {"scheme": auth.scheme, **auth.model_dump(exclude_defaults=True, exclude={"scheme"})}
    source["paging"] = _paging(parameters)
    if cursor:
        source["since_parameter"] = since
        notes["since_parameter"] = "described; nobody tried it yet"
    notes["paging"] = "from the described parameters; nobody tried it yet"
    rows = pa.table({name: pa.array([], TEXT) for name in told})
    sample = Sample(rows, source, False, told, nested, notes, title, cursor=cursor, cursor_works=cursor is not None)
    return sample, connection_fields(_server(document, where, loopback), auth)


def _read(where: str, loopback: bool) -> Document:
    """The document, JSON or YAML, from a file or an address."""
    if "://" in where:
        connection = connection_to(where, loopback)
        with HttpSource("new", connection, NoAuth(), "30s") as http:
            body = http.get(urlsplit(where).path or "/", {}, "application/json, application/yaml;q=0.9, */*;q=0.1")
        content = body.content if body else b""
    else:
        file = Path(where)
        if not file.is_file():
            raise Problem(where, "there is no such file.", "check the path of --openapi.")
        content = file.read_bytes()
    if len(content) > MOST_BYTES:
        raise Problem(where, "is longer than 8 MiB.", "cut it down to the paths that matter.")
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            data = json.loads(text)
        else:
            refuse_deep(where, text)
            data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (ValueError, KeyError, AttributeError, TypeError, yaml.YAMLError, RecursionError):
        data = None
    if not isinstance(data, dict) or not str(data.get("openapi", "")).startswith("3"):
        raise Problem(where, "is no OpenAPI 3 description.", "name a file or address with 'openapi: 3…'.")
    return data


def _lists(document: Document) -> dict[str, tuple[Document, str, Document]]:
    """Path → operation, where the records stand in the answer, schema of a record."""
    found = {}
    for path, item in (document.get("paths") or {}).items():
        operation = item.get("get") if isinstance(item, dict) else None
        if not isinstance(operation, dict) or "{" in path:
            continue
        answers = operation.get("responses") or {}
        answer = _resolved(document, answers.get("200") or answers.get(200) or answers.get("default") or {})
        content = answer.get("content") or {}
        media: Document = next((content[kind] for kind in content if "json" in kind), next(iter(content.values()), {}))
        spot = _list_in(document, media.get("schema") or {}, "", 0)
        if spot:
            found[str(path)] = (operation, *spot)
    return found


def _list_in(document: Document, schema: Document, path: str, depth: int) -> tuple[str, Document] | None:
    schema = _resolved(document, schema)
    if schema.get("type") == "array" or "items" in schema:
        record = _resolved(document, schema.get("items") or {})
        return (path, record) if record.get("properties") else None
    if depth >= _DEEPEST:
        return None
    spots = [
        _list_in(document, part, f"{path}.{name}" if path else name, depth + 1) for name, part in (schema.get("properties") or {}).items()
    ]
    return next((spot for spot in spots if spot), None)


def _resolved(document: Document, part: Any, depth: int = 0) -> Document:
    """The part a ``$ref`` leads to, with the parts of ``allOf`` put together."""
    if not isinstance(part, dict) or depth > _DEEPEST:
        return {}
    reference = part.get("$ref")
    if isinstance(reference, str):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return _resolved(document, found, depth + 1)
    whole = dict(part)
    for one in part.get("allOf") or []:
        more = _resolved(document, one, depth + 1)
        whole["properties"] = {**(whole.get("properties") or {}), **(more.get("properties") or {})}
        whole["required"] = [*(whole.get("required") or []), *(more.get("required") or [])]
        whole.setdefault("type", more.get("type"))
    return whole


def _columns(document: Document, record: Document) -> tuple[dict[str, Told], dict[str, str]]:
    told: dict[str, Told] = {}
    nested: dict[str, str] = {}
    required = set(record.get("required") or [])
    for name, part in (record.get("properties") or {}).items():
        schema = _resolved(document, part)
        kinds = schema.get("type")
        kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
        if kind in ("object", "array") or schema.get("properties"):
            nested[str(name)] = NESTED
            continue
        empty = bool(schema.get("nullable")) or (isinstance(kinds, list) and "null" in kinds)
        words = str(schema.get("description") or schema.get("title") or "").strip() or None
        codes = {str(code): str(code) for code in schema.get("enum") or [] if code is not None}
        told[str(name)] = Told(
            type=_type(kind, schema.get("format")),
            label=words,
            zh=words if words and re.search("[一-龥]", words) and len(words) <= 24 else None,
            codes=codes or None,
            required=name in required and not empty,
            key=bool(schema.get("x-primary-key") or schema.get("x-key")),
            unit=schema.get("x-unit"),
            minimum=schema.get("minimum"),
            maximum=schema.get("maximum"),
        )
    return told, nested


def _type(kind: str | None, format_: str | None) -> ColumnType:
    named: dict[str | None, ColumnType] = {"integer": "integer", "number": "decimal", "boolean": "boolean"}
    times: dict[str | None, ColumnType] = {"date": "date", "date-time": "timestamp"}
    return named.get(kind) or times.get(format_) or "string"


def _parameters(document: Document, path: str, operation: Document) -> dict[str, Document]:
    """The query's parameters by name."""
    given = [*((document["paths"][path] or {}).get("parameters") or []), *(operation.get("parameters") or [])]
    resolved = [_resolved(document, one) for one in given]
    return {str(one["name"]): one for one in resolved if one.get("in") == "query" and "name" in one}


def _paging(parameters: dict[str, Document]) -> dict[str, Any]:
    size = next((name for name in SIZES if name in parameters), None)
    most = ((parameters[size].get("schema") or {}).get("maximum") if size else None) or 1000
    sized = {"size_parameter": size, "size": min(int(most), 1000)} if size else {}
    for by, names in (("page_number", PAGES), ("offset", OFFSETS), ("cursor", ("cursor", "page_token", "pageToken", "after"))):
        name = next((name for name in names if name in parameters and not (by == "offset" and name in USUAL)), None)
        if name:
            return {"by": by, "parameter": name, **(sized if by != "cursor" or sized else {"size_parameter": None})}
    return {"by": "none"}


def _cursor(parameters: dict[str, Document], told: dict[str, Told]) -> tuple[str | None, str | None]:
    """The column that tells what is new and the parameter that asks for it, where both are described."""
    column = next((name for name, one in told.items() if one.type in ("date", "timestamp") and is_version_like(name)), None)
    dated = [name for name, one in parameters.items() if (one.get("schema") or {}).get("format") in ("date", "date-time")]
    since = next((name for name in [*USUAL, *dated] if name in parameters and _SINCE.search(name)), None)
    return (column, since) if column and since else (None, None)


def _auth(document: Document, operation: Document) -> Auth:
    """The first scheme that the operation (else the whole) asks for and that we speak."""
    asked: list[Document] = operation.get("security", document.get("security")) or []
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for name in [name for one in asked for name in one]:
        scheme = _resolved(document, schemes.get(name) or {})
        kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
        if kind == "http" and how in ("basic", "bearer"):
            return BasicAuth(scheme="basic") if how == "basic" else BearerAuth(scheme="bearer")
        if kind == "apiKey" and scheme.get("in") in ("header", "query"):
            place = {"header": str(scheme["name"])} if scheme["in"] == "header" else {"parameter": str(scheme["name"])}
            return ApiKeyAuth(scheme="api_key", **place)
        flow = (scheme.get("flows") or {}).get("clientCredentials")
        if kind == "oauth2" and flow:
            scope = " ".join(flow.get("scopes") or {}) or None
            return OAuth2Auth(scheme="oauth2_client_credentials", token_path=urlsplit(str(flow["tokenUrl"])).path, scope=scope)
    return NoAuth()


def _server(document: Document, where: str, loopback: bool) -> Connection:
    """The first server; relative ones count from the description's own address."""
    servers = document.get("servers") or [{}]
    address = str(servers[0].get("url") or "")
    whole = urljoin(where, address) if "://" in where else address
    parts = urlsplit(whole)
    if parts.scheme not in ("http", "https"):
        return Connection("new", "http", host="https://<host>", extra={"allow_loopback": True} if loopback else {})
    found = connection_to(whole, loopback)
    base = {"base_path": parts.path.strip("/")} if parts.path.strip("/") else {}
    return replace(found, extra={**found.extra, **base})
