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
 * With `digits: 2` a chart's figures show both decimals, as points do; with `whole: true` an exhibit's axis counts without fractions.
 *
 * ECharts is loaded only when a page has a chart. Its HTML tooltip would use inline styles, hence rich text.
 */
import { exhibitOption, exhibitSeries } from "./charts/exhibit.js";
import { gmvOption } from "./charts/gmv.js";
import { radarOption } from "./charts/radar.js";
import { sparkOption } from "./charts/sparkline.js";
import { figure, paletteAt, sessionClock } from "./charts/theme.js";
import { make, makeTable, svg } from "./dom.js";
import { wordsOf } from "./text.js";

const words = wordsOf("ui-text");
const TABLE_ROWS = 40;

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

function optionOf(spec, host) {
  const palette = paletteAt(host);
  const animated = !matchMedia("(prefers-reduced-motion: reduce)").matches && !host.closest("[data-calm]");
  if (spec.kind === "gmv-curve") return gmvOption(spec, palette, animated);
  if (spec.kind === "radar") return radarOption(spec, palette, animated, host.clientWidth, host.clientHeight);
  if (spec.kind === "sparkline") return sparkOption(spec, palette, false);
  return exhibitOption(spec, palette, animated, host.clientWidth);
}

/** The chart's figures as head cells and rows. */
function tableOf(spec) {
  const withUnit = (name, unit) => (unit ? words("with_note", { name, note: unit }) : name);
  const names = spec.series.map((entry) => withUnit(entry.name, entry.unit ?? spec.unit));
  const heads = spec.kind === "gmv-curve" ? spec.times_s.map((t) => sessionClock(t, spec.duration_s)) : (spec.x ?? spec.axes);
  const all = heads.map((head, i) => [head, ...spec.series.map((entry) => figure(entry.values[i], spec.digits))]);
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
    return make("span", {}, [swatch, notes ? words("with_note", { name: entry.name, note: notes }) : entry.name]);
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
