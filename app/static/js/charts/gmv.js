/** The GMV curve of a session: against target, baseline and reference, with incidents, decisions and the own forecast. */
import { wordsOf } from "../text.js";
import { figure, frame, lineOf, sessionClock, valueAxis } from "./theme.js";

const words = wordsOf("ui-text");

const pairs = (times, values) => times.map((t, i) => [t, values[i]]).filter(([, value]) => value !== null && value !== undefined);

/** Value of a sampled curve at a moment, by straight lines between its points. */
function valueAt(points, at) {
  const after = points.findIndex(([t]) => t >= at);
  if (after < 0) return points.at(-1)?.[1] ?? 0;
  if (after === 0) return points[0][1];
  const [[t0, v0], [t1, v1]] = [points[after - 1], points[after]];
  return t1 === t0 ? v1 : v0 + ((v1 - v0) * (at - t0)) / (t1 - t0);
}

export function gmvOption(spec, palette, animated) {
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
    tooltip: { ...option.tooltip, valueFormatter: (value) => figure(value), axisPointer: { ...option.tooltip.axisPointer, label: { formatter: ({ value }) => clock(value) } } },
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
