"""What an account may do beyond reading: a source's account should be able to do nothing else."""

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection

from connectors.sql.database import MYSQL

WRITES = ("INSERT", "UPDATE", "DELETE")
_POSTGRES_SUPER = sa.text("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")
_POSTGRES_TABLE = sa.text("""
    SELECT has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'UPDATE'), has_table_privilege(c.oid, 'DELETE')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = :name AND c.relkind IN ('r', 'p', 'v', 'f')
      AND CASE WHEN CAST(:schema AS text) IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = :schema END""")
_MYSQL_RIGHTS = sa.text(
    """
    SELECT privilege_type FROM information_schema.user_privileges WHERE grantee = {who}
    UNION ALL SELECT privilege_type FROM information_schema.schema_privileges
    WHERE grantee = {who} AND coalesce(:schema, database()) LIKE table_schema
    UNION ALL SELECT privilege_type FROM information_schema.table_privileges
    WHERE grantee = {who} AND table_schema = coalesce(:schema, database()) AND table_name = :name
""".replace("{who}", "concat('''', replace(current_user(), '@', '''@'''), '''')")
)


def writing_rights(connection: Connection, tables: list[tuple[str | None, str]]) -> list[str]:
    """What the login could do to the tables (schema, name) beside reading them, in words; empty where nothing, or unknown."""
    found: list[str] = []
    try:
        if connection.dialect.name == "postgresql":
            if connection.execute(_POSTGRES_SUPER).scalar():
                return ["is a superuser"]
            found = [_may(name, _postgres(connection, schema, name)) for schema, name in tables]
        elif connection.dialect.name in MYSQL:
            found = [_may(name, _mysql(connection, schema, name)) for schema, name in tables]
    except exc.SQLAlchemyError:
        return []  # a database that does not tell; the transaction is read-only all the same
    return [said for said in found if said]


def _postgres(connection: Connection, schema: str | None, name: str) -> list[str]:
    row = connection.execute(_POSTGRES_TABLE, {"schema": schema, "name": name}).first()
    return [verb for verb, may in zip(WRITES, row or (), strict=False) if may]


def _mysql(connection: Connection, schema: str | None, name: str) -> list[str]:
    held = set(connection.execute(_MYSQL_RIGHTS, {"schema": schema, "name": name}).scalars().all())
    return [verb for verb in WRITES if verb in held]


def _may(name: str, verbs: list[str]) -> str:
    return f"may {', '.join(verbs)} in {name}" if verbs else ""
