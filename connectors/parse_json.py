"""From the bytes of a JSON answer to a table of text, in memory.

Measured on pages of 5,000 rating records (seconds a million rows): pyarrow.json with the whole answer as one row 2.3;
``json.loads`` 4.2; DuckDB ``from_json`` on a parameter 7.4; DuckDB ``read_json`` over an in-memory file system 15.2.
pyarrow also tells keys that nobody declared, and refuses what it would change (1.10, integers above 64 bits) instead
of rounding it, as DuckDB does. So: pyarrow where every value has the JSON type that its column declares, else
``json.loads`` with numbers left as text. Both keep numbers as they were written.
"""

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.json

from connectors.gate import TEXT, one_array
from connectors.parse_json_exact import as_json, kind, loads, objects_table, utf8, walk
from connectors.protocol import Refused
from declarations.feed import FeedContract
from declarations.problem import Problem

_ARROW = {"integer": pa.int64(), "boolean": pa.bool_()}
_NUMBER = pa.decimal128(38, 8)
_BOM = b"\xef\xbb\xbf"
_WRAPPED = "records"
_ANOTHER_KIND = re.compile(r"Column\(/([^)]+)\) changed from (string to number|number to string)")


@dataclass(frozen=True)
class Answer:
    """One parsed answer. ``told`` has the values at the asked paths beside the records, as text; absent and null ones are left out."""

    records: pa.Table
    seen: frozenset[str]
    refused: tuple[Refused, ...]
    told: Mapping[str, str] = field(default_factory=dict)


class JsonReader:
    """Reads the answers of one feed. Remembers when the source's types call for the slower, exact way.

    ``told`` are dotted paths of values beside the records; ``extra`` are columns that are read beside the contract's.
    """

    def __init__(self, contract: FeedContract, records: str, told: Iterable[str] = (), extra: Sequence[str] = ()) -> None:
        self._wrap = records == ""
        self._records = (records or _WRAPPED).split(".")
        self._told = {path: path.split(".") for path in told}
        self._told_types = dict.fromkeys(self._told, TEXT)
        self._exact = _cross([self._records, *self._told.values()])
        fields = {**dict.fromkeys(extra, TEXT), **{c.source_name: _ARROW.get(c.type, TEXT) for c in contract.columns}}
        self._row_type = pa.struct(list(fields.items()))

    def read(self, body: bytes, place: str) -> Answer:
        """The answer's records. Raises Problem naming ``place``; the content is never shown."""
        body = body.removeprefix(_BOM)
        for _ in range(2 * len(self._told) + 1):
            if self._exact:
                break
            try:
                answer = self._read_fast(body)
                if answer is not None:
                    return answer
                break
            except (pa.ArrowException, UnicodeDecodeError) as error:
                self._exact = not self._is_told_of_another_kind(str(error))
        return self._read_exact(body, place)

    def read_lines(self, body: bytes, place: str, before: int = 0) -> Answer:
        """The records of an answer that has one JSON object a line. Raises Problem where no line can be read, or where
        the last one was cut off; other lines that are no object are refused. ``before`` lines came in earlier pieces."""
        body = body.removeprefix(_BOM)
        if not self._exact and body.strip():
            try:
                return self._answer(_arrow(body, list(self._row_type)), body, {})
            except (pa.ArrowException, UnicodeDecodeError):
                self._exact = True
        return self._read_lines_exact(body, place, before)

    def _is_told_of_another_kind(self, error: str) -> bool:
        """Whether pyarrow stumbled on a told value that is a number and no text, or the reverse; then it is asked for as that."""
        found = _ANOTHER_KIND.search(error)
        path = found[1].replace("/", ".") if found else ""
        if path not in self._told_types:
            return False
        self._told_types[path] = TEXT if self._told_types[path] == _NUMBER else _NUMBER
        return True

    def _read_fast(self, body: bytes) -> Answer | None:
        """None where the answer has another shape than expected, so that the exact way can say which."""
        whole = b'{"' + _WRAPPED.encode() + b'":' + body + b"}" if self._wrap else body
        tree: dict[str, Any] = {}
        _plant(tree, self._records, pa.list_(self._row_type))
        for path, steps in self._told.items():
            _plant(tree, steps, self._told_types[path])
        answer = _arrow(whole, _type(tree))
        lists = _follow(answer, self._records)
        if answer.num_rows != 1 or lists is None or lists.null_count:
            return None
        rows = lists.flatten()
        if rows.null_count:
            return None
        table = pa.Table.from_struct_array(rows) if len(rows) else pa.table({})
        told = {path: _told_text(_follow(answer, steps)) for path, steps in self._told.items()}
        return self._answer(table, body, told)

    def _answer(self, table: pa.Table, body: bytes, told: Mapping[str, str | None]) -> Answer:
        declared = set(self._row_type.names)
        absent = {n for n in declared & set(table.column_names) if _is_absent(table, n, body)}
        seen = frozenset(table.column_names) - absent
        kept = table.select([name for name in table.column_names if name in declared - absent])
        kept.validate(full=True)  # pyarrow takes bytes that are not UTF-8 as they come
        return Answer(kept, seen, (), {path: text for path, text in told.items() if text is not None})

    def _read_exact(self, body: bytes, place: str) -> Answer:
        data = loads(body, place)
        records = data if self._wrap else walk(data, self._records, place)
        if not isinstance(records, list):
            path = ".".join(self._records)
            at = f"at '{path}'" if not self._wrap else "as the whole answer"
            what = f"expected a list of records {at}, found {kind(records)}."
            raise Problem(place, what, "correct 'records' in the feed's source.")
        told = {path: walk(data, steps, place, missing_ok=True) for path, steps in self._told.items()}
        refused = tuple(
            Refused(f"{place}, record {i}", f"is {kind(record)}, not an object.")
            for i, record in enumerate(records, 1)
            if not isinstance(record, dict)
        )
        return self._objects(records, refused, {path: str(as_json(value)) for path, value in told.items() if value is not None})

    def _read_lines_exact(self, body: bytes, place: str, before: int) -> Answer:
        lines = utf8(body, place).split("\n")
        records, refused = [], []
        for number, line in enumerate(lines, before + 1):
            if not line.strip():
                continue
            try:
                record = loads(line, place)
            except Problem as problem:
                if number == before + len(lines):
                    fix = "have it sent again whole; check that 'format' is right."
                    raise Problem(place, f"the last line ({number}) is no JSON and is not ended: the answer was cut off.", fix) from None
                refused.append(Refused(f"{place}, line {number}", f"cannot be read: {problem.what}"))
                continue
            records.append(record)
            if not isinstance(record, dict):
                refused.append(Refused(f"{place}, line {number}", f"is {kind(record)}, not an object."))
        if refused and not any(isinstance(record, dict) for record in records):
            raise Problem(place, "no line of the answer is a JSON object.", "correct 'path' or 'format' in the feed's source.")
        return self._objects(records, tuple(refused), {})

    def _objects(self, records: list[Any], refused: tuple[Refused, ...], told: Mapping[str, str]) -> Answer:
        table, seen = objects_table([record for record in records if isinstance(record, dict)], self._row_type.names)
        return Answer(table, frozenset(seen), refused, told)


def _arrow(body: bytes, fields: list[Any]) -> pa.Table:
    return pyarrow.json.read_json(
        io.BytesIO(body),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(body) + 64),
        parse_options=pyarrow.json.ParseOptions(
            explicit_schema=pa.schema(fields),
            newlines_in_values=True,
            unexpected_field_behavior="infer",
        ),
    )


def _told_text(values: pa.Array | None) -> str | None:
    value = None if values is None else values[0].as_py()
    return value if value is None or isinstance(value, str) else format(value.normalize(), "f")


def _cross(paths: list[list[str]]) -> bool:
    """Whether one path leads through the end of another, which no schema can say."""
    return any(a != b and b[: len(a)] == a for a in paths for b in paths)


def _plant(tree: dict[str, Any], path: list[str], leaf: pa.DataType) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = leaf


def _type(tree: dict[str, Any]) -> list[tuple[str, pa.DataType]]:
    return [(k, pa.struct(_type(v)) if isinstance(v, dict) else v) for k, v in tree.items()]


def _follow(answer: pa.Table, path: list[str]) -> pa.Array | None:
    """The array at a path of nested structs, None where a step is missing or null."""
    values = one_array(answer.column(path[0]))
    for step in path[1:]:
        if values.null_count:
            return None
        values = values.field(step)
    return values


def _is_absent(table: pa.Table, name: str, body: bytes) -> bool:
    """pyarrow fills declared keys that nowhere stood; a key with nulls only is looked up in the bytes."""
    column = table.column(name)
    if column.null_count < len(column):
        return False
    return not any(json.dumps(name, ensure_ascii=ascii_).encode() in body for ascii_ in (False, True))
