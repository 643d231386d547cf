/** Benefits 权益: lucky bag, red packet, coupon and return freight; one row of settings for the chosen one. */
import { make } from "../../dom.js";
import { plainYuan, short, yuan } from "../figures.js";

const KINDS = ["lucky_bag", "red_packet", "coupon", "freight"];

export class BenefitPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.chosen = "lucky_bag";
    const { controls } = room.brief;
    this.fields = {
      lucky_bag: [this.money("prize_fen", controls.lucky_bag.prize_fen, 1000, "bag_prize", 6000), this.number("minutes", controls.lucky_bag.minutes, 1, "bag_minutes", 5)],
      red_packet: [this.money("amount_fen", controls.red_packet.amount_fen, 1000, "packet_amount", 5000)],
      coupon: [this.share("depth_fraction", controls.coupon.depth_fraction, "coupon_depth", 0.08), this.number("minutes", controls.coupon.minutes, 1, "coupon_minutes", 5)],
      freight: [],
    };
    this.buttons = Object.fromEntries(KINDS.map((kind) => [kind, this.makeLever(kind)]));
    document.getElementById("levers").replaceChildren(...Object.values(this.buttons).map((lever) => lever.button));
    this.form = document.getElementById("benefit-form");
    this.give = make("button", { type: "button", class: "btn btn-sm btn-primary" });
    this.give.addEventListener("click", () => this.send());
    this.freightNote = make("span", { class: "t12 muted grow", text: this.words("freight_cost", { price: yuan(controls.freight_cover.cost_per_order_fen) }) });
    this.budget = document.getElementById("benefit-budget");
    this.choose("lucky_bag", false);
  }

  makeLever(kind) {
    const state = make("small");
    const button = make("button", { type: "button", class: "lever", "aria-pressed": "false" }, [this.words(`benefit_${kind}`), state]);
    button.addEventListener("click", () => this.choose(kind, false));
    return { button, state };
  }

  money(name, [least, most], step, label, usual) {
    return this.field(name, least, most, step, label, usual, plainYuan, (text) => Math.round(Number(text) * 100));
  }

  number(name, [least, most], step, label, usual) {
    return this.field(name, least, most, step, label, usual, String, Number);
  }

  share(name, [least, most], label, usual) {
    return this.field(name, least, most, 0.01, label, usual, (value) => String(Math.round(value * 100)), (text) => Number(text) / 100);
  }

  field(name, least, most, step, label, usual, write, read) {
    const words = this.words(label);
    const input = make("input", { inputmode: "decimal", "aria-label": words, autocomplete: "off" });
    const field = { name, value: Math.min(most, Math.max(least, usual)) };
    const set = (value) => {
      if (Number.isFinite(value)) field.value = Math.min(most, Math.max(least, Math.round(value * 100) / 100));
      input.value = write(field.value);
    };
    const minus = make("button", { type: "button", text: "−", "aria-label": `${words} −` });
    const plus = make("button", { type: "button", text: "+", "aria-label": `${words} +` });
    minus.addEventListener("click", () => set(field.value - step));
    plus.addEventListener("click", () => set(field.value + step));
    input.addEventListener("change", () => set(read(input.value)));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      set(read(input.value));
      this.give.focus();
    });
    set(field.value);
    field.box = make("label", { class: "minifield" }, [make("span", { class: "lab", text: words }), make("span", { class: "stepper" }, [minus, input, plus])]);
    return field;
  }

  choose(kind, focus = true) {
    this.chosen = kind;
    for (const [name, { button }] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === kind));
    this.form.replaceChildren(...this.fields[kind].map((field) => field.box), ...(kind === "freight" ? [this.freightNote] : []), this.give);
    if (this.seen) this.show();
    if (focus) this.give.focus();
  }

  send() {
    const kind = this.chosen;
    const values = Object.fromEntries(this.fields[kind].map((field) => [field.name, field.value]));
    if (kind === "freight") this.room.send({ verb: "freight_cover", on: !this.seen.freight_cover.is_on }, "benefit:freight");
    else this.room.send({ verb: kind, ...values }, `benefit:${kind}`);
  }

  update(observation) {
    this.seen = observation.benefits;
    this.show();
  }

  state(kind) {
    const { words } = this;
    if (this.room.waiting(`benefit:${kind}`)) return [words("pending"), ""];
    if (kind === "freight") return this.seen.freight_cover.is_on ? [words("switched_on"), "on"] : [words("switched_off"), ""];
    const one = this.seen[kind];
    if (one.is_active) return [words("active_left", { time: short(one.left_s) }), "on"];
    if (one.cooldown_s > 0) return [words("cooling", { time: short(one.cooldown_s) }), "wait"];
    return one.is_available ? [words("available"), ""] : [words("unavailable"), "wait"];
  }

  show() {
    const { words, chosen } = this;
    for (const kind of KINDS) {
      const [text, look] = this.state(kind);
      const { button, state } = this.buttons[kind];
      state.textContent = text;
      button.className = `lever ${look}`;
    }
    const isWaiting = Boolean(this.room.waiting(`benefit:${chosen}`));
    const isOn = chosen === "freight" && this.seen.freight_cover.is_on;
    this.give.textContent = chosen === "freight" ? words(isOn ? "close_freight" : "open_freight") : words(`give_${chosen}`);
    this.give.disabled = !this.room.canAct || isWaiting || (chosen !== "freight" && !this.seen[chosen].is_available);
    // A refusal stands where the budget stood, so that nothing moves.
    const reason = KINDS.map((kind) => this.room.reason(`benefit:${kind}`)).find(Boolean);
    this.budget.textContent = reason?.words ?? words("benefit_budget", { spent: yuan(this.seen.spent_fen), budget: yuan(this.seen.budget_fen) });
    this.budget.classList.toggle("bad", Boolean(reason));
  }
}
