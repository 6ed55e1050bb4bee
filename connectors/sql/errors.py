"""What a database says when it refuses or breaks off, as a Problem. Values of rows stand in no message."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exc

from declarations.problem import Problem, SourceAway

LOGIN = {"28P01", "28000", "1045", "1698", "1251", "4151"}
NO_DATABASE = {"3D000", "1049"}
NO_RIGHT = {"42501", "1142", "1143", "1044", "1227"}
NO_TABLE = {"42P01", "1146"}
NO_COLUMN = {"42703", "1054"}
TIMEOUT = {"57014", "1969", "3024", "1317"}
READ_ONLY = {"25006", "1792"}
AWAY = {"57P01", "57P02", "57P03", "57P05", "53300", "40001", "40P01", "55P03", "08000", "08003", "08006"} | {
    "1040", "1053", "1158", "1159", "1160", "1161", "1203", "1205", "1213", "1226", "1927", "2002", "2003", "2006", "2013", "4031",
}  # fmt: skip
PACKAGES = {
    "psycopg": "psycopg[binary]",
    "pymysql": "pymysql",
    "oracledb": "oracledb",
    "oracle": "oracledb",
    "pyodbc": "pyodbc",
    "mssql": "pyodbc",
    "dm": "dmSQLAlchemy dmPython",
    "dmPython": "dmSQLAlchemy dmPython",
    "MySQLdb": "mysqlclient",
    "psycopg2": "psycopg2-binary",
    "ksycopg2": "ksycopg2",
    "pymssql": "pymssql",
}
_NAMED = (
    r'column "?([^"\s]+)"? does not exist',
    r"no such column: (\S+)",
    r"Unknown column '([^']+)'",
    r'relation "([^"]+)" does not exist',
    r"no such table: (\S+)",
    r"Table '([^']+)' doesn't exist",
    r"Could not decode to UTF-8 column '([^']+)'",
)


class EndedHere(Exception):
    """We ended the statement ourselves: the time limit is over."""


@dataclass(frozen=True)
class Speaker:
    """Says what an error means: ``place`` begins the message, ``where`` is the table or query, ``timeout`` as declared."""

    place: str
    connection: str
    address: str
    where: str
    timeout: str
    seconds: float

    def explain(self, error: BaseException, took: float = 0.0, alive: bool | None = None) -> Problem:
        """The Problem for a driver's error. ``took`` are the seconds since the statement began; ``alive`` says whether the
        database still answers, where the error itself does not tell."""
        cause = getattr(error, "orig", None) or error
        code, text = _code(cause), str(cause)
        if isinstance(error, UnicodeDecodeError) or code == "22021" or "Could not decode to UTF-8" in text:
            what = f"{self.where} holds text that is not UTF-8{_name(text)}."
            return Problem(self.place, what, "ask the source's owner for the text in UTF-8, or leave the column out.")
        if self._timed_out(error, code, text, took):
            return self.too_long()
        for known in (self._refused(code, text), self._away(error, cause, code, text, alive)):
            if known is not None:
                return known
        said = " ".join(part for part in (type(cause).__name__, code) if part)
        what = f"{self.address} refused the query on {self.where} ({said})."
        return Problem(self.place, what, "run the feed's query by hand; correct the feed's source.")

    def too_long(self) -> Problem:
        """The statement's time is over."""
        what = f"reading {self.where} took longer than the source's 'timeout' ({self.timeout}); the query was ended."
        fix = "have the cursor column indexed, read less (a cursor, a narrower query), or raise 'timeout'."
        return Problem(self.place, what, fix)

    def no_driver(self, drivername: str, error: BaseException) -> Problem:
        """The driver's package is not installed."""
        missing = getattr(error, "name", None) or ""
        dialect, _, driver = drivername.partition("+")
        package = next((PACKAGES[one] for one in (missing, driver, dialect) if one in PACKAGES), None)
        named = f" ({missing})" if missing else ""
        fix = f"install it: pip install {package}." if package else "install the database's SQLAlchemy dialect, or correct 'conn_type'."
        return Problem(self.place, f"no driver for '{drivername}' is installed{named}.", fix)

    def not_text(self, column: str, type_: str) -> Problem:
        """A value of a type that has no text."""
        what = f"column '{column}' of {self.where} holds values of the type {type_}, which have no text."
        return Problem(self.place, what, "read a query that turns it into text (such as ST_AsText), or leave the column out.")

    def _timed_out(self, error: BaseException, code: str, text: str, took: float) -> bool:
        if isinstance(error, EndedHere):
            return True
        limit = self.seconds * 0.98
        if code in TIMEOUT - {"1969", "3024"} or text == "interrupted" or (isinstance(error, OSError) and not code):
            return took >= limit
        return code in ("1969", "3024")

    def _refused(self, code: str, text: str) -> Problem | None:
        what: tuple[str, str] | None = None
        if code in LOGIN or "authentication failed" in text:
            what = f"{self.address} refused the login.", f"correct login and password of connection '{self.connection}'."
        elif (code in ("", "2026") and "SSL" in text) or "certificate" in text:
            fix = f"correct the TLS settings in the extra of connection '{self.connection}' (see docs/connectors.md)."
            what = f"{self.address} does not speak TLS as the connection asks for it, or its certificate is not trusted.", fix
        elif code in NO_DATABASE or ("database" in text and "does not exist" in text):
            what = f"{self.address} does not exist.", "correct 'schema' (the database's name) of the connection."
        elif code in NO_RIGHT:
            fix = "ask the database's owner for SELECT on the contract's columns."
            what = f"the login may not read {self.where} in {self.address}.", fix
        elif code in NO_COLUMN or text.startswith("no such column"):
            what = f"{self.where} in {self.address} has no such column{_name(text)}.", "correct the feed's source."
        elif code in NO_TABLE or text.startswith("no such table"):
            what = f"{self.where} in {self.address} reads a table that is not there{_name(text)}.", "correct the feed's source."
        elif code in READ_ONLY or "readonly database" in text:
            fix = "read a table or view that only reads."
            what = f"{self.where} would write into {self.address}; sources are only read, so the database refused the query.", fix
        return Problem(self.place, *what) if what else None

    def _away(self, error: BaseException, cause: Any, code: str, text: str, alive: bool | None) -> Problem | None:
        if code in TIMEOUT or text == "interrupted":
            what = f"{self.address} ended the query on {self.where}: somebody there cancelled it."
            return SourceAway(self.place, what, "pull again later, or ask the database's administrator.")
        lost = isinstance(error, exc.OperationalError | exc.InterfaceError) and not code and "sqlite" not in type(cause).__module__
        if code in AWAY or alive is False or (lost and alive is None):
            what = f"{self.address} cannot be reached or broke off ({' '.join(p for p in (type(cause).__name__, code) if p)})."
            return SourceAway(self.place, what, "check host and port of the connection, and that the database is up.")
        if "database is locked" in text:
            return SourceAway(self.place, f"{self.address} is locked by a program that writes.", "pull again later.")
        return None


def _code(cause: Any) -> str:
    """The number of a MySQL error, else SQLSTATE."""
    first = cause.args[0] if getattr(cause, "args", None) else None
    return str(first) if isinstance(first, int) and first > 1000 else str(getattr(cause, "sqlstate", None) or "")


def _name(text: str) -> str:
    """The table or column that an error names; nothing else of its text is repeated."""
    found = next((match[1] for pattern in _NAMED if (match := re.search(pattern, text))), None)
    return f" ('{found.rstrip('.,:;')}')" if found else ""
