"""Planted texts that must be found nowhere but at the source: a person, and the secrets of the connection."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.protocol import Connection

PERSON = "欧阳慕晴测"
PHONE = "13987654321"
ID_CARD = "110101199003078888"
IDENTITIES = (PERSON, PHONE, ID_CARD)
LOGIN = "conformance_reader"
PASSWORD = "Cnry-9f3a-Secret-Of-The-Connection"
TOKEN = "Cnry-71be-Token-Of-The-Source"
SECRETS = (PASSWORD, TOKEN)


@dataclass
class Output:
    """All that a run said while it was watched: logs, both streams, error texts; and the folder in which it wrote."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def places_of(self, words: tuple[str, ...]) -> list[str]:
        """Where one of the words stands: 'what was logged or printed', or a file below the folder."""
        found = ["what was logged, printed or raised"] if any(word in text for text in self.said for word in words) else []
        for file in sorted(self.folder.rglob("*")):
            if file.is_file() and _holds(file, words):
                found.append(str(file.relative_to(self.folder)))
        return found


def left_out_value(column: str) -> str:
    """What stands in a column that the contract leaves out: a name (which no mask covers), a phone or an ID card number."""
    name = column.lower()
    if any(word in name for word in ("phone", "mobile", "电话", "手机")):
        return PHONE
    return ID_CARD if any(word in name for word in ("card", "身份证")) else f"{PERSON}（{column}）"


def connection(connection_id: str, conn_type: str, **fields: Any) -> Connection:
    """A connection with the planted login and password."""
    return Connection(id=connection_id, conn_type=conn_type, **{"login": LOGIN, "password": PASSWORD, **fields})


def _holds(file: Path, words: tuple[str, ...]) -> bool:
    """Whether a file holds a word: in its bytes (UTF-8, UTF-16, GB18030), and in the values of a Parquet file or a DuckDB database."""
    content = file.read_bytes()
    if any(word.encode(charset) in content for word in words for charset in ("utf-8", "utf-16-le", "gb18030")):
        return True
    if file.suffix == ".parquet":
        return _in_text(_parquet_text(file), words)
    if file.suffix == ".duckdb":
        return _in_text(_database_text(file), words)
    return False


def _in_text(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _parquet_text(file: Path) -> str:
    import pyarrow.parquet as pq

    whole = pq.ParquetFile(file)
    return f"{whole.schema_arrow}{whole.metadata.metadata}{whole.read().to_pydict()}"


def _database_text(file: Path) -> str:
    import duckdb

    with duckdb.connect(str(file), read_only=True) as db:
        tables = db.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        return "".join(str(db.execute(f'select * from "{schema}"."{name}"').fetchall()) for schema, name in tables)
