"""authoring, standard setting, programmes, credentials' services"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


GUARDED = ("approved_cut", "attempt_signal", "item_draft_comment", "item_draft_fact", "law_check", "law_entry", "programme_draft_event", "room_text_credit", "standard_agreement", "standard_bounds", "standard_comment", "standard_decision", "standard_definition", "standard_exclusion", "standard_minutes", "standard_rating", "standard_signature",)


def upgrade() -> None:
    op.create_table('approved_cut',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.String(), nullable=False),
    sa.Column('blueprint_ref', sa.String(), nullable=False),
    sa.Column('cut_fraction', sa.Double(), nullable=False),
    sa.Column('standard_error', sa.Double(), nullable=False),
    sa.Column('minutes_hash', sa.String(), nullable=False),
    sa.Column('approved_by', sa.String(), nullable=False),
    sa.Column('approved_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('cut_fraction BETWEEN 0 AND 1', name=op.f('ck_approved_cut_cut_is_fraction')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approved_cut')),
    sa.UniqueConstraint('session_id', name=op.f('uq_approved_cut_session_id'))
    )
    with op.batch_alter_table('approved_cut', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approved_cut_blueprint_ref'), ['blueprint_ref'], unique=False)

    op.create_table('item_tag',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.String(), nullable=False),
    sa.Column('tag', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_tag')),
    sa.UniqueConstraint('item_id', 'tag', name=op.f('uq_item_tag_item_id_tag'))
    )
    with op.batch_alter_table('item_tag', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_tag_tag'), ['tag'], unique=False)

    op.create_table('law_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('law_id', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_law_entry')),
    sa.UniqueConstraint('law_id', 'number', name=op.f('uq_law_entry_law_id_number'))
    )
    op.create_table('programme_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('programme_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('proposer', sa.String(), nullable=True),
    sa.Column('approver', sa.String(), nullable=True),
    sa.CheckConstraint("(state = 'published') = (approver IS NOT NULL)", name=op.f('ck_programme_draft_approved')),
    sa.CheckConstraint("state IN ('draft', 'proposed', 'published', 'discarded')", name=op.f('ck_programme_draft_state')),
    sa.CheckConstraint('approver IS NULL OR approver <> proposer', name=op.f('ck_programme_draft_two_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_draft')),
    sa.UniqueConstraint('public_id', name=op.f('uq_programme_draft_public_id'))
    )
    with op.batch_alter_table('programme_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_draft_programme_id'), ['programme_id'], unique=False)
        batch_op.create_index('uq_programme_draft_open', ['programme_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'proposed')"), postgresql_where=sa.text("state IN ('draft', 'proposed')"))

    op.create_table('scan_signing_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kid', sa.String(), nullable=False),
    sa.Column('use', sa.String(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('private_key', sa.String(), nullable=False),
    sa.Column('not_before', sa.DateTime(), nullable=False),
    sa.Column('not_after', sa.DateTime(), nullable=False),
    sa.Column('retired_at', sa.DateTime(), nullable=True),
    sa.Column('compromised_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("use = 'scan'", name=op.f('ck_scan_signing_key_use')),
    sa.CheckConstraint('not_after > not_before', name=op.f('ck_scan_signing_key_time_in_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan_signing_key')),
    sa.UniqueConstraint('kid', name=op.f('uq_scan_signing_key_kid'))
    )
    with op.batch_alter_table('scan_signing_key', schema=None) as batch_op:
        batch_op.create_index('uq_scan_signing_key_in_service', ['use'], unique=True, sqlite_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'))

    op.create_table('api_call',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('request_hash', sa.String(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_api_call_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_call')),
    sa.UniqueConstraint('provider_id', 'key', name=op.f('uq_api_call_provider_id_key'))
    )
    with op.batch_alter_table('api_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_call_at'), ['at'], unique=False)

    op.create_table('api_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('beginning', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_api_token_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('public_id', name=op.f('uq_api_token_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_api_token_token_hash'))
    )
    with op.batch_alter_table('api_token', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_token_provider_id'), ['provider_id'], unique=False)

    op.create_table('bank_export_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('format', sa.String(), nullable=False),
    sa.Column('item_refs', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('requester_id', sa.Integer(), nullable=False),
    sa.Column('requested_at', sa.DateTime(), nullable=False),
    sa.Column('decider_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('downloaded_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(decided_at IS NULL) = (outcome IS NULL)', name=op.f('ck_bank_export_request_decided_has_outcome')),
    sa.CheckConstraint('decider_id <> requester_id', name=op.f('ck_bank_export_request_two_persons')),
    sa.ForeignKeyConstraint(['decider_id'], ['person.id'], name=op.f('fk_bank_export_request_decider_id_person')),
    sa.ForeignKeyConstraint(['requester_id'], ['person.id'], name=op.f('fk_bank_export_request_requester_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_export_request')),
    sa.UniqueConstraint('public_id', name=op.f('uq_bank_export_request_public_id'))
    )
    op.create_table('bank_import_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('format', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('entries', sa.JSON(), nullable=False),
    sa.Column('read_at', sa.DateTime(), nullable=False),
    sa.Column('taken_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_bank_import_batch_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_import_batch')),
    sa.UniqueConstraint('public_id', name=op.f('uq_bank_import_batch_public_id'))
    )
    op.create_table('bank_saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('query', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_bank_saved_view_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_saved_view')),
    sa.UniqueConstraint('person_id', 'name', name=op.f('uq_bank_saved_view_person_id_name'))
    )
    op.create_table('check_list',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('done_count', sa.Integer(), nullable=False),
    sa.Column('uploaded_by', sa.String(), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(), nullable=False),
    sa.Column('finished_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('done_count BETWEEN 0 AND row_count', name=op.f('ck_check_list_progress')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_check_list_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_list')),
    sa.UniqueConstraint('public_id', name=op.f('uq_check_list_public_id'))
    )
    with op.batch_alter_table('check_list', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_check_list_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index('ix_check_list_unfinished', ['id'], unique=False, sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_check_list_uploaded_at'), ['uploaded_at'], unique=False)

    op.create_table('check_quota',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('pair_count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_check_quota_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_quota')),
    sa.UniqueConstraint('provider_id', 'day', name=op.f('uq_check_quota_provider_id_day'))
    )
    op.create_table('directory_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('region', sa.String(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('is_available', sa.Boolean(), nullable=False),
    sa.Column('shows_provider', sa.Boolean(), nullable=False),
    sa.Column('is_indexable', sa.Boolean(), nullable=False),
    sa.Column('introduction', sa.String(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('consent_version', sa.Integer(), nullable=False),
    sa.Column('consented_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('length(introduction) <= 200', name=op.f('ck_directory_entry_introduction_short')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_directory_entry_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_directory_entry')),
    sa.UniqueConstraint('person_id', name=op.f('uq_directory_entry_person_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_directory_entry_public_id'))
    )
    with op.batch_alter_table('directory_entry', schema=None) as batch_op:
        batch_op.create_index('ix_directory_entry_region', ['region', 'place'], unique=False)

    op.create_table('evidence_claim',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('amount', sa.Double(), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('enterer', sa.String(), nullable=False),
    sa.Column('entered_at', sa.DateTime(), nullable=False),
    sa.Column('decider', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.CheckConstraint("kind IN ('sessions', 'training', 'contest')", name=op.f('ck_evidence_claim_kind')),
    sa.CheckConstraint("outcome IN ('confirmed', 'declined')", name=op.f('ck_evidence_claim_outcome')),
    sa.CheckConstraint("outcome IS NULL OR outcome <> 'confirmed' OR decider <> enterer", name=op.f('ck_evidence_claim_two_persons')),
    sa.CheckConstraint('(decided_at IS NULL) = (outcome IS NULL) AND (decided_at IS NULL) = (decider IS NULL)', name=op.f('ck_evidence_claim_decided_whole')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_evidence_claim_amount')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_evidence_claim_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence_claim')),
    sa.UniqueConstraint('public_id', name=op.f('uq_evidence_claim_public_id'))
    )
    with op.batch_alter_table('evidence_claim', schema=None) as batch_op:
        batch_op.create_index('uq_evidence_claim_standing', ['person_id', 'kind', 'happened_on', 'title'], unique=True, sqlite_where=sa.text("outcome IS NULL OR outcome = 'confirmed'"), postgresql_where=sa.text("outcome IS NULL OR outcome = 'confirmed'"))

    op.create_table('item_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('item_id', sa.String(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('base_version', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('sheet', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('stem', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('revision >= 1', name=op.f('ck_item_draft_revision_counts')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_item_draft_author_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_draft')),
    sa.UniqueConstraint('public_id', name=op.f('uq_item_draft_public_id'))
    )
    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_draft_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_draft_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_draft_stage'), ['stage'], unique=False)
        batch_op.create_index('uq_item_draft_open', ['item_id'], unique=True, sqlite_where=sa.text("stage IN ('draft', 'review', 'accepted', 'pilot')"), postgresql_where=sa.text("stage IN ('draft', 'review', 'accepted', 'pilot')"))

    op.create_table('law_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('law_id', sa.String(), nullable=False),
    sa.Column('entry_number', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_law_check_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_law_check'))
    )
    with op.batch_alter_table('law_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_law_check_law_id'), ['law_id'], unique=False)

    op.create_table('programme_draft_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('comment', sa.String(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.CheckConstraint("kind IN ('opened', 'edited', 'cut', 'proposed', 'returned', 'published', 'discarded')", name=op.f('ck_programme_draft_event_kind')),
    sa.ForeignKeyConstraint(['draft_id'], ['programme_draft.id'], name=op.f('fk_programme_draft_event_draft_id_programme_draft')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_draft_event'))
    )
    with op.batch_alter_table('programme_draft_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_draft_event_draft_id'), ['draft_id'], unique=False)

    op.create_table('reader_interest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('declared_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("kind IN ('topic', 'person', 'provider')", name=op.f('ck_reader_interest_kind_known')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_reader_interest_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reader_interest')),
    sa.UniqueConstraint('public_id', name=op.f('uq_reader_interest_public_id'))
    )
    with op.batch_alter_table('reader_interest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reader_interest_person_id'), ['person_id'], unique=False)

    op.create_table('standard_meeting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('blueprint_ref', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('method', sa.String(), nullable=False),
    sa.Column('item_refs', sa.JSON(), nullable=False),
    sa.Column('training_refs', sa.JSON(), nullable=False),
    sa.Column('coordinator_id', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('facilities', sa.JSON(), nullable=False),
    sa.Column('cohort', sa.JSON(), nullable=False),
    sa.Column('convened_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("method IN ('angoff', 'ebel')", name=op.f('ck_standard_meeting_method')),
    sa.CheckConstraint("stage IN ('preparing', 'rating', 'discussing', 'bounds', 'signing', 'signed', 'approved', 'declined', 'abandoned')", name=op.f('ck_standard_meeting_stage')),
    sa.CheckConstraint('round BETWEEN 0 AND 3', name=op.f('ck_standard_meeting_round')),
    sa.ForeignKeyConstraint(['coordinator_id'], ['person.id'], name=op.f('fk_standard_meeting_coordinator_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_meeting')),
    sa.UniqueConstraint('public_id', name=op.f('uq_standard_meeting_public_id'))
    )
    with op.batch_alter_table('standard_meeting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_standard_meeting_blueprint_ref'), ['blueprint_ref'], unique=False)
        batch_op.create_index(batch_op.f('ix_standard_meeting_coordinator_id'), ['coordinator_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_standard_meeting_stage'), ['stage'], unique=False)

    op.create_table('webhook_endpoint',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('secret', sa.String(), nullable=False),
    sa.Column('old_secret', sa.String(), nullable=True),
    sa.Column('old_secret_until', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(old_secret IS NULL) = (old_secret_until IS NULL)', name=op.f('ck_webhook_endpoint_old_secret_has_end')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_webhook_endpoint_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_endpoint')),
    sa.UniqueConstraint('public_id', name=op.f('uq_webhook_endpoint_public_id'))
    )
    with op.batch_alter_table('webhook_endpoint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_webhook_endpoint_provider_id'), ['provider_id'], unique=False)

    op.create_table('attempt_signal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('seconds', sa.Double(), nullable=True),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('device', sa.String(), nullable=True),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('user_agent', sa.String(), nullable=True),
    sa.CheckConstraint("kind IN ('left', 'room', 'offline', 'opened', 'moved')", name=op.f('ck_attempt_signal_kind_known')),
    sa.CheckConstraint('seconds >= 0', name=op.f('ck_attempt_signal_seconds_not_negative')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_signal_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt_signal')),
    sa.UniqueConstraint('attempt_id', 'key', name=op.f('uq_attempt_signal_attempt_id_key'))
    )
    op.create_table('check_list_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('list_id', sa.Integer(), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('typed_number', sa.String(), nullable=False),
    sa.Column('typed_name', sa.String(), nullable=False),
    sa.Column('is_repeated', sa.Boolean(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=True),
    sa.Column('number', sa.String(), nullable=True),
    sa.Column('level', sa.String(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['list_id'], ['check_list.id'], name=op.f('fk_check_list_row_list_id_check_list')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_list_row')),
    sa.UniqueConstraint('list_id', 'row', name=op.f('uq_check_list_row_list_id_row'))
    )
    with op.batch_alter_table('check_list_row', schema=None) as batch_op:
        batch_op.create_index('ix_check_list_row_unjudged', ['list_id', 'row'], unique=False, sqlite_where=sa.text('verdict IS NULL'), postgresql_where=sa.text('verdict IS NULL'))

    op.create_table('item_draft_comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('quote', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('answers_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['answers_id'], ['item_draft_comment.id'], name=op.f('fk_item_draft_comment_answers_id_item_draft_comment')),
    sa.ForeignKeyConstraint(['draft_id'], ['item_draft.id'], name=op.f('fk_item_draft_comment_draft_id_item_draft')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_item_draft_comment_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_draft_comment'))
    )
    with op.batch_alter_table('item_draft_comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_draft_comment_answers_id'), ['answers_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_draft_comment_draft_id'), ['draft_id'], unique=False)

    op.create_table('item_draft_fact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['item_draft.id'], name=op.f('fk_item_draft_fact_draft_id_item_draft')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_item_draft_fact_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_draft_fact')),
    sa.UniqueConstraint('draft_id', 'sequence', name=op.f('uq_item_draft_fact_draft_id_sequence'))
    )
    with op.batch_alter_table('item_draft_fact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_draft_fact_person_id'), ['person_id'], unique=False)

    op.create_table('room_text_credit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('room_session_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('credit', sa.Double(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('credit BETWEEN 0 AND 1', name=op.f('ck_room_text_credit_credit_is_fraction')),
    sa.ForeignKeyConstraint(['room_session_id'], ['room_session.id'], name=op.f('fk_room_text_credit_room_session_id_room_session')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_text_credit'))
    )
    with op.batch_alter_table('room_text_credit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_text_credit_room_session_id'), ['room_session_id'], unique=False)

    op.create_table('standard_comment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['standard_meeting.id'], name=op.f('fk_standard_comment_meeting_id_standard_meeting')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_standard_comment_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_comment'))
    )
    with op.batch_alter_table('standard_comment', schema=None) as batch_op:
        batch_op.create_index('ix_standard_comment_round', ['meeting_id', 'round'], unique=False)

    op.create_table('standard_definition',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['standard_meeting.id'], name=op.f('fk_standard_definition_meeting_id_standard_meeting')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_standard_definition_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_definition')),
    sa.UniqueConstraint('meeting_id', 'number', name=op.f('uq_standard_definition_meeting_id_number'))
    )
    op.create_table('standard_exclusion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('excluded', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['standard_meeting.id'], name=op.f('fk_standard_exclusion_meeting_id_standard_meeting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_exclusion'))
    )
    with op.batch_alter_table('standard_exclusion', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_standard_exclusion_meeting_id'), ['meeting_id'], unique=False)

    op.create_table('standard_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('seat', sa.String(), nullable=True),
    sa.Column('invited_at', sa.DateTime(), nullable=False),
    sa.Column('declared_at', sa.DateTime(), nullable=True),
    sa.Column('interest', sa.Text(), nullable=False),
    sa.Column('left_at', sa.DateTime(), nullable=True),
    sa.Column('left_reason', sa.String(), nullable=True),
    sa.CheckConstraint('(left_at IS NULL) = (left_reason IS NULL)', name=op.f('ck_standard_member_left_with_reason')),
    sa.ForeignKeyConstraint(['meeting_id'], ['standard_meeting.id'], name=op.f('fk_standard_member_meeting_id_standard_meeting')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_standard_member_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_member')),
    sa.UniqueConstraint('meeting_id', 'person_id', name=op.f('uq_standard_member_meeting_id_person_id')),
    sa.UniqueConstraint('meeting_id', 'seat', name=op.f('uq_standard_member_meeting_id_seat'))
    )
    with op.batch_alter_table('standard_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_standard_member_meeting_id'), ['meeting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_standard_member_person_id'), ['person_id'], unique=False)

    op.create_table('standard_minutes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['standard_meeting.id'], name=op.f('fk_standard_minutes_meeting_id_standard_meeting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_minutes')),
    sa.UniqueConstraint('meeting_id', 'version', name=op.f('uq_standard_minutes_meeting_id_version'))
    )
    op.create_table('webhook_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('endpoint_id', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_failure', sa.String(), nullable=True),
    sa.Column('delivered_at', sa.DateTime(), nullable=True),
    sa.Column('given_up_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('delivered_at IS NULL OR given_up_at IS NULL', name=op.f('ck_webhook_message_one_end')),
    sa.ForeignKeyConstraint(['endpoint_id'], ['webhook_endpoint.id'], name=op.f('fk_webhook_message_endpoint_id_webhook_endpoint')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_message')),
    sa.UniqueConstraint('endpoint_id', 'cause', name=op.f('uq_webhook_message_endpoint_id_cause')),
    sa.UniqueConstraint('public_id', name=op.f('uq_webhook_message_public_id'))
    )
    with op.batch_alter_table('webhook_message', schema=None) as batch_op:
        batch_op.create_index('ix_webhook_message_waiting', ['due_at'], unique=False, sqlite_where=sa.text('delivered_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('delivered_at IS NULL AND given_up_at IS NULL'))

    op.create_table('standard_agreement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('definition_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['definition_id'], ['standard_definition.id'], name=op.f('fk_standard_agreement_definition_id_standard_definition')),
    sa.ForeignKeyConstraint(['member_id'], ['standard_member.id'], name=op.f('fk_standard_agreement_member_id_standard_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_agreement')),
    sa.UniqueConstraint('definition_id', 'member_id', name=op.f('uq_standard_agreement_definition_id_member_id'))
    )
    op.create_table('standard_bounds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('least_cut_fraction', sa.Double(), nullable=False),
    sa.Column('most_cut_fraction', sa.Double(), nullable=False),
    sa.Column('least_fail_fraction', sa.Double(), nullable=False),
    sa.Column('most_fail_fraction', sa.Double(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('least_cut_fraction <= most_cut_fraction AND least_fail_fraction <= most_fail_fraction', name=op.f('ck_standard_bounds_in_order')),
    sa.ForeignKeyConstraint(['member_id'], ['standard_member.id'], name=op.f('fk_standard_bounds_member_id_standard_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_bounds'))
    )
    with op.batch_alter_table('standard_bounds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_standard_bounds_member_id'), ['member_id'], unique=False)

    op.create_table('standard_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('minutes_id', sa.Integer(), nullable=False),
    sa.Column('blueprint_ref', sa.String(), nullable=False),
    sa.Column('cut_fraction', sa.Double(), nullable=False),
    sa.Column('standard_error', sa.Double(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("outcome IN ('approved', 'declined')", name=op.f('ck_standard_decision_outcome')),
    sa.CheckConstraint('cut_fraction BETWEEN 0 AND 1', name=op.f('ck_standard_decision_cut_is_fraction')),
    sa.ForeignKeyConstraint(['minutes_id'], ['standard_minutes.id'], name=op.f('fk_standard_decision_minutes_id_standard_minutes')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_standard_decision_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_decision')),
    sa.UniqueConstraint('minutes_id', name=op.f('uq_standard_decision_minutes_id'))
    )
    with op.batch_alter_table('standard_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_standard_decision_blueprint_ref'), ['blueprint_ref'], unique=False)

    op.create_table('standard_rating',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('expected_fraction', sa.Double(), nullable=True),
    sa.Column('difficulty', sa.String(), nullable=True),
    sa.Column('importance', sa.String(), nullable=True),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('(expected_fraction IS NULL) = (difficulty IS NOT NULL) AND (difficulty IS NULL) = (importance IS NULL)', name=op.f('ck_standard_rating_share_or_place')),
    sa.CheckConstraint('expected_fraction BETWEEN 0 AND 1', name=op.f('ck_standard_rating_expected_is_fraction')),
    sa.ForeignKeyConstraint(['member_id'], ['standard_member.id'], name=op.f('fk_standard_rating_member_id_standard_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_rating')),
    sa.UniqueConstraint('member_id', 'key', name=op.f('uq_standard_rating_member_id_key'))
    )
    with op.batch_alter_table('standard_rating', schema=None) as batch_op:
        batch_op.create_index('ix_standard_rating_round', ['member_id', 'round'], unique=False)

    op.create_table('standard_signature',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('minutes_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("part IN ('coordinator', 'judge')", name=op.f('ck_standard_signature_part')),
    sa.ForeignKeyConstraint(['minutes_id'], ['standard_minutes.id'], name=op.f('fk_standard_signature_minutes_id_standard_minutes')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_standard_signature_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standard_signature')),
    sa.UniqueConstraint('minutes_id', 'person_id', name=op.f('uq_standard_signature_minutes_id_person_id'))
    )

    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in GUARDED:
        for act in ("update", "delete"):
            head = f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            if postgresql:
                op.execute(head + "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            else:
                op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")


def downgrade() -> None:
    op.drop_table('standard_signature')
    with op.batch_alter_table('standard_rating', schema=None) as batch_op:
        batch_op.drop_index('ix_standard_rating_round')

    op.drop_table('standard_rating')
    with op.batch_alter_table('standard_decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_standard_decision_blueprint_ref'))

    op.drop_table('standard_decision')
    with op.batch_alter_table('standard_bounds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_standard_bounds_member_id'))

    op.drop_table('standard_bounds')
    op.drop_table('standard_agreement')
    with op.batch_alter_table('webhook_message', schema=None) as batch_op:
        batch_op.drop_index('ix_webhook_message_waiting', sqlite_where=sa.text('delivered_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('delivered_at IS NULL AND given_up_at IS NULL'))

    op.drop_table('webhook_message')
    op.drop_table('standard_minutes')
    with op.batch_alter_table('standard_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_standard_member_person_id'))
        batch_op.drop_index(batch_op.f('ix_standard_member_meeting_id'))

    op.drop_table('standard_member')
    with op.batch_alter_table('standard_exclusion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_standard_exclusion_meeting_id'))

    op.drop_table('standard_exclusion')
    op.drop_table('standard_definition')
    with op.batch_alter_table('standard_comment', schema=None) as batch_op:
        batch_op.drop_index('ix_standard_comment_round')

    op.drop_table('standard_comment')
    with op.batch_alter_table('room_text_credit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_text_credit_room_session_id'))

    op.drop_table('room_text_credit')
    with op.batch_alter_table('item_draft_fact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_draft_fact_person_id'))

    op.drop_table('item_draft_fact')
    with op.batch_alter_table('item_draft_comment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_draft_comment_draft_id'))
        batch_op.drop_index(batch_op.f('ix_item_draft_comment_answers_id'))

    op.drop_table('item_draft_comment')
    with op.batch_alter_table('check_list_row', schema=None) as batch_op:
        batch_op.drop_index('ix_check_list_row_unjudged', sqlite_where=sa.text('verdict IS NULL'), postgresql_where=sa.text('verdict IS NULL'))

    op.drop_table('check_list_row')
    op.drop_table('attempt_signal')
    with op.batch_alter_table('webhook_endpoint', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_webhook_endpoint_provider_id'))

    op.drop_table('webhook_endpoint')
    with op.batch_alter_table('standard_meeting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_standard_meeting_stage'))
        batch_op.drop_index(batch_op.f('ix_standard_meeting_coordinator_id'))
        batch_op.drop_index(batch_op.f('ix_standard_meeting_blueprint_ref'))

    op.drop_table('standard_meeting')
    with op.batch_alter_table('reader_interest', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reader_interest_person_id'))

    op.drop_table('reader_interest')
    with op.batch_alter_table('programme_draft_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_programme_draft_event_draft_id'))

    op.drop_table('programme_draft_event')
    with op.batch_alter_table('law_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_law_check_law_id'))

    op.drop_table('law_check')
    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.drop_index('uq_item_draft_open', sqlite_where=sa.text("stage IN ('draft', 'review', 'accepted', 'pilot')"), postgresql_where=sa.text("stage IN ('draft', 'review', 'accepted', 'pilot')"))
        batch_op.drop_index(batch_op.f('ix_item_draft_stage'))
        batch_op.drop_index(batch_op.f('ix_item_draft_item_id'))
        batch_op.drop_index(batch_op.f('ix_item_draft_author_id'))

    op.drop_table('item_draft')
    with op.batch_alter_table('evidence_claim', schema=None) as batch_op:
        batch_op.drop_index('uq_evidence_claim_standing', sqlite_where=sa.text("outcome IS NULL OR outcome = 'confirmed'"), postgresql_where=sa.text("outcome IS NULL OR outcome = 'confirmed'"))

    op.drop_table('evidence_claim')
    with op.batch_alter_table('directory_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_directory_entry_region')

    op.drop_table('directory_entry')
    op.drop_table('check_quota')
    with op.batch_alter_table('check_list', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_check_list_uploaded_at'))
        batch_op.drop_index('ix_check_list_unfinished', sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_check_list_provider_id'))

    op.drop_table('check_list')
    op.drop_table('bank_saved_view')
    op.drop_table('bank_import_batch')
    op.drop_table('bank_export_request')
    with op.batch_alter_table('api_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_api_token_provider_id'))

    op.drop_table('api_token')
    with op.batch_alter_table('api_call', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_api_call_at'))

    op.drop_table('api_call')
    with op.batch_alter_table('scan_signing_key', schema=None) as batch_op:
        batch_op.drop_index('uq_scan_signing_key_in_service', sqlite_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'), postgresql_where=sa.text('retired_at IS NULL AND compromised_at IS NULL'))

    op.drop_table('scan_signing_key')
    with op.batch_alter_table('programme_draft', schema=None) as batch_op:
        batch_op.drop_index('uq_programme_draft_open', sqlite_where=sa.text("state IN ('draft', 'proposed')"), postgresql_where=sa.text("state IN ('draft', 'proposed')"))
        batch_op.drop_index(batch_op.f('ix_programme_draft_programme_id'))

    op.drop_table('programme_draft')
    op.drop_table('law_entry')
    with op.batch_alter_table('item_tag', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_tag_tag'))

    op.drop_table('item_tag')
    with op.batch_alter_table('approved_cut', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_approved_cut_blueprint_ref'))

    op.drop_table('approved_cut')
