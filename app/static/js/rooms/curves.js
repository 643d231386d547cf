/** The session so far, for its curves: minutes from the server, the present minute as it grows. */
import { Timeline, valueAt } from "./timeline.js";
import { ratio, yuan } from "./figures.js";

/** The unit of a big session's curve, in fen: 万元, in English thousands of yuan. */
const BIG_UNIT_FEN = document.documentElement.lang === "en" ? 1e5 : 1e6;
const BIG_FEN = 1e7;
const SAMPLE_S = 15;
const GAP_S = 150;

export class Curves {
  /** @param {{gmv_fen: number[]} | null} ghost The best earlier run, by minute. */
  constructor(brief, words, laneNames, ghost = null) {
    Object.assign(this, { words, laneNames, ghost });
    this.durationS = brief.duration_ticks * brief.tick_s;
    this.targetFen = brief.target_gmv_fen;
    this.perMinute = false;
    this.samples = [{ s: 0, gmv: 0, online: 0 }];
    this.marks = new Map();
    this.incidents = new Map();
    this.forecasts = [];
    this.hourly = brief.plan?.hourly_gmv_fen ?? [];
  }

  /** The target by a moment: by the plan's hours if there are any, else even. */
  targetPoints(scale) {
    if (!this.hourly.length) return [[0, 0], [this.durationS, this.targetFen / scale]];
    let sum = 0;
    const hours = this.hourly.map((fen, i) => [Math.min(3600 * (i + 1), this.durationS), (sum += fen) / scale]);
    return [[0, 0], ...hours];
  }

  mount(host) {
    this.timeline = new Timeline(host, { hasOnline: true });
  }

  /** Take the session by minute, as the page got it, or got it anew after a break. */
  load(series) {
    let gmv = 0;
    this.samples = [{ s: 0, gmv: 0, online: series.online[0] ?? 0 }];
    series.gmv_per_min_fen.forEach((fen, i) => {
      gmv += fen;
      this.samples.push({ s: 60 * (i + 1), gmv, online: series.online[i] });
    });
    for (const one of series.incidents) this.incidents.set(one.id, { at_s: one.at_s, label: one.title });
  }

  /** Take a moment; tells whether so much was missed that the minutes should be asked for. */
  take(o, log) {
    for (const entry of log) this.mark(entry);
    for (const one of o.incidents) if (!this.incidents.has(one.id)) this.incidents.set(one.id, { at_s: o.clock.elapsed_s, label: one.title });
    const s = o.clock.elapsed_s;
    const missed = s - this.samples.at(-1).s > GAP_S;
    // The present sample moves until it is old enough to stay; whole minutes always stay.
    const [older, last] = this.samples.slice(-2);
    if (last && last.s % 60 !== 0 && last.s - older.s < SAMPLE_S && s > last.s) this.samples.pop();
    if (s > this.samples.at(-1).s) this.samples.push({ s, gmv: o.now.gmv_fen, online: o.now.online });
    return missed;
  }

  mark(entry) {
    if (entry.at_s !== null && entry.lane !== "clock") this.marks.set(entry.sequence, entry);
  }

  spec(o) {
    const isBig = Math.max(this.targetFen, o.now.gmv_fen) >= BIG_FEN;
    const scale = isBig ? BIG_UNIT_FEN : 100;
    const unit = this.words(isBig ? "wan_yuan" : "yuan");
    document.getElementById("chart-unit").textContent = unit;
    const shared = {
      duration_s: this.durationS,
      now_s: o.clock.elapsed_s,
      lanes: this.lanes(),
      incidents: [...this.incidents.values()],
      online: this.samples.map(({ s, online }) => [s, online]),
    };
    if (this.perMinute) return { ...shared, series: [], bars: this.bars(scale), bar_s: 60, pill: "" };
    const own = this.samples.map(({ s, gmv }) => [s, gmv / scale]);
    const points = this.targetPoints(scale);
    const target = points.at(-1)[1];
    const end = ratio(target, isBig ? 1 : 0);
    return {
      ...shared,
      target,
      forecasts: this.forecasts.map((one) => ({ at_s: one.at_s, low: one.p10_fen / scale, mid: one.p50_fen / scale, high: one.p90_fen / scale })),
      pill: yuan(o.now.gmv_fen),
      series: [
        { role: "candidate", points: own },
        { role: "target", points, label: this.words("target_end", { n: end }), end },
        ...(this.ghost ? [{ role: "ghost", points: this.ghost.gmv_fen.map((fen, i) => [60 * i, fen / scale]) }] : []),
      ],
    };
  }

  /** What the best earlier run had sold at a moment, in fen; null where there is none. */
  ghostAt(s) {
    return this.ghost ? Math.round(valueAt(this.ghost.gmv_fen.map((fen, i) => [60 * i, fen]), s)) : null;
  }

  bars(scale) {
    const minutes = this.samples.filter(({ s }) => s % 60 === 0);
    return minutes.slice(1).map((sample, i) => [minutes[i].s, (sample.gmv - minutes[i].gmv) / scale]);
  }

  lanes() {
    const entries = [...this.marks.values()];
    return this.laneNames.map(([code, name]) => ({
      code,
      name,
      marks: entries.filter((entry) => entry.lane === code).map((entry) => ({ at_s: entry.at_s, label: entry.words })),
    }));
  }

  draw(spec) {
    this.timeline?.update(spec);
  }
}
