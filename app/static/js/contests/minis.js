/** Small multiples: each contestant's curve over the house's, all on one scale; what the freeze hides is hatched. */
import { make, svg } from "../dom.js";
import { roomTime } from "./countdown.js";
import { upliftText } from "./rows.js";

const [WIDTH, HEIGHT, TOP, BOTTOM, FOOT] = [244, 262, 13, 236, 257];
const GRID = 3;

export class Minis {
  #figures = new Map();

  /**
   * @param {HTMLElement} box
   * @param {function(string, Object=): string} words
   */
  constructor(box, words) {
    Object.assign(this, { box, words });
  }

  /**
   * @param {Array<Object>} rows The contestants to show, in this order.
   * @param {Object} curves The body of the curves.
   * @param {number|null} freezeS When the board froze; none while it is not frozen.
   */
  show(rows, curves, freezeS) {
    const top = Math.max(1, ...curves.house_fen, ...Object.values(curves.curves).map((one) => one[one.length - 1] ?? 0));
    const shown = rows.map((one) => this.#filled(one, curves, freezeS, top));
    for (const figure of this.#figures.values()) if (!shown.includes(figure)) figure.remove();
    shown.forEach((figure, place) => {
      if (this.box.children[place] !== figure) this.box.insertBefore(figure, this.box.children[place] ?? null);
    });
  }

  #filled(row, curves, freezeS, top) {
    let figure = this.#figures.get(row.seat);
    if (!figure) {
      figure = make("figure", {}, [make("figcaption"), make("div", { class: "plotbox" })]);
      this.#figures.set(row.seat, figure);
    }
    const own = curves.curves[row.seat] ?? [];
    const key = JSON.stringify([row.rank, row.name, row.uplift_ratio, row.is_final, own.length, own[own.length - 1], top, freezeS, curves.run]);
    if (figure.dataset.key === key) return figure;
    figure.dataset.key = key;
    figure.className = `mini${row.rank === 1 ? " lead" : ""}`;
    figure.firstChild.replaceChildren(
      make("span", { class: "rkx", text: row.rank }),
      make("span", { class: "nmx", text: row.name }),
      make("span", { class: `u${(row.uplift_ratio ?? 0) < 0 ? " bad" : ""}`, text: upliftText(row.uplift_ratio) }),
    );
    figure.lastChild.replaceChildren(this.#plot(row, own, curves, row.is_final ? null : freezeS, top));
    return figure;
  }

  #plot(row, own, curves, freezeS, top) {
    const x = (minute) => ((minute / curves.duration_min) * WIDTH).toFixed(1);
    const y = (fen) => (BOTTOM - (fen / top) * (BOTTOM - TOP)).toFixed(1);
    const points = (values) => values.map((fen, minute) => `${x(minute)} ${y(fen)}`);
    const house = curves.house_fen.slice(0, own.length);
    const last = own.length - 1;
    const parts = [];
    for (let n = 1; n <= GRID; n += 1) {
      const at = BOTTOM - ((BOTTOM - TOP) * n) / GRID;
      parts.push(svg("line", { class: "grid", x1: 0, x2: WIDTH, y1: at.toFixed(1), y2: at.toFixed(1) }));
    }
    if (freezeS !== null) {
      const from = (freezeS / 60 / curves.duration_min) * WIDTH;
      parts.push(svg("rect", { class: "hatched", x: from.toFixed(1), y: 8, width: (WIDTH - from).toFixed(1), height: BOTTOM - 8, fill: "url(#hatch)" }));
    }
    if (last > 0) {
      const [line, base] = [points(own), points(house)];
      parts.push(
        svg("path", { class: "a-candidate", d: `M${line.join("L")}L${[...base].reverse().join("L")}Z` }),
        svg("path", { class: "line l-baseline", d: `M${base.join("L")}` }),
        svg("path", { class: "line l-candidate", d: `M${line.join("L")}` }),
        svg("circle", { class: "f-candidate", cx: x(last), cy: y(own[last]), r: 5 }),
      );
    }
    const end = curves.duration_min * 60;
    const label = (place, anchor, s) => {
      const text = svg("text", { x: place, y: FOOT, "text-anchor": anchor });
      text.textContent = roomTime(s);
      return text;
    };
    parts.push(label(0, "start", 0), label(WIDTH / 2, "middle", end / 2), label(WIDTH, "end", end));
    const said = this.words("curve", { name: row.name, uplift: upliftText(row.uplift_ratio) });
    return svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said }, parts);
  }
}
