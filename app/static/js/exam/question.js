/** The question: stem, choices or number field, strike-outs. Stems and choices are HTML that the server has sanitised. */
import { icon, make } from "../dom.js";
import { isBlank } from "./model.js";

const LETTERS = "ABCDEFGH";
const DRAFT_PAUSE_MS = 700;

/** What the person typed as a plain decimal number: full-width digits, separators and signs become ordinary ones. */
export function plainNumber(text) {
  return text
    .normalize("NFKC")
    .replaceAll("−", "-")
    .replace(/[,\s]/g, "");
}

const isNumber = (text) => /^[-+]?(\d+(\.\d*)?|\.\d+)$/.test(text);

export class QuestionView {
  /**
   * @param {ExamModel} model
   * @param {function(string, Object=): string} words
   * @param {function(string): void} onDraft "open" while something is typed and not saved yet, else "none".
   */
  constructor(model, words, onDraft) {
    Object.assign(this, { model, words, onDraft });
    this.title = document.getElementById("question-title");
    this.kind = document.getElementById("question-kind");
    this.points = document.getElementById("question-points");
    this.body = document.getElementById("question-body");
    this.pane = document.getElementById("question");
    this.isStriking = false;
    this.draftTimer = 0;
    this.flushDraft = () => {};
  }

  /** Show the current item; `takeFocus` after the candidate has moved, so that it is read out. */
  show(takeFocus) {
    const { item } = this.model;
    this.strikeMode(false);
    this.flushDraft = () => {};
    this.title.textContent = this.words("question", { n: item.position });
    this.kind.textContent = this.words(`kind_${item.kind}`);
    this.points.hidden = !item.points;
    this.points.textContent = this.words("points", { n: item.points });
    this.stem = make("div", { class: "stem", id: "stem" });
    this.stem.innerHTML = item.stem;
    this.tail = make("div", { class: "qtail" });
    const answerPart = item.kind === "numeric" ? this.numberField(item) : this.choices(item);
    this.body.replaceChildren(this.stem, answerPart, this.tail);
    this.refresh();
    this.pane.scrollTop = 0;
    if (takeFocus) this.title.focus({ preventScroll: true });
  }

  /** Bring marks and the tail in line with the model, without rebuilding what has the focus. */
  refresh() {
    const { item } = this.model;
    for (const row of this.body.querySelectorAll(".opt")) {
      const input = row.querySelector("input");
      const isOut = item.struck.has(input.value);
      input.checked = (item.answer?.selected ?? []).includes(input.value);
      input.disabled = this.model.isLocked;
      row.classList.toggle("out", isOut);
      const strike = row.querySelector(".strike");
      strike.hidden = this.model.isLocked;
      strike.setAttribute("aria-label", this.words(isOut ? "unstrike" : "strike", { k: row.dataset.letter }));
      strike.replaceChildren(icon(isOut ? "undo" : "x", "sm"));
    }
    const field = this.body.querySelector("#number");
    if (field) {
      field.readOnly = this.model.isLocked;
      if (document.activeElement !== field) field.value = item.draft ?? item.answer?.number ?? "";
    }
    this.refreshTail(item);
  }

  refreshTail(item) {
    this.tail.replaceChildren();
    if (this.isStriking) this.tail.append(make("span", { role: "status", text: this.words("striking") }));
    if (isBlank(item.answer) || this.model.isLocked) return;
    const clear = make("button", { type: "button", class: "btn btn-link btn-sm", text: this.words("clear") });
    clear.addEventListener("click", () => {
      this.model.answer(item, item.kind === "numeric" ? { number: "" } : { selected: [] });
      this.title.focus();
    });
    this.tail.append(clear);
  }

  choicesOf(item) {
    if (item.kind !== "true_false" || item.choices?.length) return item.choices;
    return [{ id: "true", text: this.words("yes") }, { id: "false", text: this.words("no") }];
  }

  choices(item) {
    const isMany = item.kind === "multiple";
    const legend = make("legend", { class: "vh", text: this.words(isMany ? "choose_many" : "choices") });
    const rows = this.choicesOf(item).map((choice, i) => {
      const letter = LETTERS[i];
      const input = make("input", { type: isMany ? "checkbox" : "radio", name: `item-${item.position}`, value: choice.id, id: `choice-${letter}` });
      const text = make("span", { class: "txt" });
      text.innerHTML = choice.text;
      const label = make("label", { for: input.id }, [input, make("span", { class: "k", text: letter }), text]);
      const strike = make("button", { type: "button", class: "strike" });
      input.addEventListener("change", () => this.choose(item));
      strike.addEventListener("click", () => this.model.toggleStrike(item, choice.id));
      return make("div", { class: "opt", "data-letter": letter }, [label, strike]);
    });
    return make("fieldset", { class: "options", "aria-describedby": "stem" }, [legend, ...rows]);
  }

  choose(item) {
    const selected = [...this.body.querySelectorAll(".opt input:checked")].map((input) => input.value);
    this.model.answer(item, { selected });
  }

  numberField(item) {
    const { unit = "", decimals = null } = item.numeric ?? {};
    const input = make("input", { class: "input", id: "number", inputmode: "decimal", autocomplete: "off", "aria-describedby": "stem number-help number-error" });
    input.value = item.draft ?? item.answer?.number ?? "";
    const help = decimals === null ? "" : this.words(decimals === 0 ? "whole_number" : "decimals", { n: decimals });
    const error = make("p", { class: "err", id: "number-error", role: "alert" });
    const save = () => this.saveNumber(item, input, error);
    this.flushDraft = save;
    input.addEventListener("input", () => {
      clearTimeout(this.draftTimer);
      this.onDraft("open");
      this.draftTimer = setTimeout(save, DRAFT_PAUSE_MS);
    });
    input.addEventListener("change", save);
    return make("div", { class: "field numeric" }, [
      make("label", { for: "number", text: this.words("your_number") }),
      make("div", { class: "with-unit" }, unit ? [input, make("span", { class: "unit", text: unit })] : [input]),
      make("p", { class: "help", id: "number-help", text: help }),
      error,
    ]);
  }

  saveNumber(item, input, error) {
    clearTimeout(this.draftTimer);
    const number = plainNumber(input.value);
    const isWrong = number !== "" && !isNumber(number);
    input.setAttribute("aria-invalid", String(isWrong));
    error.replaceChildren(...(isWrong ? [icon("alert"), make("span", { text: this.words("not_a_number", { example: item.numeric?.decimals === 0 ? "25" : "2.54" }) })] : []));
    // What cannot be saved is kept for the candidate to mend; input is never cleared.
    item.draft = isWrong ? input.value : null;
    this.onDraft("none");
    if (!isWrong) this.model.answer(item, { number });
  }

  /** Save what stands in the number field now, before the candidate moves on. */
  flush() {
    this.flushDraft();
    this.onDraft("none");
  }

  /** A letter was pressed: choose, or strike out if X came before. */
  letter(letter) {
    const row = this.body.querySelector(`.opt[data-letter="${letter}"]`);
    if (!row || this.model.isLocked) return;
    if (this.isStriking) {
      row.querySelector(".strike").click();
      this.strikeMode(false);
    } else {
      row.querySelector("input").click();
    }
  }

  strikeMode(on) {
    this.isStriking = on && this.model.item.kind !== "numeric";
    this.pane.classList.toggle("striking", this.isStriking);
    if (this.tail) this.refreshTail(this.model.item);
  }
}
