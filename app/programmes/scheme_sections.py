"""The seventeen sections of a scheme document: from the programme, its blueprint, its rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.bank import queries as bank
from app.bank.labels import KIND, TOPIC
from app.certification import presenting as certification_words
from app.certification import queries as certification
from app.core.i18n import local_date, percent
from app.programmes import labels
from app.studio import queries as studio
from certificates.diffs import compare
from certificates.levels import Level
from certificates.pdf.booklet import Table
from certificates.programmes import CertificationProgramme, RoomPart
from question_bank.blueprints import ExamBlueprint, Quota
from question_bank.items import Topic
from simulations.scenarios import TICK_S

Body = tuple[str, Sequence[object], Table | None]
"""Title, lines and table of a section."""


def bodies_of(
    db_session: Session, programme: CertificationProgramme, published: dict[int, datetime]
) -> tuple[Body, ...]:
    """Return the sections of a programme's scheme, in order.

    Args:
        db_session: A session to read with.
        programme: The version.
        published: When each version was published.
    """
    blueprint = bank.blueprint_of(db_session, programme.theory.blueprint_ref)
    return (
        _purpose(programme),
        _job(programme),
        _competence(blueprint),
        _prerequisites(programme),
        _theory(programme, blueprint),
        _rooms(db_session, programme),
        _cuts(programme),
        _retakes(programme),
        _people(),
        _life_cycle(),
        _security(),
        _decision(programme),
        _validity(programme),
        _appeals(),
        _records(),
        _use(),
        _history(db_session, programme, published),
    )


def _purpose(programme: CertificationProgramme) -> Body:
    return (
        gettext("目的、所有者与范围"),
        [
            gettext(
                "本方案规定%(title)s的要求与程序，由操盘手认证专家委员会制定、维护并公开。",
                title=labels.title_of(programme),
            ),
            gettext(
                "认证对象是在直播电商中为主播和商家操盘直播间的人。认证属于行业能力认证，"
                "不是国家职业资格。"
            ),
            gettext("任何人符合前提即可报名，与所在机构、是否参加过某一培训无关。"),
        ],
        None,
    )


JOBS = {
    Level.JUNIOR: _(
        "在指导下完成一场日播：按节奏过款、开福袋、看得懂实时数据、处理常见突发，不说违规的话。"
    ),
    Level.INTERMEDIATE: _(
        "独立操盘一场四小时的专场：测款与补货、按时段分配投流、协调主播状态，对结果负责并能写出复盘。"
    ),
    Level.SENIOR: _(
        "操盘大场与营期：开播前诊断账号、规划货盘和预算，开播后预判全场，在现金与履约的约束下取舍，"
        "带动商家跨越瓶颈。"
    ),
}
"""What a certified person does at work."""


def _job(programme: CertificationProgramme) -> Body:
    shared = gettext(
        "能力来自五个方面：流量运营、直播运营、主播孵化、供应链、服务履约；合规与数据复盘贯穿始终。"
    )
    return (gettext("工作任务"), [JOBS[programme.level], shared], None)


def _competence(blueprint: ExamBlueprint) -> Body:
    rows = []
    for topic in Topic:
        quota = next((one for one in blueprint.quotas if one.topic is topic), None)
        if quota is None:
            continue
        rows.append((str(TOPIC[topic]), _range(quota, blueprint), _share(quota, blueprint)))
    head = (gettext("知识领域"), gettext("题数"), gettext("占比"))
    lines = [
        gettext("理论试卷按命题蓝图抽题，每份试卷都满足下表；同一蓝图的试卷之间不看人、不看时间。")
    ]
    return (gettext("能力要求与命题蓝图"), lines, Table(head, tuple(rows)))


def _range(quota: Quota, blueprint: ExamBlueprint) -> str:
    most = blueprint.item_count if quota.most is None else quota.most
    return str(most) if quota.least == most else f"{quota.least}–{most}"


def _share(quota: Quota, blueprint: ExamBlueprint) -> str:
    most = blueprint.item_count if quota.most is None else quota.most
    low, high = (percent(count / blueprint.item_count, 0) for count in (quota.least, most))
    return high if low == high else f"{low}–{high}"


def _prerequisites(programme: CertificationProgramme) -> Body:
    lines: list[str] = [gettext("报名时核对身份：一人一个账号，证书发给本人。")]
    wanted = certification_words.prerequisite_words(programme)
    lines += wanted or [gettext("没有其他前提。")]
    lines.append(
        gettext(
            "操盘场次、培训学时与大赛成绩由一人登记、另一人核对依据后确认，登记人、确认人都不是考生本人。"
        )
    )
    lines.append(
        gettext(
            "考生和持证人应遵守职业规范：真实宣传，不刷单，不删差评误导消费者，不泄露试题，不代考。"
        )
    )
    return (gettext("前提与职业规范"), lines, None)


def _theory(programme: CertificationProgramme, blueprint: ExamBlueprint) -> Body:
    theory = programme.theory
    rows = []
    for quota in blueprint.quotas:
        is_case = quota.in_case is True and quota.topic is None
        if (quota.kind is None and not is_case) or quota.most == 0:
            continue
        name = gettext("案例题组") if quota.kind is None else str(KIND[quota.kind])
        rows.append((name, _range(quota, blueprint)))
    lines = [
        gettext(
            "机考，%(n)s 题，%(minutes)s 分钟；作答随时保存，断网后可以接着考。",
            n=blueprint.item_count,
            minutes=theory.minutes,
        ),
        gettext("考场内可用页面上的计算器；不得使用其他资料、软件或他人帮助。"),
        gettext("正式考试要求宽度 1024 像素以上的屏幕；经批准的便利措施可以延长时间。"),
    ]
    table = Table((gettext("题型"), gettext("题数")), tuple(rows)) if rows else None
    return (gettext("理论考试"), lines, table)


def _rooms(db_session: Session, programme: CertificationProgramme) -> Body:
    rows = []
    for room in programme.rooms.values():
        scenario = studio.scenario_of(db_session, room.scenario_ref)
        rows.append(
            (
                scenario.title,
                gettext("%(n)s 分钟", n=f"{scenario.duration_ticks * TICK_S / 60:g}"),
                f"{room.speed:g}×",
                gettext("%(n)s 分钟", n=certification_words.wall_minutes(db_session, room)),
            )
        )
    lines = [
        gettext("考生在模拟直播间里实时操盘，开播后不能暂停；每处需要人决定的时间不少于 45 秒。"),
        gettext(
            "客流与突发由保密的随机数决定，开考前不可知；同一场景里，考生与“主播自己的习惯”面对同样的顾客。"
        ),
        gettext(
            "得分 = 扣除退款后的成交额比主播自己的习惯多做成的部分，"
            "占参照打法所能多做成的比例（对数尺度）："
            "0 分是主播自己的习惯，100 分是参照打法；现金、履约、合规的红线会扣分或判为不合格。"
        ),
        *_forecast_lines(programme.rooms.values()),
        *_written_lines(programme),
        *_contest_lines(programme),
    ]
    head = (gettext("场景"), gettext("场次时长"), gettext("倍速"), gettext("实际时长"))
    return (gettext("实操考试"), lines, Table(head, tuple(rows)))


def _forecast_lines(rooms: Iterable[RoomPart]) -> list[str]:
    weights = {room.forecast_weight for room in rooms if room.forecast_weight}
    return [
        gettext(
            "开播后按时点预判全场成交，预判得分占 %(share)s%%；到点没有预判记 0 分。",
            share=f"{weight * 100:g}",
        )
        for weight in sorted(weights)
    ]


def _written_lines(programme: CertificationProgramme) -> list[str]:
    if programme.written is None:
        return []
    texts = "、".join(str(labels.TEXT[text]) for text in programme.written.texts)
    return [
        gettext(
            "书面部分：%(texts)s。诊断在开播前写，复盘在结束后 48 小时内写；"
            "每篇由两位评阅员按评分标准独立评分，分歧过大由第三人裁定。",
            texts=texts,
        )
    ]


def _contest_lines(programme: CertificationProgramme) -> list[str]:
    if programme.contest is None:
        return []
    return [
        gettext(
            "大赛途径：认证大赛的认定得分达到 %(cut)s 分，可以代替实操与书面部分；理论与前提不变。",
            cut=f"{programme.contest.cut_score:g}",
        )
    ]


def _cuts(programme: CertificationProgramme) -> Body:
    points = certification_words.points
    rows = [
        (gettext("理论考试"), gettext("%(n)s 分", n=points(programme.theory.cut_fraction * 100)))
    ]
    for part in certification_words.parts_of(programme)[1:]:
        room = programme.rooms.get(part.value)
        cut = room.cut_score if room is not None else 0.0
        if room is None and programme.written is not None:
            cut = programme.written.cut_fraction * 100
        name = certification_words.part_title(programme, part)
        rows.append((name, gettext("%(n)s 分", n=points(cut))))
    if programme.contest is not None:
        cut_words = gettext("%(n)s 分", n=points(programme.contest.cut_score))
        rows.append((gettext("大赛途径"), cut_words))
    lines = [
        gettext("每一部分单独达到合格线才算通过，部分之间不相抵；等于合格线即为通过。"),
        gettext(
            "理论合格线由专家委员会用修正的安戈夫法逐题评定，附标准误与霍夫斯蒂核对，纪要签字存档；"
            "实操合格线取新手与胜任者分得最开的一段。"
        ),
    ]
    table = Table((gettext("部分"), gettext("合格线")), tuple(rows))
    return (gettext("合格线"), lines, table)


def _retakes(programme: CertificationProgramme) -> Body:
    lines = []
    if programme.retake_days:
        lines.append(
            gettext("同一部分两次考试至少间隔 %(n)s 天（每天 24 小时）。", n=programme.retake_days)
        )
    if programme.max_per_quarter is not None:
        lines.append(gettext("同一部分每个自然季度最多 %(n)s 次。", n=programme.max_per_quarter))
    if not lines:
        lines.append(gettext("不限次数，随时可以再考。"))
    lines.append(
        gettext(
            "通过的部分保留 %(n)s 个月，等待其余部分；每一部分以有效期内的最好成绩为准。",
            n=programme.part_valid_months,
        )
    )
    return (gettext("再考与成绩保留"), lines, None)


def _people() -> Body:
    return (
        gettext("考官、评阅员、讲师与委员"),
        [
            gettext("评阅员经对照卷检验后上岗，给分偏离时暂停；评阅时不知道考生是谁。"),
            gettext("培训过考生的讲师不担任他的考官；与考生同一机构的委员、评委回避。"),
            gettext("命题人不审自己的题；作出认定的程序独立于命题、培训与评阅。"),
        ],
        None,
    )


def _life_cycle() -> Body:
    return (
        gettext("试题与场景的管理"),
        [
            gettext(
                "起草 → 两人评审（先盲做）→ 试测（不计分）→ 启用 → 退役；启用后的版本不再改动。"
            ),
            gettext("每道题的曝光次数有上限，达到即不再抽取；难度、区分度与公平性按作答定期分析。"),
            gettext("公开的练习内容不进入正式试卷。"),
        ],
        None,
    )


def _security() -> Body:
    return (
        gettext("安全、身份与违规"),
        [
            gettext("考试过程逐条留痕，任何人都不能改写；异常只作为核查线索，由人判断。"),
            gettext("考试中切换窗口、断网的时刻和时长会记录，只在核查时给人看，不影响计分。"),
            gettext("查实代考、泄题、作弊的，成绩作废并可撤销证书；当事人有权陈述和申诉。"),
        ],
        None,
    )


def _decision(programme: CertificationProgramme) -> Body:
    return (
        gettext("认定、证书与公示"),
        [
            gettext("各部分达标且前提具备，即作出认定并签发证书；认定的每一条理由和数字都保存。"),
            gettext(
                "证书载明姓名、级别、编号、成绩、有效期与校验指纹，文件经电子签名；"
                "证书等级：%(level)s。",
                level=str(labels.LEVEL[programme.level.value]),
            ),
            gettext("任何人凭编号或二维码可以核验；公开页只显示姓名第一个字，不显示成绩。"),
            gettext("不得用证书暗示国家职业资格，证书失效后不得继续使用。"),
        ],
        None,
    )


def _validity(programme: CertificationProgramme) -> Body:
    days = programme.renewal_window.days
    how = gettext("重新通过全部考试，换发新编号的证书。")
    if programme.refresher is not None:
        how = gettext(
            "通过复训考试（%(minutes)s 分钟，合格线 %(cut)s 分）或重新通过全部考试，"
            "换发新编号的证书。复训考试按人组卷：签发后新增或修订的题最多占一半，其余侧重上次较弱的"
            "知识点；续证后的有效期接在原证书之后。",
            minutes=programme.refresher.minutes,
            cut=f"{programme.refresher.cut_fraction * 100:g}",
        )
    return (
        gettext("有效期、续证、暂停与撤销"),
        [
            gettext("证书有效 %(n)s 年，到最后一天的午夜为止。", n=programme.validity_years),
            gettext("到期前 %(n)s 天起可以续证：", n=days) + how,
            gettext(
                "暂停、恢复、撤销与更正都由一人提出、另一人确认，注明原因，立即在核验页生效；撤销不可恢复。"
            ),
        ],
        None,
    )


def _appeals() -> Body:
    return (
        gettext("复核、申诉与投诉"),
        [
            gettext(
                "对成绩或认定有异议，可以在成绩公布后 7 天内在成绩页提出；由没有参与原判的人处理。"
            ),
            gettext("处理结果和理由书面告知；试题判定有误的，所有受影响的考生一并重新计分。"),
        ],
        None,
    )


def _records() -> Body:
    return (
        gettext("记录与隐私"),
        [
            gettext("身份证号加密保存，只用于保证一人一号；服务商和公众都看不到。"),
            gettext("作答、操作、认定与证书的记录只增不改，保存期限按公开的保留规则执行。"),
        ],
        None,
    )


def _use() -> Body:
    return (
        gettext("在服务商评分中的使用"),
        [
            gettext(
                "服务商的五力评分按在册持证人数加分：初级 0.05、中级 0.12、高级 0.39，上限 5 分；"
                "过期、暂停、撤销的证书不计。"
            )
        ],
        None,
    )


def _history(
    db_session: Session, programme: CertificationProgramme, published: dict[int, datetime]
) -> Body:
    versions = sorted(one for one in published if one <= programme.version)
    rows = [
        (
            gettext("第 %(n)s 版", n=version),
            local_date(published[version]),
            _changed_words(db_session, programme.id, before, version),
        )
        for before, version in pairwise((None, *versions))
        if version is not None
    ]
    rows.reverse()
    head = (gettext("版本"), gettext("发布"), gettext("改动"))
    lines = [gettext("已发布的版本不再改动；考生按报名时的版本认定。")]
    return (gettext("版本记录"), lines, Table(head, tuple(rows)))


def _changed_words(db_session: Session, programme_id: str, before: int | None, version: int) -> str:
    """Say what changed since the version before; an installation may begin with a later one."""
    if before is None:
        return str(gettext("首次发布"))
    old = certification.programme_of(db_session, f"{programme_id}@{before}")
    new = certification.programme_of(db_session, f"{programme_id}@{version}")
    changes = compare(old.model_dump(mode="json"), new.model_dump(mode="json"))
    told = [
        gettext(
            "%(name)s：%(before)s → %(after)s",
            name=labels.field_words(one.field),
            before=labels.value_words(one.field, one.before),
            after=labels.value_words(one.field, one.after),
        )
        for one in changes
        if one.state != "same" and one.field != "version"
    ]
    return "；".join(told)
