"""tickets, refreshers, providers' standing, studio"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


GUARDED = ("blueprint_pilot_choice", "case_draft_fact", "credential_renewal", "feed_change", "feed_snapshot", "league_placing", "provider_red_line", "provider_settled_score", "provider_tier_decision", "realism_vote", "refresher_sitting", "scenario_draft_fact", "session_result", "uplift_estimate",)

OVERLAP_SQLITE = (
    """CREATE TRIGGER employment_no_overlap_insert BEFORE INSERT ON employment
WHEN EXISTS (SELECT 1 FROM employment other
   WHERE other.person_id = NEW.person_id AND other.id <> coalesce(NEW.id, -1)
     AND (NEW.ended_at IS NULL OR other.started_at < NEW.ended_at)
     AND (other.ended_at IS NULL OR other.ended_at > NEW.started_at))
BEGIN SELECT RAISE(ABORT, 'employments of one person overlap'); END""",
    """CREATE TRIGGER employment_no_overlap_update BEFORE UPDATE ON employment
WHEN (NEW.person_id <> OLD.person_id OR NEW.started_at < OLD.started_at
   OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at > OLD.ended_at))) AND EXISTS (SELECT 1 FROM employment other
   WHERE other.person_id = NEW.person_id AND other.id <> coalesce(NEW.id, -1)
     AND (NEW.ended_at IS NULL OR other.started_at < NEW.ended_at)
     AND (other.ended_at IS NULL OR other.ended_at > NEW.started_at))
BEGIN SELECT RAISE(ABORT, 'employments of one person overlap'); END""",
)
"""SQLite has one writer: what the trigger sees is all there is."""

OVERLAP_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION refuse_overlapping_employment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM person WHERE id = NEW.person_id FOR UPDATE;
  IF EXISTS (SELECT 1 FROM employment other
   WHERE other.person_id = NEW.person_id AND other.id <> coalesce(NEW.id, -1)
     AND (NEW.ended_at IS NULL OR other.started_at < NEW.ended_at)
     AND (other.ended_at IS NULL OR other.ended_at > NEW.started_at)) THEN
    RAISE EXCEPTION 'employments of one person overlap' USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NEW;
END $$""",
    """CREATE TRIGGER employment_no_overlap_insert BEFORE INSERT ON employment
FOR EACH ROW EXECUTE FUNCTION refuse_overlapping_employment()""",
    """CREATE TRIGGER employment_no_overlap_update BEFORE UPDATE ON employment
FOR EACH ROW WHEN (NEW.person_id <> OLD.person_id OR NEW.started_at < OLD.started_at
   OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at > OLD.ended_at))) EXECUTE FUNCTION refuse_overlapping_employment()""",
)
"""The person's row is the lock: of two that come at once the second sees the first."""


def upgrade() -> None:
    op.create_table('feed_snapshot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('last_change_id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('signature', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feed_snapshot'))
    )
    op.create_table('league_season',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('first_month', sa.Date(), nullable=False),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('reveals_at', sa.DateTime(), nullable=False),
    sa.Column('opened_by', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('revealed_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_league_season')),
    sa.UniqueConstraint('code', name=op.f('uq_league_season_code')),
    sa.UniqueConstraint('first_month', name=op.f('uq_league_season_first_month'))
    )
    op.create_table('platform_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('beginning', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_token')),
    sa.UniqueConstraint('public_id', name=op.f('uq_platform_token_public_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_platform_token_token_hash'))
    )
    op.create_table('scheme_proposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('scheme_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('comment', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('proposed_by', sa.String(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('reason', sa.String(), nullable=True),
    sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f('ck_scheme_proposal_decided')),
    sa.CheckConstraint("state IN ('proposed', 'published', 'declined')", name=op.f('ck_scheme_proposal_state')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> proposed_by', name=op.f('ck_scheme_proposal_two_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scheme_proposal')),
    sa.UniqueConstraint('public_id', name=op.f('uq_scheme_proposal_public_id'))
    )
    with op.batch_alter_table('scheme_proposal', schema=None) as batch_op:
        batch_op.create_index('uq_scheme_proposal_waiting', ['scheme_id'], unique=True, sqlite_where=sa.text("state = 'proposed'"), postgresql_where=sa.text("state = 'proposed'"))

    op.create_table('session_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('new_count', sa.Integer(), nullable=False),
    sa.Column('corrected_count', sa.Integer(), nullable=False),
    sa.Column('unchanged_count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_import')),
    sa.UniqueConstraint('sha256', name=op.f('uq_session_import_sha256'))
    )
    op.create_table('bank_retirement_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('item_refs', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('requester_id', sa.Integer(), nullable=False),
    sa.Column('requested_at', sa.DateTime(), nullable=False),
    sa.Column('decider_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.CheckConstraint('(decided_at IS NULL) = (outcome IS NULL)', name=op.f('ck_bank_retirement_request_decided_has_outcome')),
    sa.CheckConstraint('decider_id <> requester_id', name=op.f('ck_bank_retirement_request_two_persons')),
    sa.ForeignKeyConstraint(['decider_id'], ['person.id'], name=op.f('fk_bank_retirement_request_decider_id_person')),
    sa.ForeignKeyConstraint(['requester_id'], ['person.id'], name=op.f('fk_bank_retirement_request_requester_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_retirement_request')),
    sa.UniqueConstraint('public_id', name=op.f('uq_bank_retirement_request_public_id'))
    )
    op.create_table('blueprint_pilot_choice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('blueprint_id', sa.String(), nullable=False),
    sa.Column('pilot_count', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('pilot_count BETWEEN 0 AND 10', name=op.f('ck_blueprint_pilot_choice_count_in_range')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_blueprint_pilot_choice_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blueprint_pilot_choice'))
    )
    with op.batch_alter_table('blueprint_pilot_choice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_blueprint_pilot_choice_blueprint_id'), ['blueprint_id'], unique=False)

    op.create_table('case_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('base_version', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=True),
    sa.Column('sheet', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('pool', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('revision >= 1', name=op.f('ck_case_draft_revision_counts')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_case_draft_author_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_draft')),
    sa.UniqueConstraint('public_id', name=op.f('uq_case_draft_public_id'))
    )
    with op.batch_alter_table('case_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_draft_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_case_draft_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_case_draft_stage'), ['stage'], unique=False)
        batch_op.create_index('uq_case_draft_open', ['case_id'], unique=True, sqlite_where=sa.text("stage IN ('draft', 'review')"), postgresql_where=sa.text("stage IN ('draft', 'review')"))

    op.create_table('feed_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('junior_count', sa.Integer(), nullable=False),
    sa.Column('intermediate_count', sa.Integer(), nullable=False),
    sa.Column('senior_count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_feed_change_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feed_change'))
    )
    with op.batch_alter_table('feed_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_feed_change_provider_id'), ['provider_id'], unique=False)

    op.create_table('league_placing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('season_id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('division', sa.String(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=True),
    sa.Column('points_e2', sa.Integer(), nullable=True),
    sa.Column('is_shared', sa.Boolean(), nullable=False),
    sa.Column('movement', sa.String(), nullable=False),
    sa.Column('next_division', sa.String(), nullable=False),
    sa.CheckConstraint("movement IN ('up', 'down', 'stay', 'unranked')", name=op.f('ck_league_placing_movement')),
    sa.CheckConstraint('(place IS NULL) = (points_e2 IS NULL)', name=op.f('ck_league_placing_place_has_points')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_league_placing_provider_id_provider')),
    sa.ForeignKeyConstraint(['season_id'], ['league_season.id'], name=op.f('fk_league_placing_season_id_league_season')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_league_placing')),
    sa.UniqueConstraint('season_id', 'provider_id', name=op.f('uq_league_placing_season_id_provider_id'))
    )
    with op.batch_alter_table('league_placing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_league_placing_provider_id'), ['provider_id'], unique=False)

    op.create_table('provider_listing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('home', sa.String(), nullable=False),
    sa.Column('categories', sa.JSON(), nullable=False),
    sa.Column('regions', sa.JSON(), nullable=False),
    sa.Column('stages', sa.JSON(), nullable=False),
    sa.Column('introduction', sa.String(), nullable=False),
    sa.Column('consent_version', sa.Integer(), nullable=False),
    sa.Column('consented_at', sa.DateTime(), nullable=False),
    sa.Column('consented_by', sa.String(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('length(introduction) <= 200', name=op.f('ck_provider_listing_introduction_short')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_listing_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_listing')),
    sa.UniqueConstraint('provider_id', name=op.f('uq_provider_listing_provider_id'))
    )
    op.create_table('provider_red_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('red_line', sa.String(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('until_month', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('found_by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('lifts_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('lifts_id IS NULL OR lifts_id < id', name=op.f('ck_provider_red_line_lifts_an_earlier')),
    sa.ForeignKeyConstraint(['lifts_id'], ['provider_red_line.id'], name=op.f('fk_provider_red_line_lifts_id_provider_red_line')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_red_line_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_red_line')),
    sa.UniqueConstraint('lifts_id', name=op.f('uq_provider_red_line_lifts_id'))
    )
    with op.batch_alter_table('provider_red_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_red_line_provider_id'), ['provider_id'], unique=False)

    op.create_table('provider_settled_score',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('scheme_ref', sa.String(), nullable=False),
    sa.Column('inputs', sa.LargeBinary(), nullable=False),
    sa.Column('total_e2', sa.Integer(), nullable=False),
    sa.Column('certified_e2', sa.Integer(), nullable=False),
    sa.Column('rating', sa.String(), nullable=False),
    sa.Column('is_provisional', sa.Boolean(), nullable=False),
    sa.Column('settled_at', sa.DateTime(), nullable=False),
    sa.Column('computed_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_settled_score_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_settled_score')),
    sa.UniqueConstraint('provider_id', 'month', 'revision', name=op.f('uq_provider_settled_score_provider_id_month_revision'))
    )
    with op.batch_alter_table('provider_settled_score', schema=None) as batch_op:
        batch_op.create_index('ix_provider_settled_score_month', ['month', 'provider_id'], unique=False)

    op.create_table('provider_tier_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('tier', sa.String(), nullable=False),
    sa.Column('tier_before', sa.String(), nullable=False),
    sa.Column('scheme_ref', sa.String(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('moved', 'invited')", name=op.f('ck_provider_tier_decision_kind')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_provider_tier_decision_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_tier_decision'))
    )
    with op.batch_alter_table('provider_tier_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_tier_decision_provider_id'), ['provider_id'], unique=False)

    op.create_table('realism_vote',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('scenario_version_id', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('room_ref', sa.String(), nullable=False),
    sa.Column('sessions_run', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Text(), nullable=False),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('confirms', sa.Boolean(), nullable=False),
    sa.Column('voted_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('sessions_run >= 0', name=op.f('ck_realism_vote_sessions_run')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_realism_vote_person_id_person')),
    sa.ForeignKeyConstraint(['scenario_version_id'], ['scenario_version.id'], name=op.f('fk_realism_vote_scenario_version_id_scenario_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_realism_vote')),
    sa.UniqueConstraint('public_id', name=op.f('uq_realism_vote_public_id')),
    sa.UniqueConstraint('scenario_version_id', 'person_id', name=op.f('uq_realism_vote_scenario_version_id_person_id'))
    )
    with op.batch_alter_table('realism_vote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_realism_vote_person_id'), ['person_id'], unique=False)

    op.create_table('scenario_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('scenario_id', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('organisation', sa.String(), nullable=True),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('first_body', sa.JSON(), nullable=False),
    sa.Column('yardstick', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('published_ref', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('updated_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('revision >= 1', name=op.f('ck_scenario_draft_revision_counts')),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_scenario_draft_author_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_draft')),
    sa.UniqueConstraint('public_id', name=op.f('uq_scenario_draft_public_id'))
    )
    with op.batch_alter_table('scenario_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scenario_draft_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_scenario_draft_scenario_id'), ['scenario_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_scenario_draft_stage'), ['stage'], unique=False)
        batch_op.create_index('uq_scenario_draft_open', ['scenario_id'], unique=True, sqlite_where=sa.text("stage IN ('draft', 'review', 'accepted')"), postgresql_where=sa.text("stage IN ('draft', 'review', 'accepted')"))

    op.create_table('session_recording',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('base_ref', sa.String(), nullable=False),
    sa.Column('uploaded_by_id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('uploaded_at', sa.DateTime(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('table', sa.JSON(), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('minutes', sa.JSON(), nullable=True),
    sa.Column('skipped', sa.JSON(), nullable=False),
    sa.Column('fit', sa.JSON(), nullable=True),
    sa.Column('body', sa.JSON(), nullable=True),
    sa.Column('fitted_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("stage IN ('columns', 'waiting', 'fitted', 'failed')", name=op.f('ck_session_recording_stage')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_session_recording_provider_id_provider')),
    sa.ForeignKeyConstraint(['uploaded_by_id'], ['person.id'], name=op.f('fk_session_recording_uploaded_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_recording')),
    sa.UniqueConstraint('public_id', name=op.f('uq_session_recording_public_id'))
    )
    with op.batch_alter_table('session_recording', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_recording_provider_id'), ['provider_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_session_recording_uploaded_by_id'), ['uploaded_by_id'], unique=False)
        batch_op.create_index('ix_session_recording_waiting', ['id'], unique=False, sqlite_where=sa.text("stage = 'waiting'"), postgresql_where=sa.text("stage = 'waiting'"))

    op.create_table('session_result',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_ref', sa.String(), nullable=False),
    sa.Column('merchant_ref', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('net_gmv_fen', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('minutes > 0', name=op.f('ck_session_result_minutes_positive')),
    sa.CheckConstraint('person_id IS NULL OR provider_id IS NOT NULL', name=op.f('ck_session_result_operator_has_provider')),
    sa.ForeignKeyConstraint(['import_id'], ['session_import.id'], name=op.f('fk_session_result_import_id_session_import')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_session_result_person_id_person')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_session_result_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_result')),
    sa.UniqueConstraint('session_ref', 'import_id', name=op.f('uq_session_result_session_ref_import_id'))
    )
    with op.batch_alter_table('session_result', schema=None) as batch_op:
        batch_op.create_index('ix_session_result_merchant', ['merchant_ref', 'started_at'], unique=False)
        batch_op.create_index('ix_session_result_person', ['person_id', 'started_at'], unique=False)
        batch_op.create_index('ix_session_result_started', ['started_at'], unique=False)

    op.create_table('staff_draw',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(), nullable=False),
    sa.Column('drawn_by', sa.String(), nullable=False),
    sa.Column('staff_count', sa.Integer(), nullable=False),
    sa.Column('drawn_count', sa.Integer(), nullable=False),
    sa.CheckConstraint("cause IN ('monthly', 'growth')", name=op.f('ck_staff_draw_cause_known')),
    sa.CheckConstraint('drawn_count BETWEEN 0 AND staff_count', name=op.f('ck_staff_draw_drawn_of_staff')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_staff_draw_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_draw')),
    sa.UniqueConstraint('provider_id', 'month', 'cause', name=op.f('uq_staff_draw_provider_id_month_cause'))
    )
    op.create_table('uplift_estimate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('inputs_hash', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('estimated_at', sa.DateTime(), nullable=False),
    sa.Column('uplift_ratio', sa.Double(), nullable=True),
    sa.Column('low_ratio', sa.Double(), nullable=True),
    sa.Column('high_ratio', sa.Double(), nullable=True),
    sa.Column('weight', sa.Double(), nullable=False),
    sa.Column('counted_ratio', sa.Double(), nullable=True),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('weight BETWEEN 0 AND 1', name=op.f('ck_uplift_estimate_weight_is_fraction')),
    sa.ForeignKeyConstraint(['import_id'], ['indicator_import.id'], name=op.f('fk_uplift_estimate_import_id_indicator_import')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_uplift_estimate_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_uplift_estimate')),
    sa.UniqueConstraint('provider_id', 'month', 'inputs_hash', name=op.f('uq_uplift_estimate_provider_id_month_inputs_hash'))
    )
    op.create_table('case_draft_fact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['case_draft.id'], name=op.f('fk_case_draft_fact_draft_id_case_draft')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_case_draft_fact_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_draft_fact')),
    sa.UniqueConstraint('draft_id', 'sequence', name=op.f('uq_case_draft_fact_draft_id_sequence'))
    )
    with op.batch_alter_table('case_draft_fact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_draft_fact_person_id'), ['person_id'], unique=False)

    op.create_table('scenario_draft_fact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['scenario_draft.id'], name=op.f('fk_scenario_draft_fact_draft_id_scenario_draft')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_scenario_draft_fact_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_draft_fact')),
    sa.UniqueConstraint('draft_id', 'sequence', name=op.f('uq_scenario_draft_fact_draft_id_sequence'))
    )
    with op.batch_alter_table('scenario_draft_fact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scenario_draft_fact_person_id'), ['person_id'], unique=False)

    op.create_table('scenario_draft_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('undone_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['draft_id'], ['scenario_draft.id'], name=op.f('fk_scenario_draft_step_draft_id_scenario_draft')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_scenario_draft_step_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_draft_step')),
    sa.UniqueConstraint('draft_id', 'revision', name=op.f('uq_scenario_draft_step_draft_id_revision'))
    )
    with op.batch_alter_table('scenario_draft_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scenario_draft_step_draft_id'), ['draft_id'], unique=False)

    op.create_table('scenario_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('done_units', sa.Integer(), nullable=False),
    sa.Column('all_units', sa.Integer(), nullable=False),
    sa.Column('holder', sa.String(), nullable=True),
    sa.Column('queued_at', sa.DateTime(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=True),
    sa.Column('beat_at', sa.DateTime(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('problem', sa.String(), nullable=True),
    sa.CheckConstraint("kind IN ('fine', 'release')", name=op.f('ck_scenario_run_kind_known')),
    sa.CheckConstraint("status IN ('queued', 'running', 'done', 'cancelled', 'failed')", name=op.f('ck_scenario_run_status_known')),
    sa.ForeignKeyConstraint(['draft_id'], ['scenario_draft.id'], name=op.f('fk_scenario_run_draft_id_scenario_draft')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scenario_run')),
    sa.UniqueConstraint('public_id', name=op.f('uq_scenario_run_public_id'))
    )
    with op.batch_alter_table('scenario_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scenario_run_content_hash'), ['content_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_scenario_run_draft_id'), ['draft_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_scenario_run_status'), ['status'], unique=False)
        batch_op.create_index('uq_scenario_run_active', ['draft_id', 'kind'], unique=True, sqlite_where=sa.text("status IN ('queued', 'running')"), postgresql_where=sa.text("status IN ('queued', 'running')"))

    op.create_table('planned_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('provider_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('starts_at', sa.DateTime(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('employment_id', sa.Integer(), nullable=True),
    sa.Column('planned_by', sa.String(), nullable=False),
    sa.Column('planned_at', sa.DateTime(), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("level IN ('junior', 'intermediate', 'senior')", name=op.f('ck_planned_session_level_known')),
    sa.CheckConstraint('minutes BETWEEN 30 AND 960', name=op.f('ck_planned_session_minutes_possible')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.id'], name=op.f('fk_planned_session_employment_id_employment')),
    sa.ForeignKeyConstraint(['provider_id'], ['provider.id'], name=op.f('fk_planned_session_provider_id_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planned_session')),
    sa.UniqueConstraint('public_id', name=op.f('uq_planned_session_public_id'))
    )
    with op.batch_alter_table('planned_session', schema=None) as batch_op:
        batch_op.create_index('ix_planned_session_operator', ['employment_id', 'starts_at'], unique=False)
        batch_op.create_index('ix_planned_session_week', ['provider_id', 'starts_at'], unique=False)

    op.create_table('progress_consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('employment_id', sa.Integer(), nullable=False),
    sa.Column('consent_version', sa.Integer(), nullable=False),
    sa.Column('given_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.id'], name=op.f('fk_progress_consent_employment_id_employment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_progress_consent'))
    )
    with op.batch_alter_table('progress_consent', schema=None) as batch_op:
        batch_op.create_index('uq_progress_consent_running', ['employment_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('staff_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(), nullable=False),
    sa.Column('draw_id', sa.Integer(), nullable=False),
    sa.Column('employment_id', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('answer', sa.String(), nullable=True),
    sa.CheckConstraint("answer IN ('confirmed', 'ended', 'lapsed')", name=op.f('ck_staff_check_answer_known')),
    sa.CheckConstraint('(answered_at IS NULL) = (answer IS NULL)', name=op.f('ck_staff_check_answer_has_moment')),
    sa.ForeignKeyConstraint(['draw_id'], ['staff_draw.id'], name=op.f('fk_staff_check_draw_id_staff_draw')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.id'], name=op.f('fk_staff_check_employment_id_employment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_check')),
    sa.UniqueConstraint('draw_id', 'employment_id', name=op.f('uq_staff_check_draw_id_employment_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_staff_check_public_id'))
    )
    with op.batch_alter_table('staff_check', schema=None) as batch_op:
        batch_op.create_index('ix_staff_check_due', ['due_at', 'answered_at'], unique=False)
        batch_op.create_index('uq_staff_check_waiting', ['employment_id'], unique=True, sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))

    op.create_table('refresher_sitting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('credential_id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('programme_ref', sa.String(), nullable=False),
    sa.Column('topic_counts', sa.JSON(), nullable=False),
    sa.Column('changed_ids', sa.JSON(), nullable=False),
    sa.Column('began_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_refresher_sitting_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['credential_id'], ['credential_record.id'], name=op.f('fk_refresher_sitting_credential_id_credential_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refresher_sitting')),
    sa.UniqueConstraint('attempt_id', name=op.f('uq_refresher_sitting_attempt_id'))
    )
    with op.batch_alter_table('refresher_sitting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_refresher_sitting_credential_id'), ['credential_id'], unique=False)

    op.create_table('credential_renewal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('credential_id', sa.Integer(), nullable=False),
    sa.Column('successor_id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('successor_id <> credential_id', name=op.f('ck_credential_renewal_another')),
    sa.ForeignKeyConstraint(['credential_id'], ['credential_record.id'], name=op.f('fk_credential_renewal_credential_id_credential_record')),
    sa.ForeignKeyConstraint(['sitting_id'], ['refresher_sitting.id'], name=op.f('fk_credential_renewal_sitting_id_refresher_sitting')),
    sa.ForeignKeyConstraint(['successor_id'], ['credential_record.id'], name=op.f('fk_credential_renewal_successor_id_credential_record')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credential_renewal')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_credential_renewal_credential_id')),
    sa.UniqueConstraint('sitting_id', name=op.f('uq_credential_renewal_sitting_id')),
    sa.UniqueConstraint('successor_id', name=op.f('uq_credential_renewal_successor_id'))
    )
    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.add_column(sa.Column('case_draft_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_item_draft_case_draft_id'), ['case_draft_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_item_draft_case_draft_id_case_draft'), 'case_draft', ['case_draft_id'], ['id'])

    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.add_column(sa.Column('allows_tickets', sa.Boolean(), server_default='0', nullable=False))

    with op.batch_alter_table('standard_meeting', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cut_step', sa.Double(), server_default='0.01', nullable=False))

    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('limited_to', sa.String(), nullable=True))

    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in GUARDED:
        for act in ("update", "delete"):
            head = f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
            if postgresql:
                op.execute(head + "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            else:
                op.execute(head + f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")
    for statement in OVERLAP_POSTGRESQL if postgresql else OVERLAP_SQLITE:
        op.execute(sa.text(statement))


def downgrade() -> None:
    on_employment = " ON employment" if op.get_bind().dialect.name == "postgresql" else ""
    for act in ("insert", "update"):
        op.execute(f"DROP TRIGGER employment_no_overlap_{act}{on_employment}")
    if on_employment:
        op.execute("DROP FUNCTION refuse_overlapping_employment")
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_column('limited_to')

    with op.batch_alter_table('standard_meeting', schema=None) as batch_op:
        batch_op.drop_column('cut_step')

    with op.batch_alter_table('sitting', schema=None) as batch_op:
        batch_op.drop_column('allows_tickets')

    with op.batch_alter_table('item_draft', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_item_draft_case_draft_id_case_draft'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_item_draft_case_draft_id'))
        batch_op.drop_column('case_draft_id')

    op.drop_table('credential_renewal')
    with op.batch_alter_table('refresher_sitting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_refresher_sitting_credential_id'))

    op.drop_table('refresher_sitting')
    with op.batch_alter_table('staff_check', schema=None) as batch_op:
        batch_op.drop_index('uq_staff_check_waiting', sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))
        batch_op.drop_index('ix_staff_check_due')

    op.drop_table('staff_check')
    with op.batch_alter_table('progress_consent', schema=None) as batch_op:
        batch_op.drop_index('uq_progress_consent_running', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.drop_table('progress_consent')
    with op.batch_alter_table('planned_session', schema=None) as batch_op:
        batch_op.drop_index('ix_planned_session_week')
        batch_op.drop_index('ix_planned_session_operator')

    op.drop_table('planned_session')
    with op.batch_alter_table('scenario_run', schema=None) as batch_op:
        batch_op.drop_index('uq_scenario_run_active', sqlite_where=sa.text("status IN ('queued', 'running')"), postgresql_where=sa.text("status IN ('queued', 'running')"))
        batch_op.drop_index(batch_op.f('ix_scenario_run_status'))
        batch_op.drop_index(batch_op.f('ix_scenario_run_draft_id'))
        batch_op.drop_index(batch_op.f('ix_scenario_run_content_hash'))

    op.drop_table('scenario_run')
    with op.batch_alter_table('scenario_draft_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scenario_draft_step_draft_id'))

    op.drop_table('scenario_draft_step')
    with op.batch_alter_table('scenario_draft_fact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scenario_draft_fact_person_id'))

    op.drop_table('scenario_draft_fact')
    with op.batch_alter_table('case_draft_fact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_case_draft_fact_person_id'))

    op.drop_table('case_draft_fact')
    op.drop_table('uplift_estimate')
    op.drop_table('staff_draw')
    with op.batch_alter_table('session_result', schema=None) as batch_op:
        batch_op.drop_index('ix_session_result_started')
        batch_op.drop_index('ix_session_result_person')
        batch_op.drop_index('ix_session_result_merchant')

    op.drop_table('session_result')
    with op.batch_alter_table('session_recording', schema=None) as batch_op:
        batch_op.drop_index('ix_session_recording_waiting', sqlite_where=sa.text("stage = 'waiting'"), postgresql_where=sa.text("stage = 'waiting'"))
        batch_op.drop_index(batch_op.f('ix_session_recording_uploaded_by_id'))
        batch_op.drop_index(batch_op.f('ix_session_recording_provider_id'))

    op.drop_table('session_recording')
    with op.batch_alter_table('scenario_draft', schema=None) as batch_op:
        batch_op.drop_index('uq_scenario_draft_open', sqlite_where=sa.text("stage IN ('draft', 'review', 'accepted')"), postgresql_where=sa.text("stage IN ('draft', 'review', 'accepted')"))
        batch_op.drop_index(batch_op.f('ix_scenario_draft_stage'))
        batch_op.drop_index(batch_op.f('ix_scenario_draft_scenario_id'))
        batch_op.drop_index(batch_op.f('ix_scenario_draft_author_id'))

    op.drop_table('scenario_draft')
    with op.batch_alter_table('realism_vote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_realism_vote_person_id'))

    op.drop_table('realism_vote')
    with op.batch_alter_table('provider_tier_decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provider_tier_decision_provider_id'))

    op.drop_table('provider_tier_decision')
    with op.batch_alter_table('provider_settled_score', schema=None) as batch_op:
        batch_op.drop_index('ix_provider_settled_score_month')

    op.drop_table('provider_settled_score')
    with op.batch_alter_table('provider_red_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provider_red_line_provider_id'))

    op.drop_table('provider_red_line')
    op.drop_table('provider_listing')
    with op.batch_alter_table('league_placing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_league_placing_provider_id'))

    op.drop_table('league_placing')
    with op.batch_alter_table('feed_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_feed_change_provider_id'))

    op.drop_table('feed_change')
    with op.batch_alter_table('case_draft', schema=None) as batch_op:
        batch_op.drop_index('uq_case_draft_open', sqlite_where=sa.text("stage IN ('draft', 'review')"), postgresql_where=sa.text("stage IN ('draft', 'review')"))
        batch_op.drop_index(batch_op.f('ix_case_draft_stage'))
        batch_op.drop_index(batch_op.f('ix_case_draft_case_id'))
        batch_op.drop_index(batch_op.f('ix_case_draft_author_id'))

    op.drop_table('case_draft')
    with op.batch_alter_table('blueprint_pilot_choice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_blueprint_pilot_choice_blueprint_id'))

    op.drop_table('blueprint_pilot_choice')
    op.drop_table('bank_retirement_request')
    op.drop_table('session_import')
    with op.batch_alter_table('scheme_proposal', schema=None) as batch_op:
        batch_op.drop_index('uq_scheme_proposal_waiting', sqlite_where=sa.text("state = 'proposed'"), postgresql_where=sa.text("state = 'proposed'"))

    op.drop_table('scheme_proposal')
    op.drop_table('platform_token')
    op.drop_table('league_season')
    op.drop_table('feed_snapshot')
