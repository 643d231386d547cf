/** The plan's fields as a plan, and a plan into the fields; sums as the server makes them. */
import { fenOf, plainYuan } from "../figures.js";
import { wordsOf } from "../../text.js";

const words = wordsOf("room-text");
const MOST_FEN = 1e11;

/** Fen of what was typed: 6万, 60,000, 60000; NaN if it is no sum, null if nothing was typed. */
export function typedFen(text) {
  const plain = String(text).trim();
  if (plain === "") return null;
  const wan = words("wan");
  const isWan = wan !== "" && plain.endsWith(wan);
  const fen = fenOf(isWan ? plain.slice(0, -wan.length) : plain);
  if (fen === null) return NaN;
  const whole = Math.round(isWan ? fen * 1e4 : fen);
  return whole < 0 || whole > MOST_FEN ? NaN : whole;
}

export class PlanForm {
  /**
   * @param {HTMLElement} root Holds every field.
   * @param {Object} data Of the page: limits and costs.
   * @param {TrayOrder} tray
   */
  constructor(root, data, tray) {
    Object.assign(this, { root, data, tray });
    this.hours = [...root.querySelectorAll("[name=hour]")];
    this.sums = ["traffic_budget_fen", "benefit_budget_fen"].map((id) => document.getElementById(id));
  }

  picked(name) {
    return this.root.querySelector(`[name="${name}"]:checked`)?.value ?? null;
  }

  /** The plan in the fields; a sum that cannot be read makes `bad` hold its field. */
  read() {
    const bad = [];
    const fen = (field) => {
      const value = typedFen(field.value);
      field.setAttribute("aria-invalid", String(Number.isNaN(value)));
      if (Number.isNaN(value)) bad.push(field);
      return value || 0;
    };
    const hours = this.hours.map(fen);
    const hasHours = this.hours.some((field) => field.value.trim() !== "");
    const [traffic, benefit] = this.sums.map(fen);
    const videos = this.picked("preheat_videos");
    const plan = {
      grade: this.picked("grade"),
      preheat_videos: videos === null ? 0 : Number(videos),
      tray: this.tray.codes,
      traffic_budget_fen: traffic,
      benefit_budget_fen: benefit,
      trust: [...this.root.querySelectorAll("[name=trust]:checked")].map((box) => box.value),
      stock: this.stock(),
      aim: this.picked("aim") || null,
      hourly_gmv_fen: hasHours ? hours : null,
    };
    return { plan, bad };
  }

  stock() {
    return [...this.root.querySelectorAll(".plrow")]
      .map((row) => ({ product: row.dataset.code, units: Math.floor(Number(row.querySelector("[name=units]")?.value) || 0) }))
      .filter((one) => one.units > 0);
  }

  write(plan) {
    for (const name of ["grade", "aim", "preheat_videos"]) {
      const value = String(plan[name] ?? "");
      for (const radio of this.root.querySelectorAll(`[name="${name}"]`)) radio.checked = radio.value === value;
    }
    for (const box of this.root.querySelectorAll("[name=trust]")) box.checked = plan.trust.includes(box.value);
    this.tray.codes = plan.tray;
    for (const field of this.sums) this.writeSum(field, plan[field.name]);
    const units = new Map(plan.stock.map((one) => [one.product, one.units]));
    for (const row of this.root.querySelectorAll(".plrow")) {
      const field = row.querySelector("[name=units]");
      if (field) field.value = units.get(row.dataset.code) ?? 0;
    }
    this.hours.forEach((field, i) => {
      field.value = plan.hourly_gmv_fen ? plainYuan(plan.hourly_gmv_fen[i]) : "";
    });
  }

  writeSum(field, fen) {
    field.value = plainYuan(fen);
    this.root.querySelector(`[data-for="${field.id}"]`).value = String(Math.round(fen / 100));
  }

  /** What a plan costs, in fen, against purse and cash. */
  totals(plan) {
    const { data } = this;
    const preparing = (data.grade_fen[plan.grade] ?? 0) + plan.preheat_videos * data.video_fen;
    const stock = plan.stock.reduce((sum, one) => sum + one.units * data.cost_fen[one.product], 0);
    const total = preparing + stock + plan.traffic_budget_fen + plan.benefit_budget_fen;
    return { preparing, stock, total, hours: (plan.hourly_gmv_fen ?? []).reduce((sum, fen) => sum + fen, 0) };
  }

  /** Codes of the hard limits that a plan breaks, as the server finds them. */
  faults(plan) {
    const { limits } = this.data;
    const { total } = this.totals(plan);
    const found = [];
    if (plan.tray.length < limits.tray_least) found.push("tray_too_small");
    if (plan.tray.length > limits.tray_most) found.push("tray_too_large");
    for (const field of this.root.querySelectorAll("[name=units]")) {
      if (Number(field.value) > Number(field.max) && !found.includes("stock_over_limit")) found.push("stock_over_limit");
    }
    if (total > limits.purse_fen) found.push("plan_over_purse");
    if (limits.cash_fen !== null && total > limits.cash_fen) found.push("plan_over_cash");
    return found;
  }
}
