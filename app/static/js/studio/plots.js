/** Pictures of the studio, drawn anew in a few milliseconds whenever a slider moves. */
import { make, svg } from "../dom.js";

const WIDTH = 680;
const HEIGHT = 250;
const LEFT = 24;
const RIGHT = 24;
const FLOOR = 214;
const TOP = 44;
const LADDER = ["novice", "competent", "reference"];
const LEAST = -30;
const MOST = 135;
const STEP = 1.5;
const BANDWIDTH = 3;
const FEN_IN_WAN = 1000000;
const SIGNS_TOP = 54; // above it stand the names of the incidents
const SIGN_ROWS = [12, 27, 42];
const SIGN_CHARS = 8;
const CHAR = 12.5;

/** Return a smooth density of a histogram at even points; its sum of bars is 1. */
export function density(histogram) {
  const all = histogram.counts.reduce((sum, one) => sum + one, 0) || 1;
  const points = [];
  for (let x = LEAST; x <= MOST; x += STEP) {
    let y = 0;
    histogram.counts.forEach((count, place) => {
      const distance = (x - histogram.start - (place + 0.5) * histogram.width) / BANDWIDTH;
      if (count && Math.abs(distance) < 5) y += (count / all) * Math.exp(-0.5 * distance * distance);
    });
    points.push([x, y]);
  }
  return points;
}

const text = (x, y, content, attributes = {}) => {
  const element = svg("text", { x, y, "text-anchor": "middle", ...attributes });
  element.textContent = content;
  return element;
};

const across = (x, least, most) => LEFT + ((x - least) / (most - least)) * (WIDTH - LEFT - RIGHT);
const path = (points) => points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join(" ");

/**
 * Draw the score distributions of the three operators, before and after, with the cut.
 *
 * @param {HTMLElement} place
 * @param {Object} now A preview.
 * @param {?Object} before The preview that it is compared with.
 * @param {number} cut
 * @param {function} words
 */
export function drawScores(place, now, before, cut, words) {
  const curves = {};
  let most = 0;
  for (const name of LADDER) {
    curves[name] = { now: density(now.policies[name].histogram), before: before && density(before.policies[name].histogram) };
    for (const [, y] of [...curves[name].now, ...(curves[name].before ?? [])]) most = Math.max(most, y);
  }
  const spot = ([x, y]) => [across(x, LEAST, MOST), FLOOR - (y / (most || 1)) * (FLOOR - TOP)];
  const drawn = [];
  for (let x = -20; x <= 120; x += 20) {
    const at = across(x, LEAST, MOST);
    drawn.push(svg("line", { class: "grid", x1: at, x2: at, y1: TOP - 14, y2: FLOOR }), text(at, FLOOR + 18, String(x).replace("-", "−")));
  }
  drawn.push(text(WIDTH / 2, FLOOR + 35, words("points")));
  for (const name of LADDER) {
    if (curves[name].before) drawn.push(svg("path", { class: `before of-${name}`, d: path(curves[name].before.map(spot)) }));
  }
  const taken = [];
  const names = []; // above the cut's line, which would cross them out
  for (const name of LADDER) {
    const points = curves[name].now.map(spot);
    const closed = [[points[0][0], FLOOR], ...points, [points.at(-1)[0], FLOOR]];
    drawn.push(svg("path", { class: `area of-${name}`, d: `${path(closed)} Z` }));
    const peak = points.reduce((best, one) => (one[1] < best[1] ? one : best));
    const x = Math.min(Math.max(peak[0], LEFT + 46), WIDTH - RIGHT - 46);
    let y = peak[1] - 8;
    while (taken.some(([a, b]) => Math.abs(a - x) < 96 && Math.abs(b - y) < 15)) y -= 15;
    taken.push([x, y]);
    const label = words("mean", { name: words(`policy_${name}`), mean: now.policies[name].score.mean.toFixed(1).replace("-", "−") });
    names.push(text(x, y, label, { class: "strong" }));
  }
  const at = across(cut, LEAST, MOST);
  const flag = words("cut", { cut });
  drawn.push(
    svg("line", { class: "cut", x1: at, x2: at, y1: 20, y2: FLOOR }),
    svg("rect", { class: "cut-flag", x: at - 42, y: 0, width: 84, height: 20, rx: 4 }),
    text(at, 14, flag, { class: "on-flag" }),
    ...names,
  );
  place.replaceChildren(svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words("distribution") }, drawn));
}

/** Return a policy's share that reaches the cut, read between the cuts that were tried. */
export function passShare(preview, name, cut) {
  const { cuts, pass_fraction: shares } = preview.pass_rates;
  const place = cuts.findIndex((one) => one >= cut);
  if (place < 0) return shares[name].at(-1);
  if (place === 0 || cuts[place] === cut) return shares[name][place];
  const share = (cut - cuts[place - 1]) / (cuts[place] - cuts[place - 1]);
  return shares[name][place - 1] + share * (shares[name][place] - shares[name][place - 1]);
}

/** Draw GMV over time: a line for each operator, the band of the middle four fifths, the incidents. */
export function drawBands(place, bands, timeline, words) {
  const minutes = [0, ...bands.minutes];
  const end = minutes.at(-1);
  const step = evenStep((Math.max(...Object.values(bands.policies).map((one) => one.p90.at(-1))) || 1) / 4 / FEN_IN_WAN) * FEN_IN_WAN;
  const digits = Math.max(0, ...[1, 2].filter((one) => Math.abs((step / FEN_IN_WAN) * 10 ** (one - 1) % 1) > 1e-9));
  const most = 4 * step;
  const right = 112;
  const x = (minute) => 40 + (minute / end) * (WIDTH - 40 - right);
  const top = timeline.incidents.length ? SIGNS_TOP : 26;
  const y = (fen) => FLOOR - (fen / most) * (FLOOR - top);
  const drawn = [];
  for (let tick = 0; tick <= 4; tick += 1) {
    const fen = (most * tick) / 4;
    drawn.push(svg("line", { class: "grid", x1: 40, x2: WIDTH - right, y1: y(fen), y2: y(fen) }));
    drawn.push(text(34, y(fen) + 4, (fen / FEN_IN_WAN).toFixed(digits), { "text-anchor": "end" }));
    const minute = (end * tick) / 4;
    drawn.push(text(x(minute), FLOOR + 18, clockOf(minute)));
  }
  drawn.push(...signs(timeline.incidents, x, right));
  const ends = [];
  for (const [name, band] of Object.entries(bands.policies)) {
    const line = (values) => [[x(0), y(0)], ...values.map((value, n) => [x(bands.minutes[n]), y(value)])];
    if (name !== "house") {
      drawn.push(svg("path", { class: `band of-${name}`, d: `${path([...line(band.p90), ...line(band.p10).reverse()])} Z` }));
    }
    drawn.push(svg("path", { class: `line of-${name}`, d: path(line(band.p50)) }));
    ends.push({ name, at: y(band.p50.at(-1)), wan: band.p50.at(-1) / FEN_IN_WAN });
  }
  let least = 0;
  for (const one of ends.sort((a, b) => a.at - b.at)) {
    least = Math.max(one.at + 4, least + 15);
    drawn.push(text(WIDTH - right + 8, least, `${words(`policy_${one.name}`)} ${one.wan.toFixed(1)}`, { "text-anchor": "start", class: "strong" }));
  }
  place.replaceChildren(svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words("gmv") }, drawn));
}

const EVEN_STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** Return the least step of an axis that people count in, and that is no smaller than the one asked for. */
export function evenStep(least) {
  const unit = 10 ** Math.floor(Math.log10(least));
  return EVEN_STEPS.find((one) => one * unit >= least * 0.9999) * unit;
}

/** Return a line for each incident in the middle of its window, with its name where there is room above. */
function signs(incidents, x, right) {
  const drawn = [];
  const ends = SIGN_ROWS.map(() => -Infinity);
  for (const one of [...incidents].sort((a, b) => a.from_min + a.until_min - b.from_min - b.until_min)) {
    const at = x((one.from_min + one.until_min) / 2);
    const name = one.title.length > SIGN_CHARS ? `${one.title.slice(0, SIGN_CHARS - 1)}…` : one.title;
    const half = (name.length * CHAR) / 2;
    const middle = Math.min(Math.max(at, 40 + half), WIDTH - right - half);
    const row = ends.findIndex((end) => end < middle - half);
    const label = row < 0 ? null : text(middle, SIGN_ROWS[row], name);
    if (label) {
      ends[row] = middle + half + 6;
      label.append(svg("title", {}, [one.title]));
    }
    drawn.push(svg("line", { class: "grid", x1: at, x2: at, y1: row < 0 ? SIGNS_TOP : SIGN_ROWS[row] + 4, y2: FLOOR, "stroke-dasharray": "3 3" }));
    if (label) drawn.push(label);
  }
  return drawn;
}

/** Return minutes as hours and minutes, 83 as 1:23. */
export const clockOf = (minutes) => `${Math.floor(minutes / 60)}:${String(Math.round(minutes % 60)).padStart(2, "0")}`;

/** Return a row with a bar: how much one number matters. */
export function measure(label, points, most) {
  const size = Math.abs(points);
  const sign = size < 0.05 ? "" : points > 0 ? "+" : "−";
  const shown = `${sign}${size.toFixed(1)}`;
  return make("div", { class: "dimrow" }, [
    make("span", { text: label }),
    make("meter", { class: "m-ink", min: 0, max: most || 1, value: size, "aria-label": label, text: shown }),
    make("span", { class: "num", text: shown }),
  ]);
}
