"""Tables whose rows are facts: the database itself refuses to change or delete them."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import DDL, Table, event

from app.core.db import Base

Model = TypeVar("Model", bound=type[Base])

SQLITE = """
CREATE TRIGGER {table}_no_{act} BEFORE {ACT} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"""

POSTGRESQL = """
CREATE TRIGGER {table}_no_{act} BEFORE {ACT} ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()"""

APPEND_ONLY: list[str] = []
"""Names of these tables; a test checks that the migrations guard each of them."""


def append_only(model: Model) -> Model:
    """Guard a model's table by triggers, wherever its tables are created."""
    table: Table = model.__table__  # type: ignore[assignment]
    APPEND_ONLY.append(table.name)
    event.listen(table, "after_create", _on(POSTGRESQL_FUNCTION, "postgresql"))
    for act in ("update", "delete"):
        names = {"table": table.name, "act": act, "ACT": act.upper()}
        for dialect, text in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
            event.listen(table, "after_create", _on(text.format(**names), dialect))
    return model


def _on(statement: str, dialect: str) -> DDL:
    ddl: DDL = DDL(statement)  # type: ignore[no-untyped-call]
    return ddl.execute_if(dialect=dialect)
