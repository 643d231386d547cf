"""Chinese for the codes of courses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

LEVEL = {"junior": _("初级"), "intermediate": _("中级"), "senior": _("高级")}

KIND = {
    "chapter": _("手册章节"),
    "text": _("讲义"),
    "video": _("视频"),
    "film": _("上传的视频"),
    "drill": _("专项练习"),
    "assignment": _("作业"),
}

TYPED_KIND = {code: words for code, words in KIND.items() if code != "film"}
"""Kinds that the form of parts makes; a film has a form of its own."""

OUTCOME = {"certified": _("已认证"), "declined": _("未通过")}

FIELD = {
    "chapter": _("章节"),
    "text": _("内容（10 到 20,000 字）"),
    "url": _("视频链接（快手、哔哩哔哩、优酷、腾讯视频，https 开头）"),
    "drill": _("专项练习"),
    "title": _("标题（2 到 60 字）"),
    "task": _("作业要求（10 到 2,000 字）"),
    "rubric": _("评分标准（10 到 2,000 字）"),
    "kind": _("种类，或节数已到上限"),
    "starts_at": _("上课时间：要在现在之后"),
}

MESSAGES = {
    "no_lecturer": _("要先通过讲师认证，并在有效期内"),
    "lecturer_applied": _("申请正在审核，或者认证还在有效期内"),
    "lecturer_own": _("不能审核自己的申请"),
    "lecturer_voted": _("这份申请已有结论，或者你已经表过态"),
    "course_empty": _("课程还没有内容或没有发布：先加内容，再发布"),
    "cohort_full": _("这个班已满、已结课，或是你自己讲的课"),
    "class_code": _("签到码不对，或者不在上课时间：上课前十分钟到下课后半小时有效"),
    "cohort_closed": _("已经结课或评过，不能再改"),
    "course_parts": _("请改好：标题 2 到 60 个字；一门课最多 40 节"),
    "film_type": _("只收 MP4 或 WebM 视频（看内容，不看扩展名），里面要有画面"),
    "film_codec": _("浏览器放不了这种编码：请导出 H.264、AV1 或 VP9 的视频再传"),
    "film_broken": _("视频不完整或已损坏：请重新导出，确认能播到最后再传"),
    "film_too_large": _("视频超过大小上限：请压缩或分成几节"),
    "film_captions": _("字幕要是 WebVTT（.vtt，UTF-8，第一行 WEBVTT），每条的结束晚于开始"),
    "film_poster": _("封面要是 2 MB 以内的 PNG 或 JPEG"),
    "film_quota": _("这门课的视频总量到上限了：先移除不用的，或改用链接"),
    "film_in_use": _("课程里还有一节用着这段视频：先移除那一节，再删视频"),
    "feedback_given": _("只有到课的人可以评一次"),
}
