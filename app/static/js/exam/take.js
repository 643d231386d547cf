/** The exam page: reads its data, wires the parts together, asks the server again and again how things stand. */
import { icon, keepIcons } from "../dom.js";
import { bindKeys, keysAreOn, switchKeys } from "../keys.js";
import { wordsOf } from "../text.js";
import { Absences } from "./absences.js";
import { emptyValue } from "./answers.js";
import { bindAppearance } from "./appearance.js";
import { Banners } from "./banners.js";
import { Barrier } from "./barrier.js";
import { bindCalculator } from "./calculator.js";
import { ServerClock, TimerView, timeOfDay } from "./clock.js";
import { Closing } from "./closing.js";
import { askConflicts, partEntries } from "./conflicts.js";
import { ExhibitView } from "./exhibit.js";
import { Highlighter, canHighlight } from "./highlighter.js";
import { ExamModel } from "./model.js";
import { NavigatorView } from "./navigator.js";
import { Pauses } from "./pauses.js";
import { QuestionView } from "./question.js";
import { SaveQueue, exchange } from "./queue.js";
import { SaveStatus } from "./status.js";
import { ChangeStore } from "./store.js";
import { claimTab } from "./tabs.js";

const POLL_MS = 10000;
// A look at the attempt takes a few milliseconds: without an answer for so long the network is gone, and is asked for sooner.
const UNREACHED_AFTER_MS = 5000;
const UNREACHED_POLL_MS = 2000;
const words = wordsOf("exam-text");
const root = document.getElementById("exam");
const byId = (id) => document.getElementById(id);

class ExamPage {
  constructor(data, store) {
    this.data = data;
    this.banners = new Banners();
    this.notices = new Set();
    this.pollMs = data.poll_after_ms ?? POLL_MS;
    this.model = new ExamModel(data, (item) => this.queue.add(item.position, item.answer ?? emptyValue(item), item.flagged));
    this.clock = new ServerClock(data.server_now, data.due_at, data.section_due_at);
    this.queue = new SaveQueue({
      url: data.save_url,
      token: data.csrf,
      openUrl: data.state_url,
      sequence: data.sequence,
      store,
      onAck: (entry, answer) => this.acknowledged(entry, answer),
      onRefused: (entry, answer) => this.refused(entry, answer),
      onStopped: (state, answer) => this.stopped(state, answer),
      onState: () => this.savingChanged(),
    });
    this.absences = new Absences({ attempt: data.attempt, url: data.signals_url, token: data.csrf, queue: this.queue });
    this.status = new SaveStatus(this.queue, this.model, this.banners, words, {
      signIn: () => this.signIn(),
      reload: () => location.reload(),
      takeOver: () => this.takeOver(),
    });
    this.question = new QuestionView(this.model, words, { onDraft: (draft) => this.status.setDraft(draft), announce });
    this.highlighter = canHighlight ? new Highlighter(this.model, words, announce) : null;
    this.exhibit = new ExhibitView(data.exhibits, words);
    this.navigator = new NavigatorView(this.model, words, (position) => this.go(position));
    this.closing = new Closing({ data, model: this.model, queue: this.queue, clock: this.clock, words, review: (filter) => this.review(filter), signIn: () => this.signIn() });
    this.barrier = new Barrier({ data, model: this.model, queue: this.queue, words, closed: (answer) => this.closing.closed(answer), signIn: () => this.signIn() });
    this.pauses = new Pauses({
      data, clock: this.clock, words,
      onPause: () => this.question.flush(),
      learn: (state) => this.learn(state),
      onProblem: (message) => announceProblem(this.banners, message),
    });
  }

  /** Bring back what an earlier life of this page left unsent, then let the candidate go on. */
  async start() {
    const { send, known, overtaken } = partEntries(await this.queue.store.entries(), this.data.sequence, (position) => this.model.at(position));
    for (const entry of known) await this.queue.store.remove(entry.sequence);
    for (const entry of send) Object.assign(this.model.at(entry.position), { answer: entry.value, flagged: entry.flagged });
    this.queue.resume(send);
    this.listen();
    this.showItem(false);
    this.status.show();
    this.timer = new TimerView(this.clock, words, { announce, onOver: () => this.timeOver() });
    claimTab(this.data.attempt, () => this.queue.stop("elsewhere", {}));
    if (overtaken.length) await this.settleConflicts(overtaken);
    this.pauses.show(this.data);
    for (const notice of this.data.notices ?? []) this.tell(notice.id, notice.text);
    if (this.data.writer_epoch === 0) this.tell("absences", words("absence_rule"));
    this.absences.tell();
    this.schedulePoll();
  }

  /** Changes overtaken by another device: the kept ones are made anew, as newer changes. */
  async settleConflicts(overtaken) {
    const kept = await askConflicts(overtaken, this.model, words);
    for (const entry of kept) {
      const item = this.model.at(entry.position);
      Object.assign(item, { answer: entry.value, flagged: entry.flagged });
      this.queue.add(entry.position, entry.value, entry.flagged);
      this.model.changed(item);
    }
    for (const entry of overtaken) await this.queue.store.remove(entry.sequence);
    this.question.refresh();
  }

  listen() {
    this.model.addEventListener("move", () => this.showItem(true));
    this.model.addEventListener("change", ({ detail }) => {
      if (detail === this.model.current) this.question.refresh();
      this.navigator.show();
      this.showFlag();
    });
    this.model.addEventListener("lock", () => {
      root.classList.add("locked");
      this.question.refresh();
    });
    const commands = {
      previous: () => this.step(-1),
      next: () => this.step(1),
      flag: () => this.model.toggleFlag(this.model.item),
      navigator: () => this.navigator.open(),
      calculator: () => openTool("calculator", "calculator-screen"),
      pad: () => openTool("pad", "pad-text"),
      timer: () => this.timer.toggle(),
      highlight: () => this.highlighter?.toggle(),
      appearance: () => this.openAppearance(),
      help: () => byId("help-dialog").showModal(),
      "submit-check": () => this.checkEnd(),
      break: () => this.takeBreak(),
    };
    document.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target : null;
      commands[target?.closest("[data-do]")?.dataset.do]?.();
      target?.closest("[data-close]")?.closest("dialog").close();
    });
    const letters = Object.fromEntries([..."abcdefg"].map((letter) => [letter, () => this.question.letter(letter.toUpperCase())]));
    bindKeys("exam", {
      ...letters,
      x: () => this.question.strikeMode(!this.question.isStriking),
      m: commands.flag,
      n: commands.navigator,
      t: commands.timer,
      h: commands.highlight,
      v: commands.appearance,
      "?": commands.help,
      ArrowLeft: commands.previous,
      ArrowRight: commands.next,
    });
    const keysSwitch = byId("keys-switch");
    keysSwitch.checked = keysAreOn("exam");
    keysSwitch.addEventListener("change", () => switchKeys("exam", keysSwitch.checked));
    byId("pad-text").value = this.model.pad;
    byId("pad-text").addEventListener("input", (event) => this.model.jot(event.target.value));
    bindCalculator(words);
    bindAppearance(root);
    // A selection is lost to the button that is pressed, unless the press takes no focus.
    for (const button of document.querySelectorAll("[data-do=highlight]")) {
      button.hidden = !this.highlighter;
      button.addEventListener("mousedown", (event) => event.preventDefault());
    }
    document.addEventListener("keydown", (event) => {
      const tool = event.target instanceof Element ? event.target.closest(".tool-window") : null;
      if (event.key === "Escape" && tool) tool.close();
    });
    addEventListener("online", () => this.poll());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.question.flush();
      else this.poll();
    });
    addEventListener("beforeunload", (event) => {
      // What is on the disk survives; only what is not is worth a question.
      if (this.queue.size && !this.queue.isStopped && !this.queue.store.isDurable) event.preventDefault();
    });
    for (const button of document.querySelectorAll("[data-do]")) button.disabled = false;
    if (this.barrier.isAhead) {
      for (const button of document.querySelectorAll("[data-do=submit-check]")) button.textContent = words("leave_section");
    }
  }

  openAppearance() {
    byId("navigator-sheet").close();
    byId("appearance-dialog").showModal();
  }

  showItem(takeFocus) {
    const isNewExhibit = this.exhibit.show(this.model.item.exhibit);
    this.question.show(takeFocus);
    this.highlighter?.show();
    this.navigator.show();
    this.showFlag();
    const [first, last] = [this.model.items[0], this.model.items.at(-1)];
    document.querySelector("[data-do=previous]").disabled = this.model.item === first;
    byId("next-text").textContent = words(this.model.item !== last ? "next" : this.barrier.isAhead ? "leave_section" : "to_submit");
    root.classList.toggle("locked", this.model.isLocked);
    // Below the desktop layout both stand in one column: known material is scrolled past.
    if (takeFocus) byId("main").scrollTop = isNewExhibit ? 0 : byId("question").offsetTop;
  }

  showFlag() {
    const { flagged } = this.model.item;
    for (const button of document.querySelectorAll("[data-do=flag]")) {
      button.setAttribute("aria-pressed", String(flagged));
      button.disabled = this.model.isLocked;
      button.querySelector("svg").replaceWith(icon("flag", flagged ? "sm warn" : "sm"));
      button.querySelector("span").textContent = words(flagged ? "flagged" : "flag");
    }
  }

  go(position) {
    this.question.flush();
    this.model.go(position);
  }

  step(by) {
    this.question.flush();
    if (!this.model.step(by) && by > 0) this.checkEnd();
  }

  /** The end of the section, or of the exam. A page that writes no more ends nothing, and asks nothing. */
  checkEnd() {
    if (this.queue.isStopped) return;
    this.question.flush();
    byId("navigator-sheet").close();
    if (this.barrier.isAhead) this.barrier.check();
    else this.closing.check();
  }

  timeOver() {
    if (this.clock.endsWithSection && this.barrier.isAhead) this.barrier.timeOver();
    else this.closing.timeOver();
  }

  takeBreak() {
    if (this.queue.isStopped) return;
    byId("navigator-sheet").close();
    this.pauses.begin();
  }

  review(filter) {
    this.navigator.setFilter(filter);
    const wanted = this.model.openItems.find((item) => (filter === "open" ? !this.model.isAnswered(item) : item.flagged));
    if (wanted) this.go(wanted.position);
  }

  savingChanged() {
    this.status?.show();
    this.absences?.setOffline(this.status?.state === "offline");
    if (this.closing?.sheet.open) this.closing.refresh();
    if (this.barrier?.dialog.open) this.barrier.refresh();
  }

  acknowledged(entry, answer) {
    this.model.at(entry.position).saved = { value: entry.value, flagged: entry.flagged };
    this.status.setReachable(true);
    this.clock.sync(answer);
  }

  refused(entry, answer) {
    const item = this.model.at(entry.position);
    if (!this.queue.entries.some((other) => other.position === entry.position)) this.model.restore(item);
    const id = `refused-${entry.position}`;
    this.banners.set(id, {
      tone: "bad", iconName: "alert", title: words("refused_title", { n: entry.position }),
      text: answer.type?.startsWith("section_") ? answer.message : words("refused_text"),
      action: { label: words("dismiss"), run: () => this.banners.clear(id) },
    });
  }

  stopped(state, answer) {
    if (state === "closed") return this.closing.closed(answer);
    this.model.lock();
    // An open question would stand before the button that takes the exam back.
    this.barrier?.dialog.close();
    this.closing?.sheet.close();
  }

  /** Leave for the sign-in page and come back; what waits here stays on the device. */
  signIn() {
    location.assign(this.data.sign_in_url);
  }

  async takeOver() {
    const { status, body } = await exchange(this.data.state_url, { body: { take_over: true }, token: this.data.csrf });
    if (status === 200) location.reload();
    else if (status === 401) this.signIn();
    else if (body?.type === "attempt_closed" || body?.type === "deadline_passed") this.closing.closed(body);
    else announceProblem(this.banners, body?.message);
  }

  schedulePoll(ms = this.pollMs) {
    clearTimeout(this.pollTimer);
    this.pollTimer = setTimeout(() => this.poll(), ms * (0.8 + 0.4 * Math.random()));
  }

  /** Ask how the attempt stands: time, notices, closed, who writes. */
  async poll() {
    if (this.queue.isStopped) return;
    clearTimeout(this.pollTimer);
    const signal = AbortSignal.timeout(UNREACHED_AFTER_MS);
    const { status, body, sentAt, receivedAt } = await exchange(`${this.data.state_url}?waiting=${this.queue.size}`, { signal });
    this.status.setReachable(status !== 0);
    this.absences.setOffline(this.status.state === "offline");
    if (status === 200 && body) this.learn({ ...body, sentAt, receivedAt });
    if (status === 200) this.absences.tell();
    this.schedulePoll(status === 0 ? UNREACHED_POLL_MS : this.pollMs);
  }

  learn(state) {
    const before = this.clock.dueAt;
    this.clock.sync(state);
    this.pollMs = state.poll_after_ms ?? this.pollMs;
    this.pauses.show(state);
    this.queue.wake();
    this.timer.show(this.clock.remaining());
    if (Math.abs(this.clock.dueAt - before) > 1000) this.tell("extended", words("extended", { time: timeOfDay(this.clock.dueAt) }));
    for (const notice of state.notices ?? []) this.tell(notice.id ?? notice.text ?? notice, notice.text ?? notice);
    if (state.closed) this.queue.stop("closed", state);
    else if (this.queue.epoch !== null && state.writer_epoch > this.queue.epoch) this.queue.stop("elsewhere", state);
    else if (state.section && state.section !== this.data.section && !this.queue.size) location.reload();
  }

  /** Show a notice once; it stays until it is put away. */
  tell(id, text) {
    const key = `${id}:${text}`;
    if (this.notices.has(key)) return;
    this.notices.add(key);
    this.banners.set(key, { tone: "info", title: text, action: { label: words("dismiss"), run: () => this.banners.clear(key) } });
  }
}

function announce(text) {
  byId("announcements").textContent = text;
}

function announceProblem(banners, message) {
  banners.clear("takeover");
  banners.set("takeover", { tone: "bad", iconName: "alert", title: message ?? words("elsewhere_failed") });
}

/** Tools stand beside the question: not modal, closed by the same command. */
function openTool(id, focusId) {
  const tool = byId(id);
  byId("navigator-sheet").close();
  if (tool.open) {
    tool.close();
    return;
  }
  for (const other of document.querySelectorAll(".tool-window[open]")) other.close();
  tool.show();
  byId(focusId).focus();
}

keepIcons();
const data = JSON.parse(byId("exam-data").textContent);
new ExamPage(data, await ChangeStore.open(data.attempt)).start().catch((error) => {
  new Banners().set("failed", { tone: "bad", iconName: "alert", title: words("load_failed_title"), text: words("load_failed_text") });
  throw error;
});
