"""A course from its builder to a trainee who finished it: a film with captions, presence, parts."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.core import clock
from app.core.clock import BEIJING
from app.demo import DEMO_PASSWORD
from tests.browser.axe import grave_faults
from tests.browser.product import Product
from tests.browser.signing_in import sign_in
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

RECORD = """async () => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(20), {mimeType: "video/webm;codecs=vp8"});
  const pieces = [];
  recorder.ondataavailable = ({data}) => pieces.push(data);
  const ended = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  for (let i = 0; i < 12; i += 1) {
    pen.fillStyle = i % 2 ? "#f2581c" : "#131b29";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  recorder.stop();
  await ended;
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}"""
"""A film of half a second, as the browser itself writes one."""

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:10.000\n返场之前先看库存。\n"


def payload(name: str, kind: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def build(page: Page) -> str:
    """Write, publish and open the course; return the code of its class."""
    page.get_by_label("课程名").fill("返场一课")
    page.get_by_label("讲完能做什么").fill("看完能说出返场的四个条件。")
    page.get_by_role("button", name="开始编写").click()
    film = base64.b64decode(page.evaluate(RECORD))
    box = page.get_by_role("form", name="上传一段视频")
    box.get_by_label("标题").fill("返场示范")
    box.get_by_label("视频文件").set_input_files(
        payload("a.mp4", "video/mp4", film[: len(film) // 9])
    )
    box.get_by_role("button", name="上传并加到最后").click()
    expect(page.get_by_role("alert")).to_contain_text("视频")  # cut off, or nothing in it
    box.get_by_label("标题").fill("返场示范")
    box.get_by_label("视频文件").set_input_files(payload("a.webm", "video/webm", film))
    box.get_by_label("字幕文件").set_input_files(payload("a.vtt", "text/vtt", CAPTIONS.encode()))
    box.get_by_role("button", name="上传并加到最后").click()
    expect(page.get_by_role("heading", name="内容，1 节")).to_be_visible()
    assert grave_faults(page) == []
    page.get_by_role("button", name="发布", exact=True).click()
    page.get_by_label("班名").fill("浏览器班")
    page.get_by_role("button", name="开班").click()
    soon = clock.now().astimezone(BEIJING) + timedelta(minutes=5)
    page.get_by_label("上课时间").fill(f"{soon:%Y-%m-%dT%H:%M}")
    page.get_by_label("地点或房间号").fill("线上")
    page.get_by_role("button", name="排课").click()
    shown = page.get_by_text(re.compile(r"签到码 *\d{6}")).inner_text()
    return shown[-6:]


def test_a_course_from_builder_to_finished_trainee(server: Product, visits: Visits):
    lecturer = visits.open(server.address)
    sign_in(lecturer, "lecturer@demo.example", DEMO_PASSWORD, target="/training/courses/teach")
    with visits.expecting("422"):
        code = build(lecturer)

    page = visits.open(server.address, phone=True)
    sign_in(page, "operator@demo.example", DEMO_PASSWORD, target="/training/courses")
    card = page.get_by_role("listitem").filter(has_text="返场一课")
    card.get_by_role("button", name="报名").click()
    film = page.get_by_label("返场示范", exact=True)
    film.scroll_into_view_if_needed()
    film.evaluate("async (one) => { one.muted = true; await one.play(); }")
    page.wait_for_function(
        "() => { const one = document.querySelector('video'); return one.currentTime > 0.1 && one.textTracks[0].cues?.length === 1; }"
    )
    page.get_by_role("button", name="学完了").click()
    expect(page.get_by_text("完成 1 / 1 节")).to_be_visible()
    page.get_by_label("签到码").fill(code)
    page.get_by_role("button", name="签到").click()
    expect(page.get_by_text("到课 1 / 1 次")).to_be_visible()
    assert grave_faults(page) == []

    lecturer.reload()
    expect(lecturer.get_by_role("row").filter(has_text="1 / 1")).to_be_visible()
