/** Blanks inside the stem. The server compares without width, case, spaces and punctuation. */
import { make } from "../../dom.js";
import { Drafts } from "./drafts.js";

export class Blanks {
  constructor(item, { model, words, onDraft, stem }) {
    Object.assign(this, { item, model });
    this.drafts = new Drafts(() => this.save(), onDraft);
    this.fields = new Map();
    for (const blank of item.blanks) {
      const field = make("input", {
        class: `input gap-field w-${blank.width}`, autocomplete: "off", maxlength: blank.most_chars, inputmode: blank.is_number ? "decimal" : null,
        "aria-label": words("blank_label", { n: blank.id }), id: `blank-${blank.id}`,
      });
      field.value = item.answer?.blanks?.[blank.id] ?? "";
      this.drafts.watch(field);
      this.fields.set(blank.id, field);
      stem.querySelector(`[data-blank="${blank.id}"]`)?.replaceChildren(make("span", { class: "gap-number num", "aria-hidden": "true", text: blank.id }), field);
    }
    this.element = make("p", { class: "help", text: words("blanks_help") });
  }

  save() {
    const blanks = {};
    for (const [id, field] of this.fields) if (field.value.trim()) blanks[id] = field.value;
    this.model.answer(this.item, { blanks });
  }

  refresh() {
    for (const [id, field] of this.fields) {
      field.readOnly = this.model.isLocked;
      if (document.activeElement !== field) field.value = this.item.answer?.blanks?.[id] ?? "";
    }
  }

  letter() {}

  flush() {
    this.drafts.flush();
  }
}
