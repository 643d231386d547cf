"""contests, training, objections"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


GUARDED = ("blueprint_draft_event", "card_play", "check_tally", "contest_board_step", "contest_diploma", "contest_diploma_file", "contest_result", "contest_review", "contest_rules_version", "contest_season_points", "course_attendance", "course_feedback", "course_hours_claim", "course_media", "course_media_removal", "decision_answer", "decision_start", "item_calibration", "jury_mark", "league_points", "lecturer_vote", "mock_exam", "peer_vote", "period_sitting", "place_score", "placement_answer", "practice_answer", "practice_mistake_reason", "practice_recall_choice", "provider_application_verdict", "round_room", "score_objection_file",)


def upgrade() -> None:
    op.create_table('blueprint_draft',
    sa.Column('blueprint_id', sa.String(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('proposer', sa.String(), nullable=True),
    sa.Column('approver', sa.String(), nullable=True),
    sa.CheckConstraint("(state = 'published') = (approver IS NOT NULL)", name=op.f('ck_blueprint_draft_approved')),
    sa.CheckConstraint("state IN ('draft', 'proposed', 'published', 'discarded')", name=op.f('ck_blueprint_draft_state')),
    sa.CheckConstraint('approver IS NULL OR approver <> proposer', name=op.f('ck_blueprint_draft_two_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint_draft')),
    sa.UniqueConstraint('public_id', name=op.f('uq_blueprint_draft_public_id'))
    )
    with op.batch_alter_table('blueprint_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blueprint_draft_blueprint_id'), ['blueprint_id'], unique=False)
        batch_op.create_index('uq_blueprint_draft_open', ['blueprint_id'], unique=True, sqlite_where=sa.text("state IN ('draft', 'proposed')"), postgresql_where=sa.text("state IN ('draft', 'proposed')"))

    op.create_table('contest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('rules_ref', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('seat_count', sa.Integer(), nullable=False),
    sa.Column('entry_opens_at', sa.DateTime(), nullable=False),
    sa.Column('entry_closes_at', sa.DateTime(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('planned_by', sa.String(), nullable=False),
    sa.Column('planned_at', sa.DateTime(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.Column('seeded_at', sa.DateTime(), nullable=True),
    sa.Column('told_at', sa.DateTime(), nullable=True),
    sa.Column('protest_until', sa.DateTime(), nullable=True),
    sa.Column('finalised_at', sa.DateTime(), nullable=True),
    sa.Column('result_version', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("state IN ('draft', 'published', 'running', 'judging', 'protest', 'final', 'cancelled')", name=op.f('ck_contest_state_known')),
    sa.CheckConstraint('entry_opens_at < entry_closes_at', name=op.f('ck_contest_entry_in_order')),
    sa.CheckConstraint('seat_count BETWEEN 2 AND 500', name=op.f('ck_contest_seats_in_range')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contest_public_id'))
    )
    with op.batch_alter_table('contest', schema=None) as batch_op:
        batch_op.create_index('ix_contest_state_closes', ['state', 'entry_closes_at'], unique=False)

    op.create_table('contest_rules_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('rules_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_rules_version')),
    sa.UniqueConstraint('rules_id', 'version', name=op.f('uq_contest_rules_version_rules_id_version'))
    )
    op.create_table('skill_mean',
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('skill', sa.String(), nullable=False),
    sa.Column('value_fraction', sa.Double(), nullable=False),
    sa.Column('people_count', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('people_count > 0', name=op.f('ck_skill_mean_people_positive')),
    sa.CheckConstraint('value_fraction BETWEEN 0 AND 1', name=op.f('ck_skill_mean_value_is_fraction')),
    sa.PrimaryKeyConstraint('level', 'skill', name=op.f('pk_skill_mean'))
    )
    op.create_table('blueprint_draft_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('comment', sa.String(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('opened', 'edited', 'proposed', 'returned', 'published', 'discarded')", name=op.f('ck_blueprint_draft_event_kind')),
    sa.ForeignKeyConstraint(['draft_id'], ['blueprint_draft.id'], name=op.f('fk_blueprint_draft_event_draft_id_blueprint_draft')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint_draft_event'))
    )
    with op.batch_alter_table('blueprint_draft_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blueprint_draft_event_draft_id'), ['draft_id'], unique=False)

    op.create_table('check_tally',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_check_tally_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_tally'))
    )
    with op.batch_alter_table('check_tally', schema=None) as batch_op:
        batch_op.create_index('ix_check_tally_provider_day', ['provider_id', 'day'], unique=False)

    op.create_table('contest_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('done_by', sa.String(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_check_contest_id_contest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_check')),
    sa.UniqueConstraint('contest_id', 'code', name=op.f('uq_contest_check_contest_id_code'))
    )
    op.create_table('contest_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('public_name', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('provider_name', sa.String(), nullable=True),
    sa.Column('credential_number', sa.String(), nullable=True),
    sa.Column('qualified_by', sa.String(), nullable=True),
    sa.Column('seed_points', sa.Double(), nullable=True),
    sa.Column('seed_rank', sa.Integer(), nullable=True),
    sa.Column('consented_at', sa.DateTime(), nullable=False),
    sa.Column('entered_at', sa.DateTime(), nullable=False),
    sa.Column('is_waiting', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('withdrawn_reason', sa.String(), nullable=True),
    sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)', name=op.f('ck_contest_entry_withdrawn_whole')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_entry_contest_id_contest')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contest_entry_person_id_person')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_contest_entry_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_entry')),
    sa.UniqueConstraint('contest_id', 'code', name=op.f('uq_contest_entry_contest_id_code')),
    sa.UniqueConstraint('contest_id', 'person_id', name=op.f('uq_contest_entry_contest_id_person_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contest_entry_public_id'))
    )
    with op.batch_alter_table('contest_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_entry_person_id'), ['person_id'], unique=False)

    op.create_table('contest_juror',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('appointed_by', sa.String(), nullable=False),
    sa.Column('appointed_at', sa.DateTime(), nullable=False),
    sa.Column('released_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_juror_contest_id_contest')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contest_juror_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_juror')),
    sa.UniqueConstraint('contest_id', 'person_id', name=op.f('uq_contest_juror_contest_id_person_id'))
    )
    with op.batch_alter_table('contest_juror', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_juror_person_id'), ['person_id'], unique=False)

    op.create_table('contest_notice',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('seen_at', sa.DateTime(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('queued_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_failure', sa.String(), nullable=True),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.Column('given_up_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('sent_at IS NULL OR given_up_at IS NULL', name=op.f('ck_contest_notice_one_end')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contest_notice_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_notice')),
    sa.UniqueConstraint('person_id', 'kind', 'ref', name=op.f('uq_contest_notice_person_id_kind_ref')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contest_notice_public_id'))
    )
    with op.batch_alter_table('contest_notice', schema=None) as batch_op:
        batch_op.create_index('ix_contest_notice_unseen', ['person_id', 'seen_at'], unique=False)
        batch_op.create_index('ix_contest_notice_waiting', ['due_at'], unique=False, sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))

    op.create_table('contest_proposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('proposer', sa.String(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('decider', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.CheckConstraint("act IN ('publish', 'resume', 'restart', 'disqualify', 'finalise', 'reopen', 'cancel')", name=op.f('ck_contest_proposal_act')),
    sa.CheckConstraint("outcome IN ('confirmed', 'declined')", name=op.f('ck_contest_proposal_outcome')),
    sa.CheckConstraint("outcome IS NULL OR outcome <> 'confirmed' OR decider <> proposer", name=op.f('ck_contest_proposal_two_persons')),
    sa.CheckConstraint('(decided_at IS NULL) = (outcome IS NULL) AND (decided_at IS NULL) = (decider IS NULL)', name=op.f('ck_contest_proposal_decided_whole')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_proposal_contest_id_contest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_proposal')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contest_proposal_public_id'))
    )
    with op.batch_alter_table('contest_proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_proposal_contest_id'), ['contest_id'], unique=False)
        batch_op.create_index('uq_contest_proposal_open', ['contest_id', 'act', 'subject'], unique=True, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))

    op.create_table('contest_recheck',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=True),
    sa.Column('report', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('(done_at IS NULL) = (report IS NULL)', name=op.f('ck_contest_recheck_done_whole')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_recheck_contest_id_contest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_recheck')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contest_recheck_public_id'))
    )
    with op.batch_alter_table('contest_recheck', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_recheck_contest_id'), ['contest_id'], unique=False)

    op.create_table('contest_round',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('scenario_ref', sa.String(), nullable=False),
    sa.Column('speed', sa.Double(), nullable=False),
    sa.Column('place_count', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('clock_starts_at', sa.DateTime(), nullable=True),
    sa.Column('ends_at', sa.DateTime(), nullable=True),
    sa.Column('run_no', sa.Integer(), server_default='0', nullable=False),
    sa.Column('seal_slot', sa.String(), server_default='main', nullable=False),
    sa.Column('readied_at', sa.DateTime(), nullable=True),
    sa.Column('halted_at', sa.DateTime(), nullable=True),
    sa.Column('scored_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("kind IN ('rehearsal', 'heat', 'final')", name=op.f('ck_contest_round_kind_known')),
    sa.CheckConstraint('place_count BETWEEN 1 AND 500', name=op.f('ck_contest_round_places_in_range')),
    sa.CheckConstraint('speed BETWEEN 1 AND 2', name=op.f('ck_contest_round_speed_in_range')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_round_contest_id_contest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_round')),
    sa.UniqueConstraint('contest_id', 'ordinal', name=op.f('uq_contest_round_contest_id_ordinal')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contest_round_public_id'))
    )
    with op.batch_alter_table('contest_round', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_round_contest_id'), ['contest_id'], unique=False)
        batch_op.create_index('ix_contest_round_due', ['starts_at', 'readied_at'], unique=False)

    op.create_table('course',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('lecturer_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('parts', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("level IN ('junior', 'intermediate', 'senior')", name=op.f('ck_course_level_known')),
    sa.ForeignKeyConstraint(['lecturer_id'], ['person.id'], name=op.f('fk_course_lecturer_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course')),
    sa.UniqueConstraint('public_id', name=op.f('uq_course_public_id'))
    )
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_lecturer_id'), ['lecturer_id'], unique=False)

    op.create_table('decision_case',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('worths', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.Column('published_by', sa.String(), nullable=True),
    sa.Column('retired_at', sa.DateTime(), nullable=True),
    sa.Column('item_draft_id', sa.String(), nullable=True),
    sa.CheckConstraint('(published_at IS NULL) = (published_by IS NULL)', name=op.f('ck_decision_case_published_by_somebody')),
    sa.CheckConstraint('published_at IS NULL OR worths IS NOT NULL', name=op.f('ck_decision_case_published_weighed')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_decision_case_author_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_case')),
    sa.UniqueConstraint('code', name=op.f('uq_decision_case_code')),
    sa.UniqueConstraint('public_id', name=op.f('uq_decision_case_public_id'))
    )
    with op.batch_alter_table('decision_case', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_case_published_at'), ['published_at'], unique=False)

    op.create_table('item_calibration',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_item_calibration_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_calibration')),
    sa.UniqueConstraint('public_id', name=op.f('uq_item_calibration_public_id'))
    )
    with op.batch_alter_table('item_calibration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_calibration_level'), ['level'], unique=False)

    op.create_table('league_points',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('season_id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('source_ref', sa.String(), nullable=False),
    sa.Column('given_by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('points <> 0', name=op.f('ck_league_points_points_count')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_league_points_provider_id_provider')),
    sa.ForeignKeyConstraint(['season_id'], ['league_season.id'], name=op.f('fk_league_points_season_id_league_season')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_league_points')),
    sa.UniqueConstraint('provider_id', 'source_ref', name=op.f('uq_league_points_provider_id_source_ref'))
    )
    with op.batch_alter_table('league_points', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_league_points_season_id'), ['season_id'], unique=False)

    op.create_table('lecturer_application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('subjects', sa.String(), nullable=False),
    sa.Column('evidence', sa.String(), nullable=False),
    sa.Column('applied_at', sa.DateTime(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('valid_until', sa.DateTime(), nullable=True),
    sa.CheckConstraint("(valid_until IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'certified')", name=op.f('ck_lecturer_application_validity_of_certified')),
    sa.CheckConstraint("outcome IN ('certified', 'declined')", name=op.f('ck_lecturer_application_outcome_known')),
    sa.CheckConstraint('(outcome IS NULL) = (decided_at IS NULL)', name=op.f('ck_lecturer_application_decided_whole')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_lecturer_application_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lecturer_application')),
    sa.UniqueConstraint('public_id', name=op.f('uq_lecturer_application_public_id'))
    )
    with op.batch_alter_table('lecturer_application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lecturer_application_person_id'), ['person_id'], unique=False)

    op.create_table('password_reset',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('issued_by', sa.String(), nullable=False),
    sa.Column('secret_hash', sa.String(), nullable=True),
    sa.Column('valid_until', sa.DateTime(), nullable=True),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('queued_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_failure', sa.String(), nullable=True),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.Column('given_up_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(secret_hash IS NULL) = (valid_until IS NULL)', name=op.f('ck_password_reset_secret_ends')),
    sa.CheckConstraint('sent_at IS NULL OR given_up_at IS NULL', name=op.f('ck_password_reset_one_end')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_password_reset_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_reset')),
    sa.UniqueConstraint('public_id', name=op.f('uq_password_reset_public_id')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_password_reset_secret_hash'))
    )
    with op.batch_alter_table('password_reset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_password_reset_person_id'), ['person_id'], unique=False)
        batch_op.create_index('ix_password_reset_waiting', ['due_at'], unique=False, sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))

    op.create_table('period_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('period_code', sa.String(), nullable=False),
    sa.Column('period', sa.JSON(), nullable=False),
    sa.Column('reference', sa.JSON(), nullable=False),
    sa.Column('scenario_ref', sa.String(), nullable=False),
    sa.Column('macro_key', sa.LargeBinary(length=8), nullable=False),
    sa.Column('micro_key', sa.LargeBinary(length=8), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('ending', sa.String(), nullable=True),
    sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("ending IN ('finished', 'given_up')", name=op.f('ck_period_run_ending_known')),
    sa.CheckConstraint('(ended_at IS NULL) = (ending IS NULL)', name=op.f('ck_period_run_ended_has_reason')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_period_run_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_period_run')),
    sa.UniqueConstraint('public_id', name=op.f('uq_period_run_public_id'))
    )
    with op.batch_alter_table('period_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_period_run_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_period_run_open', ['person_id', 'period_code'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('placement_test',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('seed', sa.String(), nullable=False),
    sa.Column('pool', sa.JSON(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('next_ref', sa.String(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('ending', sa.String(), nullable=True),
    sa.Column('theta', sa.Double(), nullable=True),
    sa.Column('error', sa.Double(), nullable=True),
    sa.Column('standings', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('(ended_at IS NULL) = (ending IS NULL)', name=op.f('ck_placement_test_ended_has_reason')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_placement_test_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_placement_test')),
    sa.UniqueConstraint('public_id', name=op.f('uq_placement_test_public_id'))
    )
    with op.batch_alter_table('placement_test', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_placement_test_person_id'), ['person_id'], unique=False)
        batch_op.create_index('uq_placement_test_open', ['person_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('practice_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('item_id', sa.String(), nullable=False),
    sa.Column('item_ref', sa.String(), nullable=False),
    sa.Column('skill', sa.String(), nullable=False),
    sa.Column('mode', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('credit', sa.Double(), nullable=False),
    sa.Column('confidence', sa.Integer(), nullable=True),
    sa.Column('recall', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('confidence BETWEEN 1 AND 3', name=op.f('ck_practice_answer_confidence_known')),
    sa.CheckConstraint('credit BETWEEN 0 AND 1', name=op.f('ck_practice_answer_credit_is_fraction')),
    sa.CheckConstraint('recall BETWEEN 1 AND 4', name=op.f('ck_practice_answer_recall_known')),
    sa.CheckConstraint('seconds >= 0', name=op.f('ck_practice_answer_seconds_not_negative')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_practice_answer_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice_answer')),
    sa.UniqueConstraint('person_id', 'key', name=op.f('uq_practice_answer_person_id_key')),
    sa.UniqueConstraint('public_id', name=op.f('uq_practice_answer_public_id'))
    )
    with op.batch_alter_table('practice_answer', schema=None) as batch_op:
        batch_op.create_index('ix_practice_answer_person_at', ['person_id', 'at'], unique=False)
        batch_op.create_index('ix_practice_answer_person_item', ['person_id', 'item_id', 'at'], unique=False)

    op.create_table('practice_choice',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('retention', sa.Double(), nullable=False),
    sa.Column('daily_most', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('daily_most BETWEEN 5 AND 200', name=op.f('ck_practice_choice_daily_most_in_range')),
    sa.CheckConstraint('retention BETWEEN 0.8 AND 0.95', name=op.f('ck_practice_choice_retention_in_range')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_practice_choice_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_practice_choice'))
    )
    op.create_table('practice_review_card',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.String(), nullable=False),
    sa.Column('skill', sa.String(), nullable=False),
    sa.Column('stability', sa.Double(), nullable=False),
    sa.Column('difficulty', sa.Double(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.Column('review_count', sa.Integer(), nullable=False),
    sa.Column('lapse_count', sa.Integer(), nullable=False),
    sa.Column('wrong_count', sa.Integer(), nullable=False),
    sa.Column('right_run', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_practice_review_card_person_id_person')),
    sa.PrimaryKeyConstraint('person_id', 'item_id', name=op.f('pk_practice_review_card'))
    )
    with op.batch_alter_table('practice_review_card', schema=None) as batch_op:
        batch_op.create_index('ix_practice_review_card_due', ['person_id', 'due_at'], unique=False)

    op.create_table('provider_application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('city', sa.String(), nullable=False),
    sa.Column('field', sa.String(), nullable=False),
    sa.Column('introduction', sa.String(), nullable=False),
    sa.Column('declared', sa.JSON(), nullable=False),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('applied_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('previous_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(state = 'admitted') = (provider_id IS NOT NULL)", name=op.f('ck_provider_application_admitted')),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f('ck_provider_application_closed')),
    sa.CheckConstraint("field IN ('mcn', 'belt', 'merchant', 'brand')", name=op.f('ck_provider_application_field')),
    sa.CheckConstraint("state IN ('open', 'admitted', 'declined', 'withdrawn')", name=op.f('ck_provider_application_state')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_provider_application_person_id_person')),
    sa.ForeignKeyConstraint(['previous_id'], ['provider_application.id'], name=op.f('fk_provider_application_previous_id_provider_application')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_application_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_application')),
    sa.UniqueConstraint('provider_id', name=op.f('uq_provider_application_provider_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_provider_application_public_id'))
    )
    with op.batch_alter_table('provider_application', schema=None) as batch_op:
        batch_op.create_index('uq_provider_application_open', ['person_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('provider_mail',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('queued_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_failure', sa.String(), nullable=True),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.Column('given_up_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('sent_at IS NULL OR given_up_at IS NULL', name=op.f('ck_provider_mail_one_end')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_provider_mail_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_mail')),
    sa.UniqueConstraint('person_id', 'kind', 'ref', name=op.f('uq_provider_mail_person_id_kind_ref')),
    sa.UniqueConstraint('public_id', name=op.f('uq_provider_mail_public_id'))
    )
    with op.batch_alter_table('provider_mail', schema=None) as batch_op:
        batch_op.create_index('ix_provider_mail_waiting', ['due_at'], unique=False, sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))

    op.create_table('reading_position',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('chapter', sa.Integer(), nullable=False),
    sa.Column('anchor', sa.String(), nullable=False),
    sa.Column('read_at', sa.DateTime(), nullable=False),
    sa.Column('is_finished', sa.Boolean(), nullable=False),
    sa.CheckConstraint('chapter BETWEEN 1 AND 99', name=op.f('ck_reading_position_chapter_in_range')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_reading_position_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading_position')),
    sa.UniqueConstraint('person_id', 'chapter', name=op.f('uq_reading_position_person_id_chapter'))
    )
    op.create_table('card_play',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('run_no', sa.Integer(), nullable=False),
    sa.Column('incident', sa.String(), nullable=False),
    sa.Column('tick', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('played_by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['contest_round.id'], name=op.f('fk_card_play_round_id_contest_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_card_play')),
    sa.UniqueConstraint('round_id', 'run_no', 'incident', name=op.f('uq_card_play_round_id_run_no_incident'))
    )
    op.create_table('contest_board',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('round_public_id', sa.String(), nullable=False),
    sa.Column('board', sa.LargeBinary(), nullable=False),
    sa.Column('board_etag', sa.String(), nullable=False),
    sa.Column('curves', sa.LargeBinary(), nullable=False),
    sa.Column('curves_etag', sa.String(), nullable=False),
    sa.Column('jury', sa.LargeBinary(), nullable=False),
    sa.Column('jury_etag', sa.String(), nullable=False),
    sa.Column('is_settled', sa.Boolean(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['contest_round.id'], name=op.f('fk_contest_board_round_id_contest_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_board')),
    sa.UniqueConstraint('round_id', name=op.f('uq_contest_board_round_id')),
    sa.UniqueConstraint('round_public_id', name=op.f('uq_contest_board_round_public_id'))
    )
    op.create_table('contest_board_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('run_no', sa.Integer(), nullable=False),
    sa.Column('ordinal', sa.Integer(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('ordinal >= 1', name=op.f('ck_contest_board_step_ordinal_positive')),
    sa.ForeignKeyConstraint(['round_id'], ['contest_round.id'], name=op.f('fk_contest_board_step_round_id_contest_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_board_step')),
    sa.UniqueConstraint('round_id', 'run_no', 'ordinal', name=op.f('uq_contest_board_step_round_id_run_no_ordinal'))
    )
    op.create_table('contest_diploma',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('result_version', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('provider_name', sa.String(), nullable=True),
    sa.Column('total_points', sa.Double(), nullable=False),
    sa.Column('issued_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_diploma_contest_id_contest')),
    sa.ForeignKeyConstraint(['entry_id'], ['contest_entry.id'], name=op.f('fk_contest_diploma_entry_id_contest_entry')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_diploma')),
    sa.UniqueConstraint('entry_id', 'result_version', name=op.f('uq_contest_diploma_entry_id_result_version')),
    sa.UniqueConstraint('number', name=op.f('uq_contest_diploma_number'))
    )
    with op.batch_alter_table('contest_diploma', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_diploma_contest_id'), ['contest_id'], unique=False)

    op.create_table('contest_result',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('is_final', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('total_points', sa.Double(), nullable=False),
    sa.Column('certified_points', sa.Double(), nullable=False),
    sa.Column('low_points', sa.Double(), nullable=False),
    sa.Column('high_points', sa.Double(), nullable=False),
    sa.Column('meets_standard', sa.Boolean(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('claim_public_id', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_result_contest_id_contest')),
    sa.ForeignKeyConstraint(['entry_id'], ['contest_entry.id'], name=op.f('fk_contest_result_entry_id_contest_entry')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_result')),
    sa.UniqueConstraint('contest_id', 'version', 'entry_id', name=op.f('uq_contest_result_contest_id_version_entry_id'))
    )
    with op.batch_alter_table('contest_result', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_result_entry_id'), ['entry_id'], unique=False)

    op.create_table('contest_season_points',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('season', sa.String(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('result_version', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('rules_ref', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('points <> 0', name=op.f('ck_contest_season_points_points_not_nothing')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_season_points_contest_id_contest')),
    sa.ForeignKeyConstraint(['entry_id'], ['contest_entry.id'], name=op.f('fk_contest_season_points_entry_id_contest_entry')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contest_season_points_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_season_points')),
    sa.UniqueConstraint('entry_id', 'result_version', name=op.f('uq_contest_season_points_entry_id_result_version'))
    )
    with op.batch_alter_table('contest_season_points', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_season_points_contest_id'), ['contest_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contest_season_points_person_id'), ['person_id'], unique=False)

    op.create_table('course_cohort',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('provider_code', sa.String(), nullable=True),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('seats BETWEEN 1 AND 500', name=op.f('ck_course_cohort_seats_in_range')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_cohort_course_id_course')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_cohort')),
    sa.UniqueConstraint('public_id', name=op.f('uq_course_cohort_public_id'))
    )
    with op.batch_alter_table('course_cohort', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_cohort_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_course_cohort_provider_code'), ['provider_code'], unique=False)

    op.create_table('course_media',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('film', 'captions', 'poster')", name=op.f('ck_course_media_kind_known')),
    sa.CheckConstraint('size_bytes > 0', name=op.f('ck_course_media_size_positive')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_media_course_id_course')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_media')),
    sa.UniqueConstraint('public_id', name=op.f('uq_course_media_public_id'))
    )
    with op.batch_alter_table('course_media', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_media_course_id'), ['course_id'], unique=False)

    op.create_table('decision_start',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['decision_case.id'], name=op.f('fk_decision_start_case_id_decision_case')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_decision_start_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_start')),
    sa.UniqueConstraint('case_id', 'person_id', name=op.f('uq_decision_start_case_id_person_id'))
    )
    with op.batch_alter_table('decision_start', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_start_person_id'), ['person_id'], unique=False)

    op.create_table('lecturer_vote',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('approves', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['lecturer_application.id'], name=op.f('fk_lecturer_vote_application_id_lecturer_application')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_lecturer_vote_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lecturer_vote')),
    sa.UniqueConstraint('application_id', 'person_id', name=op.f('uq_lecturer_vote_application_id_person_id'))
    )
    op.create_table('mock_exam',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('exam_blueprint_ref', sa.String(), nullable=False),
    sa.Column('length_fraction', sa.Double(), nullable=False),
    sa.Column('forecast', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_mock_exam_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_mock_exam_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mock_exam')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_mock_exam_attempt_id'))
    )
    with op.batch_alter_table('mock_exam', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mock_exam_person_id'), ['person_id'], unique=False)

    op.create_table('peer_vote',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contest_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_peer_vote_contest_id_contest')),
    sa.ForeignKeyConstraint(['entry_id'], ['contest_entry.id'], name=op.f('fk_peer_vote_entry_id_contest_entry')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_peer_vote_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_peer_vote')),
    sa.UniqueConstraint('contest_id', 'person_id', name=op.f('uq_peer_vote_contest_id_person_id'))
    )
    with op.batch_alter_table('peer_vote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_peer_vote_entry_id'), ['entry_id'], unique=False)

    op.create_table('period_sitting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('room_session_id', sa.Integer(), nullable=False),
    sa.Column('carry', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('number >= 0', name=op.f('ck_period_sitting_number_not_negative')),
    sa.ForeignKeyConstraint(['room_session_id'], ['room_session.id'], name=op.f('fk_period_sitting_room_session_id_room_session')),
    sa.ForeignKeyConstraint(['run_id'], ['period_run.id'], name=op.f('fk_period_sitting_run_id_period_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_period_sitting')),
    sa.UniqueConstraint('room_session_id', name=op.f('uq_period_sitting_room_session_id')),
    sa.UniqueConstraint('run_id', 'number', name=op.f('uq_period_sitting_run_id_number'))
    )
    op.create_table('placement_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('test_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('item_id', sa.String(), nullable=False),
    sa.Column('item_ref', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('credit', sa.Double(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('credit BETWEEN 0 AND 1', name=op.f('ck_placement_answer_credit_is_fraction')),
    sa.ForeignKeyConstraint(['test_id'], ['placement_test.id'], name=op.f('fk_placement_answer_test_id_placement_test')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_placement_answer')),
    sa.UniqueConstraint('test_id', 'key', name=op.f('uq_placement_answer_test_id_key')),
    sa.UniqueConstraint('test_id', 'position', name=op.f('uq_placement_answer_test_id_position'))
    )
    with op.batch_alter_table('placement_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_placement_answer_item_id'), ['item_id'], unique=False)

    op.create_table('practice_mistake_reason',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('answer_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("reason IN ('concept', 'reading', 'figures', 'memory', 'guess')", name=op.f('ck_practice_mistake_reason_reason_known')),
    sa.ForeignKeyConstraint(['answer_id'], ['practice_answer.id'], name=op.f('fk_practice_mistake_reason_answer_id_practice_answer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice_mistake_reason'))
    )
    with op.batch_alter_table('practice_mistake_reason', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_practice_mistake_reason_answer_id'), ['answer_id'], unique=False)

    op.create_table('practice_recall_choice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('answer_id', sa.Integer(), nullable=False),
    sa.Column('recall', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('recall BETWEEN 1 AND 4', name=op.f('ck_practice_recall_choice_recall_known')),
    sa.ForeignKeyConstraint(['answer_id'], ['practice_answer.id'], name=op.f('fk_practice_recall_choice_answer_id_practice_answer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice_recall_choice'))
    )
    with op.batch_alter_table('practice_recall_choice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_practice_recall_choice_answer_id'), ['answer_id'], unique=False)

    op.create_table('provider_application_verdict',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("verdict IN ('admit', 'decline')", name=op.f('ck_provider_application_verdict_verdict')),
    sa.ForeignKeyConstraint(['application_id'], ['provider_application.id'], name=op.f('fk_provider_application_verdict_application_id_provider_application')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_application_verdict')),
    sa.UniqueConstraint('application_id', 'decided_by', name=op.f('uq_provider_application_verdict_application_id_decided_by'))
    )
    op.create_table('round_place',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('lane', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['contest_entry.id'], name=op.f('fk_round_place_entry_id_contest_entry')),
    sa.ForeignKeyConstraint(['round_id'], ['contest_round.id'], name=op.f('fk_round_place_round_id_contest_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_round_place')),
    sa.UniqueConstraint('round_id', 'entry_id', name=op.f('uq_round_place_round_id_entry_id')),
    sa.UniqueConstraint('round_id', 'lane', name=op.f('uq_round_place_round_id_lane'))
    )
    with op.batch_alter_table('round_place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_round_place_entry_id'), ['entry_id'], unique=False)

    op.create_table('round_seal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('slot', sa.String(), nullable=False),
    sa.Column('commitment', sa.String(), nullable=False),
    sa.Column('document_sealed', sa.Text(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(), nullable=False),
    sa.Column('sealed_by', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=True),
    sa.Column('opened', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('(opened_at IS NULL) = (opened IS NULL)', name=op.f('ck_round_seal_opened_whole')),
    sa.ForeignKeyConstraint(['round_id'], ['contest_round.id'], name=op.f('fk_round_seal_round_id_contest_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_round_seal')),
    sa.UniqueConstraint('commitment', name=op.f('uq_round_seal_commitment')),
    sa.UniqueConstraint('round_id', 'slot', name=op.f('uq_round_seal_round_id_slot'))
    )
    op.create_table('scenario_playtest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('scenario_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('yardstick', sa.JSON(), nullable=False),
    sa.Column('plan', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('is_planning', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('plan_draft', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('diagnosis', sa.String(), nullable=True),
    sa.Column('macro_key', sa.LargeBinary(length=8), nullable=False),
    sa.Column('micro_key', sa.LargeBinary(length=8), nullable=False),
    sa.Column('duration_ticks', sa.Integer(), nullable=False),
    sa.Column('log', sa.JSON(), nullable=False),
    sa.Column('jumps', sa.Integer(), nullable=False),
    sa.Column('writer_epoch', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('clock_at', sa.DateTime(), nullable=False),
    sa.Column('clock_ms', sa.Integer(), nullable=False),
    sa.Column('clock_speed', sa.Double(), nullable=False),
    sa.Column('is_paused', sa.Boolean(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('worth', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('clock_speed > 0', name=op.f('ck_scenario_playtest_clock_runs')),
    sa.ForeignKeyConstraint(['draft_id'], ['scenario_draft.id'], name=op.f('fk_scenario_playtest_draft_id_scenario_draft')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_scenario_playtest_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_playtest')),
    sa.UniqueConstraint('public_id', name=op.f('uq_scenario_playtest_public_id'))
    )
    with op.batch_alter_table('scenario_playtest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scenario_playtest_draft_id'), ['draft_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_scenario_playtest_person_id'), ['person_id'], unique=False)

    op.create_table('score_objection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('column_id', sa.String(), nullable=False),
    sa.Column('settled_id', sa.Integer(), nullable=False),
    sa.Column('value_e4', sa.BigInteger(), nullable=True),
    sa.Column('claimed_e4', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('filed_by', sa.String(), nullable=False),
    sa.Column('filed_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('closed_by', sa.String(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('answer', sa.String(), nullable=True),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.Column('resettled_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(state = 'accepted') = (import_id IS NOT NULL)", name=op.f('ck_score_objection_corrected')),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f('ck_score_objection_closed')),
    sa.CheckConstraint("(state = 'open') = (closed_by IS NULL)", name=op.f('ck_score_objection_closed_by_somebody')),
    sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'withdrawn')", name=op.f('ck_score_objection_state')),
    sa.CheckConstraint("state NOT IN ('accepted', 'declined') OR closed_by <> filed_by", name=op.f('ck_score_objection_two_persons')),
    sa.ForeignKeyConstraint(['import_id'], ['indicator_import.id'], name=op.f('fk_score_objection_import_id_indicator_import')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_score_objection_provider_id_provider')),
    sa.ForeignKeyConstraint(['resettled_id'], ['provider_settled_score.id'], name=op.f('fk_score_objection_resettled_id_provider_settled_score')),
    sa.ForeignKeyConstraint(['settled_id'], ['provider_settled_score.id'], name=op.f('fk_score_objection_settled_id_provider_settled_score')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_score_objection')),
    sa.UniqueConstraint('import_id', name=op.f('uq_score_objection_import_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_score_objection_public_id'))
    )
    with op.batch_alter_table('score_objection', schema=None) as batch_op:
        batch_op.create_index('ix_score_objection_waiting', ['state', 'due_at'], unique=False)
        batch_op.create_index('uq_score_objection_open', ['provider_id', 'month', 'column_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('contest_diploma_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('diploma_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('file_kid', sa.String(), nullable=False),
    sa.Column('signed_at', sa.DateTime(), nullable=False),
    sa.Column('stamped_at', sa.DateTime(), nullable=True),
    sa.Column('stamped_by', sa.String(), nullable=True),
    sa.Column('data', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['diploma_id'], ['contest_diploma.id'], name=op.f('fk_contest_diploma_file_diploma_id_contest_diploma')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_diploma_file')),
    sa.UniqueConstraint('diploma_id', name=op.f('uq_contest_diploma_file_diploma_id'))
    )
    with op.batch_alter_table('contest_diploma_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_diploma_file_sha256'), ['sha256'], unique=False)

    op.create_table('contest_protest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('filed_at', sa.DateTime(), nullable=False),
    sa.Column('answered_by', sa.String(), nullable=True),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('change', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint("outcome IN ('upheld', 'declined')", name=op.f('ck_contest_protest_outcome')),
    sa.CheckConstraint('(answered_at IS NULL) = (outcome IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)', name=op.f('ck_contest_protest_answered_whole')),
    sa.ForeignKeyConstraint(['place_id'], ['round_place.id'], name=op.f('fk_contest_protest_place_id_round_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_protest')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contest_protest_public_id'))
    )
    with op.batch_alter_table('contest_protest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contest_protest_place_id'), ['place_id'], unique=False)

    op.create_table('contest_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('run_no', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['round_place.id'], name=op.f('fk_contest_review_place_id_round_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contest_review')),
    sa.UniqueConstraint('place_id', 'run_no', name=op.f('uq_contest_review_place_id_run_no'))
    )
    op.create_table('course_cohort_member',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('cohort_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('joined_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['cohort_id'], ['course_cohort.id'], name=op.f('fk_course_cohort_member_cohort_id_course_cohort')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_course_cohort_member_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_cohort_member')),
    sa.UniqueConstraint('cohort_id', 'person_id', name=op.f('uq_course_cohort_member_cohort_id_person_id'))
    )
    with op.batch_alter_table('course_cohort_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_cohort_member_person_id'), ['person_id'], unique=False)

    op.create_table('course_media_removal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('media_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['media_id'], ['course_media.id'], name=op.f('fk_course_media_removal_media_id_course_media')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_media_removal')),
    sa.UniqueConstraint('media_id', name=op.f('uq_course_media_removal_media_id'))
    )
    op.create_table('course_meeting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('cohort_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.CheckConstraint('minutes BETWEEN 15 AND 480', name=op.f('ck_course_meeting_minutes_in_range')),
    sa.ForeignKeyConstraint(['cohort_id'], ['course_cohort.id'], name=op.f('fk_course_meeting_cohort_id_course_cohort')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_meeting')),
    sa.UniqueConstraint('public_id', name=op.f('uq_course_meeting_public_id'))
    )
    with op.batch_alter_table('course_meeting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_meeting_cohort_id'), ['cohort_id'], unique=False)

    op.create_table('decision_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('start_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('choice', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('answered_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('choice BETWEEN 0 AND 4', name=op.f('ck_decision_answer_choice_in_range')),
    sa.ForeignKeyConstraint(['case_id'], ['decision_case.id'], name=op.f('fk_decision_answer_case_id_decision_case')),
    sa.ForeignKeyConstraint(['start_id'], ['decision_start.id'], name=op.f('fk_decision_answer_start_id_decision_start')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision_answer')),
    sa.UniqueConstraint('start_id', name=op.f('uq_decision_answer_start_id'))
    )
    with op.batch_alter_table('decision_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_answer_case_id'), ['case_id'], unique=False)

    op.create_table('jury_task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('juror_id', sa.Integer(), nullable=False),
    sa.Column('dealt_at', sa.DateTime(), nullable=False),
    sa.Column('returned_at', sa.DateTime(), nullable=True),
    sa.Column('is_extra', sa.Boolean(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['juror_id'], ['contest_juror.id'], name=op.f('fk_jury_task_juror_id_contest_juror')),
    sa.ForeignKeyConstraint(['place_id'], ['round_place.id'], name=op.f('fk_jury_task_place_id_round_place')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jury_task')),
    sa.UniqueConstraint('place_id', 'juror_id', name=op.f('uq_jury_task_place_id_juror_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_jury_task_public_id'))
    )
    with op.batch_alter_table('jury_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_jury_task_juror_id'), ['juror_id'], unique=False)

    op.create_table('round_room',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('run_no', sa.Integer(), nullable=False),
    sa.Column('room_session_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['round_place.id'], name=op.f('fk_round_room_place_id_round_place')),
    sa.ForeignKeyConstraint(['room_session_id'], ['room_session.id'], name=op.f('fk_round_room_room_session_id_room_session')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_round_room')),
    sa.UniqueConstraint('place_id', 'run_no', name=op.f('uq_round_room_place_id_run_no')),
    sa.UniqueConstraint('room_session_id', name=op.f('uq_round_room_room_session_id'))
    )
    op.create_table('score_objection_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('objection_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['objection_id'], ['score_objection.id'], name=op.f('fk_score_objection_file_objection_id_score_objection')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_score_objection_file')),
    sa.UniqueConstraint('objection_id', 'sha256', name=op.f('uq_score_objection_file_objection_id_sha256'))
    )
    op.create_table('training_task',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('employment_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('assigned_by', sa.String(), nullable=False),
    sa.Column('assigned_at', sa.DateTime(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("kind IN ('chapter', 'drill', 'skill', 'cohort')", name=op.f('ck_training_task_kind_known')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.id'], name=op.f('fk_training_task_employment_id_employment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_task')),
    sa.UniqueConstraint('public_id', name=op.f('uq_training_task_public_id'))
    )
    with op.batch_alter_table('training_task', schema=None) as batch_op:
        batch_op.create_index('uq_training_task_open', ['employment_id', 'kind', 'subject'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    op.create_table('course_attendance',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('means', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("means IN ('code', 'lecturer')", name=op.f('ck_course_attendance_means_known')),
    sa.ForeignKeyConstraint(['meeting_id'], ['course_meeting.id'], name=op.f('fk_course_attendance_meeting_id_course_meeting')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_course_attendance_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_attendance')),
    sa.UniqueConstraint('meeting_id', 'person_id', name=op.f('uq_course_attendance_meeting_id_person_id'))
    )
    with op.batch_alter_table('course_attendance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_attendance_person_id'), ['person_id'], unique=False)

    op.create_table('course_feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('meeting_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('rating', sa.Integer(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('rating BETWEEN 1 AND 5', name=op.f('ck_course_feedback_rating_in_range')),
    sa.ForeignKeyConstraint(['meeting_id'], ['course_meeting.id'], name=op.f('fk_course_feedback_meeting_id_course_meeting')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_course_feedback_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_feedback')),
    sa.UniqueConstraint('meeting_id', 'person_id', name=op.f('uq_course_feedback_meeting_id_person_id'))
    )
    op.create_table('course_hours_claim',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('evidence_claim_id', sa.Integer(), nullable=False),
    sa.Column('hours', sa.Double(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['evidence_claim_id'], ['evidence_claim.id'], name=op.f('fk_course_hours_claim_evidence_claim_id_evidence_claim')),
    sa.ForeignKeyConstraint(['member_id'], ['course_cohort_member.id'], name=op.f('fk_course_hours_claim_member_id_course_cohort_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_hours_claim')),
    sa.UniqueConstraint('member_id', name=op.f('uq_course_hours_claim_member_id'))
    )
    op.create_table('course_part_done',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('done_at', sa.DateTime(), nullable=False),
    sa.Column('marks', sa.Integer(), nullable=True),
    sa.Column('remark', sa.String(), nullable=False),
    sa.Column('marked_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(marks IS NULL) = (marked_at IS NULL)', name=op.f('ck_course_part_done_marked_whole')),
    sa.CheckConstraint('marks BETWEEN 0 AND 100', name=op.f('ck_course_part_done_marks_in_range')),
    sa.ForeignKeyConstraint(['member_id'], ['course_cohort_member.id'], name=op.f('fk_course_part_done_member_id_course_cohort_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_part_done')),
    sa.UniqueConstraint('member_id', 'part', name=op.f('uq_course_part_done_member_id_part')),
    sa.UniqueConstraint('public_id', name=op.f('uq_course_part_done_public_id'))
    )
    op.create_table('jury_mark',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=False),
    sa.Column('marks', sa.JSON(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['jury_task.id'], name=op.f('fk_jury_mark_task_id_jury_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jury_mark')),
    sa.UniqueConstraint('task_id', name=op.f('uq_jury_mark_task_id'))
    )
    op.create_table('place_score',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('run_no', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('protest_id', sa.Integer(), nullable=True),
    sa.Column('room_points', sa.Double(), nullable=False),
    sa.Column('forecast_points', sa.Double(), nullable=True),
    sa.Column('strikes', sa.Integer(), nullable=False),
    sa.Column('uplift_ratio', sa.Double(), nullable=False),
    sa.Column('shadows', sa.JSON(), nullable=False),
    sa.Column('log_head', sa.String(), nullable=False),
    sa.Column('rules_ref', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['round_place.id'], name=op.f('fk_place_score_place_id_round_place')),
    sa.ForeignKeyConstraint(['protest_id'], ['contest_protest.id'], name=op.f('fk_place_score_protest_id_contest_protest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_score'))
    )
    with op.batch_alter_table('place_score', schema=None) as batch_op:
        batch_op.create_index('ix_place_score_place_run', ['place_id', 'run_no'], unique=False)

    with op.batch_alter_table('evidence_claim', schema=None) as batch_op:
        batch_op.add_column(sa.Column('provider_code', sa.String(), nullable=True))
        batch_op.create_index(batch_op.f('ix_evidence_claim_provider_code'), ['provider_code'], unique=False)

    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.add_column(sa.Column('case_place', sa.Integer(), nullable=True))

    with op.batch_alter_table('planned_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('confirmed_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('declined_by', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('decline_reason', sa.String(), nullable=True))

    with op.batch_alter_table('platform_token', schema=None) as batch_op:
        batch_op.add_column(sa.Column('scopes', sa.JSON(), nullable=True))

    with op.batch_alter_table('room_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cards', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('starts_together', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('linked', sa.JSON(none_as_null=True), nullable=True))

    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in GUARDED:
        for act in ("update", "delete"):
            head = f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            if postgresql:
                op.execute(head + "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            else:
                op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")


def downgrade() -> None:
    with op.batch_alter_table('room_session', schema=None) as batch_op:
        batch_op.drop_column('linked')
        batch_op.drop_column('starts_together')
        batch_op.drop_column('cards')

    with op.batch_alter_table('platform_token', schema=None) as batch_op:
        batch_op.drop_column('scopes')

    with op.batch_alter_table('planned_session', schema=None) as batch_op:
        batch_op.drop_column('decline_reason')
        batch_op.drop_column('declined_by')
        batch_op.drop_column('confirmed_at')

    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.drop_column('case_place')

    with op.batch_alter_table('evidence_claim', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_evidence_claim_provider_code'))
        batch_op.drop_column('provider_code')

    with op.batch_alter_table('place_score', schema=None) as batch_op:
        batch_op.drop_index('ix_place_score_place_run')

    op.drop_table('place_score')
    op.drop_table('jury_mark')
    op.drop_table('course_part_done')
    op.drop_table('course_hours_claim')
    op.drop_table('course_feedback')
    with op.batch_alter_table('course_attendance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_attendance_person_id'))

    op.drop_table('course_attendance')
    with op.batch_alter_table('training_task', schema=None) as batch_op:
        batch_op.drop_index('uq_training_task_open', sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    op.drop_table('training_task')
    op.drop_table('score_objection_file')
    op.drop_table('round_room')
    with op.batch_alter_table('jury_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_jury_task_juror_id'))

    op.drop_table('jury_task')
    with op.batch_alter_table('decision_answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_answer_case_id'))

    op.drop_table('decision_answer')
    with op.batch_alter_table('course_meeting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_meeting_cohort_id'))

    op.drop_table('course_meeting')
    op.drop_table('course_media_removal')
    with op.batch_alter_table('course_cohort_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_cohort_member_person_id'))

    op.drop_table('course_cohort_member')
    op.drop_table('contest_review')
    with op.batch_alter_table('contest_protest', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_protest_place_id'))

    op.drop_table('contest_protest')
    with op.batch_alter_table('contest_diploma_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_diploma_file_sha256'))

    op.drop_table('contest_diploma_file')
    with op.batch_alter_table('score_objection', schema=None) as batch_op:
        batch_op.drop_index('uq_score_objection_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_score_objection_waiting')

    op.drop_table('score_objection')
    with op.batch_alter_table('scenario_playtest', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scenario_playtest_person_id'))
        batch_op.drop_index(batch_op.f('ix_scenario_playtest_draft_id'))

    op.drop_table('scenario_playtest')
    op.drop_table('round_seal')
    with op.batch_alter_table('round_place', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_round_place_entry_id'))

    op.drop_table('round_place')
    op.drop_table('provider_application_verdict')
    with op.batch_alter_table('practice_recall_choice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_practice_recall_choice_answer_id'))

    op.drop_table('practice_recall_choice')
    with op.batch_alter_table('practice_mistake_reason', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_practice_mistake_reason_answer_id'))

    op.drop_table('practice_mistake_reason')
    with op.batch_alter_table('placement_answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_placement_answer_item_id'))

    op.drop_table('placement_answer')
    op.drop_table('period_sitting')
    with op.batch_alter_table('peer_vote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_peer_vote_entry_id'))

    op.drop_table('peer_vote')
    with op.batch_alter_table('mock_exam', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mock_exam_person_id'))

    op.drop_table('mock_exam')
    op.drop_table('lecturer_vote')
    with op.batch_alter_table('decision_start', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_start_person_id'))

    op.drop_table('decision_start')
    with op.batch_alter_table('course_media', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_media_course_id'))

    op.drop_table('course_media')
    with op.batch_alter_table('course_cohort', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_cohort_provider_code'))
        batch_op.drop_index(batch_op.f('ix_course_cohort_course_id'))

    op.drop_table('course_cohort')
    with op.batch_alter_table('contest_season_points', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_season_points_person_id'))
        batch_op.drop_index(batch_op.f('ix_contest_season_points_contest_id'))

    op.drop_table('contest_season_points')
    with op.batch_alter_table('contest_result', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_result_entry_id'))

    op.drop_table('contest_result')
    with op.batch_alter_table('contest_diploma', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_diploma_contest_id'))

    op.drop_table('contest_diploma')
    op.drop_table('contest_board_step')
    op.drop_table('contest_board')
    op.drop_table('card_play')
    op.drop_table('reading_position')
    with op.batch_alter_table('provider_mail', schema=None) as batch_op:
        batch_op.drop_index('ix_provider_mail_waiting', sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))

    op.drop_table('provider_mail')
    with op.batch_alter_table('provider_application', schema=None) as batch_op:
        batch_op.drop_index('uq_provider_application_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.drop_table('provider_application')
    with op.batch_alter_table('practice_review_card', schema=None) as batch_op:
        batch_op.drop_index('ix_practice_review_card_due')

    op.drop_table('practice_review_card')
    op.drop_table('practice_choice')
    with op.batch_alter_table('practice_answer', schema=None) as batch_op:
        batch_op.drop_index('ix_practice_answer_person_item')
        batch_op.drop_index('ix_practice_answer_person_at')

    op.drop_table('practice_answer')
    with op.batch_alter_table('placement_test', schema=None) as batch_op:
        batch_op.drop_index('uq_placement_test_open', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_placement_test_person_id'))

    op.drop_table('placement_test')
    with op.batch_alter_table('period_run', schema=None) as batch_op:
        batch_op.drop_index('uq_period_run_open', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_period_run_person_id'))

    op.drop_table('period_run')
    with op.batch_alter_table('password_reset', schema=None) as batch_op:
        batch_op.drop_index('ix_password_reset_waiting', sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_password_reset_person_id'))

    op.drop_table('password_reset')
    with op.batch_alter_table('lecturer_application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lecturer_application_person_id'))

    op.drop_table('lecturer_application')
    with op.batch_alter_table('league_points', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_league_points_season_id'))

    op.drop_table('league_points')
    with op.batch_alter_table('item_calibration', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_calibration_level'))

    op.drop_table('item_calibration')
    with op.batch_alter_table('decision_case', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_case_published_at'))

    op.drop_table('decision_case')
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_lecturer_id'))

    op.drop_table('course')
    with op.batch_alter_table('contest_round', schema=None) as batch_op:
        batch_op.drop_index('ix_contest_round_due')
        batch_op.drop_index(batch_op.f('ix_contest_round_contest_id'))

    op.drop_table('contest_round')
    with op.batch_alter_table('contest_recheck', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_recheck_contest_id'))

    op.drop_table('contest_recheck')
    with op.batch_alter_table('contest_proposal', schema=None) as batch_op:
        batch_op.drop_index('uq_contest_proposal_open', sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_contest_proposal_contest_id'))

    op.drop_table('contest_proposal')
    with op.batch_alter_table('contest_notice', schema=None) as batch_op:
        batch_op.drop_index('ix_contest_notice_waiting', sqlite_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'), postgresql_where=sa.text('sent_at IS NULL AND given_up_at IS NULL'))
        batch_op.drop_index('ix_contest_notice_unseen')

    op.drop_table('contest_notice')
    with op.batch_alter_table('contest_juror', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_juror_person_id'))

    op.drop_table('contest_juror')
    with op.batch_alter_table('contest_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contest_entry_person_id'))

    op.drop_table('contest_entry')
    op.drop_table('contest_check')
    with op.batch_alter_table('check_tally', schema=None) as batch_op:
        batch_op.drop_index('ix_check_tally_provider_day')

    op.drop_table('check_tally')
    with op.batch_alter_table('blueprint_draft_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_blueprint_draft_event_draft_id'))

    op.drop_table('blueprint_draft_event')
    op.drop_table('skill_mean')
    op.drop_table('contest_rules_version')
    with op.batch_alter_table('contest', schema=None) as batch_op:
        batch_op.drop_index('ix_contest_state_closes')

    op.drop_table('contest')
    with op.batch_alter_table('blueprint_draft', schema=None) as batch_op:
        batch_op.drop_index('uq_blueprint_draft_open', sqlite_where=sa.text("state IN ('draft', 'proposed')"), postgresql_where=sa.text("state IN ('draft', 'proposed')"))
        batch_op.drop_index(batch_op.f('ix_blueprint_draft_blueprint_id'))

    op.drop_table('blueprint_draft')
