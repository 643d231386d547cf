"""What a committee member fills in becomes a programme's document; the check judges it later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FloatField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.names import clean_name
from app.core.web import BaseForm
from app.programmes import labels
from certificates.programmes import USUAL_RENEWAL_DAYS

NEEDED = [InputRequired(_("请填写"))]

Document = dict[str, Any]


class CommentForm(BaseForm):
    """Why a draft is proposed, returned or given up."""

    comment = TextAreaField(
        _("说明"),
        [
            DataRequired(_("请写明理由，对方凭它判断")),
            Length(max=1000, message=_("最多 1000 个字")),
        ],
    )


class NewProgrammeForm(BaseForm):
    """A programme that is not there yet: its id, its titles, and what it begins with."""

    programme_id = StringField(
        _("项目编号"),
        [*NEEDED, Length(max=40, message=_("最多 40 个字符"))],
        filters=[clean_name],
        description=_("小写字母、数字和短横线，定了不再改，例如 junior-food"),
    )
    title = StringField(_("名称"), NEEDED, filters=[clean_name])
    title_en = StringField(_("英文名称"), NEEDED, filters=[clean_name])
    like = SelectField(_("以哪个项目的要求起草"))

    def __init__(self, programmes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the published programmes, as id and title, to begin with."""
        super().__init__(**kwargs)
        self.like.choices = [SelectChoice(code, words) for code, words in programmes]


class DraftForm(BaseForm):
    """A programme's next version, field by field; percentages and points as people say them."""

    revision = HiddenField()
    title = StringField(_("名称"), NEEDED, filters=[clean_name])
    title_en = StringField(_("英文名称"), NEEDED, filters=[clean_name])
    theory_blueprint = SelectField(_("命题蓝图"))
    theory_practice = SelectField(_("练习蓝图"))
    theory_minutes = IntegerField(_("时长（分钟）"), NEEDED)
    theory_cut = FloatField(_("合格线（百分制）"), NEEDED)
    room_scenario = SelectField(_("场景"))
    room_speed = FloatField(_("倍速"), NEEDED)
    room_cut = FloatField(_("合格线（分）"), NEEDED)
    room_forecast = FloatField(_("预判占比（%）"), NEEDED)
    room_held = BooleanField(_("成绩等待发布"))
    room_2_scenario = SelectField(_("场景"))
    room_2_speed = FloatField(_("倍速"), [Optional()])
    room_2_cut = FloatField(_("合格线（分）"), [Optional()])
    room_2_forecast = FloatField(_("预判占比（%）"), [Optional()])
    room_2_held = BooleanField(_("成绩等待发布"))
    text_diagnosis = BooleanField(_("账号诊断"))
    text_review = BooleanField(_("复盘"))
    written_cut = FloatField(
        _("合格线（百分制）"), [Optional()], description=_("勾选诊断或复盘时填写")
    )
    contest_cut = FloatField(
        _("大赛成绩标准（分）"), [Optional()], description=_("不填则没有大赛这条路")
    )
    prerequisite_level = SelectField(_("持有证书"))
    prerequisite_sessions = IntegerField(_("操盘场次"), [Optional()])
    prerequisite_hours = IntegerField(_("培训学时"), [Optional()])
    validity_years = IntegerField(_("证书有效期（年）"), NEEDED)
    part_valid_months = IntegerField(_("成绩保留（月）"), NEEDED)
    retake_days = IntegerField(_("再考间隔（天）"), NEEDED)
    max_per_quarter = IntegerField(
        _("每季度最多次数"), [Optional()], description=_("不填则不限次数")
    )
    renewal_days = IntegerField(
        _("到期前多少天可以续证"), [Optional()], description=_("不填则按 90 天")
    )
    refresher_blueprint = SelectField(_("复训考试 · 命题蓝图"))
    refresher_minutes = IntegerField(_("复训考试 · 时长（分钟）"), [Optional()])
    refresher_cut = FloatField(_("复训考试 · 合格线（百分制）"), [Optional()])
    comment = StringField(_("为什么改"), [Length(max=200)], filters=[clean_name])

    def __init__(
        self, blueprint_refs: Sequence[str], scenario_refs: Sequence[str], **kwargs: Any
    ) -> None:
        """Offer the published content.

        Args:
            blueprint_refs: Blueprints, `id@version`.
            scenario_refs: Scenarios, likewise.
            kwargs: As of any form.
        """
        super().__init__(**kwargs)
        for field, refs, is_optional in (
            (self.theory_blueprint, blueprint_refs, False),
            (self.theory_practice, blueprint_refs, True),
            (self.refresher_blueprint, blueprint_refs, True),
            (self.room_scenario, scenario_refs, False),
            (self.room_2_scenario, scenario_refs, True),
        ):
            none = [SelectChoice("", _("（没有）"))] if is_optional else []
            known = [SelectChoice(ref, ref) for ref in refs]
            held = [SelectChoice(field.data, field.data)] if _is_unlisted(field.data, refs) else []
            field.choices = [*none, *held, *known]
        levels = [SelectChoice(code, words) for code, words in labels.LEVEL.items()]
        self.prerequisite_level.choices = [SelectChoice("", _("（没有）")), *levels]

    @property
    def revision_read(self) -> int:
        """The revision that the writer read; 0 if the field was tampered with."""
        text = str(self.revision.data or "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0

    def document(self, base: Document) -> Document:
        """Return the whole document: what the form holds, and the rest of `base`."""
        kept = ("id", "version", "level", "is_demo")
        out: Document = {name: base[name] for name in kept if name in base}
        out |= {
            "title": self.title.data,
            "title_en": self.title_en.data,
            "theory": {
                "blueprint_ref": self.theory_blueprint.data,
                "practice_blueprint_ref": self.theory_practice.data or None,
                "minutes": self.theory_minutes.data,
                "cut_fraction": _fraction(self.theory_cut.data),
            },
            "room": self._room("room"),
            "validity_years": self.validity_years.data,
            "part_valid_months": self.part_valid_months.data,
            "retake_days": self.retake_days.data,
            "max_per_quarter": self.max_per_quarter.data,
            "prerequisites": self._prerequisites(),
        }
        if self.room_2_scenario.data:
            out["second_room"] = self._room("room_2")
        texts = [
            name
            for name, field in (("diagnosis", self.text_diagnosis), ("review", self.text_review))
            if field.data
        ]
        if texts:
            out["written"] = {"texts": texts, "cut_fraction": _fraction(self.written_cut.data)}
        if self.contest_cut.data is not None:
            out["contest"] = {"cut_score": self.contest_cut.data}
        if self.renewal_days.data is not None or self.refresher_blueprint.data:
            days = self.renewal_days.data
            out["renewal"] = {"window_days": USUAL_RENEWAL_DAYS if days is None else days}
        if self.refresher_blueprint.data:
            out["renewal"]["refresher"] = {
                "blueprint_ref": self.refresher_blueprint.data,
                "minutes": self.refresher_minutes.data,
                "cut_fraction": _fraction(self.refresher_cut.data),
            }
        return out

    def _room(self, prefix: str) -> Document:
        forecast = _fraction(self[f"{prefix}_forecast"].data) or 0.0
        out: Document = {
            "scenario_ref": self[f"{prefix}_scenario"].data,
            "speed": self[f"{prefix}_speed"].data,
            "cut_score": self[f"{prefix}_cut"].data,
            "room_weight": round(1 - forecast, 6),
            "forecast_weight": forecast,
        }
        if self[f"{prefix}_held"].data:
            out["held_until_release"] = True
        return out

    def _prerequisites(self) -> list[Document]:
        out: list[Document] = []
        if self.prerequisite_level.data:
            out.append({"kind": "credential", "level": self.prerequisite_level.data})
        if self.prerequisite_sessions.data is not None:
            out.append({"kind": "sessions", "count": self.prerequisite_sessions.data})
        if self.prerequisite_hours.data is not None:
            out.append({"kind": "training", "hours": self.prerequisite_hours.data})
        return out


def form_data(body: Document, revision: int) -> dict[str, Any]:
    """Return a document as the values of `DraftForm`."""
    theory, renewal = body.get("theory") or {}, body.get("renewal") or {}
    refresher = renewal.get("refresher") or {}
    written = body.get("written") or {}
    prerequisites = {one["kind"]: one for one in body.get("prerequisites") or ()}
    texts = written.get("texts") or ()
    return {
        "revision": str(revision),
        "title": body.get("title"),
        "title_en": body.get("title_en"),
        "theory_blueprint": theory.get("blueprint_ref"),
        "theory_practice": theory.get("practice_blueprint_ref") or "",
        "theory_minutes": theory.get("minutes"),
        "theory_cut": _points(theory.get("cut_fraction")),
        **_room_data("room", body.get("room") or {}),
        **_room_data("room_2", body.get("second_room") or {}),
        "text_diagnosis": "diagnosis" in texts,
        "text_review": "review" in texts,
        "written_cut": _points(written.get("cut_fraction")),
        "contest_cut": (body.get("contest") or {}).get("cut_score"),
        "prerequisite_level": prerequisites.get("credential", {}).get("level", ""),
        "prerequisite_sessions": prerequisites.get("sessions", {}).get("count"),
        "prerequisite_hours": prerequisites.get("training", {}).get("hours"),
        "validity_years": body.get("validity_years"),
        "part_valid_months": body.get("part_valid_months"),
        "retake_days": body.get("retake_days"),
        "max_per_quarter": body.get("max_per_quarter"),
        "renewal_days": renewal.get("window_days"),
        "refresher_blueprint": refresher.get("blueprint_ref") or "",
        "refresher_minutes": refresher.get("minutes"),
        "refresher_cut": _points(refresher.get("cut_fraction")),
    }


def _room_data(prefix: str, room: Document) -> dict[str, Any]:
    return {
        f"{prefix}_scenario": room.get("scenario_ref") or "",
        f"{prefix}_speed": room.get("speed"),
        f"{prefix}_cut": room.get("cut_score"),
        f"{prefix}_forecast": _points(room.get("forecast_weight")),
        f"{prefix}_held": bool(room.get("held_until_release")),
    }


def _is_unlisted(value: object, refs: Sequence[str]) -> bool:
    return bool(value) and value not in refs


def _fraction(points: float | None) -> float | None:
    return None if points is None else round(points / 100, 6)


def _points(fraction: float | None) -> float | None:
    return None if fraction is None else round(fraction * 100, 4)
