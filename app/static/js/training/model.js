/** The questions of a practice page as the parts of the exam page know them: one at a time, locked once answered. */
import { isBlank } from "../exam/answers.js";

/** Emits `change` when the answer or a strike-out changed. */
export class DeskModel extends EventTarget {
  constructor() {
    super();
    this.items = [];
    this.exhibits = [];
    this.at = -1;
  }

  /** Add what the server gave; exhibits keep their places. */
  take({ items, exhibits }) {
    const shift = this.exhibits.length;
    this.exhibits.push(...exhibits);
    for (const item of items) {
      this.items.push({
        ...item,
        kind: item.kind.replace("_choice", ""),
        exhibit: item.exhibit === null ? null : item.exhibit + shift,
        answer: null,
        draft: null,
        struck: new Set(),
        isDone: false,
      });
    }
  }

  get item() {
    return this.items[this.at];
  }

  get isLocked() {
    return this.item.isDone;
  }

  get isAnswered() {
    return !isBlank(this.item.answer);
  }

  /** Go to the next question; false if there is none. */
  next() {
    if (this.at + 1 >= this.items.length) return false;
    this.at += 1;
    return true;
  }

  answer(item, value) {
    if (item.isDone) return;
    item.answer = value;
    this.dispatchEvent(new Event("change"));
  }

  toggleStrike(item, choice) {
    if (item.struck.has(choice)) item.struck.delete(choice);
    else item.struck.add(choice);
    this.dispatchEvent(new Event("change"));
  }

  /** The shown question takes no more answers. */
  lock() {
    this.item.isDone = true;
    this.dispatchEvent(new Event("change"));
  }
}
