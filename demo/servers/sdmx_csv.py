"""SDMX-CSV 1.0 and 2.0."""

from typing import Any

import pyarrow as pa
import pyarrow.csv


def write(flow: Any, table: pa.Table, version: str) -> bytes:
    """The observations with the columns that name the flow in front."""
    name = f"{flow.agency}:{flow.id}({flow.version})"
    fixed = {"DATAFLOW": name} if version == "1.0.0" else {"STRUCTURE": "dataflow", "STRUCTURE_ID": name, "ACTION": "I"}
    for column, value in reversed(fixed.items()):
        table = table.add_column(0, column, pa.array([value]).take(pa.array([0] * table.num_rows)))
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink)
    return bytes(sink.getvalue())
