/** Regions of a picture: each takes the focus and is chosen by click, tap, space, enter or its letter. */
import { make } from "../../dom.js";

export class HotSpot {
  constructor(item, { model, words }) {
    Object.assign(this, { item, model });
    this.figure = make("figure", { class: "pictured" });
    // The drawing is the server's own; its words were escaped there.
    this.figure.innerHTML = item.picture;
    const textOf = new Map(item.choices.map((choice) => [choice.id, choice.text]));
    const picture = this.figure.querySelector("svg");
    picture.setAttribute("role", item.several ? "group" : "radiogroup");
    this.regions = [...this.figure.querySelectorAll(".region")];
    for (const region of this.regions) {
      region.setAttribute("role", item.several ? "checkbox" : "radio");
      region.setAttribute("tabindex", "0");
      region.setAttribute("aria-label", `${region.dataset.letter} ${textOf.get(region.dataset.region)}`);
      region.addEventListener("click", () => this.toggle(region));
      region.addEventListener("keydown", (event) => {
        if (event.key !== " " && event.key !== "Enter") return;
        event.preventDefault();
        event.stopPropagation();
        this.toggle(region);
      });
    }
    this.chosen = make("p", { class: "chosen", "aria-live": "polite" });
    this.textOf = textOf;
    this.words = words;
    const help = words(item.several ? "spot_help_several" : "spot_help");
    this.element = make("div", { class: "hotspot" }, [make("p", { class: "help", text: help }), this.figure, this.chosen]);
  }

  get selected() {
    return this.item.answer?.selected ?? [];
  }

  toggle(region) {
    const { region: id } = region.dataset;
    const others = this.item.several ? this.selected.filter((one) => one !== id) : [];
    this.model.answer(this.item, { selected: this.selected.includes(id) ? others : [...others, id].sort() });
  }

  refresh() {
    for (const region of this.regions) {
      const isChosen = this.selected.includes(region.dataset.region);
      region.setAttribute("aria-checked", String(isChosen));
      region.setAttribute("aria-disabled", String(this.model.isLocked));
      region.classList.toggle("chosen", isChosen);
    }
    const names = this.selected.map((id) => this.textOf.get(id));
    this.chosen.textContent = names.length ? this.words("spot_chosen", { names: names.join(this.words("comma")) }) : "";
  }

  letter(letter) {
    const region = this.regions.find((one) => one.dataset.letter === letter);
    if (region) this.toggle(region);
  }

  flush() {}
}
