/** The practice room on a phone: one panel at a time, the figures and what is urgent always in sight. */
import { make } from "../../dom.js";
import { Timeline } from "../timeline.js";
import { length, number2, percent, whole, yuan, yuanParts } from "../figures.js";
import { targetNow } from "./board.js";

const byId = (id) => document.getElementById(id);
/** As in cockpit.css: narrow, or a phone that lies on its side. */
const PHONE = matchMedia("(max-width: 1023px), (max-height: 479px)");

export class PhoneLayout {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.chart = new Timeline(byId("phone-chart"), { hasLanes: false });
    this.alert = byId("phone-alert");
    this.tabs = [...document.querySelectorAll("#tabs button")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.show(tab.dataset.show));
    this.show("tray");
    // A tablet that is turned shows its figures at once, not at the next tick; a paused room has none.
    PHONE.addEventListener("change", () => room.render());
  }

  show(code) {
    this.code = code;
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.show === code));
    for (const part of document.querySelectorAll("[data-tab]")) part.classList.toggle("tab-off", !part.dataset.tab.split(" ").includes(code));
    for (const column of document.querySelectorAll(".ckcol")) column.classList.toggle("tab-off", !column.querySelector("[data-tab]:not(.tab-off)"));
    if (this.open) this.showAlert();
  }

  /** Show the product's row, with its field for how many pieces. */
  reorder(i) {
    const { tray } = this.room.panels;
    this.show("tray");
    tray.select(i);
    if (tray.row.pop?.hidden) tray.openRestock(tray.row);
  }

  update(o, spec, incidents) {
    if (!PHONE.matches) return;
    const { words } = this;
    const target = targetNow(o, this.room.brief.plan?.hourly_gmv_fen);
    const ahead = target > 0 ? o.now.gmv_fen / target - 1 : 0;
    const { number, unit } = yuanParts(o.now.gmv_fen);
    byId("phone-gmv").replaceChildren(`¥${number}`, ...(unit ? [make("small", { text: unit })] : []));
    const badge = byId("phone-target");
    badge.textContent = o.tick ? `${ahead >= 0 ? "▲" : "▼"} ${percent(Math.abs(ahead))} ${words(ahead >= 0 ? "above_target" : "below_target")}` : "";
    badge.className = ahead >= 0 ? "good" : "bad";
    byId("phone-online").textContent = whole(o.now.online);
    const { metrics } = o.kpi;
    byId("phone-gpm").textContent = yuan(metrics.gpm_fen.last_5 ?? metrics.gpm_fen.total);
    byId("phone-dwell").textContent = length(metrics.dwell_s.last_5 ?? metrics.dwell_s.total);
    this.chart.update({ ...spec, lanes: [], pill: "", series: spec.series.map((one) => ({ ...one, label: one.end })) });
    const { forecast } = this.room;
    const asked = forecast.open === null ? [] : [{ key: `forecast:${forecast.open}`, title: forecast.title.textContent, text: words("forecast_question") }];
    this.open = [...(incidents.open ?? []), ...asked, ...(incidents.reorders ?? [])];
    const count = this.tabs.find((tab) => tab.dataset.show === "incidents").querySelector(".cnt");
    count.hidden = !this.open.length;
    count.textContent = this.open.length;
    this.showAlert();
  }

  /** The most urgent thing, unless its panel is open anyway. */
  showAlert() {
    const first = this.open[0];
    this.alert.hidden = !first || this.code === "incidents";
    if (this.alert.hidden) return;
    const text = `${first.title}${first.left ? ` · ${this.words("left", { time: length(first.left) })}` : ""}`;
    if (this.alert.dataset.key !== first.key) {
      this.alert.dataset.key = first.key;
      const reorders = first.reorders ?? null;
      const name = reorders === null ? this.words("answer_it") : this.words("restock_n", { n: number2(reorders + 1) });
      const button = make("button", { type: "button", class: "btn btn-primary", text: name });
      button.addEventListener("click", (event) => {
        // The tray folds its field away at a click elsewhere.
        event.stopPropagation();
        if (reorders === null) this.show("incidents");
        else this.reorder(reorders);
      });
      this.alert.replaceChildren(make("div", {}, [make("b"), make("p", { class: "t12 sub" })]), button);
    }
    this.alert.querySelector("b").textContent = text;
    this.alert.querySelector("p").textContent = first.text;
  }
}
