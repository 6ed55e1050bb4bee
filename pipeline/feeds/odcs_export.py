"""A feed contract as an Open Data Contract Standard (ODCS) v3 document."""

from typing import Any

import yaml

from declarations.feed import Column, Expectation, FeedContract
from pipeline.feeds.odcs_words import API_VERSION, COLUMN_EXTRAS, CONTRACT_EXTRAS, LOGICAL, OPTIONS, VENDOR, custom


def odcs_text(contract: FeedContract) -> str:
    """The document as YAML. What the standard has a word for stands under that word; the rest under ``customProperties``.

    Read back by ``contract_from_odcs`` it gives an equal contract. It holds no address and no secret: the connection's
    name alone says where the source is.
    """
    return yaml.safe_dump(odcs_document(contract), allow_unicode=True, sort_keys=False, width=140)


def odcs_document(contract: FeedContract) -> dict[str, Any]:
    """The document as plain data."""
    # a part is written whole or not at all: a part without its own defaults may lack the key that tells which model it is
    said = {
        name: value
        for name, value in contract.model_dump(mode="json", exclude_none=True).items()
        if name in contract.model_dump(exclude_defaults=True)
    }
    extras = [custom(name, said[name]) for name in CONTRACT_EXTRAS if name in said]
    return {
        "kind": "DataContract",
        "apiVersion": API_VERSION,
        "id": contract.id,
        "name": contract.title.en,
        "version": contract.contract_version,
        "status": "active",
        "domain": contract.kind,
        "description": {"purpose": contract.description},
        "schema": [_schema(contract)],
        "team": {"name": contract.owner.team},
        **_support(contract),
        "slaProperties": _service_levels(contract),
        "customProperties": [custom("titleZh", contract.title.zh), *extras],
    }


def _schema(contract: FeedContract) -> dict[str, Any]:
    return {
        "name": contract.id,
        "businessName": contract.title.zh,
        "logicalType": "object",
        "dataGranularityDescription": f"one row for each {', '.join(contract.keys)}",
        "properties": [_property(contract, column) for column in contract.columns],
        **({"quality": [_quality(rule) for rule in contract.expectations]} if contract.expectations else {}),
    }


def _property(contract: FeedContract, column: Column) -> dict[str, Any]:
    logical = LOGICAL[column.type]
    said = column.model_dump(mode="json", exclude_defaults=True)
    options = {name: said[name] for name in OPTIONS.get(logical, ()) if name in said}
    extras = [custom(name, said[name]) for name in COLUMN_EXTRAS if name in said and name not in options]
    return {
        "name": column.name,
        "physicalName": column.source_name,
        "logicalType": logical,
        "physicalType": column.type,
        "businessName": column.zh,
        "description": column.meaning,
        "required": column.required,
        **({"primaryKey": True, "primaryKeyPosition": contract.keys.index(column.name) + 1} if column.key else {}),
        "classification": column.personal,
        **({"logicalTypeOptions": options} if options else {}),
        **({"enum": [{"value": code, "label": meaning} for code, meaning in column.codes.items()]} if column.codes else {}),
        **({"relationships": [{"type": "foreignKey", "to": column.refers_to}]} if column.refers_to else {}),
        **({"customProperties": extras} if extras else {}),
    }


def _quality(rule: Expectation) -> dict[str, Any]:
    """The rule for other tools' eyes; ours are read back from the custom property ``expectations``."""
    named = {"name": rule.rule, "description": getattr(rule, "meaning", None) or " ".join((rule.__doc__ or "").split())}
    return {**named, "type": "custom", "engine": VENDOR, "implementation": rule.model_dump(mode="json", exclude_none=True)}


def _support(contract: FeedContract) -> dict[str, Any]:
    ways = [("owner", "email", contract.owner.email), ("on-call", "other", contract.owner.on_call)]
    found = [{"channel": channel, "tool": tool, "description": said} for channel, tool, said in ways if said]
    return {"support": found} if found else {}


def _service_levels(contract: FeedContract) -> list[dict[str, Any]]:
    return [
        {"property": "frequency", "value": contract.cadence.cron, "unit": "cron"},
        {"property": "latency", "value": contract.cadence.deadline},
        {"property": "retention", "value": contract.retention.years, "unit": "y", "description": contract.retention.reason},
    ]
