"""Chinese and English words for codes."""

from typing import NamedTuple

from certificates.levels import Level
from certificates.validity import CredentialStatus


class Label(NamedTuple):
    """One word in the product's two languages."""

    zh: str
    en: str


LEVEL_LABELS = {
    Level.JUNIOR: Label("初级", "Junior"),
    Level.INTERMEDIATE: Label("中级", "Intermediate"),
    Level.SENIOR: Label("高级", "Senior"),
}

STATUS_LABELS = {
    CredentialStatus.NOT_YET_VALID: Label("尚未生效", "Not yet valid"),
    CredentialStatus.VALID: Label("有效", "Valid"),
    CredentialStatus.EXPIRED: Label("已过期", "Expired"),
    CredentialStatus.SUSPENDED: Label("已暂停", "Suspended"),
    CredentialStatus.REVOKED: Label("已撤销", "Revoked"),
    CredentialStatus.SUPERSEDED: Label("已被替代", "Superseded"),
}

NUMBER_PROBLEM_LABELS = {
    "too_long": Label("编号过长", "The number is too long"),
    "characters": Label("编号含有不认识的字符", "The number has characters it cannot have"),
    "shape": Label("编号格式应为 CPS1-26-XXXXXXXXXX-X", "A number looks like CPS1-26-XXXXXXXXXX-X"),
    "check_character": Label("校验位不符，请核对是否抄错", "The check character does not match"),
}

CERTIFICATE_TITLE_EN = "Livestream Commerce Operator Certificate"


def certificate_title(level: Level) -> str:
    """Return the title of a level's certificate, 直播电商操盘手认证证书（初级）."""
    return f"直播电商操盘手认证证书（{LEVEL_LABELS[level].zh}）"


def achievement(level: Level) -> Label:
    """Return what a holder of the level is certified as."""
    label = LEVEL_LABELS[level]
    return Label(f"直播电商操盘手（{label.zh}）", f"{label.en} Livestream Commerce Operator")
