"""A scenario over what the working warehouse knows now; the warehouse itself stays as it is."""

import duckdb

from declarations.problem import Problem
from declarations.project import Project
from pipeline.scenario import Scenario
from pipeline.steps import declared_of
from transforms.appraise import gather, tree_of
from warehouse.store import open_warehouse


def warehouse_scenario(project: Project, scheme_id: str, subject: str, period: str) -> Scenario:
    """Waits for the warehouse's lock while what the scoring reads is copied. Raises Problem where nothing was appraised here."""
    scheme = project.scheme(scheme_id)
    declared = declared_of(project)
    fix = f"run 'traceless run --period {period}' first."
    if not project.warehouse_file.exists():
        raise Problem(str(project.warehouse_file), "there is no warehouse, only what was published.", fix)
    with open_warehouse(project.warehouse_file) as connection:
        try:
            gather(connection, declared, scheme, [period])
        except duckdb.CatalogException as error:
            what = f"it was not appraised with these declarations ({str(error).splitlines()[0]})."
            raise Problem(f"{scheme_id} {period}", what, fix) from None
        return Scenario.copied(
            connection, scheme, declared.profile(scheme), declared.used(scheme), tree_of(scheme, period), subject, period
        )
