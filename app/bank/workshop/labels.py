"""Chinese for the codes of the workshop."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

STAGE = {
    "draft": _("草稿"),
    "review": _("评审中"),
    "accepted": _("待发布"),
    "pilot": _("试测中"),
    "live": _("在用"),
    "retired": _("已停用"),
    "discarded": _("已放弃"),
}

STAGE_TONE = {
    "draft": "",
    "review": "info",
    "accepted": "warn",
    "pilot": "warn",
    "live": "good",
    "retired": "",
    "discarded": "",
}

FACT = {
    "created": _("开始命题"),
    "submitted": _("提交评审"),
    "opened": _("打开盲做"),
    "stepped_back": _("退出评审"),
    "solved": _("完成盲做"),
    "accepted": _("评审通过"),
    "sent_back": _("退回修改"),
    "withdrawn": _("作者撤回"),
    "piloted": _("进入试测"),
    "recalled": _("试测后退回修改"),
    "published": _("正式启用"),
    "retired": _("停用"),
    "discarded": _("放弃"),
}

CASE_FACT = {
    "created": _("开始写案例"),
    "submitted": _("全组提交评审"),
    "reopened": _("作者撤回材料"),
    "published": _("全组启用"),
    "discarded": _("放弃"),
}

PART = {
    "title": _("标题"),
    "members": _("组里的题"),
    "stem": _("题干"),
    "answer": _("选项与答案"),
    "exhibit": _("材料"),
    "rationale": _("解析"),
    "checks": _("机器复算"),
    "source": _("出处"),
    "enemies": _("互斥题"),
    "properties": _("属性"),
}
"""Parts of the editor's page."""

INTEREST = {"topic": _("主题"), "person": _("命题人"), "provider": _("服务商")}

SIGHT = {
    "item.viewed": _("查看题目和答案"),
    "item.exported": _("随文件导出"),
    "draft.viewed": _("查看稿件和答案"),
    "draft.opened": _("打开盲做"),
}

OUTCOME = {
    "approved": _("已同意"),
    "declined": _("未同意"),
}

FORMAT = {
    "xlsx": _("Excel 表格（xlsx）"),
    "csv": _("CSV 表格（UTF-8 或 GB18030）"),
    "yaml": _("本系统 YAML"),
    "gift": _("GIFT（Moodle 文本）"),
    "aiken": _("Aiken 文本"),
    "moodle": _("Moodle XML"),
    "qti21": _("QTI 2.1 包"),
    "qti22": _("QTI 2.2 包"),
    "qti30": _("QTI 3.0 包"),
}

BANK_REMARK = {
    "skeleton": _("考点骨架和 %(ref)s 相同：换一个决策，或在那道题上出新版本"),
    "duplicate": _("题干和 %(ref)s 有 %(share)s 相同：换一个情境"),
    "enemies": _("互斥题里没有这些题：%(ref)s"),
    "case": _("案例组 %(ref)s 里没有这道题"),
    "own_exhibit": _("案例题用全组的材料，不另附材料"),
    "scenario": _("没有已发布、在用的场景 %(ref)s"),
}

MESSAGES = {
    "draft_stage": _("这份稿件现在不能这样处理，请刷新后再看"),
    "own_draft": _("自己命的题要由别人评审和发布"),
    "readers_complete": _("这一轮已经有两位评审"),
    "not_reader": _("你不是这一轮的评审"),
    "solve_first": _("请先盲做，再看答案和下结论"),
    "solved_before": _("你已经做过这道题，盲做只有一次"),
    "missed_blind": _("盲做没有得满分或认为有歧义，只能退回修改"),
    "reading_decided": _("你已经通过了这道题"),
    "draft_changed": _("稿件在别处保存过，请比较后再决定留哪一份"),
    "draft_open": _("这道题已有一份稿件在处理"),
    "draft_faulty": _("还有错误没有改好，不能提交"),
    "interest_declared": _("你申报过与这道题有关的利益关系，不能评审"),
    "comments_open": _("还有没处理完的意见，请作者逐条处理后再通过"),
    "export_decided": _("这份导出申请已经处理过"),
    "export_not_approved": _("导出还没有得到第二人同意，或已过期"),
    "case_whole": _("案例组里的题随全组提交和启用，请在案例组的页面处理"),
    "case_full": _("一组最多 6 道题"),
    "case_unread": _("还有题没有经两位评审通过，不能启用"),
    "case_faulty": _("材料或题里还有错误没有改好，不能提交"),
    "retirement_decided": _("这份停用申请已经处理过"),
    "import_taken": _("这个文件已经导入过"),
    "import_stale": _("题库在检查之后有变化，请重新上传检查"),
}
