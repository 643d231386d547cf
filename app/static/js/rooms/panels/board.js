/** The figures: key figures against target and normal ranges, the funnel, this pitch and the comparison of five minutes. */
import { make } from "../../dom.js";
import { length, number2, percent, ratio, short, whole, yuan, yuanParts } from "../figures.js";

const arrow = (value) => (value > 0 ? "▲" : value < 0 ? "▼" : "");
const toneOf = (value) => (value > 0 ? "good" : value < 0 ? "bad" : "muted");

const wholeYuan = (fen) => (fen === null ? null : Math.round(fen / 100) * 100);

/** The figures that the comparison shows, with how each is written. */
const COMPARED = [
  ["arrivals_per_min", "arrivals", (value) => ratio(value)],
  ["gmv_per_min_fen", "per_minute_gmv", yuan],
  ["conversion_fraction", "conversion", percent],
  ["comment_per_min", "comments_rate", (value) => ratio(value)],
];

export class BoardPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.kpis = document.getElementById("kpis");
    this.funnel = document.getElementById("funnel");
    this.funnelWindow = document.getElementById("funnel-window");
    this.pitch = document.getElementById("pitch");
    this.pitchTime = document.getElementById("pitch-time");
  }

  update(o) {
    this.kpis.replaceChildren(...this.keyFigures(o));
    this.showFunnel(o.kpi.funnel);
    this.showPitch(o);
  }

  keyFigures(o) {
    const { words } = this;
    const { metrics, estimate } = o.kpi;
    const target = targetNow(o, this.room.brief.plan?.hourly_gmv_fen);
    const ahead = target > 0 ? o.now.gmv_fen / target - 1 : 0;
    return [
      kpi([words("gmv"), words("orders", { n: whole(o.now.orders) })], yuanParts(o.now.gmv_fen), [changed(ahead, percent(Math.abs(ahead))), ` ${words("of_target", { target: yuan(target) })}`], "main", "¥"),
      kpi([words("online")], { number: whole(o.now.online), unit: "" }, o.now.online_change === null ? ["—"] : [changed(o.now.online_change, whole(Math.abs(o.now.online_change))), ` ${words("last_2")}`]),
      kpi([words("gpm")], yuanParts(wholeYuan(metrics.gpm_fen.last_5 ?? metrics.gpm_fen.total)), this.change(metrics.gpm_fen, (fen) => whole(fen / 100)), "", "¥"),
      kpi([words("dwell")], { number: length(metrics.dwell_s.last_5 ?? metrics.dwell_s.total), unit: "" }, this.change(metrics.dwell_s, (s) => `${whole(s)}″`)),
      kpi([words("margin")], yuanParts(wholeYuan(estimate.margin_fen)), [words("refund", { share: percent(estimate.refund_fraction) })], "", "¥"),
    ];
  }

  /** Change against the five minutes before; while there is none, the normal range. */
  change(metric, write) {
    if (metric.change_ratio !== null) return [changed(metric.change_ratio, percent(Math.abs(metric.change_ratio), 0)), ` ${this.words("last_5")}`];
    return metric.normal ? [this.words("normal", { low: write(metric.normal[0]), high: write(metric.normal[1]) })] : ["—"];
  }

  showFunnel(funnel) {
    const { words, room } = this;
    this.funnelWindow.textContent = words("window", { n: funnel.minutes });
    if (!funnel.minutes) return this.funnel.replaceChildren(make("li", { class: "wide muted", text: words("yet_nothing") }));
    const most = funnel.steps[0].count || 1;
    return this.funnel.replaceChildren(
      ...funnel.steps.flatMap((step) => {
        const level = step.level === "low" ? ["bad", ` ▼ ${words("low")}`] : step.level === "high" ? ["good", ` ▲ ${words("high")}`] : ["", ""];
        const range = step.normal ? ` ${percent(step.normal[0], 0).replace("%", "")}–${percent(step.normal[1], 0).replace("%", "")}` : "";
        const rate = step.fraction === null ? [] : [make("li", { class: "rate" }, [make("span"), make("span", { class: level[0] ? `b ${level[0]}` : "" }, [percent(step.fraction), make("span", { class: "muted", text: range }), level[1]])])];
        const bar = make("meter", { class: step.code === "bought" ? "" : "m-view", min: 0, max: 1, value: Math.sqrt(step.count / most), "aria-hidden": "true" });
        return [...rate, make("li", {}, [make("span", { text: room.labels.funnel[step.code] }), make("span", { class: "bar" }, [bar, make("span", { class: "n", text: whole(step.count) })])])];
      }),
    );
  }

  showPitch(o) {
    const { words, pitch } = this;
    const product = o.tray.find((one) => one.code === o.pitch.product);
    this.pitchTime.textContent = product ? words("pitch_time", { time: short(o.pitch.elapsed_s) }) : "";
    const head = make("p", { class: "pitchname", text: product ? `${number2(product.position)} ${product.name}` : words("presenting_nothing") });
    const cells = [
      ["arrived", whole(o.pitch.arrivals)],
      ["clicked", whole(o.pitch.clicks)],
      ["bought", whole(o.pitch.orders)],
      ["sales", yuan(o.pitch.gmv_fen)],
    ].map(([code, text]) => make("div", {}, [make("span", { class: "lab", text: words(`pitch_${code}`) }), make("b", { class: "num", text })]));
    const rows = COMPARED.map(([code, name, write]) => {
      const metric = o.kpi.metrics[code];
      const move = metric.change_ratio;
      return make("tr", {}, [
        make("th", { scope: "row", text: words(name) }),
        make("td", { class: "r num b", text: write(metric.last_5) }),
        make("td", { class: "r num muted", text: write(metric.previous_5) }),
        make("td", { class: `r num ${move === null ? "muted" : toneOf(move)}`, text: move === null ? "—" : `${arrow(move)} ${percent(Math.abs(move), 0)}` }),
      ]);
    });
    const heads = ["", "window_last", "window_before", "window_change"].map((code, i) => make("th", { scope: "col", class: i ? "r" : null, text: code ? words(code) : "" }));
    pitch.replaceChildren(head, make("div", { class: "pitch4" }, cells), make("table", { class: "compare" }, [make("thead", {}, [make("tr", {}, heads)]), make("tbody", {}, rows)]));
  }
}

/** The target at this moment: evenly over each of the plan's hours, or over the session if no hours are planned. */
export function targetNow(o, hourly = []) {
  if (!hourly.length) return (o.now.target_gmv_fen * o.tick) / o.duration_ticks;
  return hourly.reduce((sum, fen, hour) => {
    const length = Math.min(3600, o.duration_ticks * o.tick_s - 3600 * hour);
    return sum + fen * Math.min(1, Math.max(0, (o.clock.elapsed_s - 3600 * hour) / length));
  }, 0);
}

function changed(value, text) {
  return make("span", { class: toneOf(value), text: value ? `${arrow(value)} ${text}` : "—" });
}

function kpi(labels, { number, unit }, detail, look = "", currency = "") {
  const minus = number.startsWith("−") && currency ? "−" : "";
  const mark = look === "main" ? currency : make("small", { text: currency });
  const value = number === "—" || !currency ? [number] : [minus, mark, number.slice(minus.length)];
  return make("div", { class: `kpi ${look}` }, [
    make("div", { class: "l" }, labels.map((text) => make("span", { text }))),
    make("div", { class: "v" }, [...value, ...(unit ? [make("small", { text: unit })] : [])]),
    make("div", { class: "d" }, detail),
  ]);
}
