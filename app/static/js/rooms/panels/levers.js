/** The levers 权益与工具: one button each with its state, and one row of settings for the chosen one. */
import { make } from "../../dom.js";
import { yuan } from "../figures.js";
import { benefitLevers } from "./benefits.js";
import { toolLevers } from "./tools.js";

export class LeverPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.levers = [...benefitLevers(room), ...toolLevers(room)];
    this.form = document.getElementById("benefit-form");
    this.budget = document.getElementById("benefit-budget");
    this.note = make("span", { class: "t12 muted grow" });
    this.give = make("button", { type: "button", class: "btn btn-sm btn-primary" });
    this.give.addEventListener("click", () => this.send());
    for (const lever of this.levers) this.prepare(lever);
    const grid = document.getElementById("levers");
    grid.classList.toggle("tight", this.levers.length > 4);
    grid.classList.toggle("five", this.levers.length > 8);
    grid.replaceChildren(...this.levers.map((lever) => lever.button));
    this.choose(this.levers[0], false);
  }

  prepare(lever) {
    lever.stateText = make("small");
    lever.button = make("button", { type: "button", class: "lever", "aria-pressed": "false", "aria-keyshortcuts": lever.key?.toUpperCase() }, [make("span", { text: lever.label }), lever.stateText]);
    lever.button.addEventListener("click", () => this.choose(lever, false));
    lever.onChange = () => this.room.observation && this.show();
    for (const field of lever.own ?? lever.fields) field.onEnter = () => this.give.focus();
  }

  /** V: the next promise; a room may offer several. */
  chooseNextPromise() {
    const promises = this.levers.filter((one) => one.lever);
    if (promises.length) this.choose(promises[(promises.indexOf(this.chosen) + 1) % promises.length]);
  }

  choose(lever, focus = true) {
    this.chosen = lever;
    this.shape = null;
    for (const one of this.levers) one.button.setAttribute("aria-pressed", String(one === lever));
    if (this.room.observation) this.show();
    if (focus) (this.give.disabled ? lever.button : this.give).focus();
  }

  /** The selected product of the tray is what the forms speak of. */
  follow(code) {
    for (const lever of this.levers) lever.product?.follow(code);
  }

  send() {
    const action = this.chosen.action();
    if (action.complaint) this.room.complain(this.chosen.target, action.complaint);
    else this.room.send(action, this.chosen.target);
  }

  update() {
    for (const lever of this.levers) if (lever.suggest && lever.suggested !== lever.product.value) lever.suggest();
    this.show();
  }

  show() {
    const { room, words, chosen } = this;
    for (const lever of this.levers) {
      const [text, look] = room.waiting(lever.target) ? [words("pending"), ""] : lever.state();
      if (lever.stateText.textContent !== text) lever.stateText.textContent = text;
      lever.button.className = `lever ${look}`;
    }
    this.showForm();
    this.give.textContent = chosen.giving;
    this.give.disabled = !room.canAct || !chosen.isReady || Boolean(room.waiting(chosen.target));
    const reason = this.levers.map((lever) => room.reason(lever.target)).find(Boolean);
    const { spent_fen: spent, budget_fen: budget } = room.observation.benefits;
    // A refusal or a risk stands where the budget stood, so that nothing moves.
    const remark = reason?.words ?? chosen.risk;
    const text = remark || words("benefit_budget", { spent: yuan(spent), budget: yuan(budget) });
    if (this.budget.textContent !== text) this.budget.textContent = text;
    this.budget.title = remark || "";
    this.budget.classList.toggle("bad", Boolean(reason));
    this.budget.classList.toggle("warn", !reason && Boolean(chosen.risk));
  }

  /** The chosen lever's fields; they stay the same elements, so that typing survives the tick. */
  showForm() {
    const { fields, note = "" } = this.chosen;
    this.note.textContent = note;
    this.note.title = note;
    const shape = `${this.chosen.id} ${fields.length}`;
    if (shape === this.shape) return;
    this.shape = shape;
    this.form.replaceChildren(...fields.map((field) => field.box), this.note, this.give);
  }
}
