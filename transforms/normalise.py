"""From values to points: the SQL file of each method that the scheme uses."""

import duckdb

from declarations.scheme import Scheme
from transforms.scheme_tables import SchemeTables
from transforms.score_expression import fill_expression_points
from transforms.score_run import run_sql


def normalise(connection: duckdb.DuckDBPyConnection, scheme: Scheme, methods: set[str], tables: SchemeTables) -> None:
    """Fill ``leaf_points`` from the view ``leaf_parameter``."""
    connection.execute("create or replace temp table leaf_points (case_no int, node_no int, points double)")
    for method in sorted(methods - {"expression"}):
        run_sql(connection, f"normalise/{method}")
    if "expression" in methods:
        fill_expression_points(connection, scheme, tables)
