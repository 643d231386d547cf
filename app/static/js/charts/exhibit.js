/** Lines and bars: the exhibits of an exam, trends. */
import { ROLES_IN_TURN, figure, frame, lineOf, valueAxis } from "./theme.js";

/** The exhibit's series, each with its kind and its role. */
export function exhibitSeries(spec) {
  return spec.series.map((entry, i) => ({ ...entry, kind: entry.kind ?? spec.kind, role: entry.role ?? ROLES_IN_TURN[i % ROLES_IN_TURN.length] }));
}

export function exhibitOption(spec, palette, animated, width) {
  const series = exhibitSeries(spec);
  const bars = series.filter((entry) => entry.kind === "bar");
  const lines = series.filter((entry) => entry.kind === "line");
  const twoAxes = series.some((entry) => entry.axis === "right");
  const labelled = bars.length === 1 ? spec.x.length <= 12 : bars.length === 0 && lines.length === 1;
  const unitOf = (side) => series.find((entry) => (entry.axis ?? "left") === side)?.unit ?? (side === "left" ? spec.unit : "");
  const option = frame(palette, animated);
  return {
    ...option,
    tooltip: { ...option.tooltip, valueFormatter: (value) => figure(value, spec.digits) },
    grid: { left: 4, right: twoAxes ? 4 : 14, top: 32, bottom: 4, containLabel: true },
    xAxis: {
      type: "category",
      data: spec.x,
      boundaryGap: bars.length > 0,
      axisLabel: { color: palette.ink3, fontSize: 12, hideOverlap: true, ...(bars.length ? {} : { alignMinLabel: "left", alignMaxLabel: "right" }) },
      axisLine: { lineStyle: { color: palette.line2 } },
      axisTick: { show: false },
    },
    yAxis: [
      valueAxis(palette, { name: spec.inverse ? "" : unitOf("left"), inverse: Boolean(spec.inverse), ...(spec.inverse ? { min: 1 } : {}), ...(spec.whole ? { minInterval: 1 } : {}) }),
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
    })).concat(labelled && width > 300 ? [labelsOf(bars[0] ?? lines[0], palette, spec.digits)] : []),
  };
}

/** Figures above every bar, or above the last point of a line; a layer of its own, so that no line crosses them. */
function labelsOf(entry, palette, digits) {
  const last = entry.values.length - 1;
  return {
    type: "scatter",
    data: entry.values.map((value, i) => (entry.kind === "bar" || i === last ? value : null)),
    yAxisIndex: entry.axis === "right" ? 1 : 0,
    symbolSize: 1,
    itemStyle: { color: "transparent" },
    silent: true,
    tooltip: { show: false },
    label: { show: true, position: "top", formatter: ({ value }) => figure(value, digits), color: palette.ink1, fontWeight: 600, fontSize: 12, textBorderColor: palette.surface, textBorderWidth: 3 },
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
