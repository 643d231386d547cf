/** Single and multiple choice, true or false: radios or boxes with letters and strike-outs. */
import { icon, make } from "../../dom.js";

const LETTERS = "ABCDEFGH";

export class Choices {
  constructor(item, { model, words }) {
    Object.assign(this, { item, model, words });
    const isMany = item.kind === "multiple";
    const legend = make("legend", { class: "vh", text: words(isMany ? "choose_many" : "choices") });
    this.rows = this.choicesOf(item).map((choice, i) => this.row(choice, LETTERS[i], isMany));
    this.element = make("fieldset", { class: "options", "aria-describedby": "stem" }, [legend, ...this.rows]);
  }

  get canStrike() {
    return true;
  }

  choicesOf(item) {
    if (item.kind !== "true_false" || item.choices?.length) return item.choices;
    return [{ id: "true", text: this.words("yes") }, { id: "false", text: this.words("no") }];
  }

  row(choice, letter, isMany) {
    const { item, model } = this;
    const input = make("input", { type: isMany ? "checkbox" : "radio", name: `item-${item.position}`, value: choice.id, id: `choice-${letter}` });
    const text = make("span", { class: "txt" });
    text.innerHTML = choice.text;
    const label = make("label", { for: input.id }, [input, make("span", { class: "k", text: letter }), text]);
    input.addEventListener("change", () => this.choose());
    const strike = make("button", { type: "button", class: "strike" });
    strike.addEventListener("click", () => model.toggleStrike(item, choice.id));
    return make("div", { class: "opt", "data-letter": letter }, [label, strike]);
  }

  choose() {
    const selected = this.rows.map((row) => row.querySelector("input")).filter((input) => input.checked).map((input) => input.value);
    this.model.answer(this.item, { selected });
  }

  refresh() {
    const { item, model } = this;
    for (const row of this.rows) {
      const input = row.querySelector("input");
      const isOut = item.struck.has(input.value);
      input.checked = (item.answer?.selected ?? []).includes(input.value);
      input.disabled = model.isLocked;
      row.classList.toggle("out", isOut);
      const strike = row.querySelector(".strike");
      strike.hidden = model.isLocked;
      strike.setAttribute("aria-label", this.words(isOut ? "unstrike" : "strike", { k: row.dataset.letter }));
      strike.replaceChildren(icon(isOut ? "undo" : "x", "sm"));
    }
  }

  /** A letter was pressed. */
  letter(letter, isStriking) {
    const row = this.rows.find((one) => one.dataset.letter === letter);
    row?.querySelector(isStriking ? ".strike" : "input").click();
  }

  flush() {}
}
