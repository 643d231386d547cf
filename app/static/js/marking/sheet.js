/** Marking by keyboard: digits give points, arrows change the criterion; every change is kept as a draft. */
const KEEP_AFTER_MS = 600;
const form = document.getElementById("mark-form");
const criteria = [...form.querySelectorAll("[data-criterion]")];
const total = document.getElementById("total");
const state = document.getElementById("draft-state");
const lease = document.getElementById("lease");
const token = form.elements.csrf_token.value;

const chosen = (criterion) => criterion.querySelector("input:checked");
const clockOf = (date) => date.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

let current = Math.max(0, criteria.findIndex((one) => !chosen(one)));
let sequence = Number(form.dataset.sequence);
let timer = 0;
let isSending = false;
let isDirty = false;

function goTo(index, { focus = true } = {}) {
  current = Math.min(Math.max(index, 0), criteria.length - 1);
  criteria.forEach((one, place) => one.toggleAttribute("data-current", place === current));
  if (!focus) return;
  const wanted = chosen(criteria[current]) ?? criteria[current].querySelector("input");
  wanted.focus({ preventScroll: true });
  criteria[current].scrollIntoView({ block: "nearest" });
}

function showTotal() {
  total.textContent = String(criteria.reduce((sum, one) => sum + Number(chosen(one)?.value ?? 0), 0));
}

function draft() {
  const points = {};
  for (const one of criteria) if (chosen(one)) points[one.dataset.criterion] = Number(chosen(one).value);
  return { points, comment: form.elements.comment.value, sequence: ++sequence };
}

/** One draft is on its way at a time, so that they arrive in their order. */
async function keep() {
  if (isSending) return;
  isSending = true;
  isDirty = false;
  try {
    const answer = await fetch(form.dataset.draftUrl, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(draft()),
      keepalive: true,
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const { lease_until: until } = await answer.json();
    state.textContent = state.dataset.saved.replace("{at}", clockOf(new Date()));
    lease.textContent = lease.dataset.words.replace("{at}", clockOf(new Date(until)));
  } catch {
    isDirty = true;
    state.textContent = state.dataset.failed;
  }
  isSending = false;
  if (isDirty) keepSoon(4 * KEEP_AFTER_MS);
}

function keepSoon(after = KEEP_AFTER_MS) {
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(keep, after);
}

function givePoints(points) {
  const input = criteria[current].querySelector(`input[value="${points}"]`);
  if (!input) return;
  input.checked = true;
  input.focus({ preventScroll: true });
  changed();
  const next = criteria.findIndex((one, place) => place > current && !chosen(one));
  if (next >= 0) goTo(next);
  else if (current < criteria.length - 1) goTo(current + 1);
}

function changed() {
  showTotal();
  keepSoon();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[name=then][value=next]"));
    return;
  }
  const isTyping = event.target instanceof Element && event.target.closest("textarea, select, input:not([type=radio])");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^\d$/.test(event.key)) {
    event.preventDefault();
    givePoints(event.key);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    // Among radio buttons arrows would choose another level: here they change the criterion.
    event.preventDefault();
    goTo(current + (event.key === "ArrowDown" ? 1 : -1));
  }
});
criteria.forEach((one, place) => one.addEventListener("focusin", () => goTo(place, { focus: false })));
form.addEventListener("change", changed);
form.elements.comment.addEventListener("input", () => keepSoon());
form.addEventListener("submit", () => clearTimeout(timer));
document.getElementById("key-hint").hidden = false;
showTotal();
goTo(current);
