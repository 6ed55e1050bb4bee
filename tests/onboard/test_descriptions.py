"""OpenAPI and SDMX descriptions: columns, codes, labels, paging, authentication without a row being seen; with rows where they answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from declarations.problem import Problem
from tests.connectors.source_kit import Reply, Request, Server
from tests.onboard.conftest import Register

Write = Callable[[str, bytes | str], Path]
Serve = Callable[[Callable[[Request], Reply]], Server]
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://petition.county.example/base"}],
    "paths": {
        "/items": {
            "get": {
                "summary": "Petition items",
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "page_size", "in": "query", "schema": {"type": "integer", "maximum": 500}},
                    {"name": "updated_since", "in": "query", "schema": {"type": "string", "format": "date-time"}},
                ],
                "security": [{"oauth": ["read"]}],
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}}},
            }
        },
        "/items/{id}": {"get": {"responses": {}}},
    },
    "components": {
        "securitySchemes": {
            "oauth": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://petition.county.example/oauth/token", "scopes": {"read": "x"}}},
            }
        },
        "schemas": {
            "Answer": {"type": "object", "properties": {"data": {"$ref": "#/components/schemas/Page"}}},
            "Page": {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}},
            "Item": {
                "allOf": [{"$ref": "#/components/schemas/Base"}],
                "properties": {
                    "state": {"type": "string", "enum": ["open", "closed"], "description": "办理状态"},
                    "registered_on": {"type": "string", "format": "date"},
                    "amount": {"type": "number", "minimum": 0, "x-unit": "yuan"},
                    "petitioner_name": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["state"],
            },
            "Base": {
                "type": "object",
                "properties": {"item_no": {"type": "string"}, "updated_at": {"type": "string", "format": "date-time"}},
                "required": ["item_no", "updated_at"],
            },
        },
    },
}  # fmt: skip


def test_an_openapi_description_gives_a_contract_without_a_row(register: Register, write: Write) -> None:
    found = register(openapi=str(write("api.json", json.dumps(OPENAPI))))
    source = found.contract.source.model_dump(exclude_defaults=True)
    assert source == {
        "connector": "rest", "connection": "hotline_api", "path": "/items", "records": "data.items",
        "auth": {"scheme": "oauth2_client_credentials", "token_path": "/oauth/token", "scope": "read"},
        "paging": {"by": "page_number", "size": 500},
        "cursor": {"column": "updated_at", "look_back": "3d"},
    }  # fmt: skip
    assert "parameter: page, size_parameter: page_size, size: 500" in found.text
    assert "since_parameter: updated_since" in found.text
    assert found.types == {"state": "string", "registered_on": "date", "amount": "decimal", "item_no": "string", "updated_at": "timestamp"}
    assert found.contract.column("state").codes == {"open": "open", "closed": "closed"}
    assert found.contract.column("state").zh == "办理状态"
    assert found.contract.column("amount").unit == "yuan"
    assert set(found.contract.left_out) == {"petitioner_name", "tags"}
    assert found.contract.keys == ["item_no"]
    assert "# ? key: no rows were looked at" in found.text
    assert '"host": "https://petition.county.example"' in found.line
    assert '"<login>"' in found.line


def test_a_description_with_several_lists_asks_which(register: Register, write: Write) -> None:
    two = {**OPENAPI, "paths": {**OPENAPI["paths"], "/cases": OPENAPI["paths"]["/items"]}}
    file = write("api.json", json.dumps(two))
    with pytest.raises(Problem, match="describes 2 lists: /items, /cases"):
        register(openapi=str(file))
    assert register(openapi=str(file), path="/cases").contract.source.model_dump()["path"] == "/cases"


def test_what_is_no_openapi_is_said(register: Register, write: Write) -> None:
    with pytest.raises(Problem, match="no OpenAPI 3 description"):
        register(openapi=str(write("api.yaml", "swagger: '2.0'\n")))


STRUCTURE = """<?xml version="1.0" encoding="UTF-8"?>
<mes:Structure xmlns:mes="http://m" xmlns:str="http://s" xmlns:com="http://c"><mes:Structures>
<str:Dataflows>
<str:Dataflow id="COUNTY_KEY" agencyID="STATS" version="1.0"><com:Name xml:lang="en">Key figures</com:Name></str:Dataflow>
</str:Dataflows>
<str:Codelists><str:Codelist id="CL_BASIS">
<str:Code id="yoy"><com:Name xml:lang="en">on the year</com:Name><com:Name xml:lang="zh">同比</com:Name></str:Code>
<str:Code id="month"><com:Name xml:lang="zh">当月</com:Name></str:Code></str:Codelist></str:Codelists>
<str:Concepts><str:ConceptScheme id="CS">
<str:Concept id="SERIES"><com:Name xml:lang="en">Indicator</com:Name><com:Name xml:lang="zh">指标</com:Name></str:Concept>
<str:Concept id="BASIS"><com:Name xml:lang="en">Basis</com:Name><com:Name xml:lang="zh">统计口径</com:Name></str:Concept>
<str:Concept id="TIME_PERIOD"><com:Name xml:lang="zh">统计期</com:Name></str:Concept>
<str:Concept id="OBS_VALUE"><com:Name xml:lang="zh">数值</com:Name></str:Concept></str:ConceptScheme></str:Concepts>
<str:DataStructures><str:DataStructure id="DSD"><str:DataStructureComponents><str:DimensionList>
<str:Dimension id="SERIES"><str:ConceptIdentity><Ref id="SERIES"/></str:ConceptIdentity></str:Dimension>
<str:Dimension id="BASIS"><str:ConceptIdentity><Ref id="BASIS"/></str:ConceptIdentity>
<str:LocalRepresentation><str:Enumeration><Ref id="CL_BASIS"/></str:Enumeration></str:LocalRepresentation></str:Dimension>
<str:TimeDimension id="TIME_PERIOD"><str:ConceptIdentity>
urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept=STATS:CS(1.0).TIME_PERIOD
</str:ConceptIdentity></str:TimeDimension>
</str:DimensionList><str:AttributeList><str:Attribute id="PUBLISHED_AT" assignmentStatus="Mandatory"/></str:AttributeList>
<str:MeasureList><str:PrimaryMeasure id="OBS_VALUE">
<str:ConceptIdentity><Ref id="OBS_VALUE"/></str:ConceptIdentity></str:PrimaryMeasure></str:MeasureList>
</str:DataStructureComponents></str:DataStructure></str:DataStructures></mes:Structures></mes:Structure>"""
LINES = [f"S{i % 3},{'yoy' if i % 2 else 'month'},2025-0{i // 6 + 1},{i}.5,2025-0{i // 6 + 2}-10T08:00:00" for i in range(36)]
HEAD = "DATAFLOW,SERIES,BASIS,TIME_PERIOD,OBS_VALUE,PUBLISHED_AT"


def test_a_saved_structure_gives_dimensions_codes_and_names(register: Register, write: Write) -> None:
    found = register(sdmx=str(write("dsd.xml", STRUCTURE)))
    assert found.contract.source.model_dump(exclude_defaults=True) == {
        "connector": "sdmx", "connection": "hotline_api", "flow": "STATS,COUNTY_KEY,1.0",
    }  # fmt: skip
    assert found.contract.keys == ["series", "basis", "time_period"]
    assert found.contract.column("basis").codes == {"yoy": "同比", "month": "当月"}
    assert found.contract.column("series").zh == "指标"
    assert found.contract.column("time_period").zh == "统计期"
    assert found.contract.column("obs_value").type == "decimal"


def sdmx(request: Request) -> Reply:
    if request.path.startswith("/sdmx/dataflow/STATS/COUNTY_KEY/1.0"):
        return Reply(STRUCTURE, headers={"content-type": "application/vnd.sdmx.structure+xml"})
    if request.path != "/sdmx/data/STATS,COUNTY_KEY,1.0/all":
        return Reply("", 404)
    since = request.query.get("updatedAfter", "")
    lines = [line for line in LINES if line.rpartition(",")[2] >= since]
    body = "\n".join([HEAD, *(f"STATS:COUNTY_KEY(1.0),{line}" for line in lines)]) + "\n"
    return Reply(body, headers={"content-type": "application/vnd.sdmx.data+csv;version=1.0.0"})


def test_a_live_flow_is_looked_at_with_its_structure(register: Register, serve: Serve) -> None:
    server = serve(sdmx)
    found = register(sdmx=f"http://127.0.0.1:{server.port}/sdmx/STATS,COUNTY_KEY,1.0", loopback=True)
    contract = found.contract
    assert contract.keys == ["series", "basis", "time_period"]
    assert found.types["TIME_PERIOD"] == "date %Y-%m"
    assert contract.version == "published_at"
    assert contract.source.model_dump()["cursor"]["column"] == "published_at"
    assert contract.left_out == {"DATAFLOW": "envelope of SDMX-CSV"}
    assert contract.column("basis").zh == "统计口径"
