/**
 * What a response is, by kind of item. A value as the server stores it: {selected: [ids]}, {number: "2.54"}, {order: [ids]},
 * {pairs: {"1": id}}, {blanks: {"1": text}}, {text} or, once a room was entered, {room: "opened"}.
 */

const EMPTY = {
  single: () => ({ selected: [] }),
  multiple: () => ({ selected: [] }),
  true_false: () => ({ selected: [] }),
  hot_spot: () => ({ selected: [] }),
  numeric: () => ({ number: "" }),
  ordering: () => ({ order: [] }),
  matching: () => ({ pairs: {} }),
  fill_in: () => ({ blanks: {} }),
  short_answer: () => ({ text: "" }),
  room: () => ({ room: "" }),
};

const LETTERS = "ABCDEFGH";

/** The value that says nothing, for this item. */
export const emptyValue = (item) => EMPTY[item.kind]();

/** Whether a value says nothing. */
export function isBlank(value) {
  if (!value) return true;
  const [content] = Object.values(value);
  if (Array.isArray(content)) return content.length === 0;
  if (content !== null && typeof content === "object") return Object.values(content).every((text) => text === "");
  return (content ?? "").trim() === "";
}

/** A value in one form only: choices sorted, parts in order, empty parts left out. */
function written(value) {
  if (value.selected) return JSON.stringify([...value.selected].sort());
  const parts = value.pairs ?? value.blanks;
  if (parts) return JSON.stringify(Object.keys(parts).filter((part) => parts[part] !== "").sort().map((part) => [part, parts[part]]));
  return JSON.stringify(value.order ?? value.number ?? value.text ?? value.room);
}

/** Whether two values say the same; the order of selected choices says nothing. */
export function sameValue(one, other) {
  if (isBlank(one) || isBlank(other)) return isBlank(one) && isBlank(other);
  return written(one) === written(other);
}

/** A value as the candidate saw it: letters of the choices, the number, the words, or 未答. */
export function spoken(value, item, words) {
  if (isBlank(value)) return words("blank");
  const ids = item.choices?.length ? item.choices.map((choice) => choice.id) : ["true", "false"];
  const letter = (id) => LETTERS[ids.indexOf(id)];
  if (value.order) return value.order.map(letter).join(" → ");
  if (value.pairs) return Object.entries(value.pairs).map(([part, id]) => `${part}–${letter(id)}`).join(words("comma"));
  if (value.blanks) return Object.entries(value.blanks).map(([part, text]) => `${part}: ${text}`).join(words("comma"));
  if (value.selected) return ids.filter((id) => value.selected.includes(id)).map(letter).join("");
  return value.number ?? value.text;
}
