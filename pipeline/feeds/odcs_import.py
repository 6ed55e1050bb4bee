"""An Open Data Contract Standard (ODCS) v3 document, of ours or of another tool, as a feed contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from declarations.feed import FeedContract, FeedKind
from declarations.model_mistakes import model_mistakes
from declarations.problem import Problem
from declarations.yaml_file import Path_, read_yaml
from pipeline.feeds.odcs_words import COLUMN_EXTRAS, CONTRACT_EXTRAS, OPTIONS, TYPE, customs

KINDS = get_args(FeedKind)


def contract_from_odcs(file: Path, said: Mapping[str, Any]) -> FeedContract:
    """The contract of a document. ``said`` adds or replaces keys of the contract that the document does not say, such as kind,
    connection, event_time and retention. Raises Problem where something is missing or wrong, naming the key.
    """
    document, lines = read_yaml(file)
    if not isinstance(document, dict) or document.get("kind") != "DataContract" or not str(document.get("apiVersion", "")).startswith("v3"):
        what = "is no Open Data Contract Standard document of version 3."
        raise Problem(str(file), what, "expected are 'kind: DataContract' and 'apiVersion: v3.…'.")
    data = {**_contract(file, document), **said}
    missing = [name for name in ("kind", "source", "event_time", "retention") if name not in data]
    if missing:
        what = f"the document does not say {', '.join(missing)}."
        raise Problem(str(file), what, "give it with the options of the command; --help lists them.")
    try:
        return FeedContract.model_validate(data)
    except ValidationError as error:
        raise model_mistakes(file, _lines(lines), FeedContract, error)[0] from None


def _contract(file: Path, document: dict[str, Any]) -> dict[str, Any]:
    own = customs(document)
    schemas = document.get("schema") or []
    if len(schemas) != 1:
        raise Problem(f"{file}: schema", f"has {len(schemas)} tables; a feed is one.", "keep the table that the feed is to be.")
    name, levels = str(document.get("name") or document.get("id")), _levels(document)
    description = document.get("description") or {}
    found: dict[str, Any] = {
        "id": document.get("id"),
        "contract_version": document.get("version"),
        "title": {"en": name, "zh": own.get("titleZh") or schemas[0].get("businessName") or name},
        "description": (description.get("purpose") if isinstance(description, dict) else description) or name,
        "owner": _owner(document),
        "columns": [_column(file, i, one) for i, one in enumerate(schemas[0].get("properties") or [])],
        **{name: own[name] for name in CONTRACT_EXTRAS if name in own},
    }
    if document.get("domain") in KINDS:
        found["kind"] = document["domain"]
    found["cadence"] = {**(own.get("cadence") or {}), **levels.get("cadence", {})}
    if "retention" in levels:
        found["retention"] = levels["retention"]
    return found


def _owner(document: dict[str, Any]) -> dict[str, Any]:
    team = document.get("team")
    name = team.get("name") if isinstance(team, dict) else None
    support = {one.get("channel"): one for one in document.get("support") or []}
    email: dict[str, Any] = support.get("owner") or next((one for one in support.values() if one.get("tool") == "email"), {})
    on_call = support.get("on-call", {}).get("description")
    address = email.get("description") or str(email.get("url") or "").removeprefix("mailto:") or None
    return {"team": name or "unknown", **({"email": address} if address else {}), **({"on_call": on_call} if on_call else {})}


def _levels(document: dict[str, Any]) -> dict[str, Any]:
    """Cadence and retention out of the service levels; others are passed over."""
    found: dict[str, Any] = {}
    for level in document.get("slaProperties") or []:
        match level:
            case {"property": "frequency", "unit": "cron", "value": str(cron)}:
                found.setdefault("cadence", {})["cron"] = cron
            case {"property": "latency", "value": str(deadline)}:
                found.setdefault("cadence", {})["deadline"] = deadline
            case {"property": "retention", "value": years, "unit": "y" | "yr" | "years"}:
                found["retention"] = {"years": years, "reason": level.get("description") or "as the data contract says"}
    return found


def _column(file: Path, number: int, one: dict[str, Any]) -> dict[str, Any]:
    own, name = customs(one), one.get("name")
    logical = one.get("logicalType")
    if logical not in TYPE:
        what = f"column '{name}' has the type {logical!r}, which no feed column can have."
        raise Problem(
            f"{file}: schema.0.properties.{number}.logicalType", what, f"make it one of {', '.join(TYPE)}, or leave the column out."
        )
    options = one.get("logicalTypeOptions") or {}
    physical = one.get("physicalName") or name
    related = [relation.get("to") for relation in one.get("relationships") or []]
    return {
        "name": name,
        **({"source": physical} if physical != name else {}),
        "type": TYPE[logical],
        "zh": one.get("businessName") or name,
        "meaning": one.get("description") or name,
        **({"key": True} if one.get("primaryKey") else {}),
        **({"required": True} if one.get("required") else {}),
        **({"personal": one["classification"]} if one.get("classification") in ("none", "official", "person", "sensitive") else {}),
        **{option: options[option] for option in OPTIONS.get(logical, ()) if option in options},
        **({"codes": {str(code["value"]): str(code.get("label") or code["value"]) for code in one["enum"]}} if one.get("enum") else {}),
        **({"refers_to": related[0]} if related else {}),
        **{name: own[name] for name in COLUMN_EXTRAS if name in own},
    }


def _lines(lines: dict[Path_, int]) -> dict[Path_, int]:
    """Lines of our keys: a column's are those of its property."""
    prefix = ("schema", 0, "properties")
    moved = {("columns", *path[3:]): line for path, line in lines.items() if path[:3] == prefix}
    return {**lines, **moved}
