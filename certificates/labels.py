"""Chinese and English words for codes."""

from typing import NamedTuple

from certificates.levels import Level
from certificates.validity import CredentialStatus
from certificates.verdicts import Answer, Aspect, Reason


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


ANSWER_LABELS = {
    Answer.YES: Label("是", "yes"),
    Answer.NO: Label("否", "no"),
    Answer.UNKNOWN: Label("无法判断", "cannot tell"),
}

ASPECT_LABELS = {
    Aspect.FILE: Label("文件未被改动", "File intact"),
    Aspect.ISSUER: Label("签发密钥属于颁发机构", "Signed with the issuer's key"),
    Aspect.CREDENTIAL: Label("凭证签名有效", "Credential's signature valid"),
    Aspect.STAMP: Label("时间戳有效", "Time stamp valid"),
    Aspect.TIME: Label("在有效期内", "Within validity"),
    Aspect.REVOCATION: Label("未被撤销", "Not revoked"),
    Aspect.SUSPENSION: Label("未被暂停", "Not suspended"),
    Aspect.NAME: Label("姓名一致", "Name matches"),
}

REASON_LABELS = {
    Reason.COVERS_WHOLE_FILE: Label(
        "签名覆盖整个文件，一个字节都没有变", "The signature covers the whole file"
    ),
    Reason.NO_SIGNATURE: Label(
        "文件里没有本机构的电子签名：可能是另存、打印或截图得到的", "The file has no signature"
    ),
    Reason.ADDED_LATER: Label(
        "签名之后又加了内容：看到的可能不是签发时的样子", "Something was added after signing"
    ),
    Reason.ALTERED: Label("签名之后被改动过", "Altered after signing"),
    Reason.SIGNER_UNKNOWN: Label(
        "签名人不是颁发机构，名称相同也不算", "The signer is not the issuer, whatever its name"
    ),
    Reason.NOT_LOOKED_AT: Label("给出的是凭证，不是证书文件", "A credential was given, not a file"),
    Reason.KEY_KNOWN: Label("在颁发机构公布的密钥之中", "Among the issuer's published keys"),
    Reason.KEY_UNKNOWN: Label(
        "不在颁发机构公布的密钥之中", "Not among the issuer's published keys"
    ),
    Reason.KEY_COMPROMISED: Label(
        "这把密钥后来泄露过，只有登记系统能判断，请在线核验",
        "This key was compromised later: only the register can tell, check online",
    ),
    Reason.KEY_OUT_OF_TIME: Label(
        "签发时间晚于这把密钥停用的时间", "Issued after this key went out of service"
    ),
    Reason.OTHER_ISSUER: Label("凭证写的是另一个颁发机构", "The credential names another issuer"),
    Reason.SIGNATURE_GOOD: Label("签名与内容相符", "The signature fits the content"),
    Reason.SIGNATURE_BAD: Label("签名与内容不符", "The signature does not fit the content"),
    Reason.NO_CREDENTIAL: Label(
        "没有可以读取的凭证", "There is no credential that can be believed"
    ),
    Reason.CREDENTIAL_MALFORMED: Label(
        "凭证的格式或内容自相矛盾", "The credential is malformed or contradicts itself"
    ),
    Reason.STAMP_GOOD: Label(
        "可信的时间戳机构证明签名在那一刻已经存在",
        "A trusted authority says that the signature existed at that moment",
    ),
    Reason.STAMP_BAD: Label(
        "时间戳读不出来，或不是它自称的机构盖的",
        "The time stamp cannot be read or is not of who it says",
    ),
    Reason.STAMP_OF_OTHER: Label(
        "时间戳盖的是另一个签名", "The time stamp is over another signature"
    ),
    Reason.STAMP_AUTHORITY_UNKNOWN: Label(
        "时间戳与签名相符，但手头没有这家机构的根证书",
        "It fits the signature, but the authority's root is not at hand",
    ),
    Reason.WITHIN: Label("这一刻在有效期内", "The moment is within the validity"),
    Reason.NOT_YET: Label("还没有到生效的时间", "Not valid yet"),
    Reason.EXPIRED: Label("已经过期", "Expired"),
    Reason.NOT_LISTED: Label("状态列表里没有标记", "Not marked in the status list"),
    Reason.LISTED: Label("状态列表里已标记", "Marked in the status list"),
    Reason.NO_LIST: Label(
        "手头没有对应的状态列表，请在线核验", "The status list is not at hand, check online"
    ),
    Reason.LIST_STALE: Label("状态列表已经过期，请重新下载", "The status list is stale"),
    Reason.LIST_UNUSABLE: Label(
        "状态列表不是颁发机构签发的，或读不出来",
        "The status list is not the issuer's or cannot be read",
    ),
    Reason.SAME_NAME: Label("与登记的姓名相同", "The same as the registered name"),
    Reason.OTHER_NAME: Label("与登记的姓名不同", "Not the registered name"),
    Reason.NO_NAME_GIVEN: Label("没有给出姓名", "No name was given"),
}
