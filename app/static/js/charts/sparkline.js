/** A line the size of a word. */
import { lineOf } from "./theme.js";

export function sparkOption(spec, palette, animated) {
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
