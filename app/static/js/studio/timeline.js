/** The incidents along the session: windows of chance that are moved and resized with the mouse or by keys. */
import { svg } from "../dom.js";
import { clockOf } from "./plots.js";

const WIDTH = 680;
const EDGE = 8;
const ROW = 26;
const HANDLE = 9;
const STEP_MIN = 1;
const FAR_STEP_MIN = 5;
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const FIELDS = { move: ["from_min", "until_min"], from: ["from_min"], until: ["until_min"] };

/** Return the window of an incident after a part of it was moved by some minutes; it stays where the room allows it. */
export function movedWindow(one, part, minutes, durationMin) {
  const least = one.sign_min;
  const most = Math.max(least, durationMin - one.lasts_min);
  const clamp = (value, low, high) => Math.min(Math.max(Math.round(value), low), Math.max(low, high));
  if (part === "from") return { from_min: clamp(one.from_min + minutes, least, one.until_min), until_min: one.until_min };
  if (part === "until") return { from_min: one.from_min, until_min: clamp(one.until_min + minutes, one.from_min, most) };
  const by = clamp(one.from_min + minutes, least, most - (one.until_min - one.from_min)) - one.from_min;
  return { from_min: one.from_min + by, until_min: one.until_min + by };
}

const put = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
};

export class Timeline {
  /**
   * @param {HTMLElement} place
   * @param {Object} data Of `presenting.timeline`; its incidents are changed as their windows move.
   * @param {function} words
   * @param {?function(Array, boolean): void} onMoved Changed [path, value] pairs, and whether the hand was lifted;
   *   null: the windows cannot be moved.
   */
  constructor(place, data, words, onMoved = null) {
    Object.assign(this, { place, words, onMoved, held: null });
    this.update(data);
  }

  /** Show other data; the very elements stay, and what has the focus keeps it, while the incidents are the same. */
  update(data) {
    const isSame = this.rows?.length === data.incidents.length && this.data.duration_min === data.duration_min;
    this.data = data;
    if (!isSame) this.build();
    for (const row of this.rows) this.arrange(row);
  }

  get end() {
    return this.data.duration_min;
  }

  x(minute) {
    return EDGE + (Math.min(minute, this.end) / this.end) * (WIDTH - 2 * EDGE);
  }

  build() {
    const { incidents } = this.data;
    const height = 44 + incidents.length * ROW;
    const floor = height - 28;
    this.rows = incidents.map((_one, place) => this.row(place));
    const drawn = this.rows.map((row) => row.group);
    drawn.push(svg("line", { class: "axis", x1: EDGE, x2: WIDTH - EDGE, y1: floor, y2: floor }));
    for (let tick = 0; tick <= 6; tick += 1) {
      const minute = (this.end * tick) / 6;
      const mark = svg("text", { x: Math.min(Math.max(this.x(minute), 16), WIDTH - 16), y: floor + 22, "text-anchor": "middle" });
      mark.textContent = clockOf(minute);
      drawn.push(mark);
    }
    this.svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": this.words("timeline") }, drawn);
    if (this.onMoved) this.listen();
    this.place.replaceChildren(this.svg);
  }

  row(place) {
    const part = (name, attributes) => svg("rect", { ...attributes, "data-row": place, "data-part": name });
    const parts = { tail: svg("rect", { class: "tail", height: 14, rx: 4 }), move: part("move", { class: "window", height: 14, rx: 4 }) };
    const label = svg("text", {});
    const shown = [parts.tail, parts.move];
    if (this.onMoved) {
      for (const name of ["from", "until"]) {
        parts[name] = part(name, { class: "handle", height: 18, width: HANDLE, rx: 3 });
        shown.push(parts[name]);
      }
      for (const name of Object.keys(FIELDS)) put(parts[name], { tabindex: 0, role: "slider", "aria-valuemin": 0 });
    }
    return { place, parts, label, group: svg("g", {}, [...shown, label]) };
  }

  arrange({ place, parts, label }) {
    const one = this.data.incidents[place];
    const y = 6 + place * ROW;
    const [from, until, over] = [one.from_min, one.until_min, one.until_min + one.lasts_min].map((minute) => this.x(minute));
    put(parts.tail, { x: from, y: y + 4, width: Math.max(2, over - from) });
    put(parts.move, { x: from, y: y + 4, width: Math.max(3, until - from) });
    const share = one.chance_fraction < 1 ? ` ${Math.round(one.chance_fraction * 100)}%` : "";
    label.textContent = `${one.title} ${clockOf(one.from_min)}–${clockOf(one.until_min)}${share}`;
    const isFar = over > WIDTH * 0.6;
    put(label, { x: isFar ? from - HANDLE - 4 : over + HANDLE + 2, y: y + 15, "text-anchor": isFar ? "end" : "start" });
    if (!this.onMoved) return;
    put(parts.from, { x: from - HANDLE, y: y + 2 });
    put(parts.until, { x: Math.max(until, from + 3), y: y + 2 });
    const spoken = { title: one.title, from: clockOf(one.from_min), until: clockOf(one.until_min) };
    for (const [name, fields] of Object.entries(FIELDS)) {
      const text = this.words(`timeline_${name}`, spoken);
      put(parts[name], { "aria-valuemax": this.end, "aria-valuenow": one[fields[0]], "aria-valuetext": text, "aria-label": text });
    }
  }

  minutesAt(event) {
    const box = this.svg.getBoundingClientRect();
    return (((event.clientX - box.left) / box.width) * WIDTH - EDGE) / ((WIDTH - 2 * EDGE) / this.end);
  }

  listen() {
    this.svg.addEventListener("pointerdown", (event) => {
      const { row, part } = event.target.dataset;
      if (!part || event.button !== 0) return;
      event.preventDefault();
      event.target.focus();
      this.svg.setPointerCapture(event.pointerId);
      const one = this.data.incidents[Number(row)];
      this.held = { row: Number(row), part, at: this.minutesAt(event), was: { ...one } };
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (this.held) this.move(this.held.row, this.held.part, this.minutesAt(event) - this.held.at, this.held.was, false);
    });
    for (const name of ["pointerup", "pointercancel"]) {
      this.svg.addEventListener(name, () => {
        if (!this.held) return;
        const { row, part, was } = this.held;
        this.held = null;
        const one = this.data.incidents[row];
        if (FIELDS[part].some((field) => one[field] !== was[field])) this.tell(one, part, true);
      });
    }
    this.svg.addEventListener("keydown", (event) => {
      const { row, part } = event.target.dataset;
      const sign = KEYS[event.key];
      if (!part || !sign || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const step = event.shiftKey ? FAR_STEP_MIN : STEP_MIN;
      this.move(Number(row), part, sign * step, this.data.incidents[Number(row)], true);
    });
  }

  move(row, part, minutes, was, isDone) {
    const one = this.data.incidents[row];
    const found = movedWindow(was, part, minutes, this.end);
    if (found.from_min === one.from_min && found.until_min === one.until_min) return;
    Object.assign(one, found);
    this.arrange(this.rows[row]);
    this.tell(one, part, isDone);
  }

  tell(one, part, isDone) {
    this.onMoved(FIELDS[part].map((field) => [`${one.path}.${field}`, one[field]]), isDone);
  }
}
