/** The radar of the five forces; the table is the truth, the radar is the shape. */
import { figure, frame, lineOf } from "./theme.js";

const NAME_CHARS = 14;

/** A long name in lines, broken at its spaces, so that it does not leave the picture. */
function nameLines(name) {
  const lines = [];
  for (const word of name.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length && longer.length <= NAME_CHARS) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => `{name|${line}}`).join("\n");
}

export function radarOption(spec, palette, animated, width) {
  const candidate = spec.series.find((entry) => entry.role === "candidate");
  const option = frame(palette, animated);
  const isLong = spec.axes.some((name) => name.length > NAME_CHARS);
  const radius = width < 340 ? { short: "58%", long: "44%" } : { short: "68%", long: "58%" };
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item" },
    radar: {
      center: ["50%", "53%"],
      radius: isLong ? radius.long : radius.short,
      startAngle: 90,
      splitNumber: 4,
      // ECharts goes round against the clock; the fixed order of the forces is read with it.
      indicator: turned(spec.axes).map((name) => ({ name, min: spec.minimum, max: spec.maximum })),
      axisName: {
        formatter: (name) => `${nameLines(name)}\n{value|${figure(candidate?.values[spec.axes.indexOf(name)])}}`,
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
