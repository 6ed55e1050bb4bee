"""The public data on source servers: each feed from the real server of its kind, in as many steps as it came out.

Nothing here reads or shapes the data for a feed; it only puts it where its kind of source would have it.
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from demo.connections import write_connections
from demo.processes import serving
from demo.servers import postgres

DATA = Path(__file__).parents[3] / "shared" / "data" / "feeds"
CASES = DATA / "nyc_council_constituent_cases_2015_2025.parquet"
FINDINGS = DATA / "fac_single_audit_findings_2024H1.csv"
GDP = DATA / "gdp_quarterly_vintages_4_economies.parquet"
HOSPITALS = DATA / "cms_oas_cahps_satisfaction_by_hospital.csv"
LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class PublicSources:
    """The servers that run. ``folder`` is what they hold; the pipeline never looks there."""

    folder: Path
    cluster: postgres.Cluster
    port: int

    def export_findings(self, after: str, until: str) -> int:
        """Add the findings of the export dates in (after, until] to the database; answers how many."""
        part = self._cut(FINDINGS, self.folder / f"findings-{until}.parquet", "export_date", after, until)
        return postgres.load(self.cluster, self.port, "fac.finding", part, index="export_date")

    def publish_gdp(self, after: str, until: str) -> None:
        """Publish the vintages of the days in (after, until]."""
        self._cut(GDP, self.folder / "gdp" / f"{until}.parquet", "pub_date", after, until)

    def drop_hospitals(self) -> None:
        """Drop the file of hospitals and then its marker."""
        outbox = self.folder / "hospitals" / "outbox"
        (outbox / HOSPITALS.name).write_bytes(HOSPITALS.read_bytes())
        (outbox / f"{HOSPITALS.name}.done").touch()

    def register_organisations(self) -> int:
        """Fill the register with all offices and hospitals that the data know; answers how many."""
        file = self.folder / "organisations.parquet"
        duckdb.execute(
            f"""copy (select distinct account as code, 'Council office ' || account[5:] as name, 'office' as class,
                             'New York City' as grp from '{CASES}'
                      union all
                      select "Facility ID", "Facility Name", 'hospital', State from read_csv('{HOSPITALS}', all_varchar = true))
            to '{file}'"""
        )
        return postgres.load(self.cluster, self.port, "register.organisation", file)

    def _cut(self, source: Path, target: Path, column: str, after: str, until: str) -> Path:
        condition = f"\"{column}\" > date '{after}' and \"{column}\" <= date '{until}'"
        draft = target.with_suffix(".tmp")
        duckdb.execute(f"copy (select * from '{source}' where {condition}) to '{draft}' (format parquet)")
        draft.rename(target)
        return target


@contextmanager
def public_sources(folder: Path, env_file: Path) -> Iterator[PublicSources]:
    """All four servers, and ``env_file`` with how the pipeline reaches them; ended with the block."""
    for part in ("gdp", "hospitals/outbox"):
        (folder / part).mkdir(parents=True)
    password = secrets.token_urlsafe(18)
    cases = {
        "auth": {
            "scheme": "oauth2_client_credentials", "token_path": "/oauth/token", "scope": "cases.read",
            "login": "appraisal", "password": password, "expires_s": 300,
        },
        "endpoints": [
            {
                "path": "/api/v1/cases", "files": str(CASES), "keys": ["unique_key"],
                "records": "data.cases", "paging": "page_number",
            }
        ],
    }  # fmt: skip
    gdp = {
        "agency": "REAL", "id": "GDP_VINTAGES", "version": "1.0", "files": str(folder / "gdp" / "*.parquet"),
        "dimensions": ["id", "pub_date"], "time": "time", "measure": "value", "attributes": [], "changed": "pub_date",
    }  # fmt: skip
    users = {"hospitals": {"password": password, "root": str(folder / "hospitals")}}
    log = folder / "log"
    with ExitStack() as stack:
        cluster, port = postgres.start(folder / "postgres")
        stack.callback(postgres.remove, cluster)
        postgres.make_database(cluster, port)
        rest = stack.enter_context(serving("cases", "demo.servers.rest", cases, log))
        sdmx = stack.enter_context(serving("gdp", "demo.servers.sdmx", {"flows": [gdp]}, log))
        sftp = stack.enter_context(serving("hospitals", "demo.servers.sftp", {"users": users}, log))
        sources = PublicSources(folder, cluster, port)
        sources.register_organisations()
        sources.export_findings("1900-01-01", "1900-01-01")  # the table, empty
        postgres.make_reader(cluster, port, "reader", password, ["fac", "register"])
        database = {"conn_type": "postgres", "port": port, "schema": postgres.DATABASE, "login": "reader"}
        sftp_extra = {"path": "/outbox", "host_key": sftp["host_key"]}
        found = {
            "council_api": {"conn_type": "http", "schema": "http", "port": rest["port"], "login": "appraisal"},
            "audit_clearinghouse_db": database,
            "register_db": database,
            "gdp_api": {"conn_type": "http", "schema": "http", "port": sdmx["port"]},
            "hospital_sftp": {"conn_type": "sftp", "port": sftp["port"], "login": "hospitals", "extra": sftp_extra},
        }
        secret = {name: {"password": password} for name in found if name != "gdp_api"}
        for connection in found.values():
            connection["host"] = LOCAL
            connection["extra"] = {**connection.get("extra", {}), "allow_loopback": True}
        write_connections(env_file, {name: {**c, **secret.get(name, {})} for name, c in found.items()})
        yield sources
