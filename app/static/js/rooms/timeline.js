/**
 * A session along one axis of time: curves, viewers, and the strip of actions, in SVG. The cockpit redraws it at each tick, the
 * result page draws it once; so that all parts share one x, they are one drawing. Roles get colour and dash from the style sheet.
 *
 *   spec = {duration_s, now_s: number | null, unit, series: [{role, name, points: [[s, value]], label?}],
 *           bars?: [[s, value]], bar_s?: seconds a bar, online?: [[s, n]], target?: value, pill?: text,
 *           forecasts?: [{at_s, low, mid, high}]: own ones of the end, made at a moment,
 *           lanes: [{code, name, marks: [{at_s, label}]}], incidents: [{at_s, label}], decisions?: [{at_s, mark, label}]}
 */
import { svg } from "../dom.js";
import { wordsOf } from "../text.js";
import { whole } from "./figures.js";

const words = wordsOf("room-text");
const LEFT = 46;
const RIGHT_LEAST = 44;
const LANE = 15;
const AXIS = 20;

/** Steps of an axis that read well: 1, 2, 2.5 or 5 times a power of ten. */
export function niceStep(most, parts) {
  const raw = Math.max(most, 1e-9) / parts;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 2.5, 5, 10].map((n) => n * power).find((step) => step >= raw * 0.85);
}

const timeStep = (duration) => [60, 120, 300, 600, 900, 1200, 1800, 3600].find((step) => duration / step <= 7) ?? 7200;
const hours = (s) => `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, "0")}`;
const minutesOnly = (s) => `${Math.floor(s / 60)}:00`;
const figure = (value) => String(Number(value.toFixed(2))).replace("-", "−").replace(/\B(?=(\d{3})+(?!\d)(?!.*\.))/g, ",");

export class Timeline {
  /** @param {HTMLElement} host Has a size; keeps its aria-label. */
  constructor(host, { hasOnline = false, hasLanes = true } = {}) {
    Object.assign(this, { host, hasOnline, hasLanes, spec: null });
    this.root = svg("svg", { class: "chart tlsvg", "aria-hidden": "true" });
    host.replaceChildren(this.root);
    new ResizeObserver(() => this.draw()).observe(host);
  }

  update(spec) {
    this.spec = spec;
    this.draw();
  }

  draw() {
    const { spec, host } = this;
    const width = Math.floor(host.clientWidth - 2 * parseFloat(getComputedStyle(host).paddingLeft || 0));
    const height = Math.floor(host.clientHeight - parseFloat(getComputedStyle(host).paddingTop || 0) - parseFloat(getComputedStyle(host).paddingBottom || 0));
    if (!spec || width < 80 || height < 60) return;
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.root.setAttribute("height", height);
    const lanes = this.hasLanes ? spec.lanes : [];
    const strip = lanes.length * LANE + (lanes.length ? 4 : 0);
    const online = this.hasOnline ? Math.min(74, Math.max(44, height * 0.2)) : 0;
    const right = Math.max(RIGHT_LEAST, 14 + Math.max(...[...spec.series.map((one) => one.label ?? ""), ...lanes.map((lane) => `${lane.name} 00`)].map(textWidth)));
    const plot = { top: 10, bottom: height - strip - online - AXIS - (online ? 8 : 0), left: LEFT, right: width - right };
    const x = (s) => plot.left + ((plot.right - plot.left) * Math.min(s, spec.duration_s)) / spec.duration_s;
    const parts = [...this.drawValues(plot, x)];
    if (online) parts.push(...this.drawOnline({ ...plot, top: plot.bottom + AXIS + 6, bottom: plot.bottom + AXIS + online }, x));
    if (lanes.length) parts.push(...drawLanes(lanes, { ...plot, top: height - strip }, x));
    if (spec.now_s !== null) parts.push(svg("line", { class: "axis", x1: x(spec.now_s), x2: x(spec.now_s), y1: plot.top, y2: lanes.length ? height : plot.bottom }));
    this.root.replaceChildren(...parts, ...this.drawFront(plot, x));
  }

  drawValues(plot, x) {
    const { spec } = this;
    const all = [...spec.series.flatMap((one) => one.points.map(([, value]) => value)), ...(spec.bars ?? []).map(([, value]) => value), spec.target ?? 0, ...(spec.forecasts ?? []).map((one) => one.high)];
    const most = Math.max(...all, 0.001);
    const step = niceStep(most * 1.08, plot.bottom - plot.top > 150 ? 4 : 2);
    const top = Math.ceil((most * 1.04) / step) * step;
    this.y = (value) => plot.bottom - ((plot.bottom - plot.top) * Math.max(value, 0)) / top;
    const parts = [];
    for (let value = 0; value <= top + step / 2; value += step) {
      const at = this.y(value);
      parts.push(svg("line", { class: "grid", x1: plot.left, x2: plot.right, y1: at, y2: at }), text(figure(value), { class: "e", x: plot.left - 8, y: at + 4 }));
    }
    const every = timeStep(spec.duration_s) * (plot.right - plot.left < 340 ? 2 : 1);
    const inHours = spec.duration_s >= 3600;
    for (let s = 0; s <= spec.duration_s + 1; s += every) parts.push(text(inHours ? hours(s) : minutesOnly(s), { class: "m", x: x(s), y: plot.bottom + 16 }));
    const own = spec.series.find((one) => one.role === "candidate");
    const floor = spec.series.find((one) => one.role === "baseline");
    if (own?.points.length > 1) {
      const end = own.points.at(-1)[0];
      const back = floor ? floor.points.filter(([s]) => s <= end).reverse() : [[own.points.at(-1)[0], 0], [own.points[0][0], 0]];
      parts.push(svg("path", { class: "a-candidate", d: `${this.path(own.points, x)}${this.path(back, x).replace("M", "L")}Z` }));
    }
    for (const [s, value] of spec.bars ?? []) {
      const w = Math.max(1, x(spec.bar_s) - x(0) - 1);
      parts.push(svg("rect", { class: "f-candidate bar", x: x(s), y: this.y(value), width: w, height: Math.max(0, plot.bottom - this.y(value)) }));
    }
    const order = ["baseline", "target", "reference", "ghost", "candidate"];
    for (const one of [...spec.series].sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role))) {
      if (one.points.length > 1) parts.push(svg("path", { class: `line l-${one.role}`, d: this.path(one.points, x) }));
    }
    return [...parts, ...this.drawEnds(plot, x)];
  }

  /** Names at the right end of the curves, kept apart from one another. */
  drawEnds(plot, x) {
    const ends = this.spec.series
      .filter((one) => one.label && one.points.length)
      .map((one) => ({ role: one.role, label: one.label, at: this.y(one.points.at(-1)[1]) + 4, x: Math.min(x(one.points.at(-1)[0]), plot.right) + 8 }))
      .sort((a, b) => a.at - b.at);
    for (let i = 1; i < ends.length; i += 1) ends[i].at = Math.max(ends[i].at, ends[i - 1].at + 15);
    return ends.map((end) => text(end.label, { class: end.role === "candidate" ? "t-candidate" : end.role === "reference" ? "t-reference" : "", x: end.x, y: end.at }));
  }

  drawOnline(plot, x) {
    const points = this.spec.online ?? [];
    const most = Math.max(...points.map(([, n]) => n), 1);
    const step = Math.max(niceStep(most * 1.05, 2), 1); // people are whole
    const top = Math.ceil(most / step) * step;
    const y = (n) => plot.bottom - ((plot.bottom - plot.top) * n) / top;
    const parts = [];
    for (let n = 0; n <= top + step / 2; n += step) {
      parts.push(svg("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y(n), y2: y(n) }), text(whole(n), { class: "e", x: plot.left - 8, y: y(n) + 4 }));
    }
    parts.push(text(words("online"), { x: plot.right + 8, y: plot.top + 8 }));
    if (points.length > 1) {
      const d = points.map(([s, n], i) => `${i ? "L" : "M"}${x(s).toFixed(1)} ${y(n).toFixed(1)}`).join("");
      const [last, first] = [points.at(-1), points[0]];
      parts.push(
        svg("path", { class: "a-viewers", d: `${d}L${x(last[0]).toFixed(1)} ${plot.bottom}L${x(first[0]).toFixed(1)} ${plot.bottom}Z` }),
        svg("path", { class: "line l-viewers", d }),
        svg("circle", { class: "f-viewers", cx: x(last[0]), cy: y(last[1]), r: 3.5 }),
        text(whole(last[1]), { class: "strong halo", x: x(last[0]) + 8, y: Math.max(plot.top + 8, y(last[1]) + 4) }),
      );
    }
    return parts;
  }

  /** What lies above the curves: incidents on the axis, numbered decisions, where it stands now. */
  drawFront(plot, x) {
    const { spec } = this;
    const parts = spec.incidents.map(({ at_s, label }) =>
      svg("path", { class: "f-bad", d: `M${x(at_s) - 5} ${plot.bottom}l5 -8 5 8z` }, [titled(label)]),
    );
    const own = spec.series.find((one) => one.role === "candidate")?.points ?? [];
    if (spec.forecasts?.length) parts.push(...this.drawForecast(spec.forecasts.at(-1), own, plot, x));
    const taken = [];
    for (const one of spec.decisions ?? []) {
      let at = this.y(valueAt(own, one.at_s)) - 20;
      while (taken.some(([left, y]) => Math.abs(left - x(one.at_s)) < 20 && Math.abs(y - at) < 20)) at -= 20;
      taken.push([x(one.at_s), at]);
      parts.push(
        svg("g", { class: "decision" }, [
          titled(one.label),
          svg("line", { class: "axis", x1: x(one.at_s), x2: x(one.at_s), y1: at + 9, y2: this.y(valueAt(own, one.at_s)) }),
          svg("circle", { cx: x(one.at_s), cy: at, r: 9 }),
          text(one.mark, { class: "m", x: x(one.at_s), y: at + 4 }),
        ]),
      );
    }
    const last = own.at(-1);
    if (last && spec.now_s !== null && !spec.bars) {
      parts.push(svg("circle", { class: "f-candidate dot", cx: x(last[0]), cy: this.y(last[1]), r: 5 }));
      if (spec.pill) {
        const width = 16 + textWidth(spec.pill);
        const left = Math.min(Math.max(x(last[0]) - width / 2, plot.left), plot.right - width);
        const y = Math.max(this.y(last[1]) - 34, plot.top);
        parts.push(svg("rect", { class: "f-candidate", x: left, y, width, height: 21, rx: 5 }), text(spec.pill, { class: "m t-on", x: left + width / 2, y: y + 15 }));
      }
    }
    return parts;
  }

  /** The newest own forecast: a dashed way to its middle, and a bracket from low to high at the session's end. */
  drawForecast({ at_s: at, low, mid, high }, own, plot, x) {
    const end = plot.right + 3;
    const bracket = `M${end - 5} ${this.y(high)}H${end}V${this.y(low)}H${end - 5}`;
    const way = `M${x(at).toFixed(1)} ${this.y(valueAt(own, at)).toFixed(1)}L${plot.right} ${this.y(mid).toFixed(1)}`;
    return [svg("path", { class: "line l-forecast", d: way }), svg("path", { class: "line l-bracket", d: bracket })];
  }

  path(points, x) {
    return points.map(([s, value], i) => `${i ? "L" : "M"}${x(s).toFixed(1)} ${this.y(value).toFixed(1)}`).join("");
  }
}

function drawLanes(lanes, plot, x) {
  return lanes.flatMap((lane, i) => {
    const mid = plot.top + i * LANE + LANE / 2;
    return [
      svg("line", { class: "grid", x1: plot.left, x2: plot.right, y1: mid, y2: mid }),
      ...lane.marks.map(({ at_s, label }) => svg("rect", { class: `f-${lane.code}`, x: x(at_s) - 1.75, y: mid - 4, width: 3.5, height: 8, rx: 1 }, label ? [titled(label)] : [])),
      text(lane.marks.length ? `${lane.name} ${lane.marks.length}` : lane.name, { class: lane.code === "reference" ? "t-reference" : "", x: plot.right + 8, y: mid + 4 }),
    ];
  });
}

const titled = (label) => {
  const element = svg("title");
  element.textContent = label;
  return element;
};

function text(content, attributes) {
  const element = svg("text", attributes);
  element.textContent = content;
  return element;
}

/** About how wide a text of 12 px is: Chinese characters are square, figures about seven wide. */
const textWidth = (content) => [...content].reduce((sum, c) => sum + (c > "\u2e80" ? 12 : 7.4), 0);

/** Value of a sampled curve at a moment, by straight lines between its points. */
export function valueAt(points, at) {
  if (!points.length) return 0;
  const after = points.findIndex(([s]) => s >= at);
  if (after < 0) return points.at(-1)[1];
  if (after === 0) return points[0][1];
  const [[s0, v0], [s1, v1]] = [points[after - 1], points[after]];
  return s1 === s0 ? v1 : v0 + ((v1 - v0) * (at - s0)) / (s1 - s0);
}

/** A bar around zero with its interval, for what an action was worth; `low`, `mid`, `high` in [-1, 1]. */
export function effectBar({ low, mid, high, tone, interval }) {
  const at = (value) => 135 + 125 * value;
  const bar = svg("rect", { class: `effect ${tone}`, x: Math.min(at(0), at(mid)), y: 9, width: Math.abs(at(mid) - at(0)), height: 12 });
  const parts = [bar, svg("line", { class: "axis", x1: at(0), x2: at(0), y1: 2, y2: 28 })];
  if (interval) parts.push(svg("line", { class: "whisker", x1: at(low), x2: at(high), y1: 15, y2: 15 }));
  parts.push(svg("circle", { class: `effectdot ${tone}`, cx: at(mid), cy: 15, r: 4.5 }));
  return svg("svg", { viewBox: "0 0 270 30", "aria-hidden": "true" }, parts);
}

