"""From the bytes of a JSON answer to a table of text, in memory.

Measured on pages of 5,000 rating records (seconds a million rows): pyarrow.json with the whole answer as one row 2.3;
``json.loads`` 4.2; DuckDB ``from_json`` on a parameter 7.4; DuckDB ``read_json`` over an in-memory file system 15.2.
pyarrow also tells keys that nobody declared, and refuses what it would change (1.10, integers above 64 bits) instead
of rounding it, as DuckDB does. So: pyarrow where every value has the JSON type that its column declares, else
``json.loads`` with numbers left as text. Both keep numbers as they were written.
"""

import io
import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.json

from connectors.gate import TEXT, one_array
from connectors.protocol import Refused
from declarations.feed import FeedContract
from declarations.problem import Problem

_ARROW = {"integer": pa.int64(), "boolean": pa.bool_()}
_BOM = b"\xef\xbb\xbf"
_WRAPPED = "records"


@dataclass(frozen=True)
class Answer:
    """One parsed answer. ``told`` is the value at the asked path beside the records, as text: the next cursor."""

    records: pa.Table
    seen: frozenset[str]
    refused: tuple[Refused, ...]
    told: str | None


class JsonReader:
    """Reads the answers of one feed. Remembers when the source's types call for the slower, exact way."""

    def __init__(self, contract: FeedContract, records: str, told: str | None = None) -> None:
        self._contract = contract
        self._wrap = records == ""
        self._records = (records or _WRAPPED).split(".")
        self._told = told.split(".") if told else None
        self._told_types = [pa.string(), pa.int64()]
        self._exact = False
        fields = {c.source_name: _ARROW.get(c.type, TEXT) for c in contract.columns}
        self._row_type = pa.struct(list(fields.items()))

    def read(self, body: bytes, place: str) -> Answer:
        """The answer's records. Raises Problem naming ``place``; the content is never shown."""
        body = body.removeprefix(_BOM)
        while not self._exact:
            try:
                answer = self._read_fast(body)
                if answer is not None:
                    return answer
                break
            except (pa.ArrowException, UnicodeDecodeError):
                if self._told is None or len(self._told_types) == 1:
                    self._exact = True
                else:
                    self._told_types.pop(0)
        return self._read_exact(body, place)

    def _read_fast(self, body: bytes) -> Answer | None:
        """None where the answer has another shape than expected, so that the exact way can say which."""
        whole = b'{"' + _WRAPPED.encode() + b'":' + body + b"}" if self._wrap else body
        tree: dict[str, Any] = {}
        _plant(tree, self._records, pa.list_(self._row_type))
        if self._told:
            _plant(tree, self._told, self._told_types[0])
        answer = pyarrow.json.read_json(
            io.BytesIO(whole),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(whole) + 64),
            parse_options=pyarrow.json.ParseOptions(
                explicit_schema=pa.schema(_type(tree)),
                newlines_in_values=True,
                unexpected_field_behavior="infer",
            ),
        )
        lists = _follow(answer, self._records)
        if answer.num_rows != 1 or lists is None or lists.null_count:
            return None
        rows = lists.flatten()
        if rows.null_count:
            return None
        told = _follow(answer, self._told) if self._told else None
        text = None if told is None or not told[0].is_valid else str(told[0].as_py())
        table = pa.Table.from_struct_array(rows) if len(rows) else pa.table({})
        declared = set(self._row_type.names)
        absent = {n for n in declared & set(table.column_names) if _is_absent(table, n, body)}
        seen = frozenset(table.column_names) - absent
        keep = [name for name in table.column_names if name in declared - absent]
        kept = table.select(keep)
        kept.validate(full=True)  # pyarrow takes bytes that are not UTF-8 as they come
        return Answer(kept, seen, (), text)

    def _read_exact(self, body: bytes, place: str) -> Answer:
        data = _loads(body, place)
        records = data if self._wrap else _walk(data, self._records, place)
        if not isinstance(records, list):
            path = ".".join(self._records)
            at = f"at '{path}'" if not self._wrap else "as the whole answer"
            what = f"expected a list of records {at}, found {_kind(records)}."
            raise Problem(place, what, "correct 'records' in the feed's source.")
        told = _walk(data, self._told, place, missing_ok=True) if self._told else None
        good = [record for record in records if isinstance(record, dict)]
        refused = tuple(
            Refused(f"{place}, record {i}", f"is {_kind(record)}, not an object.")
            for i, record in enumerate(records, 1)
            if not isinstance(record, dict)
        )
        seen: set[str] = set()
        for record in good:
            seen.update(record)
        columns = {name: _text_array([r.get(name) for r in good]) for name in self._row_type.names if name in seen}
        return Answer(pa.table(columns), frozenset(seen), refused, None if told is None else str(told))


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


def _loads(body: bytes, place: str) -> Any:
    fix = "check the address and 'format' of the feed's source; ask the source's owner if they are right."
    try:
        return json.loads(body.decode("utf-8"), parse_float=str, parse_int=str, parse_constant=str)
    except UnicodeDecodeError as error:
        raise Problem(place, f"the answer is not UTF-8 (byte {error.start}).", fix) from None
    except json.JSONDecodeError as error:
        html = " It looks like an HTML page." if body.lstrip()[:1] == b"<" else ""
        what = f"the answer is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.{html}"
        raise Problem(place, what, fix) from None
    except RecursionError:
        raise Problem(place, "the answer is nested too deep.", fix) from None


def _walk(data: Any, path: list[str], place: str, missing_ok: bool = False) -> Any:
    for i, step in enumerate(path):
        if not isinstance(data, dict) or step not in data:
            if missing_ok:
                return None
            found = f"the keys there are {', '.join(sorted(data)[:20])}" if isinstance(data, dict) else _kind(data)
            what = f"the answer has nothing at '{'.'.join(path[: i + 1])}' ({found})."
            raise Problem(place, what, "correct 'records' in the feed's source.")
        data = data[step]
    return data


def _text_array(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, TEXT)
    except (pa.ArrowException, TypeError):
        return pa.array([_text(value) for value in values], TEXT)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)  # true and false; a nested value as its JSON


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text or number", bool: "true or false"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
