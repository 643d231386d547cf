/**
 * Charts: `<div class="chart-canvas" data-chart="block-id" aria-label="the chart's message">` is drawn from the JSON block of that id.
 * Pages name roles, never colours; roles get their colour and dash from the tokens:
 *   candidate  target  reference  baseline  viewers  forecast  novice  competent  expert
 *
 * Forms of the JSON (`values` may hold null where nothing is known):
 *   {kind: "line" | "bar", title, unit, x: [labels], series: [{name, values, role?, kind?, axis?: "right", unit?}],
 *    marks?: [{x: label, label}], inverse?: true}                                       an exhibit, a trend
 *   {kind: "gmv-curve", unit, duration_s, now_s?, times_s: [s], series: [{role, name, values}],
 *    incidents?: [{at_s, label}], decisions?: [{at_s, label}], forecast?: {at_s, low, mid, high}}
 *   {kind: "radar", minimum, maximum, axes: [names], series: [{role, name, values}]}
 *   {kind: "sparkline", values: [numbers], role?}
 *
 * ECharts is loaded only when a page has a chart. Its HTML tooltip would use inline styles, hence rich text.
 */
import { make, makeTable, svg } from "./dom.js";
import { wordsOf } from "./text.js";

const words = wordsOf("ui-text");
const TABLE_ROWS = 40;

const ROLES = {
  candidate: { token: "--s-candidate", width: 2.5, dash: "solid" },
  target: { token: "--s-target", width: 1.25, dash: [1.5, 4] },
  reference: { token: "--s-reference", width: 1.75, dash: [9, 4, 2, 4] },
  baseline: { token: "--s-baseline", width: 1.5, dash: [6, 5] },
  viewers: { token: "--s-viewers", width: 1.75, dash: "solid" },
  forecast: { token: "--s-candidate", width: 1.5, dash: [3, 4] },
  novice: { token: "--s-novice", width: 1.75, dash: [6, 5] },
  competent: { token: "--s-competent", width: 1.75, dash: "solid" },
  expert: { token: "--s-expert", width: 1.75, dash: [9, 4, 2, 4] },
};
const ROLES_IN_TURN = ["candidate", "viewers", "reference", "baseline"];

let library = null;

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const tag = make("script", { src: new URL("../vendor/echarts.min.js", import.meta.url).href });
    tag.addEventListener("load", () => resolve(window.echarts));
    tag.addEventListener("error", () => {
      library = null;
      reject(new Error("the chart library did not load"));
    });
    document.head.append(tag);
  });
  return library;
}

/** Read the theme where the chart stands: a page may hold light and dark parts. */
function paletteAt(host) {
  const style = getComputedStyle(host);
  const token = (name) => style.getPropertyValue(name).trim();
  return {
    token,
    font: token("--font"),
    ink1: token("--ink-1"),
    ink2: token("--ink-2"),
    ink3: token("--ink-3"),
    surface: token("--surface"),
    line2: token("--line-2"),
    grid: token("--grid"),
    bad: token("--bad"),
    onBrand: token("--on-brand"),
    colour: (role) => token(ROLES[role].token),
  };
}

const withMinus = (text) => text.replace("-", "−");
const figure = (value) =>
  value === null || value === undefined || Number.isNaN(value) ? "—" : withMinus(value.toLocaleString("zh-CN", { maximumFractionDigits: 2 }));

/** Session clock: 12:40 in a short session, 1:12:40 in one of an hour or more; whole minutes of a long one as 1:12. */
export function sessionClock(seconds, durationS = seconds) {
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (durationS < 3600) return `${minutes}:${two(rest)}`;
  return rest ? `${hours}:${two(minutes)}:${two(rest)}` : `${hours}:${two(minutes)}`;
}

function frame(palette, animated) {
  return {
    animation: animated,
    animationDuration: 300,
    textStyle: { fontFamily: palette.font, fontSize: 12, color: palette.ink3 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line2,
      textStyle: { color: palette.ink1, fontSize: 12, fontFamily: palette.font },
      axisPointer: { lineStyle: { color: palette.line2 } },
    },
  };
}

const valueAxis = (palette, extra = {}) => ({
  type: "value",
  splitNumber: 4,
  axisLabel: { color: palette.ink3, fontSize: 12, formatter: figure },
  splitLine: { lineStyle: { color: palette.grid } },
  axisLine: { show: false },
  axisTick: { show: false },
  nameTextStyle: { color: palette.ink3, fontSize: 12, align: "left", padding: [0, 0, 0, -24] },
  ...extra,
});

function lineOf(role, palette) {
  const { width, dash } = ROLES[role];
  return { color: palette.colour(role), width, type: dash, cap: "round", join: "round" };
}

/** The exhibit's series, each with its kind and its role. */
function exhibitSeries(spec) {
  return spec.series.map((entry, i) => ({ ...entry, kind: entry.kind ?? spec.kind, role: entry.role ?? ROLES_IN_TURN[i % ROLES_IN_TURN.length] }));
}

function exhibitOption(spec, palette, animated, width) {
  const series = exhibitSeries(spec);
  const bars = series.filter((entry) => entry.kind === "bar");
  const lines = series.filter((entry) => entry.kind === "line");
  const twoAxes = series.some((entry) => entry.axis === "right");
  const labelled = bars.length === 1 ? spec.x.length <= 12 : bars.length === 0 && lines.length === 1;
  const unitOf = (side) => series.find((entry) => (entry.axis ?? "left") === side)?.unit ?? (side === "left" ? spec.unit : "");
  const option = frame(palette, animated);
  return {
    ...option,
    tooltip: { ...option.tooltip, valueFormatter: figure },
    grid: { left: 4, right: twoAxes ? 4 : 14, top: 32, bottom: 4, containLabel: true },
    xAxis: {
      type: "category",
      data: spec.x,
      boundaryGap: bars.length > 0,
      axisLabel: { color: palette.ink3, fontSize: 12, hideOverlap: true },
      axisLine: { lineStyle: { color: palette.line2 } },
      axisTick: { show: false },
    },
    yAxis: [
      valueAxis(palette, { name: spec.inverse ? "" : unitOf("left"), inverse: Boolean(spec.inverse), ...(spec.inverse ? { min: 1 } : {}) }),
      ...(twoAxes ? [valueAxis(palette, { name: unitOf("right"), splitLine: { show: false }, nameTextStyle: { color: palette.ink3, align: "right" } })] : []),
    ],
    series: series.map((entry, i) => ({
      name: entry.name,
      type: entry.kind,
      data: entry.values,
      yAxisIndex: entry.axis === "right" ? 1 : 0,
      ...(entry.kind === "bar"
        ? {
            itemStyle: {
              color: palette.colour(entry.role),
              opacity: 0.85,
              borderRadius: [2, 2, 0, 0],
              ...(bars.indexOf(entry) > 0
                ? { decal: { symbol: "rect", color: "rgba(255,255,255,.5)", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4 } }
                : {}),
            },
            barMaxWidth: 38,
            barCategoryGap: "42%",
          }
        : {
            lineStyle: lineOf(entry.role, palette),
            itemStyle: { color: palette.colour(entry.role), borderColor: palette.surface, borderWidth: 2 },
            symbol: "circle",
            symbolSize: 7,
            showSymbol: spec.x.length <= 12,
          }),
      z: entry.kind === "bar" ? 2 : 3,
      ...(i === 0 && spec.marks?.length ? { markLine: marksOf(spec.marks, palette) } : {}),
    })).concat(labelled && width > 300 ? [labelsOf(bars[0] ?? lines[0], palette)] : []),
  };
}

/** Figures above every bar, or above the last point of a line; a layer of its own, so that no line crosses them. */
function labelsOf(entry, palette) {
  const last = entry.values.length - 1;
  return {
    type: "scatter",
    data: entry.values.map((value, i) => (entry.kind === "bar" || i === last ? value : null)),
    yAxisIndex: entry.axis === "right" ? 1 : 0,
    symbolSize: 1,
    itemStyle: { color: "transparent" },
    silent: true,
    tooltip: { show: false },
    label: { show: true, position: "top", formatter: ({ value }) => figure(value), color: palette.ink1, fontWeight: 600, fontSize: 12, textBorderColor: palette.surface, textBorderWidth: 3 },
    z: 6,
  };
}

function marksOf(marks, palette) {
  return {
    symbol: "none",
    silent: true,
    lineStyle: { color: palette.line2, type: [3, 3], width: 1 },
    label: { color: palette.ink2, fontSize: 12, formatter: ({ name }) => name },
    data: marks.map((mark) => ({ xAxis: mark.x, name: mark.label })),
  };
}

const pairs = (times, values) => times.map((t, i) => [t, values[i]]).filter(([, value]) => value !== null && value !== undefined);

/** Value of a sampled curve at a moment, by straight lines between its points. */
function valueAt(points, at) {
  const after = points.findIndex(([t]) => t >= at);
  if (after < 0) return points.at(-1)?.[1] ?? 0;
  if (after === 0) return points[0][1];
  const [[t0, v0], [t1, v1]] = [points[after - 1], points[after]];
  return t1 === t0 ? v1 : v0 + ((v1 - v0) * (at - t0)) / (t1 - t0);
}

function gmvOption(spec, palette, animated) {
  const option = frame(palette, animated);
  const clock = (seconds) => sessionClock(seconds, spec.duration_s);
  const curves = spec.series.map((entry) => ({ ...entry, points: pairs(spec.times_s, entry.values) }));
  const candidate = curves.find((entry) => entry.role === "candidate");
  const baseline = curves.find((entry) => entry.role === "baseline");
  const isLive = spec.now_s !== undefined && spec.now_s !== null && spec.now_s < spec.duration_s;
  const drawn = curves.map((entry) => {
    const text = `${entry.name} ${figure(entry.points.at(-1)?.[1])}`;
    const isCandidate = entry === candidate;
    return {
      name: entry.name,
      type: "line",
      data: entry.points,
      showSymbol: false,
      lineStyle: lineOf(entry.role, palette),
      itemStyle: { color: palette.colour(entry.role) },
      z: isCandidate ? 5 : 3,
      endLabel: {
        show: entry.points.length > 0,
        formatter: () => text,
        color: isCandidate ? palette.token("--brand-text") : entry.role === "reference" ? palette.token("--s-reference-text") : palette.ink3,
        fontWeight: isCandidate ? 600 : 400,
        fontSize: 12,
        ...(isCandidate && isLive
          ? { backgroundColor: palette.colour("candidate"), color: palette.onBrand, padding: [4, 8], borderRadius: 5, offset: [0, -20] }
          : {}),
      },
      labelLayout: { moveOverlap: "shiftY" },
      ...(isCandidate ? candidateMarks(spec, entry.points, palette, isLive) : {}),
      ...(isCandidate && !baseline ? { areaStyle: { color: palette.colour("candidate"), opacity: 0.12 } } : {}),
    };
  });
  return {
    ...option,
    tooltip: { ...option.tooltip, valueFormatter: figure, axisPointer: { ...option.tooltip.axisPointer, label: { formatter: ({ value }) => clock(value) } } },
    grid: { left: 4, right: 92, top: 26, bottom: 4, containLabel: true },
    xAxis: {
      type: "value",
      min: 0,
      max: spec.duration_s,
      interval: niceInterval(spec.duration_s),
      axisLabel: { color: palette.ink3, fontSize: 12, formatter: clock, hideOverlap: true },
      axisPointer: { label: { formatter: ({ value }) => clock(value) } },
      axisLine: { lineStyle: { color: palette.line2 } },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: valueAxis(palette, { name: spec.unit ?? "", min: 0 }),
    series: [...(candidate && baseline ? incrementArea(candidate.points, baseline.points, palette) : []), ...drawn, ...(spec.forecast ? [forecastOf(spec, palette)] : [])],
  };
}

/** The area between candidate and baseline: what the operator brought. */
function incrementArea(mine, house, palette) {
  const shared = { type: "line", stack: "increment", stackStrategy: "all", silent: true, showSymbol: false, lineStyle: { width: 0 }, tooltip: { show: false }, z: 1 };
  return [
    { ...shared, name: "_floor", data: mine.map(([t]) => [t, valueAt(house, t)]) },
    { ...shared, name: "_increment", data: mine.map(([t, value]) => [t, value - valueAt(house, t)]), areaStyle: { color: palette.colour("candidate"), opacity: 0.13 } },
  ];
}

function candidateMarks(spec, points, palette, isLive) {
  const now = isLive ? [{ xAxis: spec.now_s, name: words("now") }] : [];
  const incidents = (spec.incidents ?? []).map((incident) => ({ name: incident.label, coord: [incident.at_s, 0], symbol: "triangle", symbolSize: 10, symbolOffset: [0, -5], itemStyle: { color: palette.bad }, label: { show: false } }));
  const decisions = (spec.decisions ?? []).map((decision, i) => ({
    name: decision.label,
    coord: [decision.at_s, valueAt(points, decision.at_s)],
    symbol: "circle",
    symbolSize: 20,
    symbolOffset: [0, -22],
    itemStyle: { color: palette.surface, borderColor: palette.colour("candidate"), borderWidth: 1.5 },
    label: { show: true, formatter: String(decision.mark ?? i + 1), color: palette.token("--brand-text"), fontWeight: 600, fontSize: 12 },
  }));
  const last = points.at(-1);
  const end = last ? [{ name: "", coord: last, symbol: "circle", symbolSize: 10, itemStyle: { color: palette.colour("candidate"), borderColor: palette.surface, borderWidth: 2 }, label: { show: false }, tooltip: { show: false } }] : [];
  return {
    markLine: { symbol: "none", silent: true, lineStyle: { color: palette.line2, type: "solid", width: 1 }, label: { show: false }, data: now },
    markPoint: { data: [...incidents, ...decisions, ...end], tooltip: { formatter: ({ name }) => name } },
  };
}

/** The operator's own forecast: dashes from the moment it was made to a bracket at the end. */
function forecastOf(spec, palette) {
  const { at_s: at, low, mid, high } = spec.forecast;
  const candidate = spec.series.find((entry) => entry.role === "candidate");
  const from = candidate ? valueAt(pairs(spec.times_s, candidate.values), at) : 0;
  const solid = { color: palette.colour("forecast"), width: 1.5, type: "solid" };
  return {
    name: words("forecast"),
    type: "line",
    silent: true,
    showSymbol: false,
    data: [[at, from], [spec.duration_s, mid]],
    lineStyle: lineOf("forecast", palette),
    markLine: { symbol: "none", silent: true, label: { show: false }, lineStyle: solid, data: [[{ coord: [spec.duration_s, low] }, { coord: [spec.duration_s, high] }]] },
    z: 2,
  };
}

function niceInterval(duration) {
  const steps = [30, 60, 120, 180, 300, 600, 900, 1800, 3600];
  return steps.find((step) => duration / step <= 7) ?? 7200;
}

function radarOption(spec, palette, animated, width) {
  const candidate = spec.series.find((entry) => entry.role === "candidate");
  const option = frame(palette, animated);
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item" },
    radar: {
      center: ["50%", "53%"],
      radius: width < 340 ? "58%" : "68%",
      startAngle: 90,
      splitNumber: 4,
      // ECharts goes round against the clock; the fixed order of the forces is read with it.
      indicator: turned(spec.axes).map((name) => ({ name, min: spec.minimum, max: spec.maximum })),
      axisName: {
        formatter: (name) => `{name|${name}}\n{value|${figure(candidate?.values[spec.axes.indexOf(name)])}}`,
        rich: { name: { color: palette.ink1, fontWeight: 600, fontSize: 12, lineHeight: 17 }, value: { color: palette.token("--brand-text"), fontWeight: 600, fontSize: 12, align: "center" } },
      },
      splitArea: { show: false },
      splitLine: { lineStyle: { color: palette.grid } },
      axisLine: { lineStyle: { color: palette.grid } },
    },
    series: [
      {
        type: "radar",
        data: [...spec.series].reverse().map((entry) => ({
          name: entry.name,
          value: turned(entry.values),
          lineStyle: lineOf(entry.role, palette),
          itemStyle: { color: palette.colour(entry.role), borderColor: palette.surface, borderWidth: 1.5 },
          symbol: entry.role === "candidate" ? "circle" : "none",
          symbolSize: 8,
          ...(entry.role === "candidate" ? { areaStyle: { color: palette.colour("candidate"), opacity: 0.12 } } : {}),
        })),
      },
    ],
  };
}

const turned = ([first, ...rest]) => [first, ...rest.reverse()];

function sparkOption(spec, palette, animated) {
  const role = spec.role ?? "candidate";
  const last = spec.values.length - 1;
  return {
    animation: animated,
    grid: { left: 4, right: 6, top: 6, bottom: 6 },
    xAxis: { type: "category", show: false, boundaryGap: false, data: spec.values.map((_, i) => i) },
    yAxis: { type: "value", show: false, scale: true },
    series: [
      {
        type: "line",
        data: spec.values.map((value, i) => ({ value, symbolSize: i === last ? 7 : 0 })),
        symbol: "circle",
        lineStyle: { ...lineOf(role, palette), width: 2 },
        itemStyle: { color: palette.colour(role), borderColor: palette.surface, borderWidth: 1.5 },
      },
    ],
  };
}

function optionOf(spec, host) {
  const palette = paletteAt(host);
  const animated = !matchMedia("(prefers-reduced-motion: reduce)").matches && !host.closest("[data-calm]");
  if (spec.kind === "gmv-curve") return gmvOption(spec, palette, animated);
  if (spec.kind === "radar") return radarOption(spec, palette, animated, host.clientWidth);
  if (spec.kind === "sparkline") return sparkOption(spec, palette, false);
  return exhibitOption(spec, palette, animated, host.clientWidth);
}

/** The chart's figures as head cells and rows. */
function tableOf(spec) {
  const withUnit = (name, unit) => (unit ? `${name}（${unit}）` : name);
  const names = spec.series.map((entry) => withUnit(entry.name, entry.unit ?? spec.unit));
  const heads = spec.kind === "gmv-curve" ? spec.times_s.map((t) => sessionClock(t, spec.duration_s)) : (spec.x ?? spec.axes);
  const all = heads.map((head, i) => [head, ...spec.series.map((entry) => figure(entry.values[i]))]);
  const every = Math.ceil(all.length / TABLE_ROWS);
  return [["", ...names], all.filter((_, i) => i % every === 0 || i === all.length - 1)];
}

/** Legend in HTML, with the dash of each role; a chart of one series or with labelled ends needs none. */
function addLegend(host, spec) {
  const series = spec.kind === "radar" ? spec.series : spec.kind === "gmv-curve" || spec.kind === "sparkline" ? [] : exhibitSeries(spec);
  if (series.length < 2 || host.parentElement.querySelector(".legend")) return;
  const twoAxes = series.some((entry) => entry.axis === "right");
  const entries = series.map((entry) => {
    const side = twoAxes ? words(entry.axis === "right" ? "right_axis" : "left_axis") : "";
    const notes = [entry.unit, side].filter(Boolean).join(words("comma"));
    const swatch = svg("svg", { viewBox: "0 0 22 8", "aria-hidden": "true" }, [
      entry.kind === "bar"
        ? svg("rect", { class: `f-${entry.role}`, x: 4, width: 14, height: 8, rx: 2 })
        : svg("line", { class: `l-${entry.role}`, x1: 1, x2: 21, y1: 4, y2: 4 }),
    ]);
    return make("span", {}, [swatch, notes ? `${entry.name}（${notes}）` : entry.name]);
  });
  const legend = make("div", { class: "legend" }, entries);
  if (spec.kind === "radar") host.after(legend);
  else host.before(legend);
}

function addTable(host, spec) {
  if (spec.kind === "sparkline" || host.parentElement.querySelector(".chart-data")) return;
  const [columns, rows] = tableOf(spec);
  const table = makeTable(host.getAttribute("aria-label") ?? spec.title ?? "", columns, rows);
  const summary = make("summary", { text: words("show_data") });
  const details = make("details", { class: "chart-data" }, [summary, make("div", {}, [table])]);
  details.addEventListener("toggle", () => {
    summary.textContent = words(details.open ? "hide_data" : "show_data");
  });
  host.after(details);
}

/**
 * Draw one chart.
 *
 * @param {HTMLElement} host Has a size; keeps its aria-label.
 * @param {Object} spec One of the forms above.
 * @param {{table?: boolean}} options `table: false` where the page shows the figures itself.
 * @returns {Promise<{update: function(Object): void, dispose: function(): void}>}
 */
export async function renderChart(host, spec, { table = true } = {}) {
  if (table) addTable(host, spec);
  addLegend(host, spec);
  let echarts;
  try {
    echarts = await loadLibrary();
  } catch {
    host.replaceChildren(make("p", { class: "chart-failed", text: words("chart_failed") }));
    host.parentElement.querySelector(".chart-data")?.setAttribute("open", "");
    return { update() {}, dispose() {} };
  }
  const drawing = echarts.init(host, null, { renderer: "canvas" });
  let current = spec;
  drawing.setOption(optionOf(current, host));
  const watcher = new ResizeObserver(() => drawing.resize());
  watcher.observe(host);
  return {
    update(next) {
      current = next;
      drawing.setOption(optionOf(current, host), { notMerge: true });
    },
    dispose() {
      watcher.disconnect();
      drawing.dispose();
    },
  };
}

/** Draw every chart below `root` that is not drawn yet. */
export function mountCharts(root = document) {
  for (const host of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
    const block = document.getElementById(host.dataset.chart);
    if (!block) continue;
    host.dataset.drawn = "yes";
    renderChart(host, JSON.parse(block.textContent));
  }
}

document.addEventListener("htmx:load", (event) => mountCharts(event.target));
mountCharts();
