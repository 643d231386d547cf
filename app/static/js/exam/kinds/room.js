/** A simulated room as a question: it opens in a tab of its own, by a form, so that a reload never opens it twice. */
import { make } from "../../dom.js";

export class Room {
  constructor(item, { model, words }) {
    Object.assign(this, { item, model, words });
    this.button = make("button", { type: "submit", class: "btn btn-primary" });
    this.note = make("p", { class: "help", role: "status" });
    this.form = make("form", { method: "post", target: "_blank", class: "row" }, [
      make("input", { type: "hidden", name: "csrf_token", value: document.querySelector("meta[name=csrf-token]").content }),
      this.button,
    ]);
    this.form.action = new URL(`${location.pathname.replace(/\/$/, "")}/items/${item.position}/room`, location.origin).href;
    this.form.addEventListener("submit", () => model.answer(item, { room: "opened" }));
    this.element = make("div", { class: "field room-item" }, [
      make("p", { class: "help", text: words("room_help", { n: item.room.minutes }) }),
      this.form,
      this.note,
    ]);
    this.refresh();
  }

  refresh() {
    const opened = this.item.answer?.room === "opened";
    this.button.textContent = this.words(opened ? "room_again" : "room_open");
    this.button.disabled = this.model.isLocked;
    this.note.textContent = opened ? this.words("room_opened") : "";
  }

  letter() {}

  flush() {}
}
