"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_chain',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.Column('head_hash', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_chain')),
    sa.UniqueConstraint('subject', name=op.f('uq_audit_chain_subject'))
    )
    op.create_table('audit_seal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('last_entry_id', sa.Integer(), nullable=False),
    sa.Column('root', sa.String(), nullable=False),
    sa.Column('signature', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_seal'))
    )
    op.create_table('blueprint_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('blueprint_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint_version')),
    sa.UniqueConstraint('blueprint_id', 'version', name=op.f('uq_blueprint_version_blueprint_id_version'))
    )
    op.create_table('case_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_version')),
    sa.UniqueConstraint('case_id', 'version', name=op.f('uq_case_version_case_id_version'))
    )
    op.create_table('indicator_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('scheme_ref', sa.String(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('new_count', sa.Integer(), nullable=False),
    sa.Column('corrected_count', sa.Integer(), nullable=False),
    sa.Column('unchanged_count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_indicator_import')),
    sa.UniqueConstraint('sha256', name=op.f('uq_indicator_import_sha256'))
    )
    op.create_table('item_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('pool', sa.String(), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.Column('retired_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_version')),
    sa.UniqueConstraint('item_id', 'version', name=op.f('uq_item_version_item_id_version'))
    )
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_version_pool'), ['pool'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_version_topic'), ['topic'], unique=False)

    op.create_table('job_claim',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job', sa.String(), nullable=False),
    sa.Column('slot', sa.DateTime(), nullable=False),
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('lease_until', sa.DateTime(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_claim')),
    sa.UniqueConstraint('job', 'slot', name=op.f('uq_job_claim_job_slot'))
    )
    op.create_table('outage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('began_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=False),
    sa.Column('attempt_count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outage'))
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('display_name', sa.String(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('disabled_at', sa.DateTime(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('totp_sealed', sa.String(), nullable=True),
    sa.Column('totp_last_step', sa.Integer(), nullable=True),
    sa.CheckConstraint('email IS NOT NULL OR phone IS NOT NULL', name=op.f('ck_person_reachable')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('email', name=op.f('uq_person_email')),
    sa.UniqueConstraint('phone', name=op.f('uq_person_phone')),
    sa.UniqueConstraint('public_id', name=op.f('uq_person_public_id'))
    )
    op.create_table('prepared_form',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('blueprint_ref', sa.String(), nullable=False),
    sa.Column('form', sa.JSON(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prepared_form'))
    )
    with op.batch_alter_table('prepared_form', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_prepared_form_blueprint_ref'), ['blueprint_ref'], unique=False)

    op.create_table('programme_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_version')),
    sa.UniqueConstraint('programme_id', 'version', name=op.f('uq_programme_version_programme_id_version'))
    )
    op.create_table('provider',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('city', sa.String(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('tier', sa.String(), nullable=False),
    sa.Column('joined_on', sa.Date(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.CheckConstraint("field IN ('mcn', 'belt', 'merchant', 'brand')", name=op.f('ck_provider_field')),
    sa.CheckConstraint("tier IN ('quality', 'core', 'strategic')", name=op.f('ck_provider_tier')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider')),
    sa.UniqueConstraint('code', name=op.f('uq_provider_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_provider_public_id'))
    )
    op.create_table('rate_count',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key_hash', sa.String(), nullable=False),
    sa.Column('window_at', sa.DateTime(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rate_count')),
    sa.UniqueConstraint('key_hash', 'window_at', name=op.f('uq_rate_count_key_hash_window_at'))
    )
    op.create_table('regrade',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('item_ref', sa.String(), nullable=False),
    sa.Column('treatment', sa.String(), nullable=False),
    sa.Column('new_ref', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('proposed_by', sa.String(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('applied_by', sa.String(), nullable=True),
    sa.Column('applied_at', sa.DateTime(), nullable=True),
    sa.Column('reverted_by', sa.String(), nullable=True),
    sa.Column('reverted_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("(treatment = 'rekey') = (new_ref IS NOT NULL)", name=op.f('ck_regrade_rekey_names_version')),
    sa.CheckConstraint("treatment IN ('rekey', 'credit_all', 'drop')", name=op.f('ck_regrade_treatment')),
    sa.CheckConstraint('applied_at IS NULL OR withdrawn_at IS NULL', name=op.f('ck_regrade_one_end')),
    sa.CheckConstraint('applied_by IS NULL OR applied_by <> proposed_by', name=op.f('ck_regrade_two_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_regrade')),
    sa.UniqueConstraint('public_id', name=op.f('uq_regrade_public_id'))
    )
    with op.batch_alter_table('regrade', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_regrade_item_ref'), ['item_ref'], unique=False)
        batch_op.create_index('uq_regrade_standing', ['item_ref'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL AND reverted_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL AND reverted_at IS NULL'))

    op.create_table('scenario_finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('engine_version', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('computed_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_finding'))
    )
    with op.batch_alter_table('scenario_finding', schema=None) as batch_op:
        batch_op.create_index('ix_scenario_finding_content_hash_kind', ['content_hash', 'kind'], unique=False)

    op.create_table('scenario_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scenario_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.Column('retired_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_version')),
    sa.UniqueConstraint('scenario_id', 'version', name=op.f('uq_scenario_version_scenario_id_version'))
    )
    with op.batch_alter_table('scenario_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scenario_version_content_hash'), ['content_hash'], unique=False)

    op.create_table('scheme_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scheme_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scheme_version')),
    sa.UniqueConstraint('scheme_id', 'version', name=op.f('uq_scheme_version_scheme_id_version'))
    )
    op.create_table('server_beat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_server_beat'))
    )
    op.create_table('sign_in_failure',
    sa.Column('account_hash', sa.String(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.Column('wait_until', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('account_hash', name=op.f('pk_sign_in_failure'))
    )
    op.create_table('signing_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kid', sa.String(), nullable=False),
    sa.Column('use', sa.String(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('private_key', sa.String(), nullable=True),
    sa.Column('chain', sa.JSON(), nullable=False),
    sa.Column('not_before', sa.DateTime(), nullable=False),
    sa.Column('not_after', sa.DateTime(), nullable=False),
    sa.Column('retired_at', sa.DateTime(), nullable=True),
    sa.Column('compromised_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("use IN ('root', 'file', 'credential', 'status')", name=op.f('ck_signing_key_use')),
    sa.CheckConstraint('not_after > not_before', name=op.f('ck_signing_key_time_in_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_key')),
    sa.UniqueConstraint('kid', name=op.f('uq_signing_key_kid'))
    )
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.create_index('uq_signing_key_in_service', ['use'], unique=True, sqlite_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'))

    op.create_table('sitting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('programme_id', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('seat_count', sa.Integer(), nullable=False),
    sa.Column('opens_at', sa.DateTime(), nullable=False),
    sa.Column('closes_at', sa.DateTime(), nullable=False),
    sa.Column('ends_at', sa.DateTime(), nullable=False),
    sa.Column('is_practice', sa.Boolean(), nullable=False),
    sa.Column('shows_items', sa.Boolean(), nullable=False),
    sa.Column('access_code', sa.String(), nullable=True),
    sa.Column('planned_by', sa.String(), nullable=False),
    sa.Column('planned_at', sa.DateTime(), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('publish_at', sa.DateTime(), nullable=True),
    sa.Column('release_by', sa.String(), nullable=True),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('opens_at <= closes_at AND closes_at < ends_at', name=op.f('ck_sitting_window_in_order')),
    sa.CheckConstraint('seat_count BETWEEN 1 AND 2000', name=op.f('ck_sitting_seats_in_range')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting')),
    sa.UniqueConstraint('public_id', name=op.f('uq_sitting_public_id'))
    )
    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.create_index('ix_sitting_programme_opens', ['programme_id', 'opens_at'], unique=False)

    op.create_table('accommodation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('time_percent', sa.Integer(), nullable=False),
    sa.Column('break_minutes', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('proposed_by', sa.String(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('approved_by', sa.String(), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.Column('ended_by', sa.String(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('approved_by IS NULL OR approved_by <> proposed_by', name=op.f('ck_accommodation_two_persons')),
    sa.CheckConstraint('break_minutes BETWEEN 0 AND 120', name=op.f('ck_accommodation_break_in_range')),
    sa.CheckConstraint('time_percent > 100 OR break_minutes > 0', name=op.f('ck_accommodation_grants_something')),
    sa.CheckConstraint('time_percent BETWEEN 100 AND 300', name=op.f('ck_accommodation_time_percent_in_range')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_accommodation_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accommodation')),
    sa.UniqueConstraint('public_id', name=op.f('uq_accommodation_public_id'))
    )
    with op.batch_alter_table('accommodation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_accommodation_person_id'), ['person_id'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('exam_code', sa.String(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('programme_ref', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('blueprint_ref', sa.String(), nullable=False),
    sa.Column('form', sa.JSON(), nullable=False),
    sa.Column('cut_fraction', sa.Double(), nullable=False),
    sa.Column('limit_s', sa.Integer(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('writer_epoch', sa.Integer(), nullable=False),
    sa.Column('event_count', sa.Integer(), nullable=False),
    sa.Column('head_hash', sa.String(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('closing', sa.String(), nullable=True),
    sa.Column('score_fraction', sa.Double(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('is_held', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('shows_items', sa.Boolean(), server_default=sa.true(), nullable=False),
    sa.Column('time_percent', sa.Integer(), server_default=sa.text('(100)'), nullable=False),
    sa.Column('break_left_s', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('paused_at', sa.DateTime(), nullable=True),
    sa.Column('notices', sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
    sa.CheckConstraint('(closed_at IS NULL) = (closing IS NULL)', name=op.f('ck_attempt_closed_has_reason')),
    sa.CheckConstraint('break_left_s >= 0', name=op.f('ck_attempt_break_not_negative')),
    sa.CheckConstraint('score_fraction BETWEEN 0 AND 1', name=op.f('ck_attempt_score_is_fraction')),
    sa.CheckConstraint('time_percent BETWEEN 100 AND 300', name=op.f('ck_attempt_time_percent_in_range')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attempt_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt')),
    sa.UniqueConstraint('person_id', 'exam_code', 'ordinal', name=op.f('uq_attempt_person_id_exam_code_ordinal')),
    sa.UniqueConstraint('public_id', name=op.f('uq_attempt_public_id'))
    )
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_due_open', ['due_at', 'closed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempt_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_attempt_open', ['person_id', 'exam_code'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('audit_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('chain_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('details', sa.Text(), nullable=False),
    sa.Column('previous_hash', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['chain_id'], ['audit_chain.id'], name=op.f('fk_audit_entry_chain_id_audit_chain')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('chain_id', 'sequence', name=op.f('uq_audit_entry_chain_id_sequence'))
    )
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_entry_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_entry_at'), ['at'], unique=False)

    op.create_table('enrolment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.String(), nullable=False),
    sa.Column('programme_ref', sa.String(), nullable=False),
    sa.Column('enrolled_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('certified_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('withdrawn_at IS NULL OR certified_at IS NULL', name=op.f('ck_enrolment_one_end')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_enrolment_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolment')),
    sa.UniqueConstraint('public_id', name=op.f('uq_enrolment_public_id'))
    )
    with op.batch_alter_table('enrolment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enrolment_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_enrolment_active', ['person_id', 'programme_id'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL AND certified_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL AND certified_at IS NULL'))

    op.create_table('invigilation_act',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('seat_ids', sa.JSON(), nullable=False),
    sa.Column('is_for_all', sa.Boolean(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_invigilation_act_sitting_id_sitting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invigilation_act')),
    sa.UniqueConstraint('sitting_id', 'key', name=op.f('uq_invigilation_act_sitting_id_key'))
    )
    with op.batch_alter_table('invigilation_act', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invigilation_act_sitting_id'), ['sitting_id'], unique=False)

    op.create_table('legal_identity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('legal_name', sa.String(), nullable=False),
    sa.Column('number_sealed', sa.String(), nullable=False),
    sa.Column('number_hash', sa.String(), nullable=False),
    sa.Column('consent_text', sa.String(), nullable=False),
    sa.Column('collected_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_legal_identity_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_identity')),
    sa.UniqueConstraint('number_hash', name=op.f('uq_legal_identity_number_hash')),
    sa.UniqueConstraint('person_id', name=op.f('uq_legal_identity_person_id'))
    )
    op.create_table('monthly_indicator',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('module_id', sa.String(), nullable=False),
    sa.Column('value_e4', sa.BigInteger(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['indicator_import.id'], name=op.f('fk_monthly_indicator_import_id_indicator_import')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_monthly_indicator_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_monthly_indicator')),
    sa.UniqueConstraint('provider_id', 'month', 'module_id', 'import_id', name=op.f('uq_monthly_indicator_provider_id_month_module_id_import_id'))
    )
    with op.batch_alter_table('monthly_indicator', schema=None) as batch_op:
        batch_op.create_index('ix_monthly_indicator_month', ['month', 'provider_id'], unique=False)

    op.create_table('provider_manager',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_provider_manager_person_id_person')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_manager_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_manager')),
    sa.UniqueConstraint('provider_id', 'person_id', name=op.f('uq_provider_manager_provider_id_person_id'))
    )
    with op.batch_alter_table('provider_manager', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_manager_person_id'), ['person_id'], unique=False)

    op.create_table('role_grant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('granted_at', sa.DateTime(), nullable=False),
    sa.Column('granted_by', sa.String(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_role_grant_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_grant')),
    sa.UniqueConstraint('person_id', 'role', 'granted_at', name=op.f('uq_role_grant_person_id_role_granted_at'))
    )
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_role_grant_person_id'), ['person_id'], unique=False)

    op.create_table('room_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('exam_code', sa.String(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('programme_ref', sa.String(), nullable=False),
    sa.Column('mode', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('scenario_ref', sa.String(), nullable=False),
    sa.Column('engine_version', sa.String(), nullable=False),
    sa.Column('macro_key', sa.LargeBinary(length=8), nullable=False),
    sa.Column('micro_key', sa.LargeBinary(length=8), nullable=False),
    sa.Column('duration_ticks', sa.Integer(), nullable=False),
    sa.Column('cut_score', sa.Double(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('clock_at', sa.DateTime(), nullable=False),
    sa.Column('clock_ms', sa.Integer(), nullable=False),
    sa.Column('clock_speed', sa.Double(), nullable=False),
    sa.Column('is_paused', sa.Boolean(), nullable=False),
    sa.Column('ends_at', sa.DateTime(), nullable=True),
    sa.Column('writer_epoch', sa.Integer(), nullable=False),
    sa.Column('event_count', sa.Integer(), nullable=False),
    sa.Column('head_hash', sa.String(), nullable=False),
    sa.Column('last_tick', sa.Integer(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('closing', sa.String(), nullable=True),
    sa.Column('scored_at', sa.DateTime(), nullable=True),
    sa.Column('score', sa.Double(), nullable=True),
    sa.Column('origin_id', sa.Integer(), nullable=True),
    sa.Column('origin_tick', sa.Integer(), nullable=True),
    sa.Column('snapshot', sa.LargeBinary(), nullable=True),
    sa.Column('snapshot_tick', sa.Integer(), nullable=False),
    sa.CheckConstraint("mode IN ('practice', 'exam')", name=op.f('ck_room_session_mode_known')),
    sa.CheckConstraint('(closed_at IS NULL) = (closing IS NULL)', name=op.f('ck_room_session_closed_has_reason')),
    sa.CheckConstraint('clock_speed > 0', name=op.f('ck_room_session_clock_runs')),
    sa.ForeignKeyConstraint(['origin_id'], ['room_session.id'], name=op.f('fk_room_session_origin_id_room_session')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_room_session_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_session')),
    sa.UniqueConstraint('person_id', 'exam_code', 'ordinal', name=op.f('uq_room_session_person_id_exam_code_ordinal')),
    sa.UniqueConstraint('public_id', name=op.f('uq_room_session_public_id'))
    )
    with op.batch_alter_table('room_session', schema=None) as batch_op:
        batch_op.create_index('ix_room_session_ends_open', ['ends_at', 'closed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_room_session_person_id'), ['person_id'], unique=False)
        batch_op.create_index('ix_room_session_unscored', ['closed_at', 'scored_at'], unique=False)
        batch_op.create_index('uq_room_session_open', ['person_id', 'exam_code'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('staff_invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('invited_at', sa.DateTime(), nullable=False),
    sa.Column('invited_by', sa.String(), nullable=False),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('answer', sa.String(), nullable=True),
    sa.CheckConstraint('(answered_at IS NULL) = (answer IS NULL)', name=op.f('ck_staff_invitation_answer_has_moment')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_staff_invitation_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_invitation')),
    sa.UniqueConstraint('public_id', name=op.f('uq_staff_invitation_public_id'))
    )
    with op.batch_alter_table('staff_invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_invitation_account'), ['account'], unique=False)
        batch_op.create_index('uq_staff_invitation_waiting', ['provider_id', 'account'], unique=True, sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))

    op.create_table('web_session',
    sa.Column('id_hash', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('seen_at', sa.DateTime(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('user_agent', sa.String(), nullable=False),
    sa.Column('second_factor_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_web_session_person_id_person')),
    sa.PrimaryKeyConstraint('id_hash', name=op.f('pk_web_session'))
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_person_id'), ['person_id'], unique=False)

    op.create_table('appeal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=True),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('filed_at', sa.DateTime(), nullable=False),
    sa.Column('answer_due_at', sa.DateTime(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('answer', sa.String(), nullable=True),
    sa.Column('answered_by', sa.String(), nullable=True),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('regrade_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('(answered_at IS NULL) = (answered_by IS NULL)', name=op.f('ck_appeal_answered_by')),
    sa.CheckConstraint('(answered_at IS NULL) = (outcome IS NULL)', name=op.f('ck_appeal_answered_with_outcome')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_appeal_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_appeal_person_id_person')),
    sa.ForeignKeyConstraint(['regrade_id'], ['regrade.id'], name=op.f('fk_appeal_regrade_id_regrade')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeal')),
    sa.UniqueConstraint('public_id', name=op.f('uq_appeal_public_id'))
    )
    with op.batch_alter_table('appeal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appeal_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_appeal_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_appeal_unanswered', ['attempt_id'], unique=True, sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))

    op.create_table('attempt_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('payload', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('previous_hash', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_event_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt_event')),
    sa.UniqueConstraint('attempt_id', 'key', name=op.f('uq_attempt_event_attempt_id_key')),
    sa.UniqueConstraint('attempt_id', 'sequence', name=op.f('uq_attempt_event_attempt_id_sequence'))
    )
    op.create_table('attempt_presence',
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(), nullable=False),
    sa.Column('waiting_count', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_presence_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('attempt_id', name=op.f('pk_attempt_presence'))
    )
    op.create_table('attempt_response',
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('flagged', sa.Boolean(), nullable=False),
    sa.Column('client_sequence', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_response_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('attempt_id', 'position', name=op.f('pk_attempt_response'))
    )
    op.create_table('attempt_score',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('fraction', sa.Double(), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=False),
    sa.Column('credits', sa.JSON(), nullable=False),
    sa.Column('topics', sa.JSON(), nullable=False),
    sa.Column('head_hash', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_score_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt_score'))
    )
    with op.batch_alter_table('attempt_score', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attempt_score_attempt_id'), ['attempt_id'], unique=False)

    op.create_table('decision_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.Column('programme_ref', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('evidence_ids', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_decision_record_enrolment_id_enrolment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_record'))
    )
    with op.batch_alter_table('decision_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_record_enrolment_id'), ['enrolment_id'], unique=False)
        batch_op.create_index('uq_decision_record_passed', ['enrolment_id'], unique=True, sqlite_where=sa.text("verdict = 'passed'"), postgresql_where=sa.text("verdict = 'passed'"))

    op.create_table('employment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('invitation_id', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('ended_by', sa.String(), nullable=True),
    sa.Column('end_reason', sa.String(), nullable=True),
    sa.CheckConstraint('(ended_at IS NULL) = (ended_by IS NULL)', name=op.f('ck_employment_end_has_actor')),
    sa.CheckConstraint('ended_at IS NULL OR ended_at >= started_at', name=op.f('ck_employment_ends_after_start')),
    sa.ForeignKeyConstraint(['invitation_id'], ['staff_invitation.id'], name=op.f('fk_employment_invitation_id_staff_invitation')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_employment_person_id_person')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_employment_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employment')),
    sa.UniqueConstraint('invitation_id', name=op.f('uq_employment_invitation_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_employment_public_id'))
    )
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_employment_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index('uq_employment_running', ['person_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('late_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('client_sequence', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_late_answer_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_late_answer')),
    sa.UniqueConstraint('attempt_id', 'key', name=op.f('uq_late_answer_attempt_id_key'))
    )
    op.create_table('regrade_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('regrade_id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('old_fraction', sa.Double(), nullable=False),
    sa.Column('new_fraction', sa.Double(), nullable=False),
    sa.Column('old_passed', sa.Boolean(), nullable=False),
    sa.Column('new_passed', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_regrade_change_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['regrade_id'], ['regrade.id'], name=op.f('fk_regrade_change_regrade_id_regrade')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_regrade_change')),
    sa.UniqueConstraint('regrade_id', 'attempt_id', 'act', name=op.f('uq_regrade_change_regrade_id_attempt_id_act'))
    )
    with op.batch_alter_table('regrade_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_regrade_change_attempt_id'), ['attempt_id'], unique=False)

    op.create_table('room_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('room_session_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('payload', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('previous_hash', sa.String(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['room_session_id'], ['room_session.id'], name=op.f('fk_room_event_room_session_id_room_session')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_event')),
    sa.UniqueConstraint('room_session_id', 'key', name=op.f('uq_room_event_room_session_id_key')),
    sa.UniqueConstraint('room_session_id', 'sequence', name=op.f('uq_room_event_room_session_id_sequence'))
    )
    op.create_table('room_score',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('room_session_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.Column('curves', sa.JSON(), nullable=False),
    sa.Column('scenario_hash', sa.String(), nullable=False),
    sa.Column('engine_version', sa.String(), nullable=False),
    sa.Column('head_hash', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['room_session_id'], ['room_session.id'], name=op.f('fk_room_score_room_session_id_room_session')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_score'))
    )
    with op.batch_alter_table('room_score', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_score_room_session_id'), ['room_session_id'], unique=False)

    op.create_table('room_share',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('room_session_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['room_session_id'], ['room_session.id'], name=op.f('fk_room_share_room_session_id_room_session')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_share')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_room_share_token_hash'))
    )
    with op.batch_alter_table('room_share', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_share_room_session_id'), ['room_session_id'], unique=False)

    op.create_table('seat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('ticket', sa.String(), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.Column('form', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('booked_at', sa.DateTime(), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(), nullable=True),
    sa.Column('checked_in_at', sa.DateTime(), nullable=True),
    sa.Column('absent_at', sa.DateTime(), nullable=True),
    sa.Column('attempt_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('attempt_id IS NULL OR absent_at IS NULL', name=op.f('ck_seat_present_or_absent')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_seat_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_seat_person_id_person')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_seat_sitting_id_sitting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seat')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_seat_attempt_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_seat_public_id')),
    sa.UniqueConstraint('ticket', name=op.f('uq_seat_ticket'))
    )
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seat_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_seat_number', ['sitting_id', 'number'], unique=True, sqlite_where=sa.text('cancelled_at IS NULL'), postgresql_where=sa.text('cancelled_at IS NULL'))
        batch_op.create_index('uq_seat_person', ['sitting_id', 'person_id'], unique=True, sqlite_where=sa.text('cancelled_at IS NULL'), postgresql_where=sa.text('cancelled_at IS NULL'))

    op.create_table('credential_record',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('correction', sa.Integer(), server_default='0', nullable=False),
    sa.Column('programme_ref', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('snapshot', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('template_version', sa.Integer(), nullable=False),
    sa.Column('verify_base_url', sa.String(), nullable=False),
    sa.Column('issued_at', sa.DateTime(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('status_list', sa.Integer(), nullable=True),
    sa.Column('status_index', sa.Integer(), nullable=True),
    sa.CheckConstraint('correction >= 0', name=op.f('ck_credential_record_correction_counted')),
    sa.CheckConstraint('valid_until >= valid_from', name=op.f('ck_credential_record_validity_in_order')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision_record.id'], name=op.f('fk_credential_record_decision_id_decision_record')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolment.id'], name=op.f('fk_credential_record_enrolment_id_enrolment')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_credential_record_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credential_record')),
    sa.UniqueConstraint('decision_id', 'correction', name=op.f('uq_credential_record_decision_id_correction')),
    sa.UniqueConstraint('enrolment_id', 'correction', name=op.f('uq_credential_record_enrolment_id_correction')),
    sa.UniqueConstraint('number', name=op.f('uq_credential_record_number')),
    sa.UniqueConstraint('status_list', 'status_index', name=op.f('uq_credential_record_status_list_status_index'))
    )
    with op.batch_alter_table('credential_record', schema=None) as batch_op:
        batch_op.create_index('ix_credential_record_person_expires', ['person_id', 'expires_at'], unique=False)

    op.create_table('identity_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('seat_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('document', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['seat_id'], ['seat.id'], name=op.f('fk_identity_check_seat_id_seat')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity_check'))
    )
    with op.batch_alter_table('identity_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_check_seat_id'), ['seat_id'], unique=False)

    op.create_table('room_debrief',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('room_score_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('effects', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['room_score_id'], ['room_score.id'], name=op.f('fk_room_debrief_room_score_id_room_score')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_debrief'))
    )
    with op.batch_alter_table('room_debrief', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_debrief_room_score_id'), ['room_score_id'], unique=False)

    op.create_table('credential_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('credential_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('second_person', sa.String(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('until_at', sa.DateTime(), nullable=True),
    sa.Column('successor_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(kind = 'superseded') = (successor_id IS NOT NULL)", name=op.f('ck_credential_event_successor')),
    sa.CheckConstraint("kind = 'issued' OR (second_person IS NOT NULL AND second_person <> actor)", name=op.f('ck_credential_event_two_persons')),
    sa.CheckConstraint("kind IN ('issued', 'suspended', 'reinstated', 'revoked', 'superseded')", name=op.f('ck_credential_event_kind')),
    sa.CheckConstraint("until_at IS NULL OR kind = 'suspended'", name=op.f('ck_credential_event_until_of_suspension')),
    sa.ForeignKeyConstraint(['credential_id'], ['credential_record.id'], name=op.f('fk_credential_event_credential_id_credential_record')),
    sa.ForeignKeyConstraint(['successor_id'], ['credential_record.id'], name=op.f('fk_credential_event_successor_id_credential_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credential_event'))
    )
    with op.batch_alter_table('credential_event', schema=None) as batch_op:
        batch_op.create_index('ix_credential_event_change', ['id', 'credential_id'], unique=False, sqlite_where=sa.text("kind <> 'issued'"), postgresql_where=sa.text("kind <> 'issued'"))
        batch_op.create_index(batch_op.f('ix_credential_event_credential_id'), ['credential_id'], unique=False)
        batch_op.create_index('uq_credential_event_final', ['credential_id', 'kind'], unique=True, sqlite_where=sa.text("kind IN ('issued', 'revoked', 'superseded')"), postgresql_where=sa.text("kind IN ('issued', 'revoked', 'superseded')"))

    op.create_table('credential_evidence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('credential_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('evidence_id', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['credential_id'], ['credential_record.id'], name=op.f('fk_credential_evidence_credential_id_credential_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credential_evidence')),
    sa.UniqueConstraint('credential_id', 'part', name=op.f('uq_credential_evidence_credential_id_part')),
    sa.UniqueConstraint('evidence_id', name=op.f('uq_credential_evidence_evidence_id'))
    )
    op.create_table('credential_proposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('credential_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('comment', sa.String(), nullable=False),
    sa.Column('until_at', sa.DateTime(), nullable=True),
    sa.Column('corrected_name', sa.String(), nullable=True),
    sa.Column('proposer', sa.String(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('decider', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.CheckConstraint("(act = 'correct') = (corrected_name IS NOT NULL)", name=op.f('ck_credential_proposal_name_of_act')),
    sa.CheckConstraint("act IN ('suspend', 'reinstate', 'revoke', 'correct')", name=op.f('ck_credential_proposal_act')),
    sa.CheckConstraint("outcome IN ('confirmed', 'declined')", name=op.f('ck_credential_proposal_outcome')),
    sa.CheckConstraint('(decided_at IS NULL) = (outcome IS NULL) AND (decided_at IS NULL) = (decider IS NULL)', name=op.f('ck_credential_proposal_decided_whole')),
    sa.ForeignKeyConstraint(['credential_id'], ['credential_record.id'], name=op.f('fk_credential_proposal_credential_id_credential_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credential_proposal')),
    sa.UniqueConstraint('public_id', name=op.f('uq_credential_proposal_public_id'))
    )
    with op.batch_alter_table('credential_proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_credential_proposal_credential_id'), ['credential_id'], unique=False)
        batch_op.create_index('uq_credential_proposal_open', ['credential_id'], unique=True, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))

    op.create_table('pdf_fingerprint',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('credential_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('byte_count', sa.Integer(), nullable=False),
    sa.Column('rendered_at', sa.DateTime(), nullable=False),
    sa.Column('cms', sa.LargeBinary(), nullable=True),
    sa.Column('token', sa.String(), nullable=True),
    sa.Column('file_kid', sa.String(), nullable=True),
    sa.Column('credential_kid', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['credential_id'], ['credential_record.id'], name=op.f('fk_pdf_fingerprint_credential_id_credential_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pdf_fingerprint')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_pdf_fingerprint_credential_id')),
    sa.UniqueConstraint('sha256', name=op.f('uq_pdf_fingerprint_sha256'))
    )
    op.create_table('share_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('credential_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('expires_at > created_at', name=op.f('ck_share_link_time_in_order')),
    sa.ForeignKeyConstraint(['credential_id'], ['credential_record.id'], name=op.f('fk_share_link_credential_id_credential_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share_link')),
    sa.UniqueConstraint('public_id', name=op.f('uq_share_link_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_share_link_token_hash'))
    )
    with op.batch_alter_table('share_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_share_link_credential_id'), ['credential_id'], unique=False)

    op.create_table('share_link_use',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['share_link.id'], name=op.f('fk_share_link_use_link_id_share_link')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share_link_use'))
    )
    with op.batch_alter_table('share_link_use', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_share_link_use_link_id'), ['link_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('share_link_use', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_share_link_use_link_id'))

    op.drop_table('share_link_use')
    with op.batch_alter_table('share_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_share_link_credential_id'))

    op.drop_table('share_link')
    op.drop_table('pdf_fingerprint')
    with op.batch_alter_table('credential_proposal', schema=None) as batch_op:
        batch_op.drop_index('uq_credential_proposal_open', sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_credential_proposal_credential_id'))

    op.drop_table('credential_proposal')
    op.drop_table('credential_evidence')
    with op.batch_alter_table('credential_event', schema=None) as batch_op:
        batch_op.drop_index('uq_credential_event_final', sqlite_where=sa.text("kind IN ('issued', 'revoked', 'superseded')"), postgresql_where=sa.text("kind IN ('issued', 'revoked', 'superseded')"))
        batch_op.drop_index(batch_op.f('ix_credential_event_credential_id'))
        batch_op.drop_index('ix_credential_event_change', sqlite_where=sa.text("kind <> 'issued'"), postgresql_where=sa.text("kind <> 'issued'"))

    op.drop_table('credential_event')
    with op.batch_alter_table('room_debrief', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_debrief_room_score_id'))

    op.drop_table('room_debrief')
    with op.batch_alter_table('identity_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identity_check_seat_id'))

    op.drop_table('identity_check')
    with op.batch_alter_table('credential_record', schema=None) as batch_op:
        batch_op.drop_index('ix_credential_record_person_expires')

    op.drop_table('credential_record')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_index('uq_seat_person', sqlite_where=sa.text('cancelled_at IS NULL'), postgresql_where=sa.text('cancelled_at IS NULL'))
        batch_op.drop_index('uq_seat_number', sqlite_where=sa.text('cancelled_at IS NULL'), postgresql_where=sa.text('cancelled_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_seat_person_id'))

    op.drop_table('seat')
    with op.batch_alter_table('room_share', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_share_room_session_id'))

    op.drop_table('room_share')
    with op.batch_alter_table('room_score', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_score_room_session_id'))

    op.drop_table('room_score')
    op.drop_table('room_event')
    with op.batch_alter_table('regrade_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_regrade_change_attempt_id'))

    op.drop_table('regrade_change')
    op.drop_table('late_answer')
    with op.batch_alter_table('employment', schema=None) as batch_op:
        batch_op.drop_index('uq_employment_running', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_employment_provider_id'))

    op.drop_table('employment')
    with op.batch_alter_table('decision_record', schema=None) as batch_op:
        batch_op.drop_index('uq_decision_record_passed', sqlite_where=sa.text("verdict = 'passed'"), postgresql_where=sa.text("verdict = 'passed'"))
        batch_op.drop_index(batch_op.f('ix_decision_record_enrolment_id'))

    op.drop_table('decision_record')
    with op.batch_alter_table('attempt_score', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attempt_score_attempt_id'))

    op.drop_table('attempt_score')
    op.drop_table('attempt_response')
    op.drop_table('attempt_presence')
    op.drop_table('attempt_event')
    with op.batch_alter_table('appeal', schema=None) as batch_op:
        batch_op.drop_index('uq_appeal_unanswered', sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_appeal_person_id'))
        batch_op.drop_index(batch_op.f('ix_appeal_attempt_id'))

    op.drop_table('appeal')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_person_id'))

    op.drop_table('web_session')
    with op.batch_alter_table('staff_invitation', schema=None) as batch_op:
        batch_op.drop_index('uq_staff_invitation_waiting', sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_staff_invitation_account'))

    op.drop_table('staff_invitation')
    with op.batch_alter_table('room_session', schema=None) as batch_op:
        batch_op.drop_index('uq_room_session_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index('ix_room_session_unscored')
        batch_op.drop_index(batch_op.f('ix_room_session_person_id'))
        batch_op.drop_index('ix_room_session_ends_open')

    op.drop_table('room_session')
    with op.batch_alter_table('role_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_role_grant_person_id'))

    op.drop_table('role_grant')
    with op.batch_alter_table('provider_manager', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provider_manager_person_id'))

    op.drop_table('provider_manager')
    with op.batch_alter_table('monthly_indicator', schema=None) as batch_op:
        batch_op.drop_index('ix_monthly_indicator_month')

    op.drop_table('monthly_indicator')
    op.drop_table('legal_identity')
    with op.batch_alter_table('invigilation_act', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invigilation_act_sitting_id'))

    op.drop_table('invigilation_act')
    with op.batch_alter_table('enrolment', schema=None) as batch_op:
        batch_op.drop_index('uq_enrolment_active', sqlite_where=sa.text('withdrawn_at IS NULL AND certified_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL AND certified_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_enrolment_person_id'))

    op.drop_table('enrolment')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_entry_at'))
        batch_op.drop_index(batch_op.f('ix_audit_entry_action'))

    op.drop_table('audit_entry')
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('uq_attempt_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_attempt_person_id'))
        batch_op.drop_index('ix_attempt_due_open')

    op.drop_table('attempt')
    with op.batch_alter_table('accommodation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_accommodation_person_id'))

    op.drop_table('accommodation')
    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.drop_index('ix_sitting_programme_opens')

    op.drop_table('sitting')
    with op.batch_alter_table('signing_key', schema=None) as batch_op:
        batch_op.drop_index('uq_signing_key_in_service', sqlite_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'))

    op.drop_table('signing_key')
    op.drop_table('sign_in_failure')
    op.drop_table('server_beat')
    op.drop_table('scheme_version')
    with op.batch_alter_table('scenario_version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scenario_version_content_hash'))

    op.drop_table('scenario_version')
    with op.batch_alter_table('scenario_finding', schema=None) as batch_op:
        batch_op.drop_index('ix_scenario_finding_content_hash_kind')

    op.drop_table('scenario_finding')
    with op.batch_alter_table('regrade', schema=None) as batch_op:
        batch_op.drop_index('uq_regrade_standing', sqlite_where=sa.text('withdrawn_at IS NULL AND reverted_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL AND reverted_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_regrade_item_ref'))

    op.drop_table('regrade')
    op.drop_table('rate_count')
    op.drop_table('provider')
    op.drop_table('programme_version')
    with op.batch_alter_table('prepared_form', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_prepared_form_blueprint_ref'))

    op.drop_table('prepared_form')
    op.drop_table('person')
    op.drop_table('outage')
    op.drop_table('job_claim')
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_version_topic'))
        batch_op.drop_index(batch_op.f('ix_item_version_pool'))

    op.drop_table('item_version')
    op.drop_table('indicator_import')
    op.drop_table('case_version')
    op.drop_table('blueprint_version')
    op.drop_table('audit_seal')
    op.drop_table('audit_chain')
