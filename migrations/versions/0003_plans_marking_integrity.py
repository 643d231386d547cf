"""plans marking integrity"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


GUARDED = ("integrity_view", "mark", "marker_act", "settlement",)


def upgrade() -> None:
    op.create_table('control_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('rubric_ref', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('points', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('proposed_by', sa.String(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('confirmed_by', sa.String(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(), nullable=True),
    sa.Column('retired_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(confirmed_at IS NULL) = (confirmed_by IS NULL)', name=op.f('ck_control_answer_confirmed')),
    sa.CheckConstraint('confirmed_by IS NULL OR confirmed_by <> proposed_by', name=op.f('ck_control_answer_two_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_control_answer')),
    sa.UniqueConstraint('public_id', name=op.f('uq_control_answer_public_id'))
    )
    with op.batch_alter_table('control_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_control_answer_rubric_ref'), ['rubric_ref'], unique=False)

    op.create_table('marker_act',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('marker_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['marker_id'], ['person.id'], name=op.f('fk_marker_act_marker_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marker_act'))
    )
    with op.batch_alter_table('marker_act', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_marker_act_marker_id'), ['marker_id'], unique=False)

    op.create_table('tutorial_progress',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.Column('finished_at', sa.DateTime(), nullable=True),
    sa.Column('skipped_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_tutorial_progress_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tutorial_progress')),
    sa.UniqueConstraint('person_id', name=op.f('uq_tutorial_progress_person_id'))
    )
    op.create_table('integrity_case',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('exam_code', sa.String(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('opened_by', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('statement', sa.Text(), nullable=True),
    sa.Column('stated_at', sa.DateTime(), nullable=True),
    sa.Column('finding', sa.String(), nullable=True),
    sa.Column('finding_reason', sa.Text(), nullable=True),
    sa.Column('proposed_by', sa.String(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(), nullable=True),
    sa.Column('confirmed_by', sa.String(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("finding IN ('no_concern', 'concern')", name=op.f('ck_integrity_case_finding_known')),
    sa.CheckConstraint('(finding IS NULL) = (proposed_by IS NULL)', name=op.f('ck_integrity_case_finding_has_author')),
    sa.CheckConstraint('confirmed_by IS NULL OR confirmed_by <> proposed_by', name=op.f('ck_integrity_case_two_persons')),
    sa.CheckConstraint('confirmed_by IS NULL OR finding IS NOT NULL', name=op.f('ck_integrity_case_confirms_something')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_integrity_case_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_integrity_case')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_integrity_case_attempt_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_integrity_case_public_id'))
    )
    with op.batch_alter_table('integrity_case', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_integrity_case_exam_code'), ['exam_code'], unique=False)

    op.create_table('late_admission',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('late_answer_ids', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('proposed_by', sa.String(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('is_admitted', sa.Boolean(), nullable=True),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(decided_at IS NULL) = (is_admitted IS NULL)', name=op.f('ck_late_admission_decided')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_late_admission_two_persons')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_late_admission_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_late_admission')),
    sa.UniqueConstraint('public_id', name=op.f('uq_late_admission_public_id'))
    )
    with op.batch_alter_table('late_admission', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_late_admission_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index('uq_late_admission_open', ['attempt_id'], unique=True, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))

    op.create_table('marking_task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=True),
    sa.Column('room_session_id', sa.Integer(), nullable=True),
    sa.Column('part', sa.String(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('rubric_ref', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('wanted', sa.Integer(), nullable=False),
    sa.Column('settled_at', sa.DateTime(), nullable=True),
    sa.Column('credit', sa.Double(), nullable=True),
    sa.CheckConstraint('(attempt_id IS NULL) <> (room_session_id IS NULL)', name=op.f('ck_marking_task_one_source')),
    sa.CheckConstraint('(attempt_id IS NULL) = (position IS NULL)', name=op.f('ck_marking_task_attempt_position')),
    sa.CheckConstraint('(room_session_id IS NULL) = (part IS NULL)', name=op.f('ck_marking_task_room_part')),
    sa.CheckConstraint('(settled_at IS NULL) = (credit IS NULL)', name=op.f('ck_marking_task_settled_with_credit')),
    sa.CheckConstraint('credit BETWEEN 0 AND 1', name=op.f('ck_marking_task_credit_is_fraction')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_marking_task_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_marking_task_person_id_person')),
    sa.ForeignKeyConstraint(['room_session_id'], ['room_session.id'], name=op.f('fk_marking_task_room_session_id_room_session')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marking_task')),
    sa.UniqueConstraint('attempt_id', 'position', name=op.f('uq_marking_task_attempt_id_position')),
    sa.UniqueConstraint('public_id', name=op.f('uq_marking_task_public_id')),
    sa.UniqueConstraint('room_session_id', 'part', name=op.f('uq_marking_task_room_session_id_part'))
    )
    with op.batch_alter_table('marking_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_marking_task_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_marking_task_rubric_ref'), ['rubric_ref'], unique=False)
        batch_op.create_index('ix_marking_task_waiting', ['settled_at', 'due_at'], unique=False)

    op.create_table('integrity_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('viewer', sa.String(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['integrity_case.id'], name=op.f('fk_integrity_view_case_id_integrity_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_integrity_view'))
    )
    with op.batch_alter_table('integrity_view', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_integrity_view_case_id'), ['case_id'], unique=False)

    op.create_table('marking_sheet',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('control_id', sa.Integer(), nullable=True),
    sa.Column('marker_id', sa.Integer(), nullable=False),
    sa.Column('rubric_ref', sa.String(), nullable=False),
    sa.Column('dealt_at', sa.DateTime(), nullable=False),
    sa.Column('lease_until', sa.DateTime(), nullable=False),
    sa.Column('draft', sa.JSON(), nullable=False),
    sa.Column('draft_comment', sa.Text(), nullable=False),
    sa.Column('draft_sequence', sa.Integer(), nullable=False),
    sa.Column('ending', sa.String(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('skip_reason', sa.String(), nullable=True),
    sa.CheckConstraint('(ended_at IS NULL) = (ending IS NULL)', name=op.f('ck_marking_sheet_ended_with_reason')),
    sa.CheckConstraint('(task_id IS NULL) <> (control_id IS NULL)', name=op.f('ck_marking_sheet_one_source')),
    sa.ForeignKeyConstraint(['control_id'], ['control_answer.id'], name=op.f('fk_marking_sheet_control_id_control_answer')),
    sa.ForeignKeyConstraint(['marker_id'], ['person.id'], name=op.f('fk_marking_sheet_marker_id_person')),
    sa.ForeignKeyConstraint(['task_id'], ['marking_task.id'], name=op.f('fk_marking_sheet_task_id_marking_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marking_sheet')),
    sa.UniqueConstraint('public_id', name=op.f('uq_marking_sheet_public_id'))
    )
    with op.batch_alter_table('marking_sheet', schema=None) as batch_op:
        batch_op.create_index('ix_marking_sheet_lease', ['ending', 'lease_until'], unique=False)
        batch_op.create_index(batch_op.f('ix_marking_sheet_marker_id'), ['marker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_marking_sheet_task_id'), ['task_id'], unique=False)
        batch_op.create_index('uq_marking_sheet_control', ['control_id', 'marker_id'], unique=True, sqlite_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"), postgresql_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"))
        batch_op.create_index('uq_marking_sheet_open', ['marker_id'], unique=True, sqlite_where=sa.text('ending IS NULL'), postgresql_where=sa.text('ending IS NULL'))
        batch_op.create_index('uq_marking_sheet_task', ['task_id', 'marker_id'], unique=True, sqlite_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"), postgresql_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"))

    op.create_table('settlement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['marking_task.id'], name=op.f('fk_settlement_task_id_marking_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settlement')),
    sa.UniqueConstraint('task_id', name=op.f('uq_settlement_task_id'))
    )
    op.create_table('mark',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sheet_id', sa.Integer(), nullable=False),
    sa.Column('points', sa.JSON(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['sheet_id'], ['marking_sheet.id'], name=op.f('fk_mark_sheet_id_marking_sheet')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mark')),
    sa.UniqueConstraint('sheet_id', name=op.f('uq_mark_sheet_id'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('awaits_marks', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('is_on_break', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('sections', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('section_at', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('open_from', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('open_to', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('section_due_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('safe_browser', sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table('room_debrief', schema=None) as batch_op:
        batch_op.add_column(sa.Column('findings', sa.JSON(), nullable=True))

    with op.batch_alter_table('room_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_held', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('plan_due_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('planned_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('plan', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('plan_draft', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('diagnosis', sa.Text(), nullable=True))
        batch_op.create_index('ix_room_session_plan_due', ['plan_due_at', 'planned_at'], unique=False)

    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.add_column(sa.Column('blueprint_ref', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('safe_browser', sa.JSON(none_as_null=True), nullable=True))

    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in GUARDED:
        for act in ("update", "delete"):
            head = f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            if postgresql:
                op.execute(head + "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            else:
                op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")


def downgrade() -> None:
    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.drop_column('safe_browser')
        batch_op.drop_column('blueprint_ref')

    with op.batch_alter_table('room_session', schema=None) as batch_op:
        batch_op.drop_index('ix_room_session_plan_due')
        batch_op.drop_column('diagnosis')
        batch_op.drop_column('plan_draft')
        batch_op.drop_column('plan')
        batch_op.drop_column('planned_at')
        batch_op.drop_column('plan_due_at')
        batch_op.drop_column('is_held')

    with op.batch_alter_table('room_debrief', schema=None) as batch_op:
        batch_op.drop_column('findings')

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_column('safe_browser')
        batch_op.drop_column('section_due_at')
        batch_op.drop_column('open_to')
        batch_op.drop_column('open_from')
        batch_op.drop_column('section_at')
        batch_op.drop_column('sections')
        batch_op.drop_column('is_on_break')
        batch_op.drop_column('awaits_marks')

    op.drop_table('mark')
    op.drop_table('settlement')
    with op.batch_alter_table('marking_sheet', schema=None) as batch_op:
        batch_op.drop_index('uq_marking_sheet_task', sqlite_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"), postgresql_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"))
        batch_op.drop_index('uq_marking_sheet_open', sqlite_where=sa.text('ending IS NULL'), postgresql_where=sa.text('ending IS NULL'))
        batch_op.drop_index('uq_marking_sheet_control', sqlite_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"), postgresql_where=sa.text("ending IS NULL OR ending IN ('marked', 'skipped', 'voided')"))
        batch_op.drop_index(batch_op.f('ix_marking_sheet_task_id'))
        batch_op.drop_index(batch_op.f('ix_marking_sheet_marker_id'))
        batch_op.drop_index('ix_marking_sheet_lease')

    op.drop_table('marking_sheet')
    with op.batch_alter_table('integrity_view', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_integrity_view_case_id'))

    op.drop_table('integrity_view')
    with op.batch_alter_table('marking_task', schema=None) as batch_op:
        batch_op.drop_index('ix_marking_task_waiting')
        batch_op.drop_index(batch_op.f('ix_marking_task_rubric_ref'))
        batch_op.drop_index(batch_op.f('ix_marking_task_person_id'))

    op.drop_table('marking_task')
    with op.batch_alter_table('late_admission', schema=None) as batch_op:
        batch_op.drop_index('uq_late_admission_open', sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_late_admission_attempt_id'))

    op.drop_table('late_admission')
    with op.batch_alter_table('integrity_case', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_integrity_case_exam_code'))

    op.drop_table('integrity_case')
    op.drop_table('tutorial_progress')
    with op.batch_alter_table('marker_act', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_marker_act_marker_id'))

    op.drop_table('marker_act')
    with op.batch_alter_table('control_answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_control_answer_rubric_ref'))

    op.drop_table('control_answer')
