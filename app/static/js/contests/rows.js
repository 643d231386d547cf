/** The board's rows: made once for each seat, filled in anew at each change, moved to their places. */
import { make } from "../dom.js";

const MOVE_MS = 500;

/** Write a growth as +38.6%; a missing one as —. */
export function upliftText(ratio) {
  if (ratio === null) return "—";
  return `${ratio < 0 ? "−" : "+"}${(Math.abs(ratio) * 100).toFixed(1)}%`;
}

/**
 * Write money as [number, unit] in the page's unit (万 or k), in whole yuan below one of it: 0.5 万
 * tells nobody apart. Two decimals stand below ten units, one above. `money_parts` is its twin.
 */
export function moneyParts(fen, unit) {
  const sign = fen < 0 ? "−" : "";
  const amount = Math.abs(fen);
  if (amount < unit.fen) return [`${sign}¥${Math.round(amount / 100).toLocaleString("zh-CN")}`, ""];
  return [`${sign}${(amount / unit.fen).toFixed(amount < 10 * unit.fen ? 2 : 1)}`, ` ${unit.word}`];
}

/** Write money with its unit. */
export const moneyWords = (fen, unit) => moneyParts(fen, unit).join("");

export class Rows {
  #rows = new Map();

  /**
   * @param {HTMLElement} list The <ol>; its first child is the head.
   * @param {{fen: number, word: string}} unit Of money.
   * @param {function(string, Object=): string} words
   */
  constructor(list, unit, words) {
    Object.assign(this, { list, unit, words });
    for (const row of list.querySelectorAll("[data-seat]")) this.#rows.set(Number(row.dataset.seat), row);
  }

  /**
   * @param {Array<Object>} rows As the body has them, those of this page only.
   * @param {number} scale The greatest growth on the board.
   */
  show(rows, scale) {
    const before = new Map([...this.#rows].map(([seat, row]) => [seat, row.isConnected ? row.getBoundingClientRect().top : null]));
    const shown = rows.map((one) => this.#filled(one, scale));
    for (const row of this.#rows.values()) if (!shown.includes(row)) row.remove();
    shown.forEach((row, place) => {
      const there = this.list.children[place + 1];
      if (there !== row) this.list.insertBefore(row, there ?? null);
    });
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const row of shown) {
      const from = before.get(Number(row.dataset.seat));
      const moved = from === null || from === undefined ? 0 : from - row.getBoundingClientRect().top;
      if (moved) row.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: MOVE_MS, easing: "ease-out" });
    }
  }

  #filled(one, scale) {
    let row = this.#rows.get(one.seat);
    if (!row) {
      row = this.#made(one);
      this.#rows.set(one.seat, row);
    }
    const part = (name) => row.querySelector(`[data-part=${name}]`);
    row.className = `rw${one.rank <= 3 ? ` g${one.rank}` : ""}${one.is_final ? " final" : ""}`;
    part("rank").textContent = one.rank;
    part("name").textContent = one.name;
    part("provider").textContent = one.provider;
    const moved = part("moved");
    moved.className = `mv ${one.moved > 0 ? "good" : one.moved < 0 ? "bad" : "muted"}`;
    moved.textContent = one.moved > 0 ? `▲${one.moved}` : one.moved < 0 ? `▼${-one.moved}` : "—";
    moved.setAttribute("aria-label", this.words(one.moved > 0 ? "up" : one.moved < 0 ? "down" : "same", { n: Math.abs(one.moved) }));
    [part("gmv").textContent, part("unit").textContent] = moneyParts(one.gmv_fen, this.unit);
    const bar = part("bar");
    bar.max = scale;
    bar.value = Math.max(0, one.uplift_ratio ?? 0);
    const uplift = part("uplift");
    uplift.textContent = upliftText(one.uplift_ratio);
    uplift.className = (one.uplift_ratio ?? 0) < 0 ? "bad" : "";
    return row;
  }

  #made(one) {
    return make("li", { class: "rw", "data-seat": one.seat }, [
      make("span", { class: "rk", "data-part": "rank" }),
      make("span", { class: "mv", "data-part": "moved", role: "img" }),
      make("span", { class: "who" }, [make("span", { class: "nm", "data-part": "name" }), make("span", { class: "org", "data-part": "provider" })]),
      make("span", { class: "gm" }, [make("span", { "data-part": "gmv" }), make("small", { "data-part": "unit" })]),
      make("span", { class: "up" }, [make("meter", { min: 0, max: 1, value: 0, "data-part": "bar", "aria-hidden": "true" }), make("b", { "data-part": "uplift" })]),
    ]);
  }
}

/** Return the greatest growth of a board, never 0: the scale of its bars. */
export function scaleOf(rows) {
  return Math.max(0.05, ...rows.map((one) => one.uplift_ratio ?? 0));
}
