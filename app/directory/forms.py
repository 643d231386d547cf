"""What a holder shows of themselves, and what a visitor looks for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.names import clean_name
from app.core.web import BaseForm
from app.directory import labels
from app.directory.listings import ListingDraft
from app.directory.matching import NATIONWIDE, Stage
from app.directory.regions import REGIONS, Field
from app.directory.services import EntryDraft
from app.providers.trade import CATEGORY, Category

INTRODUCTION_MAX = 200


class MultiCheckboxField(SelectMultipleField):
    """Several of a few choices, as boxes; the page's macro knows it by this name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class EntryForm(BaseForm):
    """The holder's entry, with consent to its being public."""

    region = SelectField(
        _("所在地区"),
        [InputRequired(_("请选择地区"))],
        choices=[SelectChoice(one, one) for one in REGIONS],
    )
    fields = MultiCheckboxField(
        _("操盘过的类目"),
        [DataRequired(_("请至少选择一个类目"))],
        choices=[SelectChoice(*one) for one in labels.FIELD.items()],
    )
    introduction = TextAreaField(
        _("一句话介绍"),
        [Length(max=INTRODUCTION_MAX, message=_("介绍最多 200 个字"))],
        filters=[clean_name],
        description=_("不要写电话、微信等联系方式：公开页面会被人采集"),
    )
    is_available = BooleanField(_("现在可以接新的工作"))
    shows_provider = BooleanField(_("显示我任职的服务商"))
    is_indexable = BooleanField(_("允许搜索引擎收录我的页面"))
    consent = BooleanField(
        _("我同意公开我的证书姓名、等级、有效期与以上内容；我可以随时退出，退出后立即删除"),
        [DataRequired(_("公开之前需要你的同意"))],
    )

    @property
    def draft(self) -> EntryDraft:
        return EntryDraft(
            region=self.region.data,
            fields=[Field(one) for one in self.fields.data or ()],
            is_available=bool(self.is_available.data),
            shows_provider=bool(self.shows_provider.data),
            is_indexable=bool(self.is_indexable.data),
            introduction=self.introduction.data or "",
        )


class ListingForm(BaseForm):
    """What a provider lets merchants know, with consent to its being shown to them."""

    home = SelectField(
        _("所在地区"),
        [InputRequired(_("请选择地区"))],
        choices=[SelectChoice(one, one) for one in REGIONS],
    )
    categories = MultiCheckboxField(
        _("承接的类目"),
        [DataRequired(_("请至少选择一个类目"))],
        choices=[SelectChoice(one.value, word) for one, word in CATEGORY.items()],
    )
    stages = MultiCheckboxField(
        _("承接的商家阶段"),
        [DataRequired(_("请至少选择一个阶段"))],
        choices=[SelectChoice(one.value, word) for one, word in labels.STAGE.items()],
    )
    nationwide = BooleanField(_("承接全国的商家"), default=True)
    regions = MultiCheckboxField(
        _("或只承接这些地区"),
        choices=[SelectChoice(one, one) for one in REGIONS],
    )
    introduction = TextAreaField(
        _("一句话介绍"),
        [Length(max=INTRODUCTION_MAX, message=_("介绍最多 200 个字"))],
        filters=[clean_name],
    )
    consent = BooleanField(
        _(
            "我代表服务商同意向商家展示以上内容、五力中的强项、同类目操盘场次和可接单的持证人数；可以随时退出"
        ),
        [DataRequired(_("展示之前需要你的同意"))],
    )

    @property
    def listing(self) -> ListingDraft:
        chosen = [NATIONWIDE] if self.nationwide.data else list(self.regions.data or ())
        return ListingDraft(
            home=self.home.data,
            categories=[Category(one) for one in self.categories.data or ()],
            regions=chosen or [self.home.data],
            stages=[Stage(one) for one in self.stages.data or ()],
            introduction=self.introduction.data or "",
        )
