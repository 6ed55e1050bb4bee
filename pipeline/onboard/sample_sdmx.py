"""A contract's ground from SDMX: dimensions, measures and their names from a structure message, values from a flow."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

import pyarrow as pa

from connectors.http import HttpSource
from connectors.protocol import Connection
from connectors.sdmx import FRAME
from declarations.feed import Auth, BasicAuth, ColumnType, NoAuth
from declarations.problem import Problem
from pipeline.onboard.keys import is_version_like
from pipeline.onboard.live import Found, connection_fields, connection_to
from pipeline.onboard.sample import TEXT, Sample, Told
from pipeline.onboard.sample_text import sample_csv

STRUCTURE = "application/vnd.sdmx.structure+xml;version=2.1, application/vnd.sdmx.structure+xml;q=0.9, application/xml;q=0.8"
DATA = "application/vnd.sdmx.data+csv;version=1.0.0, application/vnd.sdmx.data+csv;q=0.9, text/csv;q=0.8"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TIMES: dict[str, ColumnType] = {
    "DateTime": "timestamp",
    "GregorianDay": "date",
    "Boolean": "boolean",
    "Integer": "integer",
    "Decimal": "decimal",
}


@dataclass(frozen=True)
class Structure:
    """What a structure message says: the flow's reference, its name, the columns."""

    flow: str | None = None
    title: str = ""
    told: dict[str, Told] = field(default_factory=dict)


def sample_sdmx(where: str, connection: Connection | None, loopback: bool) -> Found:
    """A flow at an address (``https://host/sdmx/AGENCY,FLOW,1.0``), with a connection its reference alone, or a saved structure file."""
    if Path(where).is_file():
        structure = read_structure(Path(where).read_bytes(), where)
        if not structure.told:
            raise Problem(where, "holds no data structure.", "save the answer to dataflow/…?references=all.")
        rows = pa.table({name: pa.array([], TEXT) for name in structure.told})
        source = {"connector": "sdmx", "flow": structure.flow or "AGENCY,FLOW,1.0"}
        sample = Sample(rows, source, False, structure.told, {}, {"": "read from the structure file"}, structure.title)
        return sample, {} if connection else {"conn_type": "http", "host": "https://<host>/<path>"}
    base, flow = _address(where, connection)
    known = connection or replace(connection_to(base, loopback), host=base)
    auth: Auth = BasicAuth(scheme="basic") if known.login else NoAuth()
    with HttpSource("new", known, auth, "30s") as http:
        structure = _asked_structure(http, flow)
        body = http.get(f"data/{flow}/all", {"lastNObservations": "40"}, DATA)
        if body is None or not body.content.strip():
            raise Problem(http.place(http.url(f"data/{flow}")), "has no data just now.", "check the flow's reference.")
        sample = sample_csv(body.content, True, http.place(http.url(f"data/{flow}")))
        cursor = _cursor(http, flow, sample)
    envelope = {name: "envelope of SDMX-CSV" for name in sample.rows.column_names if name in FRAME}
    columns = [name for name in sample.rows.column_names if name not in envelope]
    told = {name: one for name, one in structure.told.items() if name in columns} or _usual(columns)
    source = {"connector": "sdmx", "flow": flow, **({"since_parameter": "updatedAfter"} if cursor else {})}
    notes = {
        "": "names from the flow's structure" if structure.told else "the source told no structure, so the columns' names are all there is"
    }
    found = Sample(
        sample.rows, source, False, told, envelope, notes, structure.title or flow.split(",")[-2 if flow.count(",") > 1 else -1],
        cursor=cursor, cursor_works=cursor is not None,
    )  # fmt: skip
    return found, {} if connection else connection_fields(known, auth)


def read_structure(content: bytes, place: str) -> Structure:
    """The first data structure of a message (SDMX-ML 2.1 or 3.0), with the names of its concepts and codes."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException):
        raise Problem(place, "is no SDMX structure message (XML).", "save the answer to dataflow/…?references=all.") from None
    concepts = {one.get("id", ""): _names(one) for one in root.iter() if _local(one) == "Concept"}
    lists = {one.get("id", ""): _codes(one) for one in root.iter() if _local(one) == "Codelist"}
    told: dict[str, Told] = {}
    structure = next((one for one in root.iter() if _local(one) == "DataStructure"), None)
    for part in structure.iter() if structure is not None else []:
        kind = _local(part)
        if kind in ("Dimension", "TimeDimension", "PrimaryMeasure", "Measure", "Attribute") and part.get("id"):
            told[str(part.get("id"))] = _column(part, kind, concepts, lists)
        elif kind == "PrimaryMeasure":
            told["OBS_VALUE"] = _column(part, kind, concepts, lists)
    flow = next((one for one in root.iter() if _local(one) == "Dataflow" and one.get("agencyID")), None)
    reference = ",".join(str(flow.get(key) or "latest") for key in ("agencyID", "id", "version")) if flow is not None else None
    named = flow if flow is not None else structure
    return Structure(reference, _names(named).get("en", "") if named is not None else "", told)


def _asked_structure(http: HttpSource, flow: str) -> Structure:
    path = "dataflow/" + "/".join(flow.split(","))
    try:
        body = http.get(path, {"references": "all"}, STRUCTURE, missing_ok=True)
        return read_structure(body.content, path) if body else Structure()
    except Problem:
        return Structure()  # a source may give data without telling its structure


def _address(where: str, connection: Connection | None) -> tuple[str, str]:
    """The base address and the flow's reference."""
    if "://" not in where:
        if connection is None:
            raise Problem(
                "--sdmx", f"'{where}' is no file and no address.", "write https://host/path/AGENCY,FLOW,1.0, or add --connection."
            )
        return "", where.strip("/")
    parts = urlsplit(where)
    path = re.sub(r"/(data|dataflow)(?=/)", "", parts.path.rstrip("/"))
    base, _, flow = path.rpartition("/")
    if not flow:
        raise Problem("--sdmx", "names no flow.", "write https://host/path/AGENCY,FLOW,1.0.")
    return f"{parts.scheme}://{parts.netloc}{base}", flow


def _column(part: Element, kind: str, concepts: dict[str, dict[str, str]], lists: dict[str, dict[str, str]]) -> Told:
    references = {_local(one): one for one in part.iter()}
    names = concepts.get(_referred(references.get("ConceptIdentity")), {})
    codes = lists.get(_referred(references.get("Enumeration")))
    format_ = next((one.get("textType") for one in part.iter() if _local(one) in ("TextFormat", "EnumerationFormat")), None)
    measure = kind in ("PrimaryMeasure", "Measure")
    return Told(
        type="decimal" if measure else _TIMES.get(str(format_)),
        label=names.get("en"),
        zh=names.get("zh"),
        codes=codes,
        required=kind.endswith("Dimension") or part.get("assignmentStatus") == "Mandatory" or part.get("usage") == "mandatory",
        key=kind.endswith("Dimension"),
    )


def _referred(part: Element | None) -> str:
    """The id that a reference names: ``<Ref id=…>`` (2.1) or a URN (3.0)."""
    if part is None:
        return ""
    inside = next((one.get("id") for one in part.iter() if _local(one) == "Ref"), None)
    text = "".join(part.itertext()).strip()
    return str(inside) if inside else re.split(r"[.:)=]", re.sub(r"\([^)]*\)$", "", text))[-1] if text else ""


def _names(part: Element) -> dict[str, str]:
    """Language → name, of the part's own names."""
    found: dict[str, str] = {}
    for one in part:
        if _local(one) == "Name" and one.text:
            language = str(one.get(_LANG) or "en").split("-")[0]
            found.setdefault(language, one.text.strip())
    return found


def _codes(part: Element) -> dict[str, str]:
    found = {}
    for one in part:
        if _local(one) == "Code" and one.get("id"):
            names = _names(one)
            found[str(one.get("id"))] = names.get("zh") or names.get("en") or str(one.get("id"))
    return found


def _usual(columns: list[str]) -> dict[str, Told]:
    """Without a structure: what stands before OBS_VALUE in SDMX-CSV are the dimensions."""
    if "OBS_VALUE" not in columns:
        return {}
    dimensions = columns[: columns.index("OBS_VALUE")]
    return {**{name: Told(key=True, required=True) for name in dimensions}, "OBS_VALUE": Told(type="decimal")}


def _cursor(http: HttpSource, flow: str, sample: Sample) -> str | None:
    """The column of the time of publication, where ``updatedAfter`` was seen to ask by it."""
    for name in sample.rows.column_names:
        values = [value for value in sample.rows.column(name).to_pylist() if value]
        if not is_version_like(name) or len(set(values)) < 2:
            continue
        since = sorted(values)[len(values) // 2]
        try:
            body = http.get(f"data/{flow}/all", {"updatedAfter": since, "lastNObservations": "40"}, DATA, missing_ok=True)
            found = sample_csv(body.content, True, flow).rows.column(name).to_pylist() if body and body.content.strip() else []
        except (Problem, KeyError):
            continue
        if found and min(value for value in found if value) >= since > min(values):
            return name
    return None


def _local(part: Element) -> str:
    return str(part.tag).rpartition("}")[2]
