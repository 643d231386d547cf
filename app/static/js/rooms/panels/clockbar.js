/** The top bar: session clock and phases, the practice clock's buttons, and the truth about the connection. */
import { make, setIcon } from "../../dom.js";
import { newKey } from "../../exam/queue.js";
import { clock } from "../figures.js";
import { request } from "../sending.js";

const STEP_TICKS = 12;
const byId = (id) => document.getElementById(id);

export class ClockBar {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.clock = byId("clock");
    this.sync = byId("sync");
    this.syncText = byId("sync-text");
    this.countdown = byId("countdown");
    byId("duration").textContent = `/ ${clock(room.durationS)}`;
    this.makePhases();
    this.makeTools();
    setInterval(() => this.showTime(), 250);
  }

  makePhases() {
    let from = 0;
    this.phases = this.room.brief.phases.map((phase) => {
      const bar = make("progress", { max: phase.until_s - from, value: 0, "aria-hidden": "true" });
      const item = make("li", {}, [bar, make("span", { text: phase.title })]);
      item.style.flexGrow = String(phase.until_s - from);
      const part = { ...phase, from_s: from, bar, item };
      from = phase.until_s;
      return part;
    });
    byId("phases").replaceChildren(...this.phases.map((phase) => phase.item));
  }

  makeTools() {
    this.pause = byId("pause");
    if (!this.pause) return;
    this.pause.addEventListener("click", () => this.togglePause());
    byId("step").addEventListener("click", () => this.change({ change: "step", ticks: STEP_TICKS }));
    this.speeds = this.room.brief.practice_speeds.map((speed) => {
      const button = make("button", { type: "button", text: `${speed}×`, "aria-pressed": "false" });
      button.addEventListener("click", () => this.change({ change: "speed", speed }));
      return { speed, button };
    });
    byId("speeds").replaceChildren(...this.speeds.map(({ button }) => button));
  }

  togglePause() {
    if (this.pause && !this.pause.disabled) this.change({ change: this.room.clock.state === "paused" ? "resume" : "pause" });
  }

  async change(change) {
    const key = newKey();
    for (let tries = 0; tries < 3; tries += 1) {
      const { status, body } = await request(this.room.urls.clock, { body: { ...change, key }, token: this.room.token, key });
      if (status === 200) this.room.takeClock(body.clock);
      if (status !== 0 && status < 500) break;
    }
    this.room.feed.wake();
  }

  /** Room time between two answers is counted on here; every answer sets it right. */
  showTime() {
    const { room } = this;
    const seconds = room.roomSeconds();
    this.clock.textContent = clock(seconds);
    this.clock.classList.toggle("standing", room.clock.state === "paused");
    for (const phase of this.phases) {
      phase.bar.value = Math.min(Math.max(seconds - phase.from_s, 0), phase.until_s - phase.from_s);
      const isNow = seconds >= phase.from_s && seconds < phase.until_s;
      if (isNow) phase.item.setAttribute("aria-current", "step");
      else phase.item.removeAttribute("aria-current");
    }
    const isCounting = room.clock.state === "countdown";
    this.countdown.hidden = !isCounting;
    if (isCounting) byId("countdown-n").textContent = this.words("starts_in", { n: Math.max(0, Math.ceil(room.startsInMs() / 1000)) });
    room.forecast.showLeft();
    this.showSync();
  }

  showTools() {
    if (!this.pause) return;
    const isPaused = this.room.clock.state === "paused";
    this.pause.setAttribute("aria-pressed", String(isPaused));
    this.pause.querySelector("span").textContent = this.words(isPaused ? "resume" : "pause");
    setIcon(this.pause.querySelector(".icon"), isPaused ? "play" : "pause");
    const isCounting = this.room.clock.state === "countdown";
    for (const tool of [this.pause, byId("step"), ...this.speeds.map(({ button }) => button)]) tool.disabled = isCounting;
    for (const { speed, button } of this.speeds) button.setAttribute("aria-pressed", String(speed === this.room.speed));
  }

  showSync() {
    const { room, words } = this;
    const waiting = room.queue.size;
    const [look, picture, text] = room.isElsewhere
      ? ["off", "lock", words("read_only")]
      : room.feed.isLost
        ? ["off", "cloudoff", waiting ? words("waiting", { n: waiting }) : words("offline_short")]
        : waiting
          ? ["wait", "refresh", words("sending", { n: waiting })]
          : ["", "cloud", `${words("synced", { n: String(room.feed.body.room.sequence).padStart(4, "0") })} · ${words("as_of", { time: clock(room.asOfS()) })}`];
    const now = `${look}|${picture}|${text}`;
    if (this.shown === now) return;
    this.shown = now;
    this.sync.className = `savestate ${look}`;
    setIcon(this.sync.querySelector(".icon"), picture);
    this.syncText.textContent = text;
  }
}
