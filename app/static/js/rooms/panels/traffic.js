/** Buying visitors 投流: bid, spend a minute, what it brings and costs. */
import { make } from "../../dom.js";
import { fenOf, percent, plainYuan, price, ratio, short, yuan } from "../figures.js";

const SETTLE_MS = 700;
const BID_STEP_FEN = 5;
const RATE_STEP_FEN = 250;

export class TrafficPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    const { bid_fen: bid, rate_fen_per_min: rate } = room.brief.controls.traffic;
    this.bounds = { bid, rate: [RATE_STEP_FEN, rate[1]] };
    this.draft = null;
    this.timer = 0;
    this.last = this.recalled();
    this.bid = this.stepper("bid", BID_STEP_FEN, room.words("bid"));
    this.rate = this.stepper("rate", RATE_STEP_FEN, room.words("rate"));
    this.goal = this.goalField(room.brief.controls.traffic_goals);
    this.arrivals = make("b", { class: "num t16" });
    this.share = make("span", { class: "muted t12" });
    this.spent = make("span", { class: "lab nowrap" });
    this.meter = make("meter", { class: "m-view", min: 0, "aria-label": room.words("spend") });
    document.getElementById("traffic").replaceChildren(
      make("div", {}, [make("span", { class: "lab", text: room.words("bid") }), this.bid.box]),
      make("div", {}, [make("span", { class: "lab", text: room.words("rate") }), this.rate.box]),
      ...(this.goal ? [this.goal.box] : []),
      make("div", {}, [this.spent, this.meter, make("p", { class: "paid" }, [this.arrivals, " ", this.share])]),
    );
    this.button = document.getElementById("buying");
    this.button.addEventListener("click", () => this.toggle());
    this.roi = document.getElementById("roi");
  }

  recalled() {
    try {
      return JSON.parse(sessionStorage.getItem(`traffic:${this.room.id}`)) ?? null;
    } catch {
      return null;
    }
  }

  stepper(name, step, label) {
    const minus = make("button", { type: "button", text: "−", "aria-label": `${label} −` });
    const input = make("input", { inputmode: "decimal", "aria-label": label, autocomplete: "off" });
    const plus = make("button", { type: "button", text: "+", "aria-label": `${label} +` });
    minus.addEventListener("click", () => this.change(name, this.wanted[name] - step));
    plus.addEventListener("click", () => this.change(name, this.wanted[name] + step));
    input.addEventListener("change", () => {
      const fen = fenOf(input.value);
      if (fen === null) this.show();
      else this.change(name, fen);
    });
    input.addEventListener("keydown", (event) => event.key === "Enter" && input.blur());
    return { box: make("span", { class: "stepper lg" }, [minus, input, plus]), minus, input, plus, step };
  }

  /** What is bought 投放目标, where the room offers a choice; the label tells how long the new plan still learns. */
  goalField(goals) {
    if (!goals) return null;
    const label = make("span", { class: "lab", text: this.words("goal") });
    const select = make("select", { class: "pick", "aria-label": this.words("goal") }, goals.map((goal) => make("option", { value: goal, text: this.room.labels.goal[goal] })));
    select.addEventListener("change", () => this.changeGoal(select.value));
    document.getElementById("traffic").classList.add("has-goal");
    return { goals, label, select, box: make("div", { class: "goalbox" }, [label, select]) };
  }

  changeGoal(goal) {
    if (!this.room.canAct) return;
    this.draft = { ...this.wanted, goal };
    this.settle();
  }

  /** M: the next goal. */
  nextGoal() {
    if (!this.goal) return;
    const { goals } = this.goal;
    this.changeGoal(goals[(goals.indexOf(this.wanted.goal) + 1) % goals.length]);
  }

  /** What is asked for: drafted, on its way, running, or what ran last. */
  get wanted() {
    if (this.draft) return this.draft;
    const sent = this.sent;
    const { bid_fen: bid, rate_fen_per_min: rate } = sent ?? this.seen;
    const goal = sent?.goal ?? this.seen.goal;
    if (bid > 0 && rate > 0) return { bid, rate, goal };
    const last = this.last ?? { bid: Math.max(this.bounds.bid[0], 60), rate: Math.min(this.bounds.rate[1], 1250) };
    return { ...last, goal };
  }

  /** The order that is on its way: to the server, or to the media buyer. */
  get sent() {
    return this.room.waiting("traffic")?.action ?? this.room.ordered("traffic")?.action;
  }

  step(way) {
    this.change("bid", this.wanted.bid + way * BID_STEP_FEN);
  }

  change(name, fen) {
    if (!this.room.canAct) return;
    const [least, most] = this.bounds[name];
    this.draft = { ...this.wanted, [name]: Math.min(most, Math.max(least, Math.round(fen))) };
    this.settle();
  }

  settle() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sendDraft(), SETTLE_MS);
    this.show();
  }

  sendDraft() {
    const { bid, rate, goal } = this.draft;
    this.draft = null;
    this.recall({ bid, rate });
    this.send(bid, rate, goal);
    this.show();
  }

  recall(order) {
    this.last = order;
    try {
      sessionStorage.setItem(`traffic:${this.room.id}`, JSON.stringify(order));
    } catch {
      // Only a convenience: the order that ran before a pause.
    }
  }

  send(bid, rate, goal) {
    const more = this.goal ? { goal } : {};
    this.room.send({ verb: "traffic", bid_fen: bid, rate_fen_per_min: rate, ...more }, "traffic");
  }

  get isOn() {
    const { sent } = this;
    return sent ? sent.bid_fen > 0 && sent.rate_fen_per_min > 0 : this.seen.is_on;
  }

  toggle() {
    if (!this.room.canAct) return;
    const { bid, rate, goal } = this.wanted;
    if (this.isOn) this.recall({ bid, rate });
    if (this.isOn) this.send(0, 0, goal);
    else this.send(bid, rate, goal);
  }

  update(observation) {
    this.seen = observation.traffic;
    this.kpi = observation.kpi;
    if (this.seen.is_on) this.last = { bid: this.seen.bid_fen, rate: this.seen.rate_fen_per_min };
    this.show();
  }

  show() {
    const { words, kpi } = this;
    const { spend, arrivals } = kpi;
    const wanted = this.wanted;
    for (const [name, { input, minus, plus }] of Object.entries({ bid: this.bid, rate: this.rate })) {
      if (document.activeElement !== input || this.draft) input.value = (name === "bid" ? price : plainYuan)(wanted[name]);
      input.classList.toggle("draft", Boolean(this.draft || this.sent));
      for (const control of [input, minus, plus]) control.disabled = !this.room.canAct;
    }
    if (this.goal) {
      const { select, label } = this.goal;
      if (select.value !== wanted.goal) select.value = wanted.goal;
      select.disabled = !this.room.canAct;
      select.classList.toggle("draft", Boolean(this.draft || this.sent));
      const learning = this.seen.learning_s;
      label.textContent = learning > 0 && this.seen.is_on ? words("learning", { time: short(learning) }) : words("goal");
    }
    const { paid } = arrivals;
    this.arrivals.textContent = words("paid_rate", { n: paid.per_min === null ? "—" : ratio(paid.per_min) });
    this.share.textContent = words("paid_share", { share: percent(paid.share_fraction, 0) });
    this.spent.textContent = words("spent", { spent: yuan(spend.traffic_fen), budget: yuan(spend.traffic_budget_fen) });
    this.meter.max = spend.traffic_budget_fen;
    this.meter.value = spend.traffic_fen;
    this.showReturn(spend);
    const isGone = spend.traffic_fen >= spend.traffic_budget_fen;
    this.button.textContent = isGone ? words("budget_gone") : this.isOn ? words("stop_buying") : words("start_buying");
    this.button.disabled = !this.room.canAct || isGone;
  }

  /** What the money brought; a refusal stands in its place, so that nothing moves. */
  showReturn(spend) {
    const reason = this.room.reason("traffic");
    if (reason) return this.roi.replaceChildren(make("span", { class: "bad", text: reason.words }));
    const isBelow = spend.roi_ratio !== null && spend.roi_ratio < spend.break_even_roi_ratio;
    return this.roi.replaceChildren(
      make("b", { class: `num ${spend.roi_ratio === null ? "" : isBelow ? "bad" : "good"}`, text: this.words("roi", { roi: ratio(spend.roi_ratio) }) }),
      ` · ${this.words("break_even", { roi: ratio(spend.break_even_roi_ratio) })}`,
    );
  }
}
