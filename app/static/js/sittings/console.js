/** The invigilator's console: figures follow the server every four seconds; what is ticked or typed stays. */
import { wordsOf } from "../text.js";

const POLL_MS = 4000;
const words = wordsOf("console-text");
const byId = (id) => document.getElementById(id);
const { rows_url: rowsUrl } = JSON.parse(byId("console-data").textContent);

function seenText(seconds) {
  if (seconds === null) return "—";
  return seconds < 120 ? words("seen", { n: seconds }) : words("seen_min", { n: Math.floor(seconds / 60) });
}

function remarks(row) {
  const out = row.section ? [row.section] : [];
  if (row.percent !== 100) out.push(`${row.percent}%`);
  if (row.break_min) out.push(words("break", { n: row.break_min }));
  if (row.takeovers) out.push(words("takeovers", { n: row.takeovers }));
  if (row.late) out.push(words("late", { n: row.late }));
  return out.join(" ");
}

function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

function showRow(row) {
  const line = document.querySelector(`tr[data-seat="${CSS.escape(row.seat)}"]`);
  if (!line) return false;
  const cell = (name) => line.querySelector(`[data-field="${name}"]`);
  line.dataset.open = row.is_open ? "yes" : "";
  setText(cell("state"), row.state_text);
  cell("state").className = `badge ${row.tone}`;
  setText(cell("answered"), row.answered);
  setText(cell("left"), row.left);
  setText(cell("seen"), seenText(row.seen_s));
  setText(cell("waiting"), row.waiting === null ? "—" : String(row.waiting));
  setText(cell("remarks"), remarks(row));
  return true;
}

function showCount(node, n) {
  setText(node, String(n));
  if (n) delete node.dataset.zero;
  else node.dataset.zero = "";
}

function show(data) {
  const known = data.rows.map(showRow);
  // Somebody booked meanwhile: a new row wants the page anew, unless something is being written.
  if (known.includes(false) && !byId("text")?.value && !document.querySelector("[name=seat]:checked")) location.reload();
  for (const node of document.querySelectorAll("[data-count]")) showCount(node, data.counts[node.dataset.count]);
  showCount(byId("behind"), data.behind);
  setText(byId("phase"), data.phase_text);
  setText(byId("ends-at"), data.ends_at);
  setText(byId("clock"), data.clock);
}

function showPicked() {
  const boxes = [...document.querySelectorAll("[name=seat]")];
  for (const box of boxes) box.closest("tr").toggleAttribute("data-picked", box.checked);
  setText(byId("picked"), words("picked", { n: boxes.filter((box) => box.checked).length }));
  const some = document.querySelector("[name=scope][value=some]");
  if (some && boxes.some((box) => box.checked)) some.checked = true;
}

async function poll() {
  let isHere = false;
  try {
    const answer = await fetch(rowsUrl, { headers: { Accept: "application/json" }, cache: "no-store" });
    isHere = answer.ok;
    if (isHere) show(await answer.json());
  } catch {
    isHere = false;
  }
  byId("console-offline").hidden = isHere;
  setTimeout(poll, POLL_MS);
}

document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name === "seat") showPicked();
});
// What cannot be undone is asked about first: only for that button has the form a dialog.
for (const button of document.querySelectorAll("#act-form [name=kind]")) {
  button.addEventListener("click", () => {
    if (button.value === "end") byId("act-form").dataset.confirm = "end-dialog";
    else delete byId("act-form").dataset.confirm;
  });
}
const pick = byId("pick-open");
if (pick) {
  pick.hidden = false;
  pick.addEventListener("click", () => {
    for (const box of document.querySelectorAll("[name=seat]")) box.checked = box.closest("tr").dataset.open === "yes";
    showPicked();
  });
}
for (const node of document.querySelectorAll("[data-count], #behind")) showCount(node, Number(node.textContent));
showPicked();
setTimeout(poll, POLL_MS);
