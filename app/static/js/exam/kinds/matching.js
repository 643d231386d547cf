/** Prompts with one choice each: a native select beside every prompt, the choices spelled out below it. */
import { make } from "../../dom.js";

const LETTERS = "ABCDEFGH";

export class Matching {
  constructor(item, { model, words }) {
    Object.assign(this, { item, model, words });
    this.selects = new Map();
    const rows = item.prompts.map((prompt) => {
      const text = make("label", { for: `match-${prompt.id}`, class: "txt" });
      text.innerHTML = prompt.text;
      const options = item.choices.map((choice, i) => make("option", { value: choice.id, text: `${LETTERS[i]}  ${plain(choice.text)}` }));
      const select = make("select", { id: `match-${prompt.id}`, class: "select" }, [make("option", { value: "", text: words("match_choose") }), ...options]);
      select.addEventListener("change", () => this.choose());
      this.selects.set(prompt.id, select);
      return make("div", { class: "match-row" }, [make("span", { class: "place num", text: prompt.id }), text, select]);
    });
    const legend = make("legend", { class: "vh", text: words("match_legend") });
    this.element = make("fieldset", { class: "matching", "aria-describedby": "stem" }, [legend, ...rows]);
  }

  choose() {
    const pairs = {};
    for (const [id, select] of this.selects) if (select.value) pairs[id] = select.value;
    this.model.answer(this.item, { pairs });
  }

  refresh() {
    for (const [id, select] of this.selects) {
      select.value = this.item.answer?.pairs?.[id] ?? "";
      select.disabled = this.model.isLocked;
      select.closest(".match-row").classList.toggle("done", select.value !== "");
    }
  }

  letter() {}

  flush() {}
}

/** The words of a choice without its marks: an option of a select holds plain text only. */
function plain(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.textContent;
}
