/** The editor: saves while one types, says what is to be mended, shows the item as candidates see it. */
import { make } from "../dom.js";
import { wordsOf } from "../text.js";
import { Preview } from "./preview.js";

const SAVE_AFTER_MS = 700;

const form = document.getElementById("sheet");
const fields = document.getElementById("sheet-fields");
const findings = document.getElementById("findings");
const conflict = document.getElementById("conflict");
const state = document.getElementById("save-state");
const preview = new Preview(document.getElementById("preview"));
const words = wordsOf("editor-text");
const token = document.querySelector("meta[name=csrf-token]").content;

const clockOf = (date) => date.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

let timer = 0;
let sending = null;
let isDirty = false;

/** Send everything that is typed; one request is on its way at a time, so that revisions follow each other. */
async function send(act) {
  while (sending) await sending;
  clearTimeout(timer);
  isDirty = false;
  state.textContent = state.dataset.saving;
  const data = new FormData(form);
  data.set("do", act);
  sending = fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json", "X-CSRFToken": token } });
  let answer = null;
  try {
    answer = await sending;
  } catch {
    isDirty = true;
  }
  sending = null;
  const body = answer ? await answer.json().catch(() => null) : null;
  if (answer?.ok && body) {
    take(body, act);
    return true;
  }
  if (answer?.status === 409 && body?.conflict) showConflict(body);
  else {
    isDirty = true;
    state.textContent = body?.message ?? state.dataset.failed;
  }
  return false;
}

function take(body, act) {
  form.elements.revision.value = body.revision;
  state.textContent = state.dataset.saved.replace("{at}", clockOf(new Date()));
  findings.innerHTML = body.findings;
  conflict.replaceChildren();
  if (body.fields && !isDirty) {
    fields.innerHTML = body.fields;
    focusAfter(act);
  }
  preview.show(body.shown);
}

/** After rows were moved the focus stays with the row. */
function focusAfter(act) {
  const [verb, rows, number] = act.split(":");
  const set = fields.querySelector(`[data-rows="${CSS.escape(rows ?? "")}"]`);
  if (!set) return;
  const held = [...set.querySelectorAll(".sheet-row")];
  const place = { add: held.length - 1, up: Number(number) - 1, down: Number(number) + 1, drop: Math.min(Number(number), held.length - 1) }[verb];
  const row = held[place];
  (row?.querySelector("textarea, input:not([type=hidden]), select") ?? set.querySelector("button"))?.focus();
}

/** Another page saved since: both texts are shown, one is chosen. */
function showConflict(body) {
  conflict.innerHTML = body.conflict;
  const mine = make("button", { type: "button", class: "btn btn-primary", text: words("keep_mine") });
  const theirs = make("button", { type: "button", class: "btn btn-outline", text: words("keep_theirs") });
  mine.addEventListener("click", () => {
    form.elements.revision.value = body.revision;
    send("save");
  });
  theirs.addEventListener("click", () => {
    isDirty = false;
    location.reload();
  });
  conflict.append(make("div", { class: "actions" }, [mine, theirs]));
  state.textContent = body.message;
  conflict.scrollIntoView({ block: "nearest" });
}

function saveSoon() {
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(() => send("save"), SAVE_AFTER_MS);
}

form.addEventListener("input", (event) => {
  // These change which controls there are.
  if (["parametric", "picture_is"].includes(event.target.name)) send("redraw");
  else saveSoon();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.submitter?.value ?? "save");
});

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.altKey && event.target instanceof HTMLInputElement) {
    event.preventDefault(); // a line is no form: Enter saves, and never presses the first button
    send("save");
    return;
  }
  if (!event.altKey) return;
  const row = event.target.closest(".sheet-row");
  const rows = event.target.closest("[data-rows]");
  if (!row || !rows) return;
  const act = { ArrowUp: `up:${rows.dataset.rows}:${row.dataset.place}`, ArrowDown: `down:${rows.dataset.rows}:${row.dataset.place}`, Enter: `add:${rows.dataset.rows}` }[event.key];
  if (!act || !rows.querySelector(`button[value="${act}"]:not(:disabled)`)) return;
  event.preventDefault();
  send(act);
});

document.getElementById("submit-form").addEventListener("submit", async (event) => {
  if (!isDirty && !sending) return;
  event.preventDefault();
  if (await send("save")) event.target.submit();
});

window.addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});

preview.show(JSON.parse(document.getElementById("shown-data").textContent));
