/** What needs an answer 突发与提醒: the platform's warnings and incidents with their choices, then notices, then the past. */
import { icon, make } from "../../dom.js";
import { about, clock, length, number2, short, yuan } from "../figures.js";

const SOON_S = 300;
const QUIET_MS = 10000;

export class IncidentPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.list = document.getElementById("feed");
    this.count = document.getElementById("incident-count");
    this.parts = new Map();
    this.known = new Set();
    this.spokenAt = 0;
  }

  /** Entries in order of need; each keeps its element while it lasts, so that focus and clicks survive the tick. */
  update(observation) {
    const entries = this.entriesOf(observation);
    const keep = new Set(entries.map((entry) => entry.key));
    for (const [key, part] of this.parts) {
      if (keep.has(key)) continue;
      part.element.remove();
      this.parts.delete(key);
    }
    let previous = null;
    for (const entry of entries) {
      if (!this.parts.has(entry.key)) this.parts.set(entry.key, this.makePart(entry));
      const part = this.parts.get(entry.key);
      this.showPart(part, entry);
      const wanted = previous ? previous.nextSibling : this.list.firstChild;
      if (wanted !== part.element) this.list.insertBefore(part.element, wanted);
      previous = part.element;
    }
    this.open = entries.filter((entry) => entry.needs);
    this.reorders = entries.filter((entry) => (entry.reorders ?? null) !== null);
    this.count.textContent = this.open.length ? this.words("open_count", { n: this.open.length }) : entries.length ? "" : this.words("nothing_open");
    this.speak();
  }

  entriesOf(o) {
    const { words } = this;
    const entries = [];
    const { warning } = o.compliance;
    if (warning) {
      entries.push({ key: "warning", target: "incident:compliance", id: warning.id, needs: true, tone: "bad", icon: "alert", title: words("warning"), text: warning.text, left: warning.left_s, choices: warning.choices });
    }
    for (const one of o.incidents) {
      const isAnswered = one.stage === "answered";
      const isSign = one.stage === "sign";
      const answer = one.choices.find((choice) => choice.id === one.answer);
      entries.push({
        key: `incident:${one.id}`,
        target: `incident:${one.id}`,
        id: one.id,
        needs: one.stage === "active",
        tone: isAnswered ? "good" : isSign ? "warn" : "bad",
        icon: isAnswered ? "check" : isSign ? "eye" : "alert",
        title: isSign ? `${words("sign")} · ${one.title}` : one.title,
        text: isAnswered ? words("answered", { text: answer?.text ?? "" }) : one.text,
        left: one.left_s,
        choices: isAnswered ? [] : one.choices,
      });
    }
    if (o.compliance.throttled_s > 0) {
      entries.push({ key: "throttled", tone: "warn", icon: "info", title: words("throttled", { time: short(o.compliance.throttled_s) }), text: words("warning_count", { warnings: o.compliance.warnings, strikes: o.compliance.strikes, most: o.compliance.closing_strikes }) });
    }
    for (const product of o.tray) {
      if (!product.is_listed || product.restock.pending_units || product.sold_out_in_s === null || product.sold_out_in_s >= SOON_S) continue;
      const n = number2(product.position);
      const reorders = product.restock?.units_left > 0 ? product.position - 1 : null;
      entries.push({ key: `soon:${product.code}`, tone: "warn", icon: "box", title: words("soon_gone", { n }), text: this.stockText(product), reorders });
    }
    for (const one of [...o.past_incidents].reverse()) {
      entries.push({ key: `past:${one.id}`, tone: one.answer ? "good" : "muted", icon: one.answer ? "check" : "info", title: one.title, text: one.answer ? words("answered", { text: one.answer_text }) : words("unanswered"), at: one.ended_tick * o.tick_s });
    }
    if (o.compliance.warnings > 0 && !warning && !o.compliance.throttled_s) {
      entries.push({ key: "warnings", tone: "muted", icon: "info", title: words("warning"), text: words("warning_count", { warnings: o.compliance.warnings, strikes: o.compliance.strikes, most: o.compliance.closing_strikes }) });
    }
    return entries.sort((a, b) => Number(Boolean(b.needs)) - Number(Boolean(a.needs)));
  }

  stockText(product) {
    const { words, room } = this;
    const facts = words("soon_gone_text", { stock: product.stock, sales: product.sales_5min });
    const { restock } = room.brief.products[product.position - 1];
    if (room.isExam || !restock || product.restock.units_left === 0) return facts;
    const gap = restock.lead_s - product.sold_out_in_s;
    const hint = gap > 0 ? words("hint_restock", { lead: about(restock.lead_s), gap: about(gap) }) : words("hint_restock_fits", { lead: about(restock.lead_s) });
    return words("soon_gone_hint", { facts, hint });
  }

  makePart(entry) {
    const part = { time: make("time"), title: make("b"), text: make("p"), answers: make("div", { class: "answers" }), reason: make("p", { class: "bad", role: "status", hidden: true }) };
    part.picture = make("span", { class: "pic" });
    part.element = make("li", {}, [part.picture, make("div", {}, [part.time, part.title, part.text, part.answers, part.reason])]);
    part.buttons = new Map();
    for (const choice of entry.choices ?? []) {
      const cost = choice.cost_fen ? this.words("costs", { price: yuan(choice.cost_fen) }) : "";
      const button = make("button", { type: "button", class: "btn btn-xs btn-outline answer", text: choice.text + cost });
      button.addEventListener("click", () => this.room.send({ verb: "respond", incident: entry.id, choice: choice.id }, entry.target));
      part.buttons.set(choice.id, button);
      part.answers.append(button);
    }
    return part;
  }

  showPart(part, entry) {
    if (part.look !== `${entry.icon} ${entry.tone}`) {
      part.look = `${entry.icon} ${entry.tone}`;
      part.picture.replaceChildren(icon(entry.icon, entry.tone));
    }
    part.element.classList.toggle("now", Boolean(entry.needs));
    setText(part.title, entry.title);
    setText(part.text, entry.text);
    part.text.title = entry.text;
    setText(part.time, this.timeText(entry));
    const wanted = new Set((entry.choices ?? []).map((choice) => choice.id));
    const waiting = entry.target ? this.room.waiting(entry.target) : null;
    for (const [id, button] of part.buttons) {
      button.hidden = !wanted.has(id);
      button.disabled = !this.room.canAct || Boolean(waiting);
      button.classList.toggle("btn-on", waiting?.action.choice === id);
    }
    const reason = entry.target ? this.room.reason(entry.target) : null;
    part.reason.hidden = !reason;
    setText(part.reason, reason?.words ?? "");
  }

  timeText(entry) {
    if (entry.at !== undefined) return clock(entry.at);
    if (entry.left === null || entry.left === undefined) return "";
    const wall = Math.round(entry.left / this.room.speed);
    const left = this.words("left", { time: length(entry.left) });
    return entry.needs && wall <= 60 ? `${left} · ${this.words("left_wall", { n: wall })}` : left;
  }

  /** Tell screen readers of what is new: what needs an answer at once, the rest at most every ten seconds. */
  speak() {
    const fresh = [...this.parts].filter(([key]) => !this.known.has(key) && !key.startsWith("past:"));
    if (!this.room.hasStarted) return fresh.forEach(([key]) => this.known.add(key));
    const urgent = fresh.find(([, part]) => part.element.classList.contains("now"));
    if (urgent) document.getElementById("announce-now").textContent = this.words("named", { name: urgent[1].title.textContent, text: urgent[1].text.textContent });
    else if (fresh.length && Date.now() - this.spokenAt < QUIET_MS) return undefined;
    else if (fresh.length) document.getElementById("announce").textContent = fresh[0][1].title.textContent;
    if (fresh.length) this.spokenAt = Date.now();
    return fresh.forEach(([key]) => this.known.add(key));
  }

  /** Put the focus on the first answer of the newest thing that needs one. */
  focus() {
    const part = this.open?.length ? this.parts.get(this.open[0].key) : null;
    part?.answers.querySelector("button:not([hidden]):not(:disabled)")?.focus();
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
