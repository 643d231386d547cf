/** One line of facts above the curves: where visitors come from, new customers, fans; goals, cash and service where there are any. */
import { make } from "../../dom.js";
import { percent, short, whole, yuan } from "../figures.js";

const STRAIN_TONE = { calm: "", tense: "warn", strained: "bad" };
const CHANNELS = ["fans", "public", "paid"];

export class FactsPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.list = document.getElementById("facts");
    this.parts = new Map();
    // Two lines, or one: settled here, so that nothing moves when figures grow.
    const { plan, controls } = room.brief;
    document.getElementById("cockpit").classList.toggle("has-goals", Boolean(plan || controls.staff));
  }

  update(o) {
    for (const [code, label, value, tone = ""] of this.facts(o)) this.show(code, label, value, tone);
  }

  facts(o) {
    const { words, room } = this;
    const facts = [
      ["sources", words("sources"), CHANNELS.map((code) => `${room.labels.channel[code]} ${percent(o.kpi.arrivals[code].share_fraction, 0)}`).join(" · ")],
      ["new", words("new_share"), percent(o.customers.new_share_fraction, 0)],
      ["fans", words("new_fans"), whole(o.now.new_fans)],
    ];
    if (o.cash) facts.push(["cash", words("cash"), yuan(o.cash.at_hand_fen), o.cash.at_hand_fen <= 0 ? "bad" : ""]);
    if (o.service) facts.push(["service", words("service"), this.service(o.service)]);
    if (o.crew) facts.push(["crew", words("crew"), room.labels.strain[o.crew.strain], STRAIN_TONE[o.crew.strain]]);
    if (o.plan) facts.push(...this.goals(o));
    return facts;
  }

  service({ open_questions: open, staff, coming, arrive_s: arrives }) {
    const team = coming ? this.words("staff_on_way", { n: coming, time: short(arrives) }) : staff ? this.words("staff_here", { n: staff }) : "";
    return [this.words("questions_open", { n: whole(open) }), team].filter(Boolean).join(" · ");
  }

  /** The plan's hour and its declared aim, against what came so far. */
  goals(o) {
    const { words, room } = this;
    const facts = [];
    const { target_by_now_fen: due, ahead_fen: ahead, hour, aim } = o.plan;
    if (due !== null) facts.push(["hour", words("hour_target", { n: hour + 1 }), `${yuan(due)} ${words(ahead >= 0 ? "ahead_by" : "behind_by", { amount: yuan(Math.abs(ahead)) })}`, ahead >= 0 ? "good" : ""]);
    const goal = room.brief.aims?.find((one) => one.id === aim);
    if (goal) {
      const isShare = goal.id === "new_customers";
      const now = { new_customers: o.customers.new_share_fraction, followers: o.now.new_fans, repeat: o.customers.repeat_orders }[goal.id];
      const write = isShare ? (value) => percent(value, 0) : whole;
      facts.push(["aim", room.labels.aim[goal.id], `${write(now)} / ${write(goal.target)}`, now !== null && now >= goal.target ? "good" : ""]);
    }
    return facts;
  }

  show(code, label, value, tone) {
    if (!this.parts.has(code)) {
      const part = { name: make("span", { class: "muted" }), value: make("b", { class: "num" }) };
      part.row = make("span", { class: "fact" }, [part.name, part.value]);
      this.parts.set(code, part);
      this.list.append(part.row);
    }
    const part = this.parts.get(code);
    if (part.name.textContent !== label) part.name.textContent = label;
    if (part.value.textContent !== value) part.value.textContent = value;
    part.value.className = `num ${tone}`;
  }
}
