"""How the public page says what a check found: one headline, and a line for each verdict."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from app.certification import labels
from app.certification.reasons import RevocationReason
from app.certification.verification import Check, Contradiction, PublicRecord
from app.core.i18n import is_english, local_date, local_time
from certificates.labels import ASPECT_LABELS, REASON_LABELS
from certificates.validity import CredentialStatus
from certificates.verdicts import Answer, Aspect, Finding
from certificates.verification import Examination, Kind

ICON = {Answer.YES: "check", Answer.NO: "x", Answer.UNKNOWN: "help"}
TONE = {Answer.YES: "good", Answer.NO: "bad", Answer.UNKNOWN: "muted"}


@dataclass(frozen=True)
class Headline:
    """The answer of the page: title, one sentence, tone and icon."""

    title: str
    text: str
    tone: str
    icon: str


@dataclass(frozen=True)
class CheckLine:
    """One verdict: what was found, the detail, and how it looks.

    Attributes:
        answer: 是, 否 or 无法判断, said beside the icon for who cannot see it.
    """

    title: str
    text: str
    tone: str
    icon: str
    answer: str


def headline(record: PublicRecord) -> Headline:
    """Return what the certificate is worth now, in words.

    If the record or what was given is not to be believed, that comes first: a good number beside
    a forged file is what a forger hopes for.
    """
    if record.contradiction is not None:
        return Headline(*_warning(record, record.contradiction), tone="bad", icon="alert")
    title = str(labels.STATUS_TITLE[record.status])
    return Headline(
        title=gettext("演示%(title)s", title=title) if record.is_demo else title,
        text=_sentence(record),
        tone=labels.STATUS_TONE[record.status],
        icon=labels.STATUS_ICON[record.status],
    )


def _warning(record: PublicRecord, contradiction: Contradiction) -> tuple[str, str]:
    """Return title and sentence about what is not to be believed, and how the register stands."""
    if contradiction is Contradiction.RECORD:
        words = gettext("登记内容与签发时的指纹不一致。请勿采信本页的内容，并告知委员会。")
        return gettext("登记内容被改动过"), words
    if contradiction is Contradiction.OTHER_CERTIFICATE:
        words = gettext(
            "你核验的编号是 %(asked)s，上传的文件却是 %(number)s 的，下面是后者的登记。",
            asked=record.asked_number,
            number=record.number,
        )
        return gettext("文件是另一张证书的"), words
    title, words = {
        Contradiction.CONTENT: (
            gettext("凭证与登记不符"),
            gettext("凭证里的姓名、成绩或日期与登记的不同，请勿采信凭证。"),
        ),
        Contradiction.SIGNATURE: (
            gettext("出示的文件不可信"),
            gettext("电子签名无效：文件被改动过，或不是本站签发的。请勿采信文件里的内容。"),
        ),
        Contradiction.FILE: (
            gettext("出示的文件不是原件"),
            gettext("与本站给出的文件不同，可能被改动或另存过。请勿采信文件里的内容。"),
        ),
        Contradiction.CODE: (
            gettext("出示的核验码不可信"),
            gettext("不是颁发机构为这张证书签的码，请勿采信。"),
        ),
        Contradiction.NAME: (
            gettext("姓名不一致"),
            gettext("填写的姓名不是这张证书的持证人。请核对是否抄错；不一致就不是同一张证书。"),
        ),
    }[contradiction]
    register = gettext(
        "这个编号的登记：%(status)s，以本页为准。", status=str(labels.STATUS[record.status])
    )
    return title, (" " if is_english() else "").join((words, register))


def _sentence(record: PublicRecord) -> str:
    now = local_time(record.checked_at, seconds=True)
    until, ended = local_date(record.valid_until), local_date(record.ended_on)
    if record.status is CredentialStatus.VALID:
        words = gettext("截至 %(now)s（北京时间），该证书真实、在有效期内、未被撤销。", now=now)
        if record.is_demo:
            words = gettext(
                "截至 %(now)s（北京时间），编号真实、在有效期内、未被撤销；"
                "演示证书不代表通过认证。",
                now=now,
            )
    elif record.status is CredentialStatus.EXPIRED:
        words = gettext(
            "证书真实，已于 %(until)s 到期，不再代表当前资格。核验时间 %(now)s（北京时间）。",
            until=until,
            now=now,
        )
    elif record.status is CredentialStatus.REVOKED:
        words = gettext(
            "证书曾真实签发，自 %(ended)s 起无效。核验时间 %(now)s（北京时间）。",
            ended=ended,
            now=now,
        )
    elif record.status is CredentialStatus.SUPERSEDED:
        words = gettext(
            "证书曾真实签发，自 %(ended)s 起由另一张证书替代。核验时间 %(now)s（北京时间）。",
            ended=ended,
            now=now,
        )
    elif record.status is CredentialStatus.SUSPENDED:
        words = gettext(
            "证书真实，但目前暂停效力，不代表当前资格。核验时间 %(now)s（北京时间）。", now=now
        )
    else:
        words = gettext(
            "证书自 %(day)s 起生效。核验时间 %(now)s（北京时间）。",
            day=local_date(record.valid_from),
            now=now,
        )
    return str(words)


def validity_note(record: PublicRecord) -> str:
    """Return the line below the dates: days left, days since, or how it ended early."""
    until = local_date(record.valid_until)
    if record.ended_on is not None and record.ended_on <= record.valid_until:
        words = gettext("原至 %(until)s，提前终止", until=until)
    elif record.status is CredentialStatus.EXPIRED:
        words = gettext("已过期 %(n)s 天", n=-record.days_left)
    elif record.status is CredentialStatus.SUSPENDED and record.suspended_until is not None:
        words = gettext("暂停到 %(at)s", at=local_time(record.suspended_until))
    elif record.days_left == 0:
        words = gettext("今天是最后一天")
    else:
        words = gettext("还有 %(n)s 天", n=record.days_left)
    return str(words)


def revocation_word(record: PublicRecord) -> str:
    """Return why the certificate was revoked, for who gave the holder's name; else nothing."""
    if record.full is None or record.full.revocation_reason is None:
        return ""
    return str(labels.REVOCATION[RevocationReason(record.full.revocation_reason)])


def main_checks(record: PublicRecord) -> list[CheckLine]:
    """Return the four verdicts that every look at the page gives."""
    answers = record.answers
    return [
        _record_line(answers[Check.RECORD]),
        _effect_line(record),
        _time_line(record),
        _line(
            Answer.YES,
            gettext("编号校验位正确"),
            gettext("末位 %(c)s，编号已登记", c=record.number[-1]),
        ),
    ]


def further_checks(record: PublicRecord) -> list[CheckLine]:
    """Return the verdicts that need the verifier's help, or cannot be given yet."""
    answers = record.answers
    name = {
        Answer.YES: (gettext("姓名一致"), gettext("与登记的姓名相同")),
        Answer.NO: (gettext("姓名不一致"), gettext("请核对是否抄错；不一致就不是同一张证书")),
        Answer.UNKNOWN: (gettext("姓名还没有核对"), gettext("在下面填写证书上的姓名")),
    }[answers[Check.NAME]]
    file = {
        Answer.YES: (gettext("文件一致"), gettext("与登记的文件逐字节相同")),
        Answer.NO: (gettext("文件不一致"), gettext("不是本站给出的文件，可能被改动或另存过")),
        Answer.UNKNOWN: (
            gettext("文件还没有比对"),
            gettext("在下面上传 PDF，或没有登记可比的文件"),
        ),
    }[answers[Check.FILE]]
    signature = {
        Answer.YES: (gettext("电子签名有效"), gettext("由颁发机构的密钥签署，内容与登记一致")),
        Answer.NO: (gettext("电子签名无效"), gettext("原因见下")),
        Answer.UNKNOWN: (
            gettext("电子签名还没有验证"),
            gettext("在下面上传 PDF 或凭证文件；旧证书没有签名"),
        ),
    }[answers[Check.SIGNATURE]]
    if record.differs:
        signature = (gettext("凭证与登记不符"), gettext("凭证里的姓名、成绩或日期与登记的不同"))
    lines = [
        _line(answers[Check.NAME], *name),
        _line(answers[Check.FILE], *file),
        _line(answers[Check.SIGNATURE], *signature),
    ]
    if Check.CODE in answers:
        lines.insert(0, _code_line(answers[Check.CODE]))
    return lines


def _code_line(answer: Answer) -> CheckLine:
    words = {
        Answer.YES: (gettext("核验码有效"), gettext("由颁发机构签给这个编号与姓名")),
        Answer.NO: (
            gettext("核验码无效"),
            gettext("不是颁发机构为这张证书签的码；请以本页登记的内容为准"),
        ),
        Answer.UNKNOWN: (
            gettext("核验码无法判断"),
            gettext("签这个码的密钥已停用；请持证人重新出示"),
        ),
    }[answer]
    return _line(answer, *words)


def examination_lines(examination: Examination) -> list[CheckLine]:
    """Return what a file or credential turned out to be, a line for each thing that was looked at.

    Time and status are left out: the register knows them better than any file.
    """
    aspects = [Aspect.ISSUER, Aspect.CREDENTIAL]
    if examination.kind is Kind.FILE:
        aspects.insert(0, Aspect.FILE)
    lines = [
        _line(
            finding.answer,
            labels.in_language(ASPECT_LABELS[finding.aspect]),
            labels.in_language(REASON_LABELS[finding.reason]),
        )
        for finding in map(examination.finding, aspects)
    ]
    stamped = next((one for one in examination.findings if one.aspect is Aspect.STAMP), None)
    if stamped is not None:
        lines.append(_stamp_line(stamped, examination))
    return lines


def _stamp_line(finding: Finding, examination: Examination) -> CheckLine:
    title = labels.in_language(ASPECT_LABELS[finding.aspect])
    reason = labels.in_language(REASON_LABELS[finding.reason])
    stamp = examination.stamp
    if stamp is None:
        return _line(finding.answer, title, reason)
    who = gettext(
        "由 %(authority)s 盖于 %(at)s：%(reason)s",
        authority=stamp.authority,
        at=local_time(stamp.at, seconds=True),
        reason=reason,
    )
    return _line(finding.answer, title, who)


def _record_line(answer: Answer) -> CheckLine:
    if answer is Answer.YES:
        return _line(answer, gettext("登记内容未被改动"), gettext("与签发时的指纹一致"))
    return _line(answer, gettext("登记内容与签发时不符"), gettext("请勿采信，并告知委员会"))


def _effect_line(record: PublicRecord) -> CheckLine:
    if record.answers[Check.REVOCATION] is Answer.NO:
        ended = local_date(record.ended_on)
        if record.status is CredentialStatus.SUPERSEDED:
            return _line(Answer.NO, gettext("已被替代"), gettext("自 %(day)s 起", day=ended))
        return _line(Answer.NO, gettext("已被撤销"), gettext("自 %(day)s 起", day=ended))
    if record.answers[Check.SUSPENSION] is Answer.NO:
        return _line(Answer.NO, gettext("暂停中"), gettext("没有被撤销，但现在不能使用"))
    at = local_time(record.checked_at, seconds=True)
    return _line(Answer.YES, gettext("未被撤销或暂停"), gettext("登记截至 %(at)s", at=at))


def _time_line(record: PublicRecord) -> CheckLine:
    until = local_date(record.valid_until)
    if record.answers[Check.TIME] is Answer.YES:
        return _line(Answer.YES, gettext("在有效期内"), gettext("到 %(day)s", day=until))
    if record.ended_on is not None:
        day = local_date(record.ended_on)
        return _line(Answer.NO, gettext("资格终止"), gettext("自 %(day)s 起", day=day))
    if record.status is CredentialStatus.NOT_YET_VALID:
        day = local_date(record.valid_from)
        return _line(Answer.NO, gettext("尚未生效"), gettext("自 %(day)s 起", day=day))
    return _line(Answer.NO, gettext("超出有效期"), gettext("%(day)s 到期", day=until))


def _line(answer: Answer, title: str, text: str) -> CheckLine:
    words = {
        Answer.YES: gettext("是"),
        Answer.NO: gettext("否"),
        Answer.UNKNOWN: gettext("无法判断"),
    }
    return CheckLine(title, text, TONE[answer], ICON[answer], words[answer])
