/** Things to be put in order: by the buttons of each row, by the arrow keys on it, or by dragging. */
import { icon, make } from "../../dom.js";

const LETTERS = "ABCDEFGH";

export class Ordering {
  constructor(item, { model, words, announce }) {
    Object.assign(this, { item, model, words, announce });
    this.list = make("ol", { class: "order", "aria-describedby": "stem order-help" });
    this.keep = make("button", { type: "button", class: "btn btn-outline btn-sm", text: words("order_keep") });
    this.keep.addEventListener("click", () => model.answer(item, { order: this.order }));
    this.state = make("p", { class: "help" });
    this.rowOf = new Map(item.choices.map((choice, i) => [choice.id, this.row(choice, LETTERS[i])]));
    this.element = make("div", { class: "ordering" }, [
      make("p", { class: "help", id: "order-help", text: words("order_help") }),
      this.list,
      make("div", { class: "row sm wrap" }, [this.keep, this.state]),
    ]);
    this.list.addEventListener("dragover", (event) => this.dragOver(event));
  }

  /** The order that stands on the page: the saved one, else the one it was shown in. */
  get order() {
    return this.item.answer?.order?.length ? this.item.answer.order : this.item.choices.map((choice) => choice.id);
  }

  row(choice, letter) {
    const text = make("span", { class: "txt" });
    text.innerHTML = choice.text;
    const button = (name, by) => {
      const one = make("button", { type: "button", class: "iconbtn", "data-by": by, "aria-label": this.words(name, { k: letter }) }, [icon(by < 0 ? "up" : "down", "sm")]);
      one.addEventListener("click", () => this.move(choice.id, by, one));
      return one;
    };
    const row = make("li", { class: "order-row", tabindex: "0", draggable: "true", "data-letter": letter }, [
      make("span", { class: "place num" }),
      make("span", { class: "k", text: letter }),
      text,
      make("span", { class: "movers" }, [button("order_up", -1), button("order_down", 1)]),
    ]);
    row.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by || event.target !== row) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(choice.id, by, row);
    });
    row.addEventListener("dragstart", (event) => {
      this.dragged = choice.id;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", letter);
    });
    row.addEventListener("drop", (event) => event.preventDefault());
    row.addEventListener("dragend", () => {
      this.dragged = null;
    });
    return row;
  }

  move(id, by, focused) {
    const order = [...this.order];
    const from = order.indexOf(id);
    const to = from + by;
    if (this.model.isLocked || to < 0 || to >= order.length) return;
    order.splice(to, 0, order.splice(from, 1)[0]);
    this.model.answer(this.item, { order });
    // A button at the end of the list is disabled now; the row itself always takes the focus.
    (focused.disabled ? this.rowOf.get(id) : focused).focus();
    this.announce(this.words("order_moved", { k: this.rowOf.get(id).dataset.letter, n: to + 1 }));
  }

  dragOver(event) {
    const over = [...this.rowOf].find(([, row]) => row.contains(event.target))?.[0];
    if (!this.dragged || !over || this.model.isLocked) return;
    event.preventDefault();
    if (over === this.dragged) return;
    const order = this.order.filter((id) => id !== this.dragged);
    order.splice(this.order.indexOf(over), 0, this.dragged);
    this.model.answer(this.item, { order });
  }

  refresh() {
    const rows = this.order.map((id) => this.rowOf.get(id));
    // Rows are moved only where they must be, so that the focus is not lost.
    rows.forEach((row, i) => {
      if (this.list.children[i] !== row) this.list.insertBefore(row, this.list.children[i] ?? null);
      row.querySelector(".place").textContent = i + 1;
      row.draggable = !this.model.isLocked;
      row.querySelector("[data-by='-1']").disabled = this.model.isLocked || i === 0;
      row.querySelector("[data-by='1']").disabled = this.model.isLocked || i === rows.length - 1;
    });
    const isAnswered = Boolean(this.item.answer?.order?.length);
    this.keep.hidden = isAnswered || this.model.isLocked;
    this.state.textContent = isAnswered ? "" : this.words("order_untouched");
  }

  /** A letter leads to its row, where the arrow keys move it. */
  letter(letter) {
    this.list.querySelector(`[data-letter="${letter}"]`)?.focus();
  }

  flush() {}
}
