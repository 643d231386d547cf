/** The plan page: fields, sums and limits at once; drafts are kept as one goes; one button fixes the plan and starts the room. */
import { icon, make, setIcon } from "../dom.js";
import { newKey } from "../exam/queue.js";
import { wordsOf } from "../text.js";
import { short, yuan } from "./figures.js";
import { PlanForm, typedFen } from "./plan/form.js";
import { PlanSaver } from "./plan/saver.js";
import { TrayOrder } from "./plan/tray.js";
import { request } from "./sending.js";

const data = JSON.parse(document.getElementById("plan-data").textContent);
const words = wordsOf("room-text");
const rules = wordsOf("rule-text");
const token = document.querySelector("meta[name=csrf-token]").content;
const at = (id) => document.getElementById(id);

const ASK_AGAIN_MS = 1500;
const TOLD_MINUTES = [5, 1];

let epoch = null;
let refusal = [];
let submitKey = null;
let isOver = false;
let savedAt = null;
let heldBack = "";

const main = at("main");
const tray = new TrayOrder(at("tray"), at("off-tray"), (key, values) => say(words(key, values)), () => edited());
const form = new PlanForm(main, data, tray);
const saver = new PlanSaver({
  url: data.urls.plan,
  token,
  store: `plan:${data.room.public_id}`,
  epoch: () => epoch,
  onSaved: saved,
  onRefused: refused,
  onStopped: stopped,
  onChange: showSaving,
});

function say(text) {
  at("spoken").textContent = text;
}

// ---- what the fields say ----

function edited() {
  const { plan, bad } = form.read();
  refusal = [];
  show(plan, bad);
  const [fault] = form.faults(plan);
  heldBack = bad.length ? words("no_number") : fault ? rules(fault) : "";
  if (heldBack) showSaving();
  else saver.change({ plan });
}

function show(plan, bad) {
  const totals = form.totals(plan);
  at("sum-preparing").textContent = yuan(totals.preparing);
  at("sum-stock").textContent = yuan(totals.stock);
  at("sum-total").textContent = yuan(totals.total);
  at("foot-total").textContent = yuan(totals.total);
  showMeter("purse", totals.total, data.limits.purse_fen);
  if (data.limits.cash_fen !== null) showMeter("cash", totals.total, data.limits.cash_fen);
  at("tray-count").textContent = words("tray_count", { n: plan.tray.length });
  at("off-none").hidden = at("off-tray").children.length > 0;
  at("hours-sum").textContent = plan.hourly_gmv_fen ? words("hours_sum", { sum: yuan(totals.hours), target: yuan(data.target_fen) }) : "";
  const codes = [...new Set([...form.faults(plan), ...refusal.map((one) => one.code)])];
  showFaults([...codes.map((code) => rules(code)), ...(bad.length ? [words("no_number")] : [])]);
}

function showMeter(id, used, limit) {
  const meter = at(id);
  meter.value = Math.min(used, limit);
  meter.className = used > limit ? "m-bad" : "m-ink";
  const left = at(`${id}-left`);
  left.textContent = words(used > limit ? "over" : "left", { sum: yuan(Math.abs(limit - used)) });
  left.classList.toggle("bad", used > limit);
}

function showFaults(found) {
  at("faults").replaceChildren(...found.map((text) => make("li", { class: "bad" }, [icon("alert", "sm"), make("span", { text })])));
  at("no-faults").hidden = found.length > 0;
  for (const button of [at("start"), at("start-phone")]) button.disabled = found.length > 0 || saver.isStopped;
}

function showAdvice(list) {
  at("advice")?.replaceChildren(...list.map((text) => make("li", {}, [icon("info", "sm"), make("span", { text })])));
}

function countCharacters() {
  const most = data.limits.most_diagnosis;
  at("diagnosis-count").textContent = words("characters", { n: at("diagnosis").value.length, most });
}

// ---- saving ----

function saved(answer) {
  savedAt = new Date();
  if (answer.is_planning === false) return goOn();
  showAdvice(answer.advice);
  refusal = [];
  const { plan, bad } = form.read();
  show(plan, bad);
}

function refused({ message, errors }) {
  refusal = errors ?? [];
  const { plan, bad } = form.read();
  show(plan, bad);
  setSaving("off", "cloudoff", words("unsaved", { reason: message ?? "" }));
}

function showSaving() {
  if (saver.isStopped) return;
  if (heldBack) setSaving("off", "cloudoff", words("unsaved", { reason: heldBack }));
  else if (saver.isWaiting) setSaving("off", "cloudoff", words("waiting"));
  else if (!saver.isClean) setSaving("", "cloud", words("saving"));
  else if (!refusal.length && savedAt) setSaving("good", "check", words("saved", { time: savedAt.toLocaleTimeString("en-GB", { timeZone: "Asia/Shanghai" }) }));
}

function setSaving(tone, name, text) {
  at("save").className = `plsave ${tone}`;
  setIcon(at("save").querySelector("svg"), name);
  at("save-text").textContent = text;
}

function stopped(why) {
  if (why === "over") return timeIsOver();
  const told = {
    elsewhere: ["elsewhere", "take_over", takeSeat],
    "signed-out": ["signed_out", "sign_in", () => location.assign(data.urls.sign_in)],
    stale: ["stale_page", "reload", () => location.reload()],
  }[why];
  showBanner(words(told[0]), words(told[1]), told[2]);
  if (why === "elsewhere") {
    setSaving("off", "eye", words("read_only"));
    setReadOnly(true);
  }
}

function showBanner(text, action = "", act = null) {
  at("banner").hidden = text === "";
  at("banner-text").textContent = text;
  at("banner-action").hidden = action === "";
  at("banner-action").textContent = action;
  at("banner-action").onclick = act;
}

function setReadOnly(isReadOnly) {
  main.inert = isReadOnly;
  for (const button of [at("start"), at("start-phone")]) button.disabled = isReadOnly;
}

/** Become the page that plans; what another device kept meanwhile comes first, what waits here is sent after it. */
async function takeSeat() {
  const { status, body } = await request(data.urls.take_over, { body: { take_over: true }, token });
  if (status === 200) {
    epoch = body.writer_epoch;
    const news = await request(data.urls.state);
    if (news.status === 200 && !news.body.is_planning) return goOn();
    if (news.status === 200) fill(news.body);
    showBanner("");
    setReadOnly(false);
    restoreKept();
    saver.start();
    setSaving("", "cloud", words("saving"));
    savedAt ??= new Date();
    showSaving();
  } else if (status === 401 || body?.type === "csrf_failed") {
    stopped(status === 401 ? "signed-out" : "stale");
  } else if (status === 409) {
    goOn();
  } else {
    setSaving("off", "cloudoff", words("waiting"));
    setTimeout(takeSeat, ASK_AGAIN_MS);
  }
}

function fill({ plan, diagnosis, advice }) {
  form.write(plan);
  at("diagnosis").value = diagnosis;
  if (advice) showAdvice(advice);
  const read = form.read();
  show(read.plan, read.bad);
  countCharacters();
}

/** Changes that an earlier visit could not send are put back into the fields, and sent. */
function restoreKept() {
  const kept = saver.kept();
  if (kept.plan) form.write(kept.plan);
  if (kept.diagnosis !== undefined) at("diagnosis").value = kept.diagnosis;
  if (kept.plan) edited();
  if (kept.diagnosis !== undefined) saver.change({ diagnosis: kept.diagnosis });
  countCharacters();
}

// ---- starting ----

function askToStart() {
  const { plan } = form.read();
  const { total } = form.totals(plan);
  at("start-words").textContent = words("start_words", {
    traffic: yuan(plan.traffic_budget_fen),
    benefit: yuan(plan.benefit_budget_fen),
    n: plan.tray.length,
    total: yuan(total),
  });
  at("start-dialog").returnValue = "";
  at("start-dialog").showModal();
}

async function submit() {
  const { plan } = form.read();
  submitKey ??= newKey();
  const body = { key: submitKey, writer_epoch: epoch, plan, diagnosis: at("diagnosis").value };
  setReadOnly(true);
  setSaving("", "cloud", words("saving"));
  const answer = await request(data.urls.plan, { body, token, key: submitKey });
  const type = answer.body?.type;
  if (answer.status === 200 || type === "plan_closed") {
    goOn();
  } else if (type === "plan_time_over") {
    timeIsOver();
  } else if (answer.status === 0 || answer.status >= 500 || answer.status === 429) {
    setSaving("off", "cloudoff", words("waiting"));
    setTimeout(submit, Math.max(ASK_AGAIN_MS, answer.retryAfterMs));
  } else if (type === "superseded_session") {
    saver.stop("elsewhere");
  } else if (answer.status === 401 || type === "csrf_failed") {
    setReadOnly(false);
    stopped(answer.status === 401 ? "signed-out" : "stale");
  } else {
    submitKey = null;
    setReadOnly(false);
    refused(answer.body ?? {});
  }
}

function goOn() {
  saver.clear();
  location.replace(data.urls.cockpit);
}

/** The server takes what was saved last; this page only waits for it. */
async function timeIsOver() {
  if (!isOver) {
    isOver = true;
    setReadOnly(true);
    showBanner(words("time_over"));
  }
  const { status, body } = await request(data.urls.state);
  if (status === 200 && !body.is_planning) goOn();
  else setTimeout(timeIsOver, ASK_AGAIN_MS);
}

function runTimer() {
  if (data.left_ms === null) return;
  const endsAt = performance.now() + data.left_ms;
  const told = new Set();
  const tick = () => {
    const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
    at("left").textContent = short(left);
    at("timer").classList.toggle("low", left <= 60);
    const minutes = Math.ceil(left / 60);
    if (TOLD_MINUTES.includes(minutes) && !told.has(minutes)) {
      told.add(minutes);
      say(words("minutes_left", { n: minutes }));
    }
    if (left > 0) return;
    clearInterval(timer);
    const { plan, bad } = form.read();
    if (bad.length || form.faults(plan).length) timeIsOver();
    else submit();
  };
  const timer = setInterval(tick, 500);
  tick();
}

// ---- wiring ----

main.addEventListener("input", (event) => {
  const { target } = event;
  if (target.id === "diagnosis") {
    countCharacters();
    saver.change({ diagnosis: target.value });
    return;
  }
  if (target.dataset.for) form.writeSum(at(target.dataset.for), Number(target.value) * 100);
  edited();
});
main.addEventListener("change", ({ target }) => {
  const range = main.querySelector(`[data-for="${target.id}"]`);
  const fen = range ? typedFen(target.value) : null;
  if (range && fen !== null && !Number.isNaN(fen)) form.writeSum(target, fen);
});
at("spread").addEventListener("click", () => {
  // Whole tens of yuan; the last hour takes what rounding left.
  const shares = data.hourly_fractions.map((share) => Math.round((data.target_fen * share) / 1e3) * 1e3);
  shares[shares.length - 1] += data.target_fen - shares.reduce((sum, fen) => sum + fen, 0);
  const { plan } = form.read();
  form.write({ ...plan, hourly_gmv_fen: shares });
  edited();
});
at("use-earlier")?.addEventListener("click", () => {
  form.write(data.earlier);
  edited();
});
for (const button of [at("start"), at("start-phone")]) button.addEventListener("click", askToStart);
at("start-dialog").addEventListener("close", () => {
  if (at("start-dialog").returnValue === "yes") submit();
});
addEventListener("online", () => saver.plan(0));

fill(data);
takeSeat();
runTimer();
