"""guard facts: the database refuses to change or delete them"""

from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

TABLES = (
    "attempt_event",
    "attempt_score",
    "audit_entry",
    "audit_seal",
    "credential_event",
    "credential_evidence",
    "credential_record",
    "decision_record",
    "identity_check",
    "invigilation_act",
    "late_answer",
    "monthly_indicator",
    "outage",
    "pdf_fingerprint",
    "regrade_change",
    "room_debrief",
    "room_event",
    "room_score",
    "scenario_finding",
    "share_link_use",
)

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.get_bind().exec_driver_sql(FUNCTION.replace("%", "%%"))
    for table in TABLES:
        for act in ("update", "delete"):
            head = f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            if postgresql:
                op.execute(head + "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            else:
                op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{act}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION refuse_change()")
