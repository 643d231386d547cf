"""Run migrations on the application's own write engine, each in one transaction."""

from alembic import context
from flask import current_app

from app.core.db import Base, UtcDateTime


def render_item(kind, value, autogen_context):
    """Write our types as plain ones: a migration imports no model and no application code."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime()"
    return False


def run_migrations() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
