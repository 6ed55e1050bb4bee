"""The slower, exact way to read JSON: Python objects with numbers left as text."""

import json
from collections.abc import Collection
from typing import Any

import pyarrow as pa

from connectors.gate import TEXT
from declarations.problem import Problem

_FIX = "check the address and 'format' of the feed's source; ask the source's owner if they are right."


def loads(text: bytes | str, place: str) -> Any:
    """The JSON value of a text (bytes: in UTF-8), its numbers as text. Raises Problem naming ``place``; the content is never shown."""
    try:
        return json.loads(utf8(text, place) if isinstance(text, bytes) else text, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        html = " It looks like an HTML page." if text.lstrip()[:1] in (b"<", "<") else ""
        what = f"the answer is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.{html}"
        raise Problem(place, what, _FIX) from None
    except RecursionError:
        raise Problem(place, "the answer is nested too deep.", _FIX) from None


def utf8(body: bytes, place: str) -> str:
    """The text of the bytes. Raises Problem where they are not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(place, f"the answer is not UTF-8 (byte {error.start}).", _FIX) from None


def objects_table(objects: list[dict[str, Any]], names: Collection[str]) -> tuple[pa.Table, set[str]]:
    """The named columns of the objects, as far as they stand in one, and all keys."""
    seen: set[str] = set()
    for each in objects:
        seen.update(each)
    columns = {name: _text_array([each.get(name) for each in objects]) for name in names if name in seen}
    if columns:
        return pa.table(columns), seen
    return pa.table({"": pa.nulls(len(objects))}).select([]), seen  # keeps the number of rows


def walk(data: Any, path: list[str], place: str, missing_ok: bool = False) -> Any:
    """What stands at a path of keys. Raises Problem where there is nothing, unless ``missing_ok``: then None."""
    for i, step in enumerate(path):
        if not isinstance(data, dict) or step not in data:
            if missing_ok:
                return None
            found = f"the keys there are {', '.join(sorted(data)[:20])}" if isinstance(data, dict) else kind(data)
            what = f"the answer has nothing at '{'.'.join(path[: i + 1])}' ({found})."
            raise Problem(place, what, "correct 'records' in the feed's source.")
        data = data[step]
    return data


def _text_array(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, TEXT)
    except (pa.ArrowException, TypeError):
        return pa.array([as_json(value) for value in values], TEXT)


def as_json(value: Any) -> str | None:
    """Text as it is; true, false and nested values as their JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def kind(value: Any) -> str:
    """What sort of JSON value it is, for a sentence."""
    names = {dict: "an object", list: "a list", str: "a text or number", bool: "true or false"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
