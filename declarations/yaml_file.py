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
MAX_DEPTH = 40
MAX_FOREIGN_DEPTH = 200  # of descriptions that others wrote


class _Reader:
    """Builds plain data from YAML nodes and remembers the line of every key."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[Path_, int] = {}
        self._scalars = yaml.SafeLoader("")
        self._open: list[yaml.Node] = []
        self._built = 0

    def build(self, node: yaml.Node, path: Path_ = ()) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._built += 1
        place = f"{self.file}:{node.start_mark.line + 1}: {'.'.join(map(str, path))}"
        if any(node is above for above in self._open):
            raise Problem(place, "an alias leads back to itself: the tree is a circle.", "write the part out, or remove it.")
        if self._built > MAX_NODES:
            raise Problem(place, f"holds over {MAX_NODES} values.", "split the declaration.")
        self._open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child, (*path, i)) for i, child in enumerate(node.value)]
            return self._scalar(node, place)
        finally:
            self._open.pop()

    def _scalar(self, node: yaml.Node, place: str) -> Any:
        """One value. YAML reads ``2025-13-45`` as a date, which then is none."""
        try:
            return self._scalars.construct_object(node, deep=True)
        except (ValueError, KeyError, AttributeError, OverflowError):
            kind = node.tag.rsplit(":", 1)[-1]
            raise Problem(
                place, f"{node.value[:40]!r} is no {kind}, as which YAML reads it.", "put it into quotes if a text is meant."
            ) from None

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise Problem(
                    f"{self.file}:{line}: {'.'.join(map(str, path))}", "a key is a list or a mapping.", "write a name before the colon."
                )
            key = self._scalar(key_node, f"{self.file}:{line}")
            if isinstance(key, bool):
                key = key_node.value  # 'on', 'no' … are names of keys, whatever YAML 1.1 says
            if key in out:
                raise Problem(f"{self.file}:{line}: {key}", "this key stands twice.", "keep one of the two.")
            self.lines[(*path, key)] = line
            out[key] = self.build(value_node, (*path, key))
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
        text = raw.decode("utf-8")
        refuse_deep(str(file), text, MAX_DEPTH)
        node = yaml.compose(text, Loader=_Loader)
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


def refuse_deep(place: str, text: str, most: int = MAX_FOREIGN_DEPTH) -> None:
    """Raises Problem where a text is nested deeper than ``most``: the parser works by recursion, and such a text would end the
    whole process. Raises YAMLError where it is not YAML."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > most:
            raise Problem(place, f"is nested over {most} deep.", "flatten or split it.")


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
