"""What lecturers, members and the committee type."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional, Regexp

from app.core.moments import BeijingMomentField
from app.core.web import BaseForm
from app.training.courses.labels import LEVEL, TYPED_KIND


class ApplyForm(BaseForm):
    subjects = StringField(_("想讲什么"), [Length(4, 80, message=_("4 到 80 个字"))])
    evidence = TextAreaField(
        _("实践与授课经历"),
        [Length(30, 1500, message=_("30 到 1,500 个字"))],
        description=_("做过哪些场、讲过哪些课、在哪里查得到"),
    )


class VoteForm(BaseForm):
    reason = StringField(_("理由"), [Length(4, 200, message=_("4 到 200 个字"))])


class WriteCourseForm(BaseForm):
    title = StringField(_("课程名"), [Length(4, 40, message=_("4 到 40 个字"))])
    summary = TextAreaField(_("讲完能做什么"), [Length(10, 400, message=_("10 到 400 个字"))])
    level = SelectField(_("级别"), choices=[SelectChoice(*one) for one in LEVEL.items()])


class AddPartForm(BaseForm):
    kind = SelectField(_("种类"), choices=[SelectChoice(*one) for one in TYPED_KIND.items()])
    title = StringField(_("标题"), [Length(2, 60, message=_("2 到 60 个字"))])
    chapter = SelectField(_("手册章节"), coerce=int, validate_choice=False, default=1)
    drill = SelectField(_("专项练习"), validate_choice=False, default="")
    url = StringField(_("视频链接"), [Optional(), Length(max=300)])
    text = TextAreaField(_("讲义或作业要求"), [Optional(), Length(max=20000)])
    rubric = TextAreaField(_("评分标准（作业）"), [Optional(), Length(max=2000)])


class UploadFilmForm(BaseForm):
    title = StringField(_("标题"), [Length(2, 60, message=_("2 到 60 个字"))])
    film = FileField(
        _("视频文件"),
        [FileRequired(_("请选择视频文件"))],
        description=_("MP4（H.264）或 WebM"),
    )
    captions = FileField(
        _("字幕文件"), [Optional()], description=_("WebVTT；听不见声音的人靠它跟上")
    )
    poster = FileField(_("封面"), [Optional()], description=_("PNG 或 JPEG，2 MB 以内"))


class OpenCohortForm(BaseForm):
    title = StringField(_("班名"), [Length(2, 30, message=_("2 到 30 个字"))])
    seats = IntegerField(_("名额"), [NumberRange(1, 500, message=_("1 到 500 人"))], default=30)
    provider_code = StringField(
        _("只给一家服务商的人"),
        [Optional(), Regexp(r"^[A-Za-z0-9-]{2,40}$", message=_("填服务商代码"))],
        description=_("填服务商代码；空着就人人可报"),
    )


class AddMeetingForm(BaseForm):
    starts_at = BeijingMomentField(_("上课时间"), _("请选时间"), description=_("北京时间"))
    minutes = IntegerField(_("分钟"), [NumberRange(15, 480, message=_("15 到 480"))], default=90)
    place = StringField(_("地点或房间号"), [Length(2, 80, message=_("2 到 80 个字"))])


class CodeForm(BaseForm):
    code = StringField(_("签到码"), [Regexp(r"^\d{6}$", message=_("六位数字"))])


class MarkForm(BaseForm):
    marks = IntegerField(_("分数"), [NumberRange(0, 100, message=_("0 到 100"))])
    remark = StringField(_("评语"), [Length(max=500)])


class SayForm(BaseForm):
    rating = SelectField(
        _("打分"), coerce=int, choices=[SelectChoice(n, str(n)) for n in range(5, 0, -1)]
    )
    words = StringField(_("一句话"), [Length(max=300)])
