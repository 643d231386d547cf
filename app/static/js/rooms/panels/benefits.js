/** Benefits 权益: lucky bag, red packet, coupon and return freight, as levers of the panel. */
import { short, yuan } from "../figures.js";
import { countField, moneyField, shareField } from "./fields.js";

/** What one lever of the panel is; the others are made alike. */
class Benefit {
  constructor(room, id, key, fields) {
    Object.assign(this, { room, id, key, fields });
    this.words = room.words;
    this.label = this.words(`benefit_${id}`);
    this.target = `benefit:${id}`;
  }

  get seen() {
    return this.room.observation.benefits[this.id];
  }

  /** In a word and how it looks: running, cooling, free. */
  state() {
    const { words, seen } = this;
    if (seen.is_active) return [words("active_left", { time: short(seen.left_s) }), "on"];
    if (seen.cooldown_s > 0) return [words("cooling", { time: short(seen.cooldown_s) }), "wait"];
    return seen.is_available ? [words("available"), ""] : [words("unavailable"), "wait"];
  }

  get isReady() {
    return this.seen.is_available;
  }

  get giving() {
    return this.words(`give_${this.id}`);
  }

  action() {
    return { verb: this.id, ...Object.fromEntries(this.fields.map((field) => [field.name, field.value])) };
  }
}

class Freight extends Benefit {
  constructor(room) {
    super(room, "freight", "y", []);
    this.note = this.words("freight_cost", { price: yuan(room.brief.controls.freight_cover.cost_per_order_fen) });
  }

  get isOn() {
    return this.room.observation.benefits.freight_cover.is_on;
  }

  state() {
    return this.isOn ? [this.words("switched_on"), "on"] : [this.words("switched_off"), ""];
  }

  get isReady() {
    return true;
  }

  get giving() {
    return this.words(this.isOn ? "close_freight" : "open_freight");
  }

  action() {
    return { verb: "freight_cover", on: !this.isOn };
  }
}

const named = (name, field) => Object.assign(field, { name });

/** The four benefits that every room has. */
export function benefitLevers(room) {
  const { words } = room;
  const { lucky_bag: bag, red_packet: packet, coupon } = room.brief.controls;
  return [
    new Benefit(room, "lucky_bag", "f", [named("prize_fen", moneyField(words("bag_prize"), bag.prize_fen, 1000, 6000)), named("minutes", countField(words("bag_minutes"), bag.minutes, 1, 5))]),
    new Benefit(room, "red_packet", "r", [named("amount_fen", moneyField(words("packet_amount"), packet.amount_fen, 1000, 5000))]),
    new Benefit(room, "coupon", "c", [named("depth_fraction", shareField(words("coupon_depth"), coupon.depth_fraction, 0.08)), named("minutes", countField(words("coupon_minutes"), coupon.minutes, 1, 5))]),
    new Freight(room),
  ];
}
