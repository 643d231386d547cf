/** The material beside the question: story, chart, table. It is built once for the items that share it. */
import { renderChart } from "../charts.js";
import { make, makeTable } from "../dom.js";
import { tendTables } from "../tables.js";

const PHONE = matchMedia("(max-width: 767px)");

export class ExhibitView {
  constructor(exhibits, words) {
    Object.assign(this, { exhibits, words });
    this.pane = document.getElementById("exhibit");
    this.grid = document.getElementById("main");
    this.fold = document.getElementById("exhibit-fold");
    this.title = document.getElementById("exhibit-title");
    this.body = document.getElementById("exhibit-body");
    this.shown = null;
    this.chart = null;
    // Only on a phone is there anything to fold.
    const adapt = () => {
      const summary = this.fold.querySelector("summary");
      if (PHONE.matches) summary.removeAttribute("tabindex");
      else {
        this.fold.open = true;
        summary.setAttribute("tabindex", "-1");
      }
    };
    this.fold.querySelector("summary").addEventListener("click", (event) => {
      if (!PHONE.matches) event.preventDefault();
    });
    PHONE.addEventListener("change", adapt);
    adapt();
  }

  /** Show the material of this index, or none; true if it is not what stood there before. */
  show(index) {
    const exhibit = index === null || index === undefined ? null : this.exhibits[index];
    this.pane.hidden = !exhibit;
    this.grid.classList.toggle("plain", !exhibit);
    if (!exhibit) return true;
    if (index === this.shown) return false;
    this.shown = index;
    this.chart?.then((chart) => chart.dispose());
    this.chart = null;
    this.title.textContent = exhibit.title ? this.words("exhibit", { title: exhibit.title }) : this.words("exhibit_untitled");
    const parts = [];
    if (exhibit.text) {
      const story = make("div", { class: "story" });
      story.innerHTML = exhibit.text;
      parts.push(story);
    }
    const host = exhibit.chart ? make("div", { class: "chart-canvas", role: "img", "aria-label": exhibit.chart.title ?? exhibit.title }) : null;
    if (host) {
      const caption = exhibit.chart.title ? [make("figcaption", { text: exhibit.chart.title })] : [];
      parts.push(make("figure", { class: "chart-box" }, [...caption, host]));
    }
    if (exhibit.table) {
      const { caption = "", columns, rows } = exhibit.table;
      if (caption) parts.push(make("p", { class: "table-title", "aria-hidden": "true", text: caption }));
      parts.push(make("div", { class: "table-wrap" }, [makeTable(caption, columns, rows)]));
    }
    this.body.replaceChildren(...parts);
    tendTables(this.body);
    this.pane.scrollTop = 0;
    if (host) this.chart = renderChart(host, exhibit.chart);
    return true;
  }
}
