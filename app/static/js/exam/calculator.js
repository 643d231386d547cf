/** A calculator that reads an expression, by keyboard or keys, without `eval`. */
import { make } from "../dom.js";

const RANK = { "+": 1, "-": 1, "*": 2, "/": 2 };

/**
 * Work out an expression of numbers, + - * / and brackets; a % divides the number before it by 100.
 *
 * @throws {SyntaxError} If the expression is incomplete.
 */
export function evaluate(text) {
  const clean = text.normalize("NFKC").replaceAll("×", "*").replaceAll("÷", "/").replaceAll("−", "-").replace(/[,\s]/g, "");
  const tokens = clean.match(/\d+\.?\d*|\.\d+|[-+*/()%]/g) ?? [];
  if (!tokens.length || tokens.join("") !== clean) throw new SyntaxError(text);
  let at = 0;

  const operand = () => {
    const token = tokens[at++];
    let value;
    if (token === "-") return -operand();
    if (token === "+") return operand();
    if (token === "(") {
      value = expression(1);
      if (tokens[at++] !== ")") throw new SyntaxError(text);
    } else if (token !== undefined && /\d/.test(token)) value = Number(token);
    else throw new SyntaxError(text);
    while (tokens[at] === "%") {
      at += 1;
      value /= 100;
    }
    return value;
  };

  const expression = (least) => {
    let value = operand();
    while (RANK[tokens[at]] >= least) {
      const sign = tokens[at++];
      const right = expression(RANK[sign] + 1);
      value = sign === "+" ? value + right : sign === "-" ? value - right : sign === "*" ? value * right : value / right;
    }
    return value;
  };

  const result = expression(1);
  if (at !== tokens.length || !Number.isFinite(result)) throw new SyntaxError(text);
  // Twelve digits hide the binary tail of 0.1 + 0.2.
  return Number(result.toPrecision(12));
}

export function bindCalculator(words) {
  const form = document.getElementById("calculator-form");
  const screen = document.getElementById("calculator-screen");
  const past = document.getElementById("calculator-past");
  const keys = ["(", ")", "%", "⌫", "7", "8", "9", "÷", "4", "5", "6", "×", "1", "2", "3", "−", "0", ".", "C", "+"];
  const named = { "⌫": words("calc_delete"), C: words("calc_clear") };

  const press = (key) => {
    if (key === "C") screen.value = "";
    else if (key === "⌫") screen.value = screen.value.slice(0, -1);
    else screen.value += key;
    screen.focus();
  };
  const buttons = keys.map((key) => {
    const button = make("button", { type: "button", class: "btn btn-outline", text: key, "aria-label": named[key] ?? null });
    button.addEventListener("click", () => press(key));
    return button;
  });
  const equals = make("button", { type: "submit", class: "btn btn-primary btn-block", text: "=", "aria-label": words("calc_equals") });
  document.getElementById("calculator-keys").replaceChildren(...buttons);
  document.getElementById("calculator-keys").after(equals);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      const result = evaluate(screen.value);
      past.textContent = `${screen.value} = ${result}`;
      screen.value = String(result);
    } catch {
      past.textContent = words("calc_error");
    }
  });
  screen.addEventListener("keydown", (event) => {
    if (event.key === "=") {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
