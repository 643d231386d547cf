/** What not every room offers: holding back 憋单, clips 切片, pre-sales 预售, promises 信任保障, service staff 客服, boosts 粉条, more budget. */
import { about, number2, plainYuan, price, short, whole, yuan } from "../figures.js";
import { ProductField, countField, moneyField } from "./fields.js";

class Tool {
  constructor(room, id, key) {
    Object.assign(this, { room, id, key });
    this.words = room.words;
    this.label = this.words(`tool_${id}`);
    this.target = `tool:${id}`;
  }

  get controls() {
    return this.room.brief.controls[this.id];
  }

  get giving() {
    return this.words(`give_${this.id}`);
  }

  nameOf(code) {
    const product = this.room.brief.products.find((one) => one.code === code);
    return product ? `${number2(product.position)} ${product.name}` : "";
  }

  numberOf(code) {
    return number2(this.room.brief.products.find((one) => one.code === code).position);
  }
}

/** Hold a product back, then let it go: stated with price and pieces, or not said (both left empty). */
class Hold extends Tool {
  constructor(room) {
    super(room, "hold", "h");
    const { words } = this;
    const { minutes } = this.controls;
    this.product = new ProductField(words("product"), room.brief.products);
    this.minutes = countField(words("hold_minutes"), minutes, 1, Math.min(3, minutes[1]), { isNarrow: true });
    this.price = moneyField(words("hold_price"), [1, 1e8], 100, null, { isOptional: true, isNarrow: true, empty: words("not_said") });
    this.quantity = countField(words("hold_quantity"), [1, 1e6], 10, null, { isOptional: true, isNarrow: true, empty: words("not_said") });
    this.own = [this.product, this.minutes, this.price, this.quantity];
    this.product.onChange = () => this.suggest();
    this.price.onChange = this.quantity.onChange = () => this.onChange?.();
  }

  /** Terms to begin with: the price that stands, and as many as sold well so far, of what is there. */
  suggest() {
    const seen = this.room.observation?.tray.find((one) => one.code === this.product.value);
    if (!seen) return;
    this.suggested = this.product.value;
    this.price.set(seen.price_fen);
    this.quantity.set(Math.max(1, Math.min(seen.stock, 50)));
  }

  get seen() {
    return this.room.observation.hold;
  }

  get fields() {
    return this.seen?.held ? [] : this.own;
  }

  state() {
    const { words, seen } = this;
    if (this.room.ordered("hold", "release")) return [words("ordered"), "on"];
    if (seen.held) return [words("held", { n: this.numberOf(seen.held.product), time: short(seen.held.left_s) }), "on"];
    if (seen.released) return [words("released", { n: this.numberOf(seen.released.product), left: whole(seen.released.units_left) }), "on"];
    if (seen.cooldown_s > 0) return [words("cooling", { time: short(seen.cooldown_s) }), "wait"];
    return [words("available"), ""];
  }

  get isReady() {
    return this.seen.held ? true : !this.seen.released && this.seen.cooldown_s === 0;
  }

  get giving() {
    return this.words(this.seen.held ? "give_release" : "give_hold");
  }

  get note() {
    const { words, seen } = this;
    if (!seen.held) return "";
    const { held } = seen;
    const name = this.nameOf(held.product);
    return held.is_stated ? words("held_stated", { name, price: yuan(held.price_fen), n: whole(held.quantity), time: short(held.left_s) }) : words("held_vague", { name, time: short(held.left_s) });
  }

  /** What speaks against it; exams show facts only. */
  get risk() {
    const isVague = !this.seen.held && this.price.value === null && this.quantity.value === null;
    const isVagueNow = this.seen.held && !this.seen.held.is_stated;
    return !this.room.isExam && (isVague || isVagueNow) ? this.words("hold_vague_risk") : "";
  }

  action() {
    if (this.seen.held) return { verb: "release" };
    const action = { verb: "hold", product: this.product.value, minutes: this.minutes.value };
    if (this.price.value === null && this.quantity.value === null) return action;
    if (this.price.value === null || this.quantity.value === null) return { complaint: this.words("hold_both") };
    return { ...action, price_fen: this.price.value, quantity: this.quantity.value };
  }
}

class Clip extends Tool {
  constructor(room) {
    super(room, "clip", "k");
    this.product = new ProductField(this.words("product"), room.brief.products);
    this.fields = [this.product];
    const { lead_s: lead, pitch_s: pitch, cost_fen: cost } = this.controls;
    this.note = this.words("clip_note", { pitch: about(pitch), lead: about(lead), cost: yuan(cost) });
  }

  get seen() {
    return this.room.observation.clips;
  }

  state() {
    const { words, seen } = this;
    if (seen.cutting) return [words("cutting", { n: this.numberOf(seen.cutting), time: short(seen.due_s) }), "on"];
    return [words("used_of", { n: seen.used, most: seen.most }), seen.used < seen.most ? "" : "wait"];
  }

  get isReady() {
    return !this.seen.cutting && this.seen.used < this.seen.most;
  }

  action() {
    return { verb: "clip", product: this.product.value };
  }
}

class Presale extends Tool {
  constructor(room) {
    super(room, "presale", "x");
    const { words } = this;
    this.product = new ProductField(words("product"), room.brief.products.filter((one) => one.code in this.controls));
    this.days = countField(words("ship_days"), [1, 15], 1, this.controls[this.product.value].real_days, { isOptional: true, empty: words("not_said") });
    this.product.onChange = () => this.days.set(this.controls[this.product.value].real_days);
    this.days.onChange = () => this.onChange?.();
    this.fields = [this.product, this.days];
  }

  get seen() {
    return this.room.observation.tray.find((one) => one.code === this.product.value).presale;
  }

  state() {
    const { words, seen } = this;
    return seen.is_open ? [words("presold", { n: whole(seen.sold) }), "on"] : [words("switched_off"), ""];
  }

  get isReady() {
    return !this.seen.is_open;
  }

  get note() {
    return this.words("presale_note", { units: whole(this.seen.units_left), days: this.controls[this.product.value].real_days });
  }

  get risk() {
    return !this.room.isExam && !this.seen.is_open && this.days.value === null ? this.words("presale_vague_risk") : "";
  }

  action() {
    const days = this.days.value === null ? {} : { ship_days: this.days.value };
    return { verb: "presale", product: this.product.value, ...days };
  }
}

class Trust extends Tool {
  constructor(room, lever, place) {
    super(room, `trust_${lever}`, place === 0 ? "v" : null);
    this.lever = lever;
    this.fields = [];
    this.label = room.labels.trust[lever];
    this.note = this.words("freight_cost", { price: yuan(room.brief.controls.trust[lever].cost_per_order_fen) });
  }

  get isOn() {
    return this.room.observation.trust[this.lever];
  }

  state() {
    return this.isOn ? [this.words("switched_on"), "on"] : [this.words("switched_off"), ""];
  }

  get isReady() {
    return true;
  }

  get giving() {
    return this.words(this.isOn ? "close_named" : "open_named", { name: this.label });
  }

  action() {
    return { verb: "trust", lever: this.lever, on: !this.isOn };
  }
}

class Staff extends Tool {
  constructor(room) {
    super(room, "staff", "w");
    this.count = countField(this.words("staff_count"), this.controls.count, 1, 1);
    this.fields = [this.count];
    this.count.onChange = () => this.onChange?.();
  }

  get seen() {
    return this.room.observation.service;
  }

  state() {
    const { words, seen } = this;
    if (seen.coming) return [words("staff_coming", { time: short(seen.arrive_s) }), "on"];
    return [words("questions_open", { n: whole(seen.open_questions) }), ""];
  }

  get isReady() {
    return !this.seen.coming && this.seen.staff < this.controls.count[1];
  }

  get note() {
    return this.words("staff_note", { n: this.seen.staff, cost: yuan(this.controls.cost_fen), lead: about(this.controls.lead_s) });
  }

  get giving() {
    return this.words("give_staff", { n: this.count.value, cost: yuan(this.count.value * this.controls.cost_fen) });
  }

  action() {
    return { verb: "staff", count: this.count.value };
  }
}

/** One sum of money: a boost, or more budget. The button says what it costs. */
class Sum extends Tool {
  constructor(room, id, key, range, step, value) {
    super(room, id, key);
    this.amount = moneyField(this.words("amount"), range, step, value);
    this.amount.onChange = () => this.onChange?.();
    this.fields = [this.amount];
  }

  get giving() {
    return this.words(`give_${this.id}`, { amount: yuan(this.amount.value) });
  }

  action() {
    return { verb: this.id, amount_fen: this.amount.value };
  }
}

class BoostTool extends Sum {
  constructor(room) {
    const [least, most] = room.brief.controls.boost.amount_fen;
    super(room, "boost", "j", [least, most], least, Math.min(most, 4 * least));
    this.note = this.words("boost_note", { price: plainYuan(this.controls.visitor_fen) });
  }

  get seen() {
    return this.room.observation.boost;
  }

  state() {
    const { words, seen } = this;
    if (this.room.ordered("boost")) return [words("ordered"), "on"];
    if (seen.left_s > 0) return [words("active_left", { time: short(seen.left_s) }), "on"];
    if (seen.cooldown_s > 0) return [words("cooling", { time: short(seen.cooldown_s) }), "wait"];
    return seen.is_available ? [words("available"), ""] : [words("unavailable"), "wait"];
  }

  get isReady() {
    return this.seen.is_available;
  }
}

class TopUpTool extends Sum {
  constructor(room) {
    const [least, most] = room.brief.controls.top_up.amount_fen;
    const step = Math.max(100, 10 ** Math.floor(Math.log10(most / 10)));
    super(room, "top_up", "u", [least, most], step, step);
  }

  get left() {
    return this.room.observation.traffic.top_up_left_fen;
  }

  state() {
    return this.left > 0 ? [`+${yuan(this.left)}`, ""] : [this.words("unavailable"), "wait"];
  }

  get isReady() {
    return this.left >= this.amount.range[0];
  }

  get note() {
    return this.words("top_up_note", { left: yuan(this.left) });
  }
}

/** The levers beyond the benefits that this room offers, in the panel's order. */
export function toolLevers(room) {
  const { controls } = room.brief;
  const made = {
    hold: () => new Hold(room),
    clip: () => new Clip(room),
    presale: () => new Presale(room),
    staff: () => new Staff(room),
    boost: () => new BoostTool(room),
    top_up: () => new TopUpTool(room),
  };
  const promises = Object.keys(controls.trust ?? {}).map((lever, place) => new Trust(room, lever, place));
  const offered = Object.keys(made).filter((id) => id in controls).map((id) => made[id]());
  return [...promises, ...offered];
}
