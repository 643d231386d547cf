/** Judging by keyboard and by phone: every choice is saved at once, a lost answer is sent again with the same key. */
const RETRY_MS = 2000;
const form = document.getElementById("rate-form");
const state = document.getElementById("save-state");
const token = form.elements.csrf_token.value;
const isGrid = "grid" in form.dataset;
const radios = [...form.querySelectorAll("input[type=radio]")];
const MIDDLE = 10; // 50 %, where arrows begin on an item that is not judged yet

const waiting = new Map();
let isSending = false;
let isClosed = false;

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** What the page says now, or null while something is missing. */
function judgementOf(control) {
  const round = Number(form.dataset.round);
  if (isGrid) {
    if (!control.value) return null;
    return { id: control.name, body: { round, cell: control.name.replace("cell:", ""), expected: Number(control.value) } };
  }
  const data = new FormData(form);
  if (data.has("expected")) return { id: "expected", body: { round, expected: Number(data.get("expected")) } };
  if (data.get("difficulty") && data.get("importance")) {
    return { id: "place", body: { round, difficulty: data.get("difficulty"), importance: data.get("importance") } };
  }
  return null;
}

function keep(control) {
  const judgement = judgementOf(control);
  if (!judgement) return;
  waiting.set(judgement.id, { ...judgement.body, key: newKey() });
  send();
}

/** One judgement is on its way at a time; a newer one of the same thing takes its place in the queue. */
async function send() {
  if (isSending || isClosed || waiting.size === 0) return;
  isSending = true;
  const [id, body] = waiting.entries().next().value;
  state.textContent = state.dataset.saving;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
      keepalive: true,
    });
    if (answer.status === 409 || answer.status === 403) {
      isClosed = true;
      state.textContent = state.dataset.closed;
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    await answer.json();
    if (waiting.get(id) === body) waiting.delete(id);
    if (waiting.size === 0) state.textContent = state.dataset.saved;
  } catch {
    state.textContent = state.dataset.failed;
    setTimeout(send, RETRY_MS);
    return;
  } finally {
    isSending = false;
  }
  send();
}

form.addEventListener("change", (event) => keep(event.target));

form.addEventListener("submit", async (event) => {
  if (isGrid || isClosed) return; // the form itself takes all nine cells at once
  event.preventDefault();
  for (let tries = 0; (waiting.size > 0 || isSending) && tries < 50; tries += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
  }
  if (waiting.size === 0) location.assign(form.dataset.next);
});

document.addEventListener("keydown", (event) => {
  const field = event.target instanceof Element ? event.target : document.body;
  if (event.ctrlKey || event.metaKey || event.altKey || field.closest("a, button, summary, select, textarea")) return;
  const isArrow = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key);
  if (isArrow && radios[0]?.name === "expected" && !radios.some((one) => one.checked)) {
    event.preventDefault();
    const first = radios.find((one) => "before" in one.dataset) ?? radios[MIDDLE];
    first.checked = true;
    first.focus();
    keep(first);
  } else if (isArrow && field === document.body && radios.some((one) => one.checked)) {
    event.preventDefault();
    radios.find((one) => one.checked).focus();
  } else if (event.key === "Enter" && !isGrid) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.getElementById("key-hint")?.removeAttribute("hidden");
radios.find((one) => one.checked)?.focus({ preventScroll: true });
