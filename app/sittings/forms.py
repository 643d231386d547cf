"""What candidates and staff type about sittings; moments are typed in Beijing time."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.core.moments import BeijingMomentField
from app.core.names import clean_name
from app.core.web import BaseForm
from app.exams.running import MOST_EXTRA_MINUTES
from app.exams.safe_browser import read_keys
from app.sittings import labels
from app.sittings.services import SittingPlan
from certificates.programmes import CertificationProgramme
from question_bank.blueprints import ExamBlueprint


class PlanSittingForm(BaseForm):
    """A new sitting."""

    programme = SelectField(_("认证项目"))
    title = StringField(
        _("场次名称"), [DataRequired(_("请填写名称")), Length(2, 60)], filters=[clean_name]
    )
    place = StringField(
        _("地点"),
        [DataRequired(_("请填写地点")), Length(2, 80)],
        filters=[clean_name],
        description=_("考场地址和教室；线上写「线上监考」"),
    )
    seats = IntegerField(
        _("座位数"), [InputRequired(_("请填写座位数")), NumberRange(1, 2000, _("1 到 2000"))]
    )
    opens_at = BeijingMomentField(_("开考时间"), description=_("北京时间；提前 30 分钟开始签到"))
    closes_at = BeijingMomentField(
        _("最晚入场"), description=_("过了这个时间不能再开始，未到的记缺考")
    )
    ends_at = BeijingMomentField(
        _("场次结束"), description=_("标准时长的考生到这个时间为止；便利安排的加时另算")
    )
    needs_code = BooleanField(_("进入考试需要考场口令"), default=True)
    is_practice = BooleanField(_("演练场次（只走流程，不计成绩）"))
    shows_items = BooleanField(_("成绩发布后显示题目与解析"))
    allows_tickets = BooleanField(_("核验身份后，可以用准考证在考场的设备上登录"))
    blueprint = SelectField(
        _("演练用的试卷"), default="", description=_("只用于演练场次；不选则用项目的练习卷")
    )
    config_keys = TextAreaField(
        _("安全考试浏览器：配置密钥"),
        [Length(max=2000)],
        description=_("Config Key，每行一个；填了就只能用 Safe Exam Browser 考试"),
    )
    browser_keys = TextAreaField(
        _("安全考试浏览器：程序密钥"),
        [Length(max=2000)],
        description=_("Browser Exam Key，每行一个；可以不填"),
    )

    def __init__(
        self,
        programmes: list[CertificationProgramme],
        blueprints: list[ExamBlueprint],
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.programme.choices = [SelectChoice(one.id, one.title) for one in programmes]
        self.blueprint.choices = [
            SelectChoice("", _("项目的练习卷")),
            *(SelectChoice(one.ref, f"{one.title} · {one.ref}") for one in blueprints),
        ]

    @property
    def plan(self) -> SittingPlan:
        """What is planned.

        Raises:
            InvalidInputError: If a key of the safe browser is none.
        """
        return SittingPlan(
            programme_id=self.programme.data,
            title=self.title.data,
            place=self.place.data,
            seat_count=self.seats.data,
            opens_at=self.opens_at.utc,
            closes_at=self.closes_at.utc,
            ends_at=self.ends_at.utc,
            is_practice=self.is_practice.data,
            shows_items=self.shows_items.data,
            has_access_code=self.needs_code.data,
            blueprint_ref=self.blueprint.data or None,
            allows_tickets=self.allows_tickets.data,
            safe_browser=read_keys(self.config_keys.data or "", self.browser_keys.data or ""),
        )


class StartForm(BaseForm):
    """The code of the room."""

    access_code = StringField(_("考场口令"), [Length(max=12)])


class TicketForm(BaseForm):
    """What is typed on a device of the hall: the ticket, and who it is."""

    ticket = StringField(
        _("准考证号"),
        [DataRequired(_("请填写准考证号")), Length(max=24)],
        filters=[lambda text: "".join(ch for ch in text or "" if not ch.isspace())],
        description=_("准考证上的 12 位数字"),
    )
    tail = StringField(
        _("身份证号末 6 位"),
        [DataRequired(_("请填写身份证号末 6 位")), Length(6, 6, _("正好 6 位，末位可为 X"))],
        filters=[lambda text: (text or "").strip().upper()],
    )


class MoveSeatForm(BaseForm):
    """The sitting to move to."""

    target = StringField(_("改到"), [DataRequired(), Length(max=24)])


class ReasonForm(BaseForm):
    """Why; it goes on record."""

    reason = StringField(
        _("事由"), [DataRequired(_("请填写事由")), Length(2, 200)], filters=[clean_name]
    )


class CheckInForm(BaseForm):
    """What the invigilator looked at."""

    document = SelectField(
        _("证件"), choices=[SelectChoice(code, words) for code, words in labels.DOCUMENT.items()]
    )


class UploadForm(BaseForm):
    """A file of unsent answers."""

    key = StringField(validators=[DataRequired(), Length(8, 48)])
    file = FileField(_("未上传作答文件"), [FileRequired(_("请选择文件"))])


class AccommodationForm(BaseForm):
    """Extra time and breaks for one person."""

    account = StringField(
        _("考生邮箱或手机号"), [DataRequired(_("请填写考生的账号")), Length(max=120)]
    )
    time_percent = IntegerField(
        _("作答时长"),
        [InputRequired(_("请填写百分比")), NumberRange(100, 300, _("100 到 300"))],
        default=125,
        description=_("占标准时长的百分比，125 即延长四分之一"),
    )
    break_minutes = IntegerField(
        _("休息"),
        [InputRequired(_("没有就填 0")), NumberRange(0, 120, _("0 到 120"))],
        default=0,
        description=_("停表的休息总时长"),
    )
    reason = StringField(
        _("依据"),
        [DataRequired(_("请填写依据")), Length(4, 200)],
        filters=[clean_name],
        description=_("例如证明文件的名称和日期；只有考务人员看得到"),
    )


MOST_MINUTES = MOST_EXTRA_MINUTES
"""For the console's number field."""
