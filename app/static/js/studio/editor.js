/**
 * The scenario editor: a slider that moves is answered by a coarse calibration, a value that was let go is
 * saved, and after a pause the thorough calibration begins in the background.
 */
import { icon, make } from "../dom.js";
import { wordsOf } from "../text.js";
import { drawBands, drawScores, drawTimeline, measure, passShare } from "./plots.js";

const QUIET_MS = 2000;
const POLL_MS = 1000;
const IDLE_POLL_MS = 5000;
const HTTP_CONFLICT = 409;

const data = JSON.parse(document.getElementById("studio-data").textContent);
const words = wordsOf("studio-text");
const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
const find = (selector) => document.querySelector(selector);
const page = {
  revision: data.revision,
  cut: data.cut,
  before: null,
  now: null,
  pending: new Map(), // moved, not saved
  isAsking: false,
  asksAgain: false,
  isSaving: false,
  quiet: 0,
  shownRun: "",
};

async function send(address, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const found = await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, found };
}

function tell(selector, content) {
  const place = find(selector);
  if (place && place.textContent !== content) place.textContent = content;
}

function showProblems(lines) {
  const place = find("[data-problems]");
  place.hidden = lines.length === 0;
  const list = make("ul", {}, lines.map((text) => make("li", { text })));
  place.replaceChildren(make("div", { class: "note bad" }, [icon("alert", "sm"), make("div", {}, [make("b", { text: words("not_saved") }), list])]));
}

/* The coarse calibration: one request under way, the newest state asked for next. */

async function ask() {
  if (page.isAsking) {
    page.asksAgain = true;
    return;
  }
  page.isAsking = true;
  tell("[data-coarse]", words("computing"));
  try {
    const { ok, found } = await send(data.addresses.preview, { changes: [...page.pending] });
    if (ok) {
      page.now = found;
      draw();
      tell("[data-coarse]", words("coarse"));
      document.body.dataset.preview = String(Number(document.body.dataset.preview ?? 0) + 1);
    } else {
      tell("[data-coarse]", found.lines?.join("; ") || found.message || words("contradiction"));
    }
  } catch {
    tell("[data-coarse]", words("offline"));
  } finally {
    page.isAsking = false;
    if (page.asksAgain) {
      page.asksAgain = false;
      ask();
    }
  }
}

const percent = (share) => `${(100 * share).toFixed(1)}%`;

function draw() {
  if (!page.now) return;
  drawScores(find("[data-plot=scores]"), page.now, page.before, page.cut, words);
  const figures = (preview) => ({
    competent_pass: percent(passShare(preview, "competent", page.cut)),
    novice_pass: percent(passShare(preview, "novice", page.cut)),
    auc: preview.separation["novice-competent"].auc_fraction.toFixed(3),
  });
  for (const [name, shown] of Object.entries(figures(page.now))) tell(`[data-stat=${name}]`, shown);
  if (page.before) for (const [name, shown] of Object.entries(figures(page.before))) tell(`.d[data-was=${name}]`, `${words("before")} ${shown}`);
}

/* Saving: one at a time; what changes meanwhile goes with the next. */

async function save() {
  if (page.isSaving || page.pending.size === 0) return;
  page.isSaving = true;
  tell("[data-saved]", words("saving"));
  const sent = [...page.pending];
  try {
    const { ok, status, found } = await send(data.addresses.save_changes, { revision: page.revision, changes: sent });
    if (ok) {
      for (const [path, value] of sent) if (page.pending.get(path) === value) page.pending.delete(path);
      taken(found);
    } else {
      showProblems(found.lines?.length ? found.lines : [found.message ?? words("not_saved")]);
      tell("[data-saved]", words("not_saved"));
      for (const one of found.errors ?? []) find(`[data-path="${CSS.escape(one.field)}"]`)?.closest(".param")?.classList.add("refused");
      if (status !== HTTP_CONFLICT) page.pending.clear();
    }
  } catch {
    tell("[data-saved]", words("offline"));
    setTimeout(save, IDLE_POLL_MS);
  } finally {
    page.isSaving = false;
    if (page.pending.size && !find("[data-problems]").childElementCount) save();
  }
}

function taken(found) {
  page.revision = found.revision;
  for (const input of document.querySelectorAll("[data-revision]")) input.value = String(found.revision);
  for (const one of document.querySelectorAll(".param.refused")) one.classList.remove("refused");
  const place = find("[data-problems]");
  place.hidden = true;
  place.replaceChildren();
  const undo = find("[data-undo]");
  if (undo) undo.disabled = !found.can_undo;
  tell("[data-changed]", String(found.changed));
  tell("[data-saved]", words("saved"));
  find("[data-faults]").replaceChildren(
    ...found.faults.map((text) => make("p", { class: "fault" }, [icon("alert", "sm"), make("span", { text })])),
  );
  data.timeline = found.timeline;
  drawTimeline(find("[data-plot=timeline]"), data.timeline);
  clearTimeout(page.quiet);
  if (found.faults.length === 0) page.quiet = setTimeout(refine, QUIET_MS);
}

/* The thorough calibration. */

async function refine() {
  const { ok, found } = await send(data.addresses.ask_run, {}).catch(() => ({ ok: false, found: {} }));
  if (ok) showRuns(found);
}

async function poll() {
  let isActive = false;
  try {
    const answer = await fetch(data.addresses.runs_state, { headers: { Accept: "application/json" } });
    if (answer.ok) isActive = showRuns(await answer.json());
  } catch {
    // The next poll says whether the server is back.
  }
  setTimeout(poll, isActive ? POLL_MS : IDLE_POLL_MS);
}

function showRuns(state) {
  const run = [state.release, state.fine].find((one) => one && ["queued", "running"].includes(one.status)) ?? state.release ?? state.fine;
  const isActive = Boolean(run && ["queued", "running"].includes(run.status));
  const bar = find("[data-progress]");
  bar.hidden = !isActive;
  const cancel = find("[data-cancel]");
  if (cancel) cancel.hidden = !isActive;
  tell("[data-left]", isActive && run.left_s !== null ? words("fine_left", { seconds: run.left_s }) : "");
  if (!run) tell("[data-fine]", "");
  else if (run.status === "queued") tell("[data-fine]", words("fine_waits"));
  else if (run.status === "running") {
    const share = Math.round((100 * run.done) / run.all);
    bar.value = share;
    tell("[data-fine]", words("fine_runs", { percent: share }));
  } else if (run.status === "failed") tell("[data-fine]", words("fine_failed"));
  else if (run.status === "cancelled") tell("[data-fine]", words("cancelled"));
  else tell("[data-fine]", run.is_current ? words("fine_done") : words("fine_old"));
  const found = state.release_result?.is_current ? state.release_result : state.fine_result ?? state.release_result;
  if (found && found.id + found.is_current !== page.shownRun) {
    page.shownRun = found.id + found.is_current;
    showResult(found);
  }
  return isActive;
}

function showResult(found) {
  tell("[data-stat=reliability]", found.reliability.toFixed(3));
  drawBands(find("[data-plot=gmv]"), found.bands, data.timeline, words);
  const most = Math.max(...found.sensitivity.map((one) => Math.abs(one.points)), 0);
  find("[data-sensitivity]").replaceChildren(
    ...found.sensitivity.map((one) => measure(`${one.label} ×${one.factor}`, one.points, most)),
  );
  const failed = found.checks.filter((one) => !one.passed);
  tell("[data-check-count]", failed.length ? String(failed.length) : "");
  find("[data-check-count]").className = failed.length ? "badge warn" : "";
  find("[data-checks]").replaceChildren(...[...failed, ...found.checks.filter((one) => one.passed)].map(checkRow));
  find("[data-incidents]").replaceChildren(
    ...found.incidents.map((one) => measure(one.title, 100 * one.competent_ratio, 100 * Math.max(...found.incidents.map((two) => Math.abs(two.competent_ratio))))),
  );
}

function checkRow(check) {
  const bounds = [check.least === null ? "" : `≥ ${check.least}`, check.most === null ? "" : `≤ ${check.most}`].filter(Boolean).join(", ");
  const body = [make("b", { text: check.title }), make("span", { class: "muted num", text: ` ${check.value} (${bounds})` })];
  if (!check.passed) body.push(make("span", { class: "remedy", text: words("remedy") + check.remedy }));
  return make("li", { class: check.passed ? "good" : "bad" }, [icon(check.passed ? "check" : "alert", check.passed ? "sm good" : "sm bad"), make("span", {}, body)]);
}

/* Fields. */

function moved(input) {
  const value = input.type === "checkbox" ? input.checked : input.value;
  page.pending.set(input.dataset.path, value);
  const param = input.closest("[data-param]");
  const was = param?.querySelector("[data-was]");
  if (was) {
    const isOther = Number(was.textContent) !== Number(value);
    param.classList.toggle("changed", isOther);
    was.parentElement.hidden = !isOther;
  }
  preview(input.dataset.path, value);
}

/** Show a changed window of an incident at once, before the server has said anything. */
function preview(path, value) {
  const found = /^(incidents\.\d+)\.(from_min|until_min|lasts_min|chance_fraction)$/.exec(path);
  const incident = found && data.timeline.incidents.find((one) => one.path === found[1]);
  if (!incident || !Number.isFinite(Number(value))) return;
  incident[found[2]] = Number(value);
  drawTimeline(find("[data-plot=timeline]"), data.timeline);
}

function bindFields() {
  const sheet = document.getElementById("sheet");
  sheet.addEventListener("submit", (event) => event.preventDefault());
  sheet.querySelector("[data-noscript-save]")?.remove();
  sheet.addEventListener("input", (event) => {
    const slides = event.target.dataset.slides;
    const input = slides ? find(`[data-path="${CSS.escape(slides)}"]`) : event.target;
    if (!input?.dataset.path) return;
    if (slides) input.value = event.target.value;
    else {
      const slider = find(`[data-slides="${CSS.escape(input.dataset.path)}"]`);
      if (slider) slider.value = input.value;
    }
    moved(input);
    if (slides) ask();
  });
  sheet.addEventListener("change", (event) => {
    if (!event.target.dataset.path && !event.target.dataset.slides) return;
    if (!event.target.dataset.slides) ask();
    save();
  });
}

function bindCut() {
  const input = find("[data-cut]");
  const slider = find("[data-cut-slider]");
  const set = (text) => {
    const cut = Number(text);
    if (!Number.isFinite(cut)) return;
    page.cut = cut;
    draw();
  };
  input.addEventListener("input", () => { slider.value = input.value; set(input.value); });
  slider.addEventListener("input", () => { input.value = slider.value; set(slider.value); });
}

async function begin() {
  drawTimeline(find("[data-plot=timeline]"), data.timeline);
  bindCut();
  if (data.can_edit) bindFields();
  find("[data-cancel]")?.addEventListener("click", async () => {
    const { ok, found } = await send(data.addresses.cancel_run, {});
    if (ok) showRuns(found);
  });
  showRuns(data.runs);
  setTimeout(poll, POLL_MS);
  const { ok, found } = await send(data.addresses.preview, { changes: [], of: "first" });
  if (ok) page.before = found;
  await ask();
}

begin();
