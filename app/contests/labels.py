"""Chinese words of contests."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

STATE = {
    "draft": _("筹备中"),
    "published": _("已发布"),
    "running": _("进行中"),
    "judging": _("评议中"),
    "protest": _("成绩公示"),
    "final": _("已定榜"),
    "cancelled": _("已取消"),
}

STATE_TONE = {
    "draft": "",
    "published": "info",
    "running": "brand",
    "judging": "info",
    "protest": "warn",
    "final": "good",
    "cancelled": "bad",
}

ROUND_KIND = {"rehearsal": _("彩排"), "heat": _("预赛"), "final": _("决赛")}

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

RULES = {"open-contest": _("操盘手公开赛"), "senior-contest": _("高级操盘手认证大赛")}

WITHDRAWN = {
    "own": _("自行退赛"),
    "not_eligible": _("开赛复核时资格不符"),
    "disqualified": _("取消资格"),
}

ACT = {
    "publish": _("发布比赛"),
    "resume": _("恢复本轮"),
    "restart": _("重开本轮"),
    "disqualify": _("取消选手资格"),
    "finalise": _("定榜"),
    "reopen": _("重新打开成绩"),
    "cancel": _("取消比赛"),
}

OUTCOME = {"confirmed": _("已确认"), "declined": _("未通过")}

ABOUT = {
    "room": _("实操得分"),
    "forecast": _("预测得分"),
    "jury": _("评委打分"),
    "technical": _("技术故障"),
}

PROTEST_OUTCOME = {"upheld": _("成立"), "declined": _("不成立")}

TIE = {
    "certified": _("认定得分高者在前"),
    "strikes": _("违规次数少者在前"),
    "forecast": _("预测得分高者在前"),
    "jury": _("评委得分高者在前"),
}

SLOT = {"main": _("正式种子")}

AGREES = _("一致性")

FINDING = {
    "audit_broken": _("比赛日志被改过或缺行"),
    "seal_broken": _("封存的种子与公布的承诺不符"),
    "scenario_changed": _("场景内容与封存时不同"),
    "keys_differ": _("房间的种子与封存的不同"),
    "log_broken": _("房间日志从这一条起被改过或缺行"),
    "log_head": _("评分依据的日志与现在的日志不同"),
    "cards_differ": _("突发卡与房间日志不同"),
    "plan_differs": _("计划与房间日志不同"),
    "score_missing": _("房间没有评分"),
    "score_differs": _("评分与按日志重算的不同"),
    "room_score_differs": _("房间成绩单与按日志重算的不同"),
    "correction_differs": _("申诉更正与答复不符"),
    "mark_differs": _("评委打分与提交时的记录不同"),
    "anchor_differs": _("与比赛日志留下的指纹不同"),
    "result_differs": _("名次或分数与重算的不同"),
    "claim_differs": _("证书依据的分数与成绩不同"),
}
"""What a recheck may find."""

PART = {"room": _("实操"), "forecast": _("预测"), "jury": _("评委")}

COUNTED = {
    "acts": _("比赛日志"),
    "seals": _("封存种子"),
    "rooms": _("房间"),
    "events": _("房间日志"),
    "scores": _("评分"),
    "corrections": _("申诉更正"),
    "marks": _("评委打分"),
    "claims": _("证书依据"),
    "results": _("成绩"),
}

MESSAGES = {
    "contest_stage": _("比赛现在的阶段不能做这一步，请刷新页面看当前状态"),
    "contest_rules_taken": _("这个版本的规则已经发布，修改请另立版本"),
    "contest_entry_closed": _("现在不在报名时间内"),
    "contest_not_eligible": _("报名条件你现在还没有达到，页面上写明了每一条"),
    "contest_own": _("你是这场大赛的选手：它的组织和评审由别人来做；退赛之后才能打开"),
    "contest_organised": _("你策划、决定或评审过这场大赛，知道封存的内容，不能再报名参赛"),
    "contest_seeded": _("正式轮次已经开始准备，不能重新分组"),
    "contest_round_running": _("这一轮现在的状态不能做这一步"),
    "contest_no_reserve": _("只能用本轮原来的种子，或下一个备用种子"),
    "contest_seal_broken": _("场景内容与封存时不同，不能开赛：请核对场景版本"),
    "contest_no_juror": _("这个人没有评委角色，或是本场选手"),
    "contest_mark_stands": _("打分已经提交，不能再改"),
    "contest_too_few_jurors": _("能回避同事、讲师关系的评委不够，请增加评委"),
    "contest_recheck_waits": _("已经有一次复算在排队，完成后再试"),
    "contest_reviews_open": _("复盘还在撰写时间内，交齐或到时后再分给评委"),
    "contest_review_closed": _("现在不能提交复盘：本轮还没有结束，或撰写时间已过"),
    "contest_review_written": _("复盘已经提交，不能再改"),
    "contest_not_marked": _("还有房间没有评分，或评委没有打完分"),
    "contest_protests_open": _("公示期还没有结束，或还有申诉没有答复"),
    "contest_no_protest": _("现在不能申诉：成绩未公示、公示期已过，或同一事由正在处理"),
    "contest_protest_answered": _("这项申诉已经答复"),
    "contest_vote_given": _("每人一票，你已经投过了"),
    "contest_may_not_vote": _("你不能给这位选手投票：选手本人、同事不能投，投票人须是选手或持证人"),
    "contest_proposal_open": _("同样的提议正等待另一位确认"),
    "contest_proposal_decided": _("这项提议已经有人处理"),
}
