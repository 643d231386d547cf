/**
 * The scenario editor: a slider that moves is answered by a coarse calibration, a value that was let go is
 * saved, and after a pause the thorough calibration begins in the background.
 */
import { icon, make } from "../dom.js";
import { wordsOf } from "../text.js";
import { plainNumber } from "./numbers.js";
import { drawBands, drawScores, measure, passShare } from "./plots.js";
import { Timeline } from "./timeline.js";

const QUIET_MS = 2000;
const POLL_MS = 1000;
const IDLE_POLL_MS = 5000;
const HTTP_CONFLICT = 409;
const BUSY_MS = 150; // another author's step lasts about so long
const BUSY_TRIES = 40;
const COLD_MS = 5000; // an engine that is not there yet is compiled beside the product's work, in a minute or two
const COLD_TRIES = 120;
const MOST_CUT = 100;
const CUTS_AROUND = [-5, 5];
const LIFTED_MS = 350; // several presses of a key are one save, and one step of undo

const data = JSON.parse(document.getElementById("studio-data").textContent);
const words = wordsOf("studio-text");
const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
const find = (selector) => document.querySelector(selector);
const page = {
  revision: data.revision,
  cut: data.cut,
  before: [], // by round: the draft as it began
  rounds: [], // by round: the present state, once a round came to its end
  now: null,
  pending: new Map(), // moved, not saved
  isAsking: false,
  wanted: 0, // previews asked for so far: the newest state is the only one that is answered to its end
  isSaving: false,
  quiet: 0,
  lifted: 0,
  shownRun: "",
};

const timeline = new Timeline(find("[data-plot=timeline]"), data.timeline, words, data.can_edit ? windowMoved : null);

async function send(address, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  const found = await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, found };
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

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

/*
 * The coarse calibration grows by short steps: the first one answers a change at once, the next ones go on until all
 * customers came. A long room has two rounds: a quick one on a long tick, then a finer one, which is shown when it is
 * complete. One step is under way at a time; what a newer change makes stale is never asked on.
 */

const isWhole = (part) => part.keys >= part.of_keys;
const isLast = (part) => isWhole(part) && part.round >= part.rounds - 1;

async function ask() {
  page.wanted += 1;
  if (page.isAsking) return;
  page.isAsking = true;
  tell("[data-coarse]", words("computing"));
  let answered = 0;
  let part = null;
  while (answered !== page.wanted || (part && !isLast(part))) {
    if (answered !== page.wanted) part = null;
    answered = page.wanted;
    const isFirst = part === null;
    part = await step({ changes: [...page.pending] }, part);
    // While a slider moves on, its first answers are worth a look; what refines a state that is gone is not.
    if (part && (isFirst || answered === page.wanted)) show(part);
  }
  page.isAsking = false;
}

function show(part) {
  if (part.round === 0) page.rounds = [];
  if (isWhole(part)) page.rounds[part.round] = part;
  if (part.round === 0 || isWhole(part)) {
    page.now = part;
    draw();
  }
  const state = part.round > 0 && !isWhole(part) ? "coarse_finer" : isWhole(part) ? "coarse" : "coarse_part";
  tell("[data-coarse]", words(state, { keys: part.keys, of: part.of_keys }) + (part.is_corrected ? words("corrected") : ""));
  document.body.dataset.preview = String(Number(document.body.dataset.preview ?? 0) + 1);
}

/** Ask for what comes behind a part of a preview; null, and why on the page, if there is none. */
async function step(asked, part) {
  const goesOn = part && !isWhole(part);
  const round = part ? part.round + (goesOn ? 0 : 1) : 0;
  const known = goesOn ? { points: part.points, fingerprint: part.fingerprint } : {};
  try {
    for (let busy = 0, cold = 0; busy < BUSY_TRIES && cold < COLD_TRIES; ) {
      const { ok, found } = await send(data.addresses.preview, { ...asked, round, ...known });
      if (ok && !found.is_busy) return found;
      if (ok) busy += 1;
      else {
        tell("[data-coarse]", found.lines?.join("; ") || found.message || words("contradiction"));
        if (found.type !== "engine_cold") return null;
        cold += 1;
      }
      await pause(ok ? BUSY_MS * (0.5 + Math.random()) : COLD_MS);
    }
  } catch {
    tell("[data-coarse]", words("offline"));
  }
  return null;
}

/** Measure the draft as it began, to compare with: the present one, if nothing was changed yet. */
async function askFirst() {
  if (!data.is_changed && page.pending.size === 0 && page.rounds.length) page.before = [...page.rounds];
  else {
    let part = null;
    do {
      part = await step({ changes: [], of: "first" }, part);
      if (part && isWhole(part)) page.before[part.round] = part;
    } while (part && !isLast(part));
  }
  draw();
}

const percent = (share) => `${(100 * share).toFixed(1)}%`;

function draw() {
  if (!page.now) return;
  const before = page.before[page.now.round] ?? null; // rounds are compared with their like
  drawScores(find("[data-plot=scores]"), page.now, before, page.cut, words);
  const figures = (preview) => ({
    competent_pass: percent(passShare(preview, "competent", page.cut)),
    novice_pass: percent(passShare(preview, "novice", page.cut)),
    auc: preview.separation["novice-competent"].auc_fraction.toFixed(3),
  });
  for (const [name, shown] of Object.entries(figures(page.now))) tell(`[data-stat=${name}]`, shown);
  if (before) for (const [name, shown] of Object.entries(figures(before))) tell(`.d[data-was=${name}]`, `${words("before")} ${shown}`);
  drawCuts();
}

/** The cut that is tried and those worth a look beside it; the rows stay, so that a key's focus does. */
function drawCuts() {
  const best = page.now.best_cut;
  const around = CUTS_AROUND.map((by) => page.cut + by);
  const cuts = [...new Set([...around, page.cut, best, data.cut])].filter((cut) => cut >= 0 && cut <= MOST_CUT).sort((a, b) => a - b);
  [...document.querySelectorAll("[data-cut-row]")].forEach((row, place) => {
    const cut = cuts[place];
    row.hidden = cut === undefined;
    if (row.hidden) return;
    const [head, able, green, act] = row.children;
    const marks = [cut === best ? words("cut_best") : "", cut === data.cut ? words("cut_level") : ""].filter(Boolean).join(" · ");
    head.replaceChildren(make("span", { class: "num", text: String(cut) }), ...(marks ? [make("span", { class: "muted t12", text: ` ${marks}` })] : []));
    able.textContent = percent(passShare(page.now, "competent", cut));
    green.textContent = percent(passShare(page.now, "novice", cut));
    row.classList.toggle("chosen", cut === page.cut);
    const button = act.firstElementChild;
    button.hidden = cut === page.cut;
    button.dataset.cutValue = String(cut);
    button.setAttribute("aria-label", words("take_cut_of", { cut }));
  });
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
  find("[data-redo]")?.remove(); // what was taken back cannot come back onto a newer state
  tell("[data-changed]", String(found.changed));
  tell("[data-saved]", words("saved"));
  find("[data-faults]").replaceChildren(
    ...found.faults.map((text) => make("p", { class: "fault" }, [icon("alert", "sm"), make("span", { text })])),
  );
  if (page.pending.size === 0 && !timeline.held) {
    data.timeline = found.timeline;
    timeline.update(data.timeline);
  }
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
  showIncidents(found.incidents);
  showLuck(found);
}

const signed = (share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${percent(Math.abs(share))}`;

function showIncidents(rows) {
  const most = Math.max(...rows.map((one) => Math.abs(one.competent_ratio)), 0.001);
  const row = (one) => {
    const takes = words("incident_takes", { competent: signed(one.competent_ratio), house: signed(one.house_ratio) });
    const size = Math.abs(one.competent_ratio);
    return make("div", { class: "dimrow takes" }, [
      make("span", { text: one.title }),
      make("meter", { class: "m-ink", min: 0, max: most, value: size, "aria-label": one.title, text: takes }),
      make("span", { class: "num", text: takes }),
    ]);
  };
  const none = make("p", { class: "muted t13", text: words("no_incidents") });
  find("[data-incidents]").replaceChildren(...(rows.length ? rows.map(row) : [none]));
}

/** How much of a score is luck, and which strategies come furthest without skill. */
function showLuck(found) {
  tell("[data-luck=share]", percent(found.luck.share));
  tell("[data-luck=raw_share]", percent(found.luck.raw_share));
  tell("[data-luck=sem_points]", `±${words("trick_points", { points: found.luck.sem_points.toFixed(1) })}`);
  find("[data-tricks]").replaceChildren(
    ...found.tricks.map((one) => {
      const points = words("trick_points", { points: one.score.toFixed(1).replace("-", "−") });
      const name = make("span", { text: `${one.name} ` }, one.is_hole ? [make("span", { class: "badge bad", text: words("hole") })] : []);
      return make("li", {}, [name, make("span", { class: "num", text: points }), make("span", { class: "muted", text: one.stopped_by })]);
    }),
  );
}

function checkRow(check) {
  const body = [make("b", { text: check.title }), make("span", { class: "muted num nowrap", text: ` ${check.figures}` })];
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
  timeline.update(data.timeline);
}

/** Take what was moved on the timeline: its fields show it where they are on the page; the lifted hand saves it. */
function windowMoved(changes, isDone) {
  for (const [path, value] of changes) {
    const input = find(`[data-path="${CSS.escape(path)}"]`);
    if (input) input.value = String(value);
    const slider = find(`[data-slides="${CSS.escape(path)}"]`);
    if (slider) slider.value = String(value);
    if (input) moved(input);
    else page.pending.set(path, String(value));
  }
  tell("[data-saved]", words("saving"));
  ask();
  clearTimeout(page.lifted);
  if (isDone) page.lifted = setTimeout(save, LIFTED_MS);
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
    if (event.target.inputMode === "decimal") {
      const plain = plainNumber(event.target.value);
      if (plain !== event.target.value) {
        event.target.value = plain;
        event.target.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    if (!event.target.dataset.slides) ask();
    save();
  });
}

function bindCut() {
  const input = find("[data-cut]");
  const slider = find("[data-cut-slider]");
  const set = (text) => {
    const cut = Number(text);
    if (text.trim() === "" || !Number.isFinite(cut) || cut < 0 || cut > MOST_CUT) return;
    page.cut = cut;
    draw();
  };
  input.addEventListener("input", () => { slider.value = input.value; set(input.value); });
  slider.addEventListener("input", () => { input.value = slider.value; set(slider.value); });
  for (const row of document.querySelectorAll("[data-cut-row]")) {
    row.querySelector("button").addEventListener("click", (event) => {
      const cut = event.currentTarget.dataset.cutValue;
      input.value = cut;
      slider.value = cut;
      set(cut);
      slider.focus(); // the row's button is gone: it is the cut that is tried now
    });
  }
}

async function begin() {
  bindCut();
  if (data.can_edit) bindFields();
  find("[data-cancel]")?.addEventListener("click", async () => {
    const { ok, found } = await send(data.addresses.cancel_run, {});
    if (ok) showRuns(found);
  });
  showRuns(data.runs);
  setTimeout(poll, POLL_MS);
  await ask();
  await askFirst();
  // The first thorough calibration needs no change: it fills the page, and says what previews are off by.
  if (data.can_edit && !data.runs.fine && !find("[data-faults]").childElementCount) refine();
}

begin();
