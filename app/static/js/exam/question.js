/** The question: stem, the part that answers it, and the line below. Stems and choices are HTML that the server has sanitised. */
import { make } from "../dom.js";
import { emptyValue, isBlank } from "./answers.js";
import { Blanks } from "./kinds/blanks.js";
import { Choices } from "./kinds/choices.js";
import { HotSpot } from "./kinds/hotspot.js";
import { Matching } from "./kinds/matching.js";
import { NumberField } from "./kinds/number.js";
import { Ordering } from "./kinds/ordering.js";
import { Room } from "./kinds/room.js";
import { Writing } from "./kinds/writing.js";

/**
 * The part that answers, by kind. Each has `element`, `refresh()` to come in line with the model without losing the focus,
 * `letter(letter, isStriking)` for a pressed letter and `flush()` to save what is typed; `canStrike` where choices can be struck out.
 */
const PARTS = {
  single: Choices,
  multiple: Choices,
  true_false: Choices,
  numeric: NumberField,
  ordering: Ordering,
  matching: Matching,
  fill_in: Blanks,
  hot_spot: HotSpot,
  short_answer: Writing,
  room: Room,
};

export class QuestionView {
  /**
   * @param {ExamModel} model
   * @param {function(string, Object=): string} words
   * @param {Object} told
   * @param {function(string): void} told.onDraft "open" while something is typed and not saved yet, else "none".
   * @param {function(string): void} told.announce Says something to a screen reader.
   */
  constructor(model, words, { onDraft, announce }) {
    Object.assign(this, { model, words, onDraft, announce });
    this.title = document.getElementById("question-title");
    this.kind = document.getElementById("question-kind");
    this.points = document.getElementById("question-points");
    this.body = document.getElementById("question-body");
    this.pane = document.getElementById("question");
    this.part = null;
    this.isStriking = false;
  }

  /** Show the current item; `takeFocus` after the candidate has moved, so that it is read out. */
  show(takeFocus) {
    const { item } = this.model;
    this.title.textContent = this.words("question", { n: item.position });
    this.kind.textContent = this.words(`kind_${item.kind}`);
    this.points.hidden = !item.points;
    this.points.textContent = this.words("points", { n: item.points });
    this.stem = make("div", { class: "stem", id: "stem" });
    this.stem.innerHTML = item.stem;
    this.tail = make("div", { class: "qtail" });
    const { model, words, onDraft, announce, stem } = this;
    this.part = new PARTS[item.kind](item, { model, words, onDraft, announce, stem });
    this.strikeMode(false);
    this.body.replaceChildren(this.stem, this.part.element, this.tail);
    this.refresh();
    this.pane.scrollTop = 0;
    if (takeFocus) this.title.focus({ preventScroll: true });
  }

  /** Bring marks and the tail in line with the model, without rebuilding what has the focus. */
  refresh() {
    this.part.refresh();
    this.refreshTail(this.model.item);
  }

  refreshTail(item) {
    this.tail.replaceChildren();
    if (item.is_passed) this.tail.append(make("span", { class: "passed", text: this.words("section_passed") }));
    if (this.isStriking) this.tail.append(make("span", { role: "status", text: this.words("striking") }));
    if (isBlank(item.answer) || this.model.isLocked || item.kind === "room") return;
    const clear = make("button", { type: "button", class: "btn btn-link btn-sm", text: this.words("clear") });
    clear.addEventListener("click", () => {
      this.model.answer(item, emptyValue(item));
      this.title.focus();
    });
    this.tail.append(clear);
  }

  /** Save what is typed now, before the candidate moves on. */
  flush() {
    this.part?.flush();
    this.onDraft("none");
  }

  /** A letter was pressed: choose, strike out if X came before, or go to that part. */
  letter(letter) {
    if (this.model.isLocked) return;
    this.part.letter(letter, this.isStriking);
    this.strikeMode(false);
  }

  strikeMode(on) {
    this.isStriking = on && Boolean(this.part.canStrike);
    this.pane.classList.toggle("striking", this.isStriking);
    this.refreshTail(this.model.item);
  }
}
