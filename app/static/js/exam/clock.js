/**
 * The server's clock on this page. It runs on the monotonic clock, so that setting the device's time changes nothing,
 * and it only shows: whether time is over, the server decides.
 */
import { setIcon } from "../dom.js";

const RESYNC_AFTER_MS = 60000;
const GOOD_ROUND_TRIP_MS = 1500;
const WARN_AT_S = [600, 300, 60];

export class ServerClock {
  /** @param {string} serverNow ISO; the moment the page was made. */
  constructor(serverNow, dueAt, sectionDueAt = null) {
    const [navigation] = performance.getEntriesByType("navigation");
    const madeAt = navigation?.responseStart || performance.now();
    this.offset = Date.parse(serverNow) - madeAt;
    this.dueAt = Date.parse(dueAt);
    this.sectionDueAt = sectionDueAt === null ? Infinity : Date.parse(sectionDueAt);
    this.syncedAt = -Infinity;
    this.pausedAt = null;
  }

  /** Stop the clock at a moment of the server, or let it go on. */
  pause(since) {
    this.pausedAt = since === null ? null : Date.parse(since);
  }

  /** Learn from an answer of the server; slow answers say little about the time. */
  sync({ server_now: serverNow, due_at: dueAt, section_due_at: sectionDueAt, sentAt, receivedAt }) {
    if (dueAt) this.dueAt = Date.parse(dueAt);
    if (sectionDueAt) this.sectionDueAt = Date.parse(sectionDueAt);
    if (!serverNow) return;
    const isGood = receivedAt - sentAt < GOOD_ROUND_TRIP_MS;
    if (!isGood && receivedAt - this.syncedAt < RESYNC_AFTER_MS) return;
    this.offset = Date.parse(serverNow) - (sentAt + receivedAt) / 2;
    this.syncedAt = receivedAt;
  }

  now() {
    return this.offset + performance.now();
  }

  /** Whole seconds left of the section or the exam, whichever ends first; never below 0. */
  remaining() {
    const end = Math.min(this.dueAt, this.sectionDueAt);
    return Math.max(0, Math.ceil((end - (this.pausedAt ?? this.now())) / 1000));
  }

  /** Whether the section ends before the exam. */
  get endsWithSection() {
    return this.sectionDueAt < this.dueAt;
  }
}

/** 47:12, or 1:12:40 from an hour on. */
export function countdown(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

/** A moment as the time of day in Beijing. */
export function timeOfDay(moment, withSeconds = true) {
  const shape = { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(withSeconds ? { second: "2-digit" } : {}) };
  return new Intl.DateTimeFormat("zh-CN", shape).format(moment);
}

export class TimerView {
  constructor(clock, words, { announce, onOver }) {
    Object.assign(this, { clock, words, announce, onOver });
    this.box = document.getElementById("timer");
    this.value = document.getElementById("timer-value");
    this.button = document.getElementById("timer-toggle");
    this.isHidden = false;
    this.isOver = false;
    this.last = clock.remaining();
    this.button.addEventListener("click", () => this.toggle());
    this.tick();
  }

  toggle() {
    this.isHidden = !this.isHidden;
    setIcon(this.button.querySelector("svg"), this.isHidden ? "eyeoff" : "eye");
    this.button.setAttribute("aria-label", this.words(this.isHidden ? "show_time" : "hide_time"));
    this.show(this.clock.remaining());
  }

  tick() {
    const left = this.clock.remaining();
    for (const mark of WARN_AT_S) {
      if (this.last > mark && left <= mark && left > 0) {
        if (mark === WARN_AT_S[0] && this.isHidden) this.toggle();
        this.announce(this.words("announce_minutes", { n: mark / 60 }));
      }
    }
    this.last = left;
    this.show(left);
    if (left === 0 && !this.isOver) {
      this.isOver = true;
      this.onOver();
    }
    // An extension may come after the end was reached, until the server has closed the attempt.
    if (left > 0) this.isOver = false;
    setTimeout(() => this.tick(), 1000 - (this.clock.now() % 1000) + 5);
  }

  show(left) {
    this.box.classList.toggle("ten", left <= WARN_AT_S[0] && left > WARN_AT_S[2]);
    this.box.classList.toggle("one", left <= WARN_AT_S[2]);
    const shown = this.isHidden ? "— —" : countdown(left);
    if (this.value.textContent !== shown) this.value.textContent = shown;
    this.value.setAttribute("aria-label", this.isHidden ? this.words("time_hidden") : this.words("time_label", { time: this.spoken(left) }));
  }

  spoken(left) {
    const hours = Math.floor(left / 3600);
    const parts = [["hours", hours], ["minutes", Math.floor(left / 60) % 60], ["seconds", left % 60]];
    return parts.filter(([key, n]) => n > 0 || key === "seconds").map(([key, n]) => this.words(key, { n })).join(" ");
  }
}
