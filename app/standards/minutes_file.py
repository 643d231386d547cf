"""The minutes of a standard-setting meeting as a PDF file: the cut, what it rests on, who signed.

Drawn from the stored minutes alone, so that the same version gives the same tables in any year.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import gettext

from app.core.i18n import local_time, percent
from app.standards import labels
from app.standards.models import StandardDecision, StandardMinutes, StandardSignature
from app.standards.paper import BRAND, HEIGHT, INNER, MARGIN, MUTED, WIDTH, Paper, drawn_twice
from question_bank.psychometrics.panels import USUAL_STEP


def draw_minutes(
    minutes: StandardMinutes,
    signatures: Sequence[StandardSignature],
    decision: StandardDecision | None,
    *,
    decided_by: str,
    base_url: str,
    fonts_dir: Path,
) -> bytes:
    """Return the minutes as a PDF file.

    Args:
        minutes: A version of the minutes.
        signatures: Under this version, in their order.
        decision: What the second person decided; None while that waits.
        decided_by: That person's name.
        base_url: The public address of the site, at the foot.
        fonts_dir: Where the certificate's fonts are.

    Raises:
        PaperFontsError: If a font is missing.
    """

    def draw(paper: Paper) -> None:
        _Sheet(paper, minutes).draw(signatures, decision, decided_by)

    return drawn_twice(
        draw,
        title=f"{gettext('定标纪要')} · {minutes.body['title']}",
        foot=f"{base_url} · {minutes.content_hash}",
        fonts_dir=fonts_dir,
    )


class _Sheet:
    """The blocks of the minutes, in their order."""

    def __init__(self, paper: Paper, minutes: StandardMinutes) -> None:
        self.paper = paper
        self.body: dict[str, Any] = minutes.body

    def draw(
        self,
        signatures: Sequence[StandardSignature],
        decision: StandardDecision | None,
        decided_by: str,
    ) -> None:
        self.head()
        self.result()
        self.panel()
        self.rounds()
        self.excluded()
        self.signed(signatures, decision, decided_by)
        for one in self.body["rounds"]:
            self.ratings(one)

    def head(self) -> None:
        body = self.body
        self.paper.canvas.setFillColor(BRAND)
        self.paper.canvas.rect(0, HEIGHT - 6, WIDTH, 6, stroke=0, fill=1)
        self.paper.text(MARGIN, self.paper.y, gettext("操盘手认证专家委员会"), 9, colour=BRAND)
        version = gettext("第 %(n)s 版", n=body["version"])
        self.paper.text(WIDTH - MARGIN, self.paper.y, version, 9, colour=MUTED, right=True)
        self.paper.y -= 26
        self.paper.text(MARGIN, self.paper.y, gettext("定标纪要"), 20, bold=True)
        self.paper.y -= 24
        excluded = len(body["excluded"])
        items = gettext("%(n)s 道", n=len(body["item_refs"]))
        if excluded:
            items = gettext("%(n)s 道，其中 %(out)s 道不计", n=len(body["item_refs"]), out=excluded)
        self.paper.facts(
            [
                (gettext("考试"), f"{body['title']} · {body['blueprint_ref']}"),
                (gettext("方法"), str(labels.METHOD[body["method"]])),
                (gettext("题目"), items),
                (gettext("召集"), _moment(body["convened_at"])),
                (gettext("纪要形成"), _moment(body["drawn_up_at"])),
                (gettext("会议编号"), body["meeting"]),
            ]
        )
        self.paper.title(gettext("刚好合格者"))
        self.paper.paragraph(body["definition"])

    def result(self) -> None:
        result = self.body["result"]
        self.paper.title(gettext("结论"))
        pairs = [
            (gettext("计算的合格线"), _share(result["cut"])),
            (gettext("标准误"), _share(result["standard_error"])),
            (gettext("建议的合格线"), _share(result["proposed_cut"])),
            (gettext("取整到"), _share(result.get("cut_step", USUAL_STEP))),
        ]
        check = result["hofstee"]
        if check:
            words = (
                gettext("在小组能接受的范围内")
                if check["within"]
                else gettext("超出小组能接受的范围")
            )
            pairs.append(
                (
                    gettext("Hofstee 核对"),
                    gettext(
                        "%(words)s：合格线 %(a)s 到 %(b)s，不合格的人 %(c)s 到 %(d)s",
                        words=words,
                        a=_share(check["least_cut"]),
                        b=_share(check["most_cut"]),
                        c=_share(check["least_fail"]),
                        d=_share(check["most_fail"]),
                    ),
                )
            )
            if check["cut"] is not None:
                pairs.append((gettext("Hofstee 折中"), _share(check["cut"])))
        else:
            pairs.append((gettext("Hofstee 核对"), gettext("还没有考生的成绩，无法核对")))
        for cut, passing in result["consequences"]:
            label = gettext("合格线 %(cut)s 时", cut=_share(cut))
            words = gettext(
                "此前 %(n)s 人里有 %(share)s 合格", n=result["candidates"], share=_share(passing)
            )
            pairs.append((label, words))
        self.paper.facts(pairs)

    def panel(self) -> None:
        body = self.body
        self.paper.title(gettext("到会"))
        pairs = [
            (gettext("主持人（不评定）"), body["coordinator"]),
            (gettext("专家"), gettext("、").join(body["judges"])),
        ]
        for name, reason, interest in body["left"]:
            why = gettext("：").join(filter(None, (labels.left_words(reason), interest)))
            words = gettext("%(name)s（%(why)s）", name=name, why=why)
            pairs.append((gettext("没有参加到底"), words))
        self.paper.facts(pairs)
        self.paper.paragraph(
            gettext("专家的代号由系统随机抽取，纪要不写谁是哪个代号。"), 8.5, colour=MUTED
        )

    def rounds(self) -> None:
        self.paper.title(gettext("各轮结果"))
        rows = [
            (
                labels.round_name(one["round"]),
                _share(one["cut"]),
                _share(one["standard_error"]),
                _figure(one["reliability"]),
                _figure(one["agreement"]),
                _share(max(one["sds"].values())),
            )
            for one in self.body["rounds"]
        ]
        heads = (
            gettext("轮次"),
            gettext("合格线"),
            gettext("标准误"),
            gettext("信度 α"),
            gettext("一致性 ICC"),
            gettext("最大分歧 SD"),
        )
        self.paper.table(heads, rows, [INNER - 5 * 76, *([76] * 5)])
        self.judges()

    def judges(self) -> None:
        last = self.body["rounds"][-1]
        heads = (
            gettext("专家（%(round)s）", round=labels.round_name(last["round"])),
            gettext("合格线"),
            gettext("比小组严（+）"),
            gettext("与其他人相关"),
            gettext("与真实难度相关"),
        )
        self.paper.table(
            heads,
            [
                (
                    seat,
                    _share(one["cut"]),
                    _signed(one["severity"]),
                    _figure(one["agreement"]),
                    _figure(one["realism"]),
                )
                for seat, one in last["judges"].items()
            ],
            [INNER - 4 * 92, *([92] * 4)],
        )

    def excluded(self) -> None:
        if not self.body["excluded"]:
            return
        self.paper.title(gettext("不计的题"))
        places = {ref: n for n, ref in enumerate(self.body["item_refs"], 1)}
        self.paper.facts(
            [
                (gettext("第 %(n)s 题", n=places[ref]), f"{ref}：{reason}")
                for ref, reason in self.body["excluded"]
            ]
        )

    def signed(
        self,
        signatures: Sequence[StandardSignature],
        decision: StandardDecision | None,
        decided_by: str,
    ) -> None:
        self.paper.title(gettext("签署"))
        if not signatures:
            self.paper.paragraph(gettext("还没有人签名。"), colour=MUTED)
        for one in signatures:
            self.paper.room(16)
            self.paper.text(MARGIN, self.paper.y, one.name, 11, bold=True)
            self.paper.text(MARGIN + 130, self.paper.y, str(labels.PART[one.part]), 9, colour=MUTED)
            when = local_time(one.at, seconds=True)
            self.paper.text(MARGIN + 190, self.paper.y, when, 9)
            short = one.content_hash.removeprefix("sha256:")[:24]
            self.paper.text(WIDTH - MARGIN, self.paper.y, short, 8, colour=MUTED, right=True)
            self.paper.y -= 17
        if decision is None:
            self.paper.paragraph(gettext("待没有参加会议的另一人批准。"), colour=MUTED)
            return
        words = gettext(
            "%(name)s 于 %(at)s %(outcome)s，理由：%(reason)s",
            name=decided_by,
            at=local_time(decision.at),
            outcome=labels.OUTCOME[decision.outcome],
            reason=decision.reason,
        )
        self.paper.paragraph(words)

    def ratings(self, one: dict[str, Any]) -> None:
        """Draw a round's ratings, one row for each item."""
        self.paper.new_page()
        self.paper.text(
            MARGIN,
            self.paper.y,
            gettext("%(round)s的评定（百分数）", round=labels.round_name(one["round"])),
            11,
            bold=True,
        )
        self.paper.y -= 20
        seats = list(one["ratings"])
        narrow = 30.0 if len(seats) > 7 else 34.0
        tail = (38.0, 34.0, 62.0)
        first = INNER - narrow * len(seats) - sum(tail)
        facilities = self.body["facilities"]
        out = {ref for ref, _ in self.body["excluded"]}
        rows = []
        for place, ref in enumerate(self.body["item_refs"], 1):
            known = facilities.get(ref)
            mark = "×" if ref in out else ""
            rows.append(
                [
                    f"{place}{mark} {ref}",
                    *(_percent(one["ratings"][seat].get(ref)) for seat in seats),
                    _percent(one["means"].get(ref), 1),
                    _percent(one["sds"].get(ref), 1),
                    f"{_percent(known[0])} ({known[1]})" if known else "—",
                ]
            )
        heads = [
            gettext("题目"),
            *seats,
            gettext("平均"),
            "SD",
            gettext("真实（人数）"),
        ]
        self.paper.table(heads, rows, [first, *([narrow] * len(seats)), *tail])
        if one["places"]:
            self.places(one, seats)

    def places(self, one: dict[str, Any], seats: Sequence[str]) -> None:
        """Draw where each judge put each item in Ebel's grid, and what is expected of the cells."""
        hard = labels.DIFFICULTY
        rank = {"essential": "1", "important": "2", "nice_to_know": "3"}
        self.paper.title(gettext("难度与重要程度（1 必备，2 重要，3 了解即可）"))
        width = 46.0
        widths = [INNER - width * len(seats), *([width] * len(seats))]
        rows = []
        for place, ref in enumerate(self.body["item_refs"], 1):
            cells = [one["places"][seat].get(ref) for seat in seats]
            rows.append(
                [f"{place} {ref}", *(f"{hard[c[0]]}{rank[c[1]]}" if c else "—" for c in cells)]
            )
        self.paper.table([gettext("题目"), *seats], rows, widths)
        names = list(next(iter(one["cells"].values())))
        rows = [
            [
                f"{hard[name.partition('/')[0]]}{rank[name.partition('/')[2]]}",
                *(_percent(one["cells"][seat].get(name)) for seat in seats),
            ]
            for name in names
        ]
        self.paper.table([gettext("期望的答对比例"), *seats], rows, widths)


def _moment(text: str) -> str:
    return local_time(datetime.fromisoformat(text))


def _share(value: float | None) -> str:
    return percent(value)


def _percent(value: float | None, digits: int = 0) -> str:
    return "—" if value is None else f"{100 * value:.{digits}f}"


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}%"
