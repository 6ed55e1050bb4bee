"""What a typed model finds wrong with a file, told with line and key: every mistake once, without the model's own words for it."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from declarations.problem import Problem
from declarations.yaml_file import Path_, line_of, nearest

_NUMBERS = ("float_parsing", "float_type", "int_parsing", "int_type", "int_from_float")
_TYPES = ("dict_type", "list_type", "string_type", "bool_parsing", "bool_type", "model_type", "model_attributes_type")


def model_mistakes(file: Path, lines: dict[Path_, int], model: type[BaseModel], error: ValidationError) -> list[Problem]:
    """One Problem for each mistake, in the order of the file's lines.

    A value that may be of several kinds is refused once by each of them: the refusal that tells most is kept.
    """
    by_path: dict[Path_, list[dict[str, Any]]] = defaultdict(list)
    keys = sorted(_all_keys(model))
    for one in error.errors(include_url=False):
        by_path[_in_file(one, lines)].append(dict(one))
    deepest = [path for path in by_path if not _overruled(path, by_path)]
    misspelt = {path[:-1] for path in deepest if any(one["type"] == "extra_forbidden" for one in by_path[path])}
    told = [path for path in deepest if path[:-1] not in misspelt or any(one["type"] != "missing" for one in by_path[path])]
    ordered = sorted(told, key=lambda path: (line_of(lines, path), list(map(str, path))))
    return [_told(file, lines, path, _telling(by_path[path], str(path[-1]) if path else "", keys), keys) for path in ordered]


def _in_file(error: dict[str, Any] | Any, lines: dict[Path_, int]) -> Path_:
    """pydantic puts the tag of a union into the path; the file has no such key, so it is passed over."""
    loc = error["loc"]
    path: Path_ = ()
    for i, part in enumerate(loc):
        if (*path, part) in lines or (i == len(loc) - 1 and error["type"] == "missing"):
            path = (*path, part)
    tag = str(error.get("ctx", {}).get("discriminator", "")).strip("'")
    return (*path, tag) if (*path, tag) in lines else path


def _overruled(path: Path_, by_path: dict[Path_, list[dict[str, Any]]]) -> bool:
    """Whether another path tells more: one below, whose kind of value came nearer to fitting; but a value that had the right shape
    and was refused for what it says overrules all below it."""
    if any(one["type"] == "value_error" for one in by_path[path]):
        return False
    below = any(other != path and other[: len(path)] == path for other in by_path)
    shaped = any(any(one["type"] == "value_error" for one in by_path.get(path[:n], [])) for n in range(len(path)))
    return below or shaped


def _telling(errors: list[dict[str, Any]], key: str, keys: list[str]) -> dict[str, Any]:
    """The error that helps most: a key that looks misspelt, then a list of words, then a number, then a kind of value."""
    ranks = {
        "value_error": -1,
        "extra_forbidden": 0 if nearest(key, keys) and key not in keys else 4,
        "literal_error": 1,
        "union_tag_invalid": 1,
    }
    ranks |= {name: 2 for name in _NUMBERS} | {name: 5 for name in _TYPES}
    return min(errors, key=lambda one: ranks.get(one["type"], 3))


def _told(file: Path, lines: dict[Path_, int], path: Path_, error: dict[str, Any], keys: list[str]) -> Problem:
    place = f"{file}:{line_of(lines, path)}: {'.'.join(map(str, path)) or '(top)'}"
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    shown = f" Found {value!r}." if isinstance(value, str | int | float | bool) else ""
    if kind == "extra_forbidden":
        key = str(path[-1])
        return Problem(place, f"'{key}' is not a key here.", f"{'' if key in keys else nearest(key, keys)}Remove it or correct its name.")
    if kind == "missing":
        return Problem(place, f"'{error['loc'][-1]}' is missing.", f"add '{error['loc'][-1]}'.")
    if kind == "union_tag_invalid":
        words = [word.strip("' ") for word in str(context["expected_tags"]).split(",")]
        what = f"there is no {context['discriminator'].strip(chr(39))} '{context['tag']}' here."
        return Problem(place, what, f"{nearest(str(context['tag']), words)}It is one of: {', '.join(words)}.")
    if kind in _NUMBERS:
        return Problem(place, f"is not a {'whole ' if kind.startswith('int') else ''}number.{shown}", "write a number.")
    if kind == "string_type" and isinstance(value, bool | int | float):
        return Problem(place, f"is not a text.{shown}", f'put it into quotes: "{value}".')
    message = error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    words = str(context.get("expected", "")).replace(" or ", ",").split(",")
    hint = nearest(str(value), [word.strip("'\" ") for word in words])
    return Problem(place, f"{message.rstrip('.')}.{shown}", f"{hint}Correct this value.")


def _all_keys(model: type[BaseModel]) -> set[str]:
    properties: set[str] = set()
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        properties.update(part.get("properties", {}))
    return properties
