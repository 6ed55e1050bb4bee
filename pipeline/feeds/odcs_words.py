"""Which word of the Open Data Contract Standard stands for which of ours."""

from typing import Any

API_VERSION = "v3.2.0"
VENDOR = "traceless-appraisal"
LOGICAL = {
    "string": "string",
    "integer": "integer",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
TYPE = {logical: ours for ours, logical in LOGICAL.items()}
OPTIONS = {"string": ("pattern",), "integer": ("minimum", "maximum"), "number": ("minimum", "maximum")}
COLUMN_EXTRAS = ("unit", "code_list", "pattern", "minimum", "maximum", "format", "missing", "drift", "why_taken")
CONTRACT_EXTRAS = (
    "source",
    "left_out",
    "unknown_columns",
    "snapshot",
    "subject",
    "event_time",
    "version",
    "never_enters",
    "expectations",
    "cadence",
)


def custom(name: str, value: Any) -> dict[str, Any]:
    """One custom property of ours."""
    return {"property": name, "value": value, "vendor": VENDOR}


def customs(element: dict[str, Any]) -> dict[str, Any]:
    """The custom properties of an element, by name."""
    return {one["property"]: one.get("value") for one in element.get("customProperties") or [] if "property" in one}
