/** A short answer in one's own words; the page counts characters and says what marks are given for. */
import { make } from "../../dom.js";
import { Drafts } from "./drafts.js";

export class Writing {
  constructor(item, { model, words, onDraft }) {
    Object.assign(this, { item, model, words });
    const { least_chars: least, most_chars: most, criteria } = item.writing;
    this.most = most;
    this.field = make("textarea", { class: "input writing-field", id: "writing", maxlength: most, "aria-describedby": "stem writing-help writing-count" });
    this.field.value = item.answer?.text ?? "";
    this.drafts = new Drafts(() => model.answer(item, { text: this.field.value }), onDraft);
    this.drafts.watch(this.field);
    this.count = make("span", { class: "num", id: "writing-count" });
    this.field.addEventListener("input", () => this.showCount());
    this.showCount();
    const list = make("ul", { class: "criteria" }, criteria.map((one) => make("li", { text: words("criterion", { text: one.text, n: one.points }) })));
    this.element = make("div", { class: "field writing" }, [
      make("label", { for: "writing", text: words("your_writing") }),
      this.field,
      make("p", { class: "help row sm between" }, [make("span", { id: "writing-help", text: words("writing_help", { least, most }) }), this.count]),
      make("p", { class: "help", text: words("marked_for") }),
      list,
    ]);
  }

  showCount() {
    this.count.textContent = `${this.field.value.length} / ${this.most}`;
  }

  refresh() {
    this.field.readOnly = this.model.isLocked;
    if (document.activeElement !== this.field) this.field.value = this.item.answer?.text ?? "";
    this.showCount();
  }

  letter() {}

  flush() {
    this.drafts.flush();
  }
}
