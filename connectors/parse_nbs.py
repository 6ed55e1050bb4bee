"""From an answer of zb/reg/sj nodes to a table of text."""

import duckdb
import pyarrow as pa

from connectors.parse_json_exact import kind, loads
from connectors.protocol import Refused
from declarations.problem import Problem

_TYPE = (
    '{"returndata": {"datanodes": [{"code": "VARCHAR", "data": {"data": "VARCHAR", "hasdata": "VARCHAR", "strdata": "VARCHAR"},'
    ' "wds": [{"wdcode": "VARCHAR", "valuecode": "VARCHAR"}]}],'
    ' "wdnodes": [{"wdcode": "VARCHAR", "nodes": [{"code": "VARCHAR", "cname": "VARCHAR", "name": "VARCHAR", "unit": "VARCHAR"}]}]}}'
)
_ANSWER = f"CREATE TABLE answer AS SELECT from_json(?, '{_TYPE}').returndata AS said"
_NODES = """
CREATE TABLE word AS
SELECT wdcode, node.code AS code, any_value(coalesce(nullif(node.cname, ''), node.name)) AS name, any_value(nullif(node.unit, '')) AS unit
FROM (SELECT w.wdcode, unnest(w.nodes) AS node FROM (SELECT unnest(said.wdnodes) AS w FROM answer)) GROUP BY ALL;
CREATE TABLE node AS
SELECT position, wds, hasdata = 'true' AS has, value,
       CASE WHEN wds IS NULL OR cardinality(wds) = 0 THEN 'names no dimension.'
            WHEN hasdata IS NULL OR hasdata NOT IN ('true', 'false') THEN 'does not say whether it has data (hasdata).' END AS fault
FROM (
    SELECT position, map_from_entries(list_transform(n.wds, lambda w: row(w.wdcode, w.valuecode))) AS wds,
           lower(n.data.hasdata) AS hasdata, coalesce(nullif(trim(n.data.strdata), ''), n.data.data) AS value
    FROM (SELECT unnest(said.datanodes) AS n, generate_subscripts(said.datanodes, 1) AS position FROM answer)
)
"""
_YEAR = "try_cast(substr(sj, 1, 4) AS INTEGER)"
# 2024, 2024A to 2024D (quarters), 202401 to 202412: the first day, and how long it lasts
_STARTS = f"""CASE
    WHEN regexp_full_match(sj, '[0-9]{{4}}') THEN make_date({_YEAR}, 1, 1)
    WHEN regexp_full_match(sj, '[0-9]{{4}}[A-D]') THEN make_date({_YEAR}, 3 * (ascii(sj[5]) - ascii('A')) + 1, 1)
    WHEN regexp_full_match(sj, '[0-9]{{4}}(0[1-9]|1[0-2])') THEN make_date({_YEAR}, CAST(substr(sj, 5) AS INTEGER), 1) END"""
_LASTS = "CASE length(sj) WHEN 4 THEN INTERVAL 1 YEAR WHEN 5 THEN INTERVAL 3 MONTH ELSE INTERVAL 1 MONTH END"


def read_nodes(body: bytes, charset: str, place: str) -> tuple[pa.Table, set[str], list[Refused]]:
    """Rows in the answer's order: a column for each dimension, ``value`` (NULL where the bureau has none), the names of the codes
    (``zb_name`` …), ``unit``, and first and last day of the period sj. All column names, and the nodes that could not be read.

    Raises Problem where the bureau says another return code than 200, or the answer has another form.
    """
    body = _utf8(body, charset, place)
    _check(loads(body, place), place)
    with duckdb.connect() as con:
        try:
            con.execute(_ANSWER, [body.decode()])
            con.execute(_NODES)
            broken = con.execute("SELECT position, fault FROM node WHERE fault IS NOT NULL ORDER BY position").fetchall()
            names = con.execute("SELECT DISTINCT unnest(map_keys(wds)) AS d FROM node ORDER BY d").fetchall()
            table = con.execute(_rows_sql([row[0] for row in names])).to_arrow_table() if names else pa.table({})
        except duckdb.Error as error:
            what = f"the bureau's nodes have another form than datanodes with data and wds ({type(error).__name__})."
            raise Problem(place, what, "correct 'path' of the feed's source, or ask the bureau what changed.") from None
    return table, set(table.column_names), [Refused(f"{place}, node {position}", fault) for position, fault in broken]


def _rows_sql(dimensions: list[str]) -> str:
    texts = [(name.replace("'", "''"), name.replace('"', '""')) for name in dimensions]
    columns = ", ".join(f"wds['{text}'] AS \"{ident}\"" for text, ident in texts)
    names = "".join(
        f', (SELECT name FROM word WHERE wdcode = \'{text}\' AND word.code = wide."{ident}") AS "{ident}_name"' for text, ident in texts
    )
    unit = "(SELECT unit FROM word WHERE wdcode = 'zb' AND word.code = wide.zb)" if "zb" in dimensions else "NULL::VARCHAR"
    starts = f"CAST({_STARTS} AS DATE)" if "sj" in dimensions else "NULL::DATE"
    ends = f"CAST({_STARTS} + {_LASTS} - INTERVAL 1 DAY AS DATE)" if "sj" in dimensions else "NULL::DATE"
    return f"""
        WITH wide AS (SELECT position, {columns}, CASE WHEN has THEN value END AS value FROM node WHERE fault IS NULL)
        SELECT * EXCLUDE position{names}, {unit} AS unit, {starts} AS period_start, {ends} AS period_end FROM wide ORDER BY position"""


def _check(answer: object, place: str) -> None:
    fix = "correct 'database', 'where', 'rows' and 'columns' of the feed's source; the bureau's page shows the codes."
    code = answer.get("returncode") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or code is None:
        what = f"is no answer of the form returncode, returndata, but {kind(answer)}."
        raise Problem(place, what, "correct 'path' of the feed's source.")
    said = answer.get("returndata")
    if str(code) != "200":
        why = f": {said[:100]}" if isinstance(said, str) and said else ""
        raise Problem(place, f"the bureau answered with return code {code}{why}.", fix)
    if not isinstance(said, dict) or not isinstance(said.get("datanodes"), list):
        raise Problem(place, "the bureau's answer has no list 'datanodes' in 'returndata'.", fix)


def _utf8(body: bytes, charset: str, place: str) -> bytes:
    try:
        return body.decode(charset).removeprefix("\ufeff").encode()
    except (UnicodeDecodeError, LookupError):
        raise Problem(place, f"the answer is not {charset}.", "ask the source's owner which charset it sends.") from None
