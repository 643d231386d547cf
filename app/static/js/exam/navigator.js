/** Parts in the bar, cells and filters beside the question. Below the desktop layout the same navigator opens as a sheet. */
import { make } from "../dom.js";

const PARTS_IN_BAR = 7;
const NARROW = matchMedia("(max-width: 1023px), (max-height: 480px)");

export class NavigatorView {
  constructor(model, words, goTo) {
    Object.assign(this, { model, words, goTo });
    this.content = document.getElementById("navigator");
    this.pane = document.getElementById("navigator-pane");
    this.sheet = document.getElementById("navigator-sheet");
    this.slot = document.getElementById("navigator-slot");
    this.filters = document.getElementById("filters");
    this.cells = document.getElementById("cells");
    this.parts = document.getElementById("parts");
    this.position = document.getElementById("nav-position");
    this.filter = "all";
    this.buildFilters();
    this.buildCells();
    this.buildParts();
    const adapt = () => (NARROW.matches ? this.slot : this.pane).append(this.content);
    NARROW.addEventListener("change", () => {
      if (!NARROW.matches) this.sheet.close();
      adapt();
    });
    adapt();
    this.show();
  }

  /** N: the sheet where there is one, else into the cells. */
  open() {
    if (NARROW.matches) this.sheet.showModal();
    this.cells.querySelector("[aria-current]")?.focus();
  }

  setFilter(filter) {
    this.filter = filter;
    this.show();
  }

  buildFilters() {
    this.filterButtons = ["all", "open", "flag"].map((filter) => {
      const button = make("button", { type: "button" });
      button.addEventListener("click", () => this.setFilter(filter));
      return [filter, button];
    });
    this.filters.replaceChildren(...this.filterButtons.map(([, button]) => button));
  }

  buildCells() {
    this.cellOf = new Map();
    this.groups = this.model.sections.map((section, i) => {
      const cells = this.model.itemsOf(section).map((item) => {
        const cell = make("button", { type: "button", text: item.position });
        cell.addEventListener("click", () => {
          this.sheet.close();
          this.goTo(item.position);
        });
        this.cellOf.set(item.position, cell);
        return cell;
      });
      const head = make("h3", {}, [make("span", { text: this.titleOf(section, i) }), make("span", { text: this.rangeOf(section) })]);
      const note = this.noteOf(section);
      return make("div", { class: `part-${section.state}` }, [head, ...(note ? [make("p", { class: "t12 muted", text: note })] : []), make("div", { class: "cells" }, cells)]);
    });
    this.nothing = make("p", { class: "cells-empty", hidden: true });
    this.cells.replaceChildren(...this.groups, this.nothing);
  }

  titleOf(section, i) {
    return `${this.numeralOf(i)}${section.title}`;
  }

  /** What a barrier means for a part: left for good, ahead, or open for so many minutes. */
  noteOf({ state, minutes }) {
    if (!this.model.hasBarriers) return "";
    const time = minutes ? this.words("section_minutes", { n: minutes }) : "";
    return [state === "open" ? "" : this.words(`section_${state}`), time].filter(Boolean).join(this.words("comma"));
  }

  /** The number of a part and a space; nothing where there is but one part. */
  numeralOf(i) {
    return this.model.sections.length > 1 ? `${[...this.words("numerals")][i] ?? i + 1} ` : "";
  }

  rangeOf({ from, to }) {
    return from === to ? this.words("question", { n: from }) : this.words("range", { from, to });
  }

  buildParts() {
    this.partButtons = this.model.sections.map((section, i) => {
      const count = make("span", { class: "num" });
      const meter = make("meter", { min: 0, max: section.to - section.from + 1 });
      const name = make("span", { class: "name" }, [this.numeralOf(i), make("span", { text: section.title })]);
      const button = make("button", { type: "button", title: this.titleOf(section, i) }, [make("span", { class: "row between" }, [name, count]), meter]);
      button.disabled = section.state === "ahead";
      button.addEventListener("click", () => this.goTo(section.from));
      return { section, button, count, meter };
    });
    this.parts.hidden = this.partButtons.length > PARTS_IN_BAR;
    this.parts.replaceChildren(...this.partButtons.map(({ button }) => button));
  }

  show() {
    const counts = this.model.counts();
    for (const [filter, button] of this.filterButtons) {
      button.textContent = this.words(`filter_${filter}`, { n: counts[filter] });
      button.setAttribute("aria-pressed", String(filter === this.filter));
    }
    for (const name of ["done", "seen", "unseen", "flag"]) {
      document.getElementById(`count-${name}`).textContent = this.words(`count_${name}`, { n: counts[name] });
    }
    for (const item of this.model.items) this.showCell(item);
    for (const group of this.groups) group.hidden = !group.matches(".part-ahead") && !group.querySelector(".cells > :not([hidden])");
    this.nothing.hidden = this.groups.some((group) => !group.hidden);
    this.nothing.textContent = this.filter === "all" ? "" : this.words(`none_${this.filter}`);
    for (const { section, button, count, meter } of this.partButtons) this.showPart(section, button, count, meter);
    const place = { n: this.model.current, total: this.model.total };
    this.position.textContent = this.words("position", place);
    this.position.parentElement.setAttribute("aria-label", this.words("position_label", place));
  }

  showCell(item) {
    const cell = this.cellOf.get(item.position);
    const isDone = this.model.isAnswered(item);
    const isCurrent = item.position === this.model.current;
    const state = isDone ? "done" : item.seen ? "seen" : "unseen";
    cell.className = [state, item.flagged ? "flag" : ""].join(" ").trim();
    if (isCurrent) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
    const said = [this.words("question", { n: item.position }), isCurrent && this.words("state_current"), this.words(`state_${state}`), item.flagged && this.words("flagged")];
    cell.setAttribute("aria-label", said.filter(Boolean).join(this.words("comma")));
    cell.hidden = (this.filter === "open" && (isDone || item.is_passed)) || (this.filter === "flag" && !item.flagged);
  }

  showPart(section, button, count, meter) {
    const { done, all } = this.model.counts(this.model.itemsOf(section));
    const isCurrent = this.model.current >= section.from && this.model.current <= section.to;
    if (isCurrent) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    count.textContent = all ? `${done}/${all}` : String(section.to - section.from + 1);
    meter.value = done;
    meter.className = isCurrent ? "" : "m-ink";
    meter.textContent = count.textContent;
  }
}
