/** The waiting room: counts down by the server's clock, and opens the door when the server says so. */
import { make } from "../dom.js";
import { wordsOf } from "../text.js";

const POLL_MS = 4000;
const DAY_S = 86400;
const byId = (id) => document.getElementById(id);
const root = byId("waiting");

class WaitingRoom {
  constructor(data, words, url) {
    Object.assign(this, { words, url });
    this.learn(data);
    setInterval(() => this.show(), 500);
    this.show();
    this.schedule();
  }

  learn(data) {
    this.data = data;
    this.offset = Date.parse(data.server_now) - performance.now();
    const place = byId("waiting-notices");
    for (const notice of data.notices) {
      if (place.querySelector(`[data-notice="${CSS.escape(notice.id)}"]`)) continue;
      const text = make("span", {}, [make("b", { class: "num", text: notice.at.slice(11) }), ` ${notice.text}`]);
      place.append(make("p", { class: "note info", "data-notice": notice.id }, [text]));
    }
  }

  show() {
    const now = this.offset + performance.now();
    const { opens_at: opensAt, closes_at: closesAt } = this.data;
    const isBefore = now < Date.parse(opensAt);
    const left = Math.max(0, Math.ceil((Date.parse(isBefore ? opensAt : closesAt) - now) / 1000));
    byId("waiting-label").textContent = this.words(this.data.is_over ? "over" : isBefore ? "until_open" : "until_close");
    const days = Math.floor(left / DAY_S);
    byId("waiting-clock").textContent = days > 1 ? this.words("days", { n: days }) : countdown(left);
    byId("dot-identity").className = `dot ${this.data.is_checked_in ? "good" : ""}`;
    byId("text-identity").textContent = this.words(this.data.is_checked_in ? "identified" : "unidentified");
    byId("dot-start").className = `dot ${this.data.may_start ? "good" : ""}`;
    byId("text-start").textContent = this.words(this.data.may_start ? "may_start" : this.data.is_over ? "too_late" : "may_not_start");
    byId("start-button").disabled = !this.data.may_start;
    byId("start-why").textContent = this.isOffline ? this.words("offline") : "";
  }

  schedule() {
    setTimeout(() => this.poll(), POLL_MS * (0.8 + 0.4 * Math.random()));
  }

  async poll() {
    try {
      const answer = await fetch(this.url, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.ok) this.learn(await answer.json());
      this.isOffline = !answer.ok;
    } catch {
      this.isOffline = true;
    }
    this.show();
    this.schedule();
  }
}

/** 2:05:09 or 05:09; a day becomes hours. */
function countdown(seconds) {
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

if (root) new WaitingRoom(JSON.parse(byId("waiting-data").textContent), wordsOf("waiting-text"), root.dataset.stateUrl);
