/** The log of actions with their numbers: what waits stands on top, then what the server has, newest first. */
import { make } from "../../dom.js";
import { clock } from "../figures.js";

const SHOWN = 200;
/** A long tray takes the log's place on screens that are high enough for a short one. */
const LONG_TRAY = 10;
const LOW = matchMedia("(min-height: 480px) and (max-height: 839px) and (min-width: 1024px)");
const LOW_FOR_LONG = matchMedia("(min-height: 480px) and (max-height: 979px) and (min-width: 1024px)");

export class LogPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.list = document.getElementById("log");
    this.count = document.getElementById("log-count");
    this.entries = new Map();
    this.refusals = [];
    this.box = document.getElementById("log-box");
    this.home = this.box.parentElement;
    this.low = room.brief.products.length > LONG_TRAY ? LOW_FOR_LONG : LOW;
    this.low.addEventListener("change", () => this.fold());
    for (const button of document.querySelectorAll("[data-fold]")) button.addEventListener("click", () => this.open(button.dataset.fold === "log"));
    this.fold();
  }

  /** On a low screen the log shares the place of what has happened: there is no room for both. */
  fold() {
    const cockpit = document.getElementById("cockpit");
    cockpit.classList.toggle("folded", this.low.matches);
    cockpit.classList.remove("show-log");
    (this.low.matches ? document.querySelector(".ckcol-l") : this.home).append(this.box);
  }

  open(isLog) {
    document.getElementById("cockpit").classList.toggle("show-log", isLog);
    document.querySelector(isLog ? "#log-box [data-fold=log]" : "#feed-box [data-fold=feed]").focus();
  }

  focus() {
    this.open(true);
    document.getElementById("log-scroll").focus();
  }

  /** Take entries of the server; the same one may come twice, by an acknowledgement and by a poll. */
  add(entries) {
    for (const entry of entries) this.entries.set(entry.sequence, entry);
    if (entries.length) this.show();
  }

  /** Keep what was not done: its control says so for some seconds only, and the person may have looked elsewhere. */
  addRefusal(what, why) {
    this.refusals.unshift({ at_s: this.room.roomSeconds(), after: Math.max(0, ...this.entries.keys()), what, why });
    this.show();
  }

  /** What the crew made of an order. */
  fate(entry) {
    const status = entry.tick === undefined ? null : this.room.fates.get(`${entry.tick} ${entry.words}`);
    if (!status) return [];
    const { order, order_reason: reasons } = this.room.labels;
    return [make("span", { class: `fate ${status}`, title: reasons[status], text: order[status] }), " "];
  }

  row(entry) {
    return make("li", {}, [
      make("time", { text: entry.at_s === null ? "" : clock(entry.at_s) }),
      make("i", { class: `sq ${entry.lane}` }),
      make("span", { text: entry.words, title: entry.words }),
      make("span", { class: "muted num" }, [...this.fate(entry), `#${String(entry.sequence).padStart(4, "0")}`]),
    ]);
  }

  refusedRow({ at_s, what, why }) {
    return make("li", {}, [
      make("time", { text: clock(at_s) }),
      make("i", { class: "sq" }),
      make("span", { text: `${what} · ${why}`, title: why }),
      make("span", { class: "bad", text: this.words("not_done") }),
    ]);
  }

  get actions() {
    return [...this.entries.values()].filter((entry) => entry.lane !== "clock");
  }

  show() {
    const { words, room } = this;
    const waiting = [...room.queue.entries].reverse().map((entry) =>
      make("li", { class: "waiting" }, [make("time", { text: "…" }), make("i", { class: "sq" }), make("span", { text: room.describe(entry.action) }), make("span", { class: "brand", text: words("pending") })]),
    );
    const known = [
      ...this.refusals.map((one) => ({ place: one.after + 0.5, row: () => this.refusedRow(one) })),
      ...[...this.entries.values()].map((entry) => ({ place: entry.sequence, row: () => this.row(entry) })),
    ];
    const rows = known.sort((a, b) => b.place - a.place).slice(0, SHOWN).map((one) => one.row());
    this.list.replaceChildren(...waiting, ...rows);
    const count = this.actions.length;
    this.count.textContent = count ? `${words("steps", { n: count })}${waiting.length ? "" : ` · ${words("all_synced")}`}` : "";
    if (!known.length && !waiting.length) this.list.replaceChildren(make("li", { class: "wide muted", text: words("no_steps") }));
  }
}
