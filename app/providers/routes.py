"""Pages of providers: the scorecard, the staff, own invitations, the import of indicators."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.core import clock
from app.core.clock import BEIJING
from app.core.config import Settings
from app.core.db import db, transaction
from app.core.error_pages import add_messages, message_of, wants_json
from app.core.errors import NotFoundError
from app.core.web import SIGNED_IN, BaseForm, access
from app.providers import (
    exporting,
    forms,
    importing,
    indicator_page,
    invitation_page,
    labels,
    plan_routes,
    presenting,
    queries,
    reporting,
    staffing,
    standings,
    wording,
)
from app.providers.admission import routes as admission_routes
from app.providers.coaching import routes as coaching_routes
from app.providers.errors import NoSchemeError
from app.providers.indicators import template_csv
from app.providers.league import routes as league_routes
from app.providers.models import Provider
from app.providers.months import last_complete_month, parse_month, settled_at
from app.providers.objections import routes as objection_routes
from app.providers.objections.on_scorecard import settlement_data
from app.providers.objections.services import revisions_of
from app.providers.practice import routes as practice_routes
from app.providers.roster import own_routes as shift_routes
from app.providers.roster import routes as roster_routes
from app.providers.rules import edit_routes
from app.providers.rules import routes as rule_routes
from app.providers.rules.standing import red_lines_in
from app.providers.rules.wording import red_line_words
from app.providers.schemes import scheme_for_month
from app.providers.sessions import routes as session_routes
from app.providers.team import labels as team_labels
from app.providers.team import queries as team_queries
from app.providers.team import routes as team_routes
from app.providers.team.forms import ConfirmForm
from app.providers.windmaker import routes as windmaker_routes

bp = Blueprint("providers", __name__, template_folder="templates")
bp.register_blueprint(plan_routes.bp)
bp.register_blueprint(rule_routes.bp)
bp.register_blueprint(edit_routes.bp)
bp.register_blueprint(league_routes.bp)
bp.register_blueprint(windmaker_routes.bp)
bp.register_blueprint(team_routes.bp)
bp.register_blueprint(roster_routes.bp)
bp.register_blueprint(shift_routes.bp)
bp.register_blueprint(session_routes.bp)
bp.register_blueprint(objection_routes.bp)
bp.register_blueprint(admission_routes.bp)
bp.register_blueprint(practice_routes.bp)
bp.register_blueprint(coaching_routes.bp)
add_messages(labels.MESSAGES)

STAFF_PAGE = 50
"""People on a page of the staff list."""


@bp.get("/provider")
@access("provider_manager", answers="200 page of `month` (2026-10; the last complete one); 404")
def scorecard() -> ResponseReturnValue:
    """Show the provider's five-force score of a month, explained down to each indicator."""
    now, db_session = clock.now(), db.session()
    provider = queries.provider_of_manager(db_session, current_user.id)
    month = _month(now)
    try:
        standing = _standing(provider, month, now)
    except NoSchemeError:
        return render_template("providers/no_scheme.html", provider=provider, month=month)
    staff, later = [], None
    if not standing.is_settled:
        staff = _staff(provider, now)
        later = queries.certified_count_by_level(
            db_session,
            provider.id,
            now + timedelta(days=presenting.EXPIRING_DAYS),
            include_demo=_settings().is_demo,
        )
    return render_template(
        "providers/scorecard.html",
        provider=provider,
        standing=standing,
        page=presenting.scorecard_page(provider, standing, staff, later),
        frozen_by=[
            red_line_words(standing.scheme, line)
            for line in red_lines_in(db_session, month).get(provider.id, ())
        ],
        months=_months(provider, month, now),
        group=presenting.group_text(provider),
        tenure=wording.tenure_text(provider.joined_on, now.astimezone(BEIJING).date()),
        settles=settled_at(month),
        **settlement_data(db_session, provider, standing, now=now),
        expiring_days=presenting.EXPIRING_DAYS,
        labels=labels,
        wording=wording,
    )


@bp.get("/provider/scorecard.csv")
@access("provider_manager", answers="200 text/csv of `month`; 404")
def scorecard_csv() -> ResponseReturnValue:
    """Give every figure of the month's scorecard as a spreadsheet."""
    provider = queries.provider_of_manager(db.session(), current_user.id)
    standing = _standing_or_404(provider)
    data = exporting.csv_bytes(reporting.scorecard_rows(provider, standing))
    return _csv(data, f"scorecard-{provider.code}-{standing.month:%Y-%m}.csv")


@bp.get("/api/v1/provider/scorecard")
@access(
    "provider_manager",
    answers="200 `{provider, month, scheme, computed_at, settled, provisional, total, rating, "
    "next_rating, points_to_next, modules_points, forces, certified, figures, places, "
    "places_hidden_until, frozen_by, settlements}` of `month`; points and values are exact "
    "decimals as text; 404",
)
def scorecard_json() -> ResponseReturnValue:
    """Tell a program the figures of the month's scorecard."""
    provider = queries.provider_of_manager(db.session(), current_user.id)
    standing = _standing_or_404(provider)
    lines = red_lines_in(db.session(), standing.month).get(provider.id, ())
    settlements = revisions_of(db.session(), provider.id, standing.month)
    return jsonify(
        reporting.scorecard_json(provider, standing)
        | {"frozen_by": list(lines), "settlements": reporting.settlements_json(settlements)}
    )


@bp.get("/provider/staff")
@access("provider_manager", answers="200 page; `page` pages the list; 404")
def staff() -> ResponseReturnValue:
    """Show who works for the provider, what they hold, and who was asked."""
    return _staff_page(forms.InviteForm(formdata=None))


@bp.post("/provider/staff/invite")
@access(
    "provider_manager",
    fields={"account": "e-mail or phone, as people sign in", "note": "at most 200 characters"},
    answers="303 to the staff page, the same whether the account exists or not; 404; "
    "422 form again",
)
def invite() -> ResponseReturnValue:
    """Ask somebody to confirm that they work for the provider."""
    form = forms.InviteForm()
    if not form.validate_on_submit():
        return _staff_page(form), 422
    actor = current_user.actor
    try:
        with transaction() as db_session:
            staffing.invite_staff(
                db_session,
                queries.provider_of_manager(db_session, current_user.id),
                form.account.data or "",
                form.note.data or "",
                actor=actor,
                now=clock.now(),
            )
    except (
        staffing.AlreadyInvitedError,
        staffing.AlreadyStaffError,
        staffing.TooManyInvitationsError,
    ) as error:
        form.account.errors = [message_of(error.code)]
        return _staff_page(form), 422
    flash(gettext("邀请已发出，对方确认后计入"))
    return redirect(url_for("providers.staff", _anchor="invitations"), code=303)


@bp.post("/provider/invitations/<public_id>/withdraw")
@access(
    "provider_manager",
    answers="303 to the staff page; 404, also for another provider's; 409 invitation_answered",
)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Take back an invitation that waits."""
    actor = current_user.actor
    with transaction() as db_session:
        provider = queries.provider_of_manager(db_session, current_user.id)
        staffing.withdraw_invitation(db_session, provider, public_id, actor=actor, now=clock.now())
    flash(gettext("邀请已撤回"))
    return redirect(url_for("providers.staff", _anchor="invitations"), code=303)


@bp.post("/provider/staff/<public_id>/end")
@access(
    "provider_manager",
    fields={"reason": "why, 4 to 200 characters; the operator can read it"},
    answers="303 to the staff page; 404, also for another provider's; 409 employment_ended; "
    "422 page with the form again",
)
def end_staff(public_id: str) -> ResponseReturnValue:
    """End the employment of one of the provider's people."""
    form, actor = forms.EndEmploymentForm(), current_user.actor
    provider = queries.provider_of_manager(db.session(), current_user.id)
    queries.employment_at(db.session(), public_id, provider.id)
    if not form.validate_on_submit():
        return _staff_page(forms.InviteForm(formdata=None), end_form=form, ending=public_id), 422
    with transaction() as db_session:
        provider = queries.provider_of_manager(db_session, current_user.id)
        staffing.end_employment(
            db_session,
            queries.employment_at(db_session, public_id, provider.id, lock=True),
            actor=actor,
            reason=form.reason.data or "",
            now=clock.now(),
        )
    flash(gettext("任职已结束，评分已随之更新"))
    return redirect(url_for("providers.staff"), code=303)


@bp.get("/invitations")
@access(SIGNED_IN, answers="200 page")
def invitations() -> ResponseReturnValue:
    """Show a person who asks them to confirm an employment, and their own employments."""
    return _invitations_page()


@bp.post("/invitations/<public_id>/<any(accept,decline,transfer):answer>")
@access(
    SIGNED_IN,
    answers="303 to the page; 404, also for somebody else's; 409 page with the reason",
)
def answer_invitation(public_id: str, answer: str) -> ResponseReturnValue:
    """Confirm to work for a provider, leave another one for it, or refuse to."""
    now, person_id = clock.now(), current_user.id
    try:
        with transaction() as db_session:
            if answer == "decline":
                staffing.decline_invitation(db_session, person_id, public_id, now=now)
            else:
                staffing.accept_invitation(
                    db_session, person_id, public_id, now=now, leaves_other=answer == "transfer"
                )
    except (
        staffing.InvitationAnsweredError,
        staffing.AlreadyStaffError,
        staffing.EmployedElsewhereError,
    ) as error:
        return _invitations_page(message_of(error.code)), 409
    flash(gettext("已谢绝邀请") if answer == "decline" else gettext("已确认任职"))
    return redirect(url_for("providers.invitations"), code=303)


@bp.post("/employments/<public_id>/end")
@access(
    SIGNED_IN,
    answers="303 to the own employments; 404, also for somebody else's; 409 employment_ended",
)
def end_own(public_id: str) -> ResponseReturnValue:
    """End the own employment; a reason is not asked for."""
    actor = current_user.actor
    with transaction() as db_session:
        employment = queries.own_employment(db_session, public_id, current_user.id, lock=True)
        staffing.end_employment(db_session, employment, actor=actor, reason="", now=clock.now())
    flash(gettext("任职已结束，你的证书不再计入该服务商"))
    return redirect(url_for("providers.invitations"), code=303)


@bp.get("/provider/indicators")
@access("system_admin", "committee_member", answers="200 page")
def indicators() -> ResponseReturnValue:
    """Show the form that imports monthly indicators, and what was imported."""
    return _indicators_page(forms.IndicatorFileForm(formdata=None))


@bp.get("/provider/indicators/template.csv")
@access("system_admin", "committee_member", answers="200 text/csv; 409 no_scheme")
def indicators_template() -> ResponseReturnValue:
    """Give a file to fill in, with a row for each provider and the last complete month."""
    db_session = db.session()
    month = last_complete_month(clock.now())
    try:
        scheme = scheme_for_month(queries.schemes(db_session), month)
    except NoSchemeError as error:
        raise importing.NoSchemePublishedError(str(error)) from error
    codes = queries.provider_ids_by_code(db_session)
    data = template_csv(scheme, [(code, month) for code in codes])
    return _csv(data, f"indicators-{month:%Y-%m}.csv")


@bp.post("/provider/indicators")
@access(
    "system_admin",
    "committee_member",
    fields={
        "file": "CSV or xlsx of at most 4 MB, as the template",
        "dry_run": "only check, take nothing in",
        "is_checked": "figures that look wrong were looked at",
    },
    answers="200 page after a dry run; 303 to the page; 409 no_scheme; 409 page if figures look "
    "wrong and nobody looked; 413; 422 page with every error's line and column (JSON: `errors: "
    "[{row, field, code}]`), nothing taken in",
)
def import_file() -> ResponseReturnValue:
    """Take in a file of monthly indicators, all of it or nothing."""
    form = forms.IndicatorFileForm()
    if not form.validate_on_submit():
        return _indicators_page(form), 422
    data = form.read()
    if data is None:
        form.file.errors = [gettext("文件太大，最多 4 MB；请分几个文件导入")]
        return _indicators_page(form), 413
    now, actor = clock.now(), current_user.actor
    try:
        checked = importing.check_indicator_file(db.session(), data, form.file_name, now=now)
    except importing.BadIndicatorFileError as error:
        if wants_json():
            raise
        return _indicators_page(form, error), 422
    if form.dry_run.data or (checked.odd and not form.is_checked.data):
        return _indicators_page(form, checked=checked), 200 if form.dry_run.data else 409
    with transaction() as db_session:
        done, is_new = importing.import_indicators(db_session, checked, actor=actor, now=now)
        words = {
            "new": done.new_count,
            "corrected": done.corrected_count,
            "unchanged": done.unchanged_count,
        }
    if is_new:
        flash(
            gettext(
                "已导入：新增 %(new)s 项，更正 %(corrected)s 项，未变 %(unchanged)s 项", **words
            )
        )
    else:
        flash(gettext("这个文件以前导入过，没有改动任何数据"))
    return redirect(url_for("providers.indicators"), code=303)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _month(now: datetime) -> date:
    """Return the month that is asked for.

    Raises:
        NotFoundError: If it is none, or not complete yet.
    """
    last = last_complete_month(now)
    text = request.args.get("month", "")
    month = parse_month(text) if text else last
    if month is None or month > last:
        raise NotFoundError(f"month {text!r}")
    return month


def _standing(provider: Provider, month: date, now: datetime) -> standings.Standing:
    return standings.standing_of(
        db.session(), provider, month, now=now, include_demo=_settings().is_demo
    )


def _standing_or_404(provider: Provider) -> standings.Standing:
    now = clock.now()
    month = _month(now)
    try:
        return _standing(provider, month, now)
    except NoSchemeError as error:
        raise NotFoundError(str(error)) from error


def _months(provider: Provider, shown: date, now: datetime) -> list[date]:
    """Return the months to choose from, newest first."""
    known = standings.reported_months(db.session(), provider.id)
    return sorted({*known, shown, last_complete_month(now)}, reverse=True)


def _staff(provider: Provider, now: datetime) -> list[queries.StaffMember]:
    return queries.staff_of(
        db.session(),
        provider.id,
        now,
        today=now.astimezone(BEIJING).date(),
        include_demo=_settings().is_demo,
    )


def _staff_page(
    invite_form: forms.InviteForm,
    *,
    end_form: forms.EndEmploymentForm | None = None,
    ending: str = "",
) -> str:
    now = clock.now()
    provider = queries.provider_of_manager(db.session(), current_user.id)
    people = _staff(provider, now)
    page_count = max(1, -(-len(people) // STAFF_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), page_count)
    return render_template(
        "providers/staff.html",
        provider=provider,
        people=people[(page - 1) * STAFF_PAGE : page * STAFF_PAGE],
        total=len(people),
        certified=sum(one.level is not None for one in people),
        expiring=presenting.expiring_of(people),
        expiring_days=presenting.EXPIRING_DAYS,
        page=page,
        page_count=page_count,
        invitations=queries.listed_invitations(db.session(), provider.id, now=now),
        invite_form=invite_form,
        end_form=end_form or forms.EndEmploymentForm(formdata=None),
        ending=ending,
        labels=labels,
        waiting=team_queries.waiting_of_staff(db.session(), provider.id),
        draws=team_queries.draws_of(db.session(), provider.id),
        causes=team_labels.CAUSE,
        progress=team_queries.shared_progress(db.session(), provider.id, now=now),
    )


def _invitations_page(refusal: str = "") -> str:
    return render_template(
        "providers/invitations.html",
        confirm_form=ConfirmForm(formdata=None),
        form=BaseForm(formdata=None),
        refusal=refusal,
        **invitation_page.page_data(db.session(), current_user.id),
    )


def _indicators_page(
    form: forms.IndicatorFileForm,
    error: importing.BadIndicatorFileError | None = None,
    checked: importing.CheckedFile | None = None,
) -> str:
    return render_template(
        "providers/indicators.html",
        form=form,
        checked=checked,
        **indicator_page.page_data(
            db.session(), error.cells if error else (), checked, now=clock.now()
        ),
    )


def _csv(data: bytes, file_name: str) -> Response:
    answer = current_app.make_response(data)
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer
