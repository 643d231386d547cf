/** What every chart shares: roles with their colour and dash, the page's tokens, how figures and times are written. */

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

export const ROLES_IN_TURN = ["candidate", "viewers", "reference", "baseline"];

/** Read the theme where the chart stands: a page may hold light and dark parts. */
export function paletteAt(host) {
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

/** A number as pages write it: thousands apart, at most two decimals; both of them where `digits` is 2. */
export const figure = (value, digits) =>
  value === null || value === undefined || Number.isNaN(value)
    ? "—"
    : withMinus(value.toLocaleString("zh-CN", { maximumFractionDigits: 2, minimumFractionDigits: digits === 2 ? 2 : 0 }));

/** Session clock: 12:40 in a short session, 1:12:40 in one of an hour or more; whole minutes of a long one as 1:12. */
export function sessionClock(seconds, durationS = seconds) {
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (durationS < 3600) return `${minutes}:${two(rest)}`;
  return rest ? `${hours}:${two(minutes)}:${two(rest)}` : `${hours}:${two(minutes)}`;
}

export function frame(palette, animated) {
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

export const valueAxis = (palette, extra = {}) => ({
  type: "value",
  splitNumber: 4,
  axisLabel: { color: palette.ink3, fontSize: 12, formatter: (value) => figure(value) },
  splitLine: { lineStyle: { color: palette.grid } },
  axisLine: { show: false },
  axisTick: { show: false },
  nameTextStyle: { color: palette.ink3, fontSize: 12, align: "left", padding: [0, 0, 0, -24] },
  ...extra,
});

export function lineOf(role, palette) {
  const { width, dash } = ROLES[role];
  return { color: palette.colour(role), width, type: dash, cap: "round", join: "round" };
}
