/** A number to fill in, with its unit; what is no number is kept for the candidate to mend, not saved. */
import { icon, make } from "../../dom.js";
import { Drafts } from "./drafts.js";

/** What the person typed as a plain decimal number: full-width digits, separators and signs become ordinary ones. */
export function plainNumber(text) {
  return text
    .normalize("NFKC")
    .replaceAll("−", "-")
    .replace(/[,\s]/g, "");
}

const isNumber = (text) => /^[-+]?(\d+(\.\d*)?|\.\d+)$/.test(text);

export class NumberField {
  constructor(item, { model, words, onDraft }) {
    Object.assign(this, { item, model, words });
    const { unit = "", decimals = null } = item.numeric ?? {};
    this.input = make("input", { class: "input", id: "number", inputmode: "decimal", autocomplete: "off", "aria-describedby": "stem number-help number-error" });
    this.input.value = item.draft ?? item.answer?.number ?? "";
    this.error = make("p", { class: "err", id: "number-error", role: "alert" });
    this.drafts = new Drafts(() => this.save(), onDraft);
    this.drafts.watch(this.input);
    const help = decimals === null ? "" : words(decimals === 0 ? "whole_number" : "decimals", { n: decimals });
    this.element = make("div", { class: "field numeric" }, [
      make("label", { for: "number", text: words("your_number") }),
      make("div", { class: "with-unit" }, unit ? [this.input, make("span", { class: "unit", text: unit })] : [this.input]),
      make("p", { class: "help", id: "number-help", text: help }),
      this.error,
    ]);
  }

  save() {
    const { item, input, words } = this;
    const number = plainNumber(input.value);
    const isWrong = number !== "" && !isNumber(number);
    input.setAttribute("aria-invalid", String(isWrong));
    const text = words("not_a_number", { example: item.numeric?.decimals === 0 ? "25" : "2.54" });
    this.error.replaceChildren(...(isWrong ? [icon("alert"), make("span", { text })] : []));
    // What cannot be saved is kept for the candidate to mend; input is never cleared.
    item.draft = isWrong ? input.value : null;
    if (!isWrong) this.model.answer(item, { number });
  }

  refresh() {
    this.input.readOnly = this.model.isLocked;
    if (document.activeElement !== this.input) this.input.value = this.item.draft ?? this.item.answer?.number ?? "";
  }

  letter() {}

  flush() {
    this.drafts.flush();
  }
}
