/** The forecast 预判: three amounts for the session if it were all in the host's hand from now; counts down, is not modal, is final. */
import { make, svg } from "../../dom.js";
import { newKey } from "../../exam/queue.js";
import { request } from "../sending.js";

const QUANTILES = ["p10_fen", "p50_fen", "p90_fen"];
const TRIES = 4;
/** Amounts are typed in 万元 (in English thousands of yuan) where the session's target is that large. */
const BIG_UNIT_FEN = document.documentElement.lang === "en" ? 1e5 : 1e6;
const BIG_FEN = 1e7;
/** How far a normal distribution's tenth and ninetieth percentile are from its middle, in standard deviations. */
const TENTH_SD = 1.2816;

export class ForecastPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.box = document.getElementById("forecast");
    this.unit = room.brief.target_gmv_fen >= BIG_FEN ? BIG_UNIT_FEN : 100;
    this.open = null;
    this.given = [];
    this.fields = QUANTILES.map((name) => this.field(name));
    this.picture = svg("svg", { viewBox: "0 0 300 60", class: "forecastpicture", preserveAspectRatio: "none", "aria-hidden": "true" });
    this.note = make("span", { class: "t12 muted grow", role: "status" });
    this.give = make("button", { type: "submit", class: "btn btn-sm btn-primary", text: this.words("forecast_give") });
    this.form = make("form", { class: "forecastform", novalidate: true }, [
      make("p", { class: "t12 sub", text: this.words("forecast_question") }),
      make("div", { class: "forecast" }, this.fields.map((field) => field.box)),
      this.picture,
      make("div", { class: "row between" }, [this.note, this.give]),
    ]);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    document.getElementById("forecast-in").replaceChildren(this.form);
    this.title = document.getElementById("forecast-title");
    this.left = document.getElementById("forecast-left");
  }

  field(name) {
    const input = make("input", { inputmode: "decimal", autocomplete: "off", id: `forecast-${name}` });
    input.addEventListener("input", () => this.changed());
    const unit = this.words(this.unit === 100 ? "yuan" : "wan_yuan");
    return { name, input, box: make("label", {}, [this.words(`forecast_${name}`), make("span", { class: `box${name === "p50_fen" ? " mid" : ""}` }, [input, make("small", { text: unit })])]) };
  }

  /** Fen of what was typed: 101, 101.5, 1,010,000 where yuan are asked; "6万" in any unit. */
  read(input) {
    const text = input.value.trim().replaceAll(",", "").replace(/^¥/, "");
    const isWan = text.endsWith(this.words("wan"));
    const value = Number(isWan ? text.slice(0, -this.words("wan").length) : text);
    if (text === "" || !Number.isFinite(value) || value < 0) return null;
    return Math.round(value * (isWan ? 1e6 : this.unit));
  }

  get values() {
    return this.fields.map((field) => this.read(field.input));
  }

  get isRising() {
    const [low, mid, high] = this.values;
    return low !== null && mid !== null && high !== null && low <= mid && mid <= high;
  }

  update(body) {
    if (!body) return;
    this.given = body.given;
    const wasOpen = this.open;
    this.open = body.open;
    this.until_s = body.until_s;
    this.box.hidden = this.open === null;
    document.getElementById("cockpit").classList.toggle("is-asked", this.open !== null);
    if (this.open === null) return;
    if (this.open !== wasOpen) this.begin();
    this.title.textContent = this.words("forecast_title", { n: this.open + 1 });
    this.showLeft();
    this.draw();
    this.give.disabled = !this.room.canAct || this.isSending;
  }

  begin() {
    this.key = newKey();
    for (const field of this.fields) field.input.value = "";
    this.note.textContent = this.words("forecast_final");
    this.note.className = "t12 muted grow";
    document.getElementById("announce").textContent = this.words("forecast_asked");
  }

  showLeft() {
    if (this.open !== null) this.left.textContent = this.words("left_wall", { n: Math.max(0, Math.round((this.until_s - this.room.roomSeconds()) / this.room.speed)) });
  }

  focus() {
    if (this.open !== null) this.fields[0].input.focus();
  }

  changed() {
    this.key = newKey();
    this.complain("");
    this.draw();
  }

  complain(text) {
    this.note.textContent = text || this.words("forecast_final");
    this.note.className = `t12 grow ${text ? "bad" : "muted"}`;
  }

  /** Sent with one key until an answer comes: the server takes the first and keeps it. */
  async submit() {
    if (this.isSending || this.open === null) return;
    const values = this.values;
    const wrong = values.findIndex((value, i) => value === null || value < (values[i - 1] ?? 0));
    if (wrong >= 0) {
      this.complain(this.words(values[wrong] === null ? "forecast_missing" : "forecast_rising"));
      this.fields[wrong].input.focus();
      return;
    }
    this.isSending = true;
    this.give.disabled = true;
    const body = { key: this.key, writer_epoch: this.room.epoch, ...Object.fromEntries(QUANTILES.map((name, i) => [name, values[i]])) };
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { status, body: answer } = await request(this.room.urls.forecasts, { body, token: this.room.token, key: this.key });
      if (status === 0 || status >= 500) continue;
      this.isSending = false;
      if (status !== 200) return this.complain(answer?.message ?? "");
      this.room.forecastGiven(answer);
      return undefined;
    }
    this.isSending = false;
    return this.complain(this.words("forecast_failed"));
  }

  /** What was typed as a curve: two halves of a normal distribution that meet in the middle amount. */
  draw() {
    if (!this.isRising) return this.picture.replaceChildren();
    const [low, mid, high] = this.values;
    const [left, right] = [Math.max(mid - low, 1) / TENTH_SD, Math.max(high - mid, 1) / TENTH_SD];
    const from = mid - 2.6 * left;
    const to = mid + 2.6 * right;
    const x = (value) => ((value - from) / (to - from)) * 300;
    const points = Array.from({ length: 61 }, (_, i) => from + ((to - from) * i) / 60);
    const y = (value) => 54 - 46 * Math.exp(-0.5 * ((value - mid) / (value < mid ? left : right)) ** 2);
    const d = points.map((value, i) => `${i ? "L" : "M"}${x(value).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    const marks = [low, mid, high].map((value) => svg("line", { class: "axis", x1: x(value), x2: x(value), y1: 54, y2: y(value) }));
    return this.picture.replaceChildren(svg("path", { class: "a-candidate", d: `${d}L300 54L0 54Z` }), svg("path", { class: "line l-candidate", d }), ...marks);
  }
}
