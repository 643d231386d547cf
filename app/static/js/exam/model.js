/** The attempt as the page knows it: items with their answers, flags and strike-outs, and where the candidate is. */
import { isBlank, sameValue } from "./answers.js";
import { readMemo, writeMemo } from "./store.js";

/** Emits `move`, `change` (detail: position) and `lock`; a change of answer or flag also calls `onSave`. */
export class ExamModel extends EventTarget {
  /**
   * @param {Object} data The block `exam-data`.
   * @param {function(Object): void} onSave Called with an item whose answer or flag changed.
   */
  constructor(data, onSave) {
    super();
    this.attempt = data.attempt;
    this.onSave = onSave;
    this.isShut = false;
    const memo = readMemo(data.attempt);
    this.pad = memo.pad ?? "";
    this.marks = memo.marks ?? {};
    const seen = new Set(memo.seen ?? []);
    this.items = data.items.map((item) => ({
      ...item,
      kind: item.kind.replace("_choice", ""),
      flagged: Boolean(item.flagged),
      seen: Boolean(item.seen) || seen.has(item.position),
      struck: new Set(memo.struck?.[item.position] ?? []),
      // What the server has; the answer may run ahead of it.
      saved: { value: item.answer ?? null, flagged: Boolean(item.flagged) },
    }));
    this.sections = data.sections;
    this.total = this.sections.at(-1).to;
    // Behind a barrier nothing can be done: the page opens at what can be.
    const open = this.items.filter((item) => !item.is_passed);
    this.current = open.some((item) => item.position === memo.current) ? memo.current : (open[0] ?? this.items[0]).position;
    this.item.seen = true;
  }

  /** The item the candidate is at. */
  get item() {
    return this.at(this.current);
  }

  /** Whether the shown item takes no answer: the page writes no more, or a barrier was passed. */
  get isLocked() {
    return this.isShut || this.item.is_passed;
  }

  /** The section that is open, where there are barriers, with its number from 1; else undefined. */
  get section() {
    const index = this.sections.findIndex((section) => section.state === "open");
    return { ...this.sections[index], number: index + 1, isLast: index === this.sections.length - 1 };
  }

  /** Whether the form has parts that can be left only once. */
  get hasBarriers() {
    return this.sections.some((section) => section.state !== "open");
  }

  /** What the candidate can still answer. */
  get openItems() {
    return this.items.filter((item) => !item.is_passed);
  }

  at(position) {
    return this.items.find((item) => item.position === position);
  }

  isAnswered(item) {
    return !isBlank(item.answer);
  }

  /** The first item with a typed number that cannot be saved, or undefined. */
  get unsavable() {
    return this.items.find((item) => item.draft);
  }

  counts(items = this.openItems) {
    const done = items.filter((item) => this.isAnswered(item)).length;
    const seen = items.filter((item) => item.seen && !this.isAnswered(item)).length;
    return { all: items.length, done, seen, unseen: items.length - done - seen, open: items.length - done, flag: items.filter((item) => item.flagged).length };
  }

  itemsOf(section) {
    return this.items.filter((item) => item.position >= section.from && item.position <= section.to);
  }

  go(position) {
    const item = this.at(position);
    if (!item) return;
    this.current = position;
    item.seen = true;
    this.remember();
    this.dispatchEvent(new Event("move"));
  }

  step(by) {
    const next = this.items[this.items.indexOf(this.item) + by];
    if (next) this.go(next.position);
    return Boolean(next);
  }

  answer(item, value) {
    if (this.isLocked || sameValue(item.answer, value)) return;
    item.answer = value;
    for (const id of value.selected ?? []) item.struck.delete(id);
    this.onSave(item);
    this.changed(item);
  }

  toggleFlag(item) {
    if (this.isLocked) return;
    item.flagged = !item.flagged;
    this.onSave(item);
    this.changed(item);
  }

  /** Strike a choice out or restore it; a struck choice is not selected any more. */
  toggleStrike(item, id) {
    if (this.isLocked) return;
    if (item.struck.delete(id)) return this.changed(item);
    item.struck.add(id);
    const selected = item.answer?.selected ?? [];
    if (selected.includes(id)) this.answer(item, { selected: selected.filter((other) => other !== id) });
    return this.changed(item);
  }

  /** Go back to what the server has, after it refused a change. */
  restore(item) {
    item.answer = item.saved.value;
    item.flagged = item.saved.flagged;
    this.changed(item);
  }

  lock() {
    this.isShut = true;
    this.dispatchEvent(new Event("lock"));
  }

  jot(text) {
    this.pad = text;
    this.remember();
  }

  /** Highlighted stretches of one part of the page, [[from, to], …] in characters. */
  marked(name) {
    return this.marks[name] ?? [];
  }

  setMarked(name, stretches) {
    if (stretches.length) this.marks[name] = stretches;
    else delete this.marks[name];
    this.remember();
  }

  changed(item) {
    this.remember();
    this.dispatchEvent(new CustomEvent("change", { detail: item.position }));
  }

  remember() {
    if (this.isShut) return;
    const struck = Object.fromEntries(this.items.filter((item) => item.struck.size).map((item) => [item.position, [...item.struck]]));
    const seen = this.items.filter((item) => item.seen).map((item) => item.position);
    writeMemo(this.attempt, { current: this.current, seen, struck, pad: this.pad, marks: this.marks });
  }
}
