/** After a stay on another device: changes left here that contradict what the server has meanwhile. The person decides. */
import { make } from "../dom.js";
import { sameValue, spoken } from "./answers.js";

/**
 * Part the changes that an earlier life of this page left behind.
 *
 * In one writer's life only the last sent change can be without its acknowledgement, and then the server shows its value.
 * A change that is not newer than the server's sequence and says something else was overtaken by another device.
 *
 * @param {Object[]} entries Waiting changes, oldest first.
 * @param {number} sequence The last sequence the server has accepted.
 * @param {function(number): Object} itemAt
 * @returns {{send: Object[], known: Object[], overtaken: Object[]}} To be sent; already on the server; to be asked about
 *   (the newest of each item).
 */
export function partEntries(entries, sequence, itemAt) {
  const send = [];
  const known = [];
  const overtaken = new Map();
  for (const entry of entries) {
    const item = itemAt(entry.position);
    if (!item) known.push(entry);
    else if (entry.sequence > sequence) send.push(entry);
    else if (sameValue(entry.value, item.saved.value) && entry.flagged === item.saved.flagged) known.push(entry);
    else {
      if (overtaken.has(entry.position)) known.push(overtaken.get(entry.position));
      overtaken.set(entry.position, entry);
    }
  }
  return { send, known, overtaken: [...overtaken.values()] };
}

/** Ask which of the two to keep, item by item; resolves to the entries whose value stays. */
export function askConflicts(overtaken, model, words) {
  const dialog = document.getElementById("conflict-dialog");
  const rows = overtaken.map((entry) => {
    const item = model.at(entry.position);
    const choose = (name, value, isChosen) =>
      make("label", { class: "choice" }, [
        make("input", { type: "radio", name: `keep-${entry.position}`, value: name, checked: isChosen }),
        make("span", { text: `${words(name)} ${spoken(value, item, words)}` }),
      ]);
    return make("li", {}, [
      make("b", { class: "grow", text: words("question", { n: entry.position }) }),
      choose("here", entry.value, false),
      choose("there", item.saved.value, true),
    ]);
  });
  document.getElementById("conflict-list").replaceChildren(...rows);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const kept = overtaken.filter((entry) => dialog.querySelector(`[name="keep-${entry.position}"][value="here"]`).checked);
      resolve(kept);
    }, { once: true });
  });
}
