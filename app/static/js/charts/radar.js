/** The radar of the five forces; the table is the truth, the radar is the shape. */
import { figure, frame, lineOf } from "./theme.js";

const NAME_CHARS = 14;
const GAP = 18; // between the outermost ring and a name, with a rest to the picture's edge

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

/** The greatest radius in pixels with which no name leaves the picture at its sides. */
function widestRadius(axes, width) {
  return Math.min(
    ...axes.map((name, i) => {
      const aside = Math.abs(Math.sin((2 * Math.PI * i) / axes.length));
      const longest = Math.max(...nameLines(name).split("\n").map((line) => textWidth(line.slice("{name|".length, -1))));
      return aside < 0.1 ? Infinity : (width / 2 - GAP - longest) / aside;
    }),
  );
}

const textWidth = (text) => [...text].reduce((sum, char) => sum + (char > "\u2e7f" ? 12 : 7), 0);

export function radarOption(spec, palette, animated, width, height) {
  const candidate = spec.series.find((entry) => entry.role === "candidate");
  const option = frame(palette, animated);
  const isLong = spec.axes.some((name) => name.length > NAME_CHARS);
  // Ten names of some lines around a phone's picture: their figures stand behind them, not below.
  const isCrowded = isLong && width < 340 && spec.axes.length > 6;
  const [fontSize, lineHeight] = isCrowded ? [11, 14] : [12, 17];
  const share = width < 340 ? (isLong ? 0.44 : 0.58) : isLong ? 0.58 : 0.68;
  const radius = Math.max(40, Math.min((share * Math.min(width, height)) / 2, widestRadius(spec.axes, width)));
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item" },
    radar: {
      center: ["50%", "53%"],
      radius,
      startAngle: 90,
      splitNumber: 4,
      // ECharts goes round against the clock; the fixed order of the forces is read with it.
      indicator: turned(spec.axes).map((name) => ({ name, min: spec.minimum, max: spec.maximum })),
      axisName: {
        formatter: (name) => `${nameLines(name)}${isCrowded ? " " : "\n"}{value|${figure(candidate?.values[spec.axes.indexOf(name)], spec.digits)}}`,
        rich: { name: { color: palette.ink1, fontWeight: 600, fontSize, lineHeight }, value: { color: palette.token("--brand-text"), fontWeight: 600, fontSize, align: isCrowded ? undefined : "center" } },
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
