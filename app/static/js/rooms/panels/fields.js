/** Fields of the cockpit's forms: a number with two buttons, a product. Enter in any of them goes on to the form's button. */
import { make } from "../../dom.js";
import { number2, plainYuan } from "../figures.js";

/**
 * A number field.
 *
 * @param {Object} rules
 * @param {string} rules.label
 * @param {[number, number]} rules.range Both ends are allowed.
 * @param {number} rules.step
 * @param {number|null} rules.value At first; null stands for "not said" and is only kept where `isOptional`.
 * @param {boolean=} rules.isOptional An empty field is an answer.
 * @param {string=} rules.empty What stands in an empty field.
 * @param {boolean=} rules.isNarrow Without the two buttons; the arrow keys do the same.
 * @param {function(number): string=} rules.write
 * @param {function(string): number=} rules.read
 */
export class NumberField {
  constructor(rules) {
    Object.assign(this, { write: String, read: Number, isOptional: false, ...rules });
    this.input = make("input", { inputmode: "decimal", "aria-label": this.label, autocomplete: "off", placeholder: this.empty });
    this.input.addEventListener("change", () => this.take());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    const parts = this.isNarrow ? [this.input] : [this.arrow("−", -1), this.input, this.arrow("+", 1)];
    this.box = make("label", { class: "minifield" }, [make("span", { class: "lab", text: this.label }), make("span", { class: "stepper" }, parts)]);
    this.set(this.value);
  }

  arrow(text, way) {
    const button = make("button", { type: "button", text, "aria-label": `${this.label} ${text}` });
    button.addEventListener("click", () => this.set((this.value ?? this.range[0]) + way * this.step));
    return button;
  }

  pressed(event) {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (way) {
      event.preventDefault();
      this.take();
      this.set((this.value ?? this.range[0]) + way * this.step);
    } else if (event.key === "Enter") {
      // The same press must not also click the button that gets the focus.
      event.preventDefault();
      this.take();
      this.onEnter?.();
    }
  }

  take() {
    const text = this.input.value.trim();
    if (this.isOptional && text === "") this.set(null);
    else this.set(this.read(text));
  }

  set(value) {
    if (value === null && this.isOptional) this.value = null;
    else if (Number.isFinite(value)) this.value = Math.min(this.range[1], Math.max(this.range[0], Math.round(value * 100) / 100));
    this.input.value = this.value === null ? "" : this.write(this.value);
    this.onChange?.();
  }
}

/** Money, typed in yuan, kept in fen. */
export const moneyField = (label, range, step, value, more = {}) =>
  new NumberField({ label, range, step, value, write: plainYuan, read: (text) => Math.round(Number(text.replaceAll(",", "")) * 100), ...more });

export const countField = (label, range, step, value, more = {}) => new NumberField({ label, range, step, value, ...more });

/** A share, typed in percent. */
export const shareField = (label, range, value) =>
  new NumberField({ label, range, step: 0.01, value, write: (share) => String(Math.round(share * 100)), read: (text) => Number(text) / 100 });

/** One of some products of the tray; follows the row that is selected there. */
export class ProductField {
  constructor(label, products) {
    this.codes = new Set(products.map((product) => product.code));
    this.select = make("select", { "aria-label": label, class: "pick" }, products.map((product) => make("option", { value: product.code, text: `${number2(product.position)} ${product.name}` })));
    this.box = this.select;
    this.select.addEventListener("change", () => this.onChange?.());
    this.select.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.onEnter?.();
    });
  }

  get value() {
    return this.select.value;
  }

  follow(code) {
    if (!this.codes.has(code) || this.value === code) return;
    this.select.value = code;
    this.onChange?.();
  }
}
