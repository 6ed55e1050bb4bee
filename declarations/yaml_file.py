"""Reading a YAML declaration so that every mistake can be told with file, line and key."""

import difflib
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from declarations.problem import Problem

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML built without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)
MAX_BYTES = 1_000_000
MAX_NODES = 200_000


class _Reader:
    """Builds plain data from YAML nodes and remembers the line of every key."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self._scalars = yaml.SafeLoader("")
        self._open: list[yaml.Node] = []
        self._built = 0

    def build(self, node: yaml.Node, path: Path_ = (), depth: int = 0) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._built += 1
        place = f"{self.file}:{node.start_mark.line + 1}: {'.'.join(map(str, path))}"
        if any(node is above for above in self._open):
            raise Problem(place, "an alias leads back to itself: the tree is a circle.", "write the part out, or remove it.")
        if depth > 40 or self._built > MAX_NODES:
            raise Problem(place, f"nested over 40 deep or over {MAX_NODES} values.", "flatten or split the declaration.")
        self._open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path, depth)
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, (*path, i), depth + 1) for i, child in enumerate(node.value)]
            return self._scalars.construct_object(node, deep=True)
        finally:
            self._open.pop()

    def _mapping(self, node: yaml.MappingNode, path: Path_, depth: int) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalars.construct_object(key_node, deep=True)
            if isinstance(key, bool):
                key = key_node.value  # 'on', 'no' … are names of keys, whatever YAML 1.1 says
            line = key_node.start_mark.line + 1
            if key in out:
                raise Problem(f"{self.file}:{line}: {key}", "this key stands twice.", "keep one of the two.")
            self.lines[(*path, key)] = line
            out[key] = self.build(value_node, (*path, key), depth + 1)
        return out


def read_yaml(file: Path) -> tuple[Any, dict[Path_, int]]:
    """The data of a YAML file and the line of each key path. Raises Problem where it is not YAML."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Problem(str(file), f"cannot be read ({error.strerror}).", "check the path and its permissions.") from None
    if len(raw) > MAX_BYTES:
        raise Problem(str(file), f"is {len(raw)} bytes long, more than {MAX_BYTES}.", "split the declaration.")
    try:
        node = yaml.compose(raw.decode("utf-8"), Loader=_Loader)
        reader = _Reader(file)
        return (None if node is None else reader.build(node)), reader.lines
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = f"is not UTF-8 (byte {raw[error.start]:#04x})."
        raise Problem(f"{file}:{line}", what, "save the file as UTF-8.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = f"is not YAML: {getattr(error, 'problem', None) or error}."
        raise Problem(f"{file}:{line}", what, "check indentation, colons and quotes there.") from None


def read_declaration(file: Path, model: type[M]) -> M:
    """Read a file into its typed model. Raises Problem for its first mistake, naming file, line, key, value and nearest name."""
    found, problems, _ = read_or_mistakes(file, model)
    if found is None:
        more = f" ({len(problems) - 1} more after this one.)" if len(problems) > 1 else ""
        raise Problem(problems[0].place, f"{problems[0].what}{more}", problems[0].fix)
    return found


def read_or_mistakes(file: Path, model: type[M]) -> tuple[M | None, list[Problem], dict[Path_, int]]:
    """The model, or all that keeps the file from being one; and the line of each key path. Raises Problem where it is not YAML."""
    from declarations.model_mistakes import model_mistakes

    data, lines = read_yaml(file)
    if not isinstance(data, dict):
        raise Problem(f"{file}:1", "is empty or not a mapping.", f"start with the keys of a {model.__name__}.")
    try:
        return model.model_validate(data), [], lines
    except ValidationError as error:
        return None, model_mistakes(file, lines, model, error), lines


def line_of(lines: dict[Path_, int], path: Path_) -> int:
    """The line of the longest known beginning of a key path."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def nearest(word: str, names: list[str]) -> str:
    """A hint such as ``Did you mean 'unit'?``, or an empty string."""
    close = difflib.get_close_matches(word, names, n=1)
    return f"Did you mean '{close[0]}'? " if close else ""
