/**
 * The tutorial: steps laid over the cockpit, one panel each. The room is paused while a step is read; a step that asks for an
 * act waits until the room's own figures show it. It reads the room by its own polls, so the cockpit knows nothing of it.
 */
import { make } from "../dom.js";
import { newKey } from "../exam/queue.js";
import { wordsOf } from "../text.js";
import { request } from "./sending.js";

const LOOK_MS = 800;
const AFTER_ACT_TICKS = 6;
const SEEK_TICKS = 6;
const MOST_SEEKS = 20;
const CORNERS = ["br", "bl", "tr", "tl"];
const byId = (id) => document.getElementById(id);
const isShown = (element) => Boolean(element) && element.getClientRects().length > 0;

class Guide {
  constructor(data, room) {
    Object.assign(this, { steps: data.steps, url: data.url, handbook: data.handbook, urls: room.urls, words: wordsOf("tutorial-text") });
    this.token = document.querySelector("meta[name=csrf-token]").content;
    this.at = data.steps.findIndex((one) => one.id === data.done) + 1;
    this.isDone = false;
    this.isOver = false;
    this.body = room.poll;
    this.lastFocus = null;
  }

  get step() {
    return this.steps[this.at];
  }

  async start() {
    document.addEventListener("focusin", ({ target }) => this.noteTouch(target));
    document.addEventListener("pointerdown", ({ target }) => this.noteTouch(target));
    addEventListener("resize", () => this.place());
    // The cockpit takes no act before it has seen the start itself.
    while (this.body?.clock?.state === "countdown" || byId("pause").disabled) {
      await new Promise((done) => setTimeout(done, LOOK_MS));
      await this.look();
    }
    this.build();
    if (this.at >= this.steps.length) await this.finish();
    else await this.show();
    this.timer = setInterval(() => this.watch(), LOOK_MS);
  }

  build() {
    this.title = make("h2", { id: "guide-title", tabindex: "-1" });
    this.count = make("span", { class: "t12 muted num" });
    this.text = make("p");
    this.task = make("span");
    this.keys = make("span", { class: "no-phone muted" });
    this.todo = make("p", { class: "guide-task" }, [this.task, " ", this.keys]);
    this.status = make("p", { class: "guide-status", role: "status" });
    this.nextButton = make("button", { class: "btn btn-sm btn-primary", type: "button" });
    this.passButton = make("button", { class: "btn btn-sm btn-ghost", type: "button", text: this.words("pass") });
    this.skipButton = make("button", { class: "btn btn-sm btn-ghost", type: "button", text: this.words("skip") });
    this.nextButton.addEventListener("click", () => this.next());
    this.passButton.addEventListener("click", () => this.next());
    this.skipButton.addEventListener("click", () => this.end("skipped"));
    this.card = make("section", { class: "guide", "aria-labelledby": "guide-title" }, [
      make("div", { class: "row between" }, [this.title, this.count]),
      this.text,
      this.todo,
      this.status,
      make("div", { class: "row sm wrap" }, [this.nextButton, this.passButton, this.skipButton]),
    ]);
    document.body.append(this.card);
  }

  /** Show the present step: pause, mark its panel, say what it is and what to do. */
  async show() {
    const { title, text, task, keys, wants, tab } = this.step;
    await this.look();
    if (this.body.clock.state === "live") await this.changeClock({ change: "pause" });
    const tabButton = document.querySelector(`#tabs [data-show="${tab}"]`);
    if (isShown(tabButton)) tabButton.click();
    this.lastFocus = null;
    this.isDone = !wants;
    this.title.textContent = title;
    this.count.textContent = this.words("count", { n: this.at + 1, all: this.steps.length });
    this.text.textContent = text;
    this.task.textContent = task;
    this.keys.textContent = keys;
    this.todo.hidden = !task;
    this.status.textContent = "";
    this.nextButton.textContent = this.words(this.at + 1 < this.steps.length ? "next" : "finish");
    this.card.setAttribute("data-step", this.step.id);
    this.showButtons();
    this.mark();
    const begin = this.nextButton.disabled ? this.title : this.nextButton;
    begin.focus({ preventScroll: true });
    if (wants === "answered") await this.seekIncident();
  }

  showButtons() {
    this.nextButton.disabled = !this.isDone;
    this.passButton.hidden = this.isDone;
  }

  /** Mark the panel and keep the card out of its way. */
  mark() {
    document.querySelector(".guide-mark")?.classList.remove("guide-mark");
    const panel = this.step.panels.map(byId).find(isShown);
    if (!panel) return this.place();
    this.panel = panel.closest("section") ?? panel;
    if (panel.matches("button")) this.panel = panel;
    this.panel.classList.add("guide-mark");
    this.panel.scrollIntoView({ block: "nearest" });
    return this.place();
  }

  /** Put the card into the corner where it hides least of the marked panel. */
  place() {
    if (!this.card || !this.panel) return;
    const held = this.panel.getBoundingClientRect();
    const hidden = CORNERS.map((corner) => {
      this.card.setAttribute("data-corner", corner);
      const own = this.card.getBoundingClientRect();
      const width = Math.min(own.right, held.right) - Math.max(own.left, held.left);
      const height = Math.min(own.bottom, held.bottom) - Math.max(own.top, held.top);
      return Math.max(0, width) * Math.max(0, height);
    });
    this.card.setAttribute("data-corner", CORNERS[hidden.indexOf(Math.min(...hidden))]);
  }

  noteTouch(target) {
    if (target instanceof Element && !this.card?.contains(target)) this.lastFocus = target;
  }

  async look() {
    const { status, body } = await request(this.urls.poll);
    if (status === 200) this.body = body;
  }

  /** Look whether the act was done; the clock is started by nobody but the guide while a step is read. */
  async watch() {
    if (this.isOver || this.isLooking) return;
    this.isLooking = true;
    await this.look();
    this.isLooking = false;
    if (this.isOver) return;
    if (this.body.room.is_closed) this.remove();
    else if (!this.isDone && this.wasDone()) this.done();
  }

  wasDone() {
    const [kind, name] = this.step.wants.split(":");
    const seen = this.body.observation;
    if (kind === "lever") return seen.levers[name] === "candidate";
    if (kind === "answered") return seen.incidents.some((one) => one.stage === "answered") || seen.past_incidents.some((one) => one.answer);
    return kind === "focus" && Boolean(this.lastFocus?.closest(`#${name}`) ?? byId(name)?.contains(this.lastFocus));
  }

  done() {
    this.isDone = true;
    this.status.textContent = this.words("done");
    this.showButtons();
    if (!document.querySelector("dialog:modal")) this.nextButton.focus({ preventScroll: true });
  }

  async next() {
    if (this.isBusy) return;
    this.isBusy = true;
    const acted = this.step.wants && this.isDone;
    await request(this.url, { body: { step: this.step.id }, token: this.token });
    // Half a minute of the room, so that what was done can be seen; it stays paused.
    if (acted) await this.changeClock({ change: "step", ticks: AFTER_ACT_TICKS });
    this.at += 1;
    if (this.at < this.steps.length) await this.show();
    else await this.finish();
    this.isBusy = false;
  }

  /** Let the room go on to its incident, a little at a time; whoever is too late for it has nothing to answer. */
  async seekIncident() {
    for (let tries = 0; tries < MOST_SEEKS && !this.isOver; tries += 1) {
      await this.look();
      const seen = this.body.observation;
      if (!seen || seen.incidents.some((one) => one.stage === "active")) return;
      if (seen.past_incidents.length) {
        if (!this.isDone) this.done();
        return;
      }
      await this.changeClock({ change: "step", ticks: SEEK_TICKS });
    }
  }

  async changeClock(body) {
    const key = newKey();
    await request(this.urls.clock, { body: { ...body, key }, token: this.token, key });
  }

  async finish() {
    await request(this.url, { body: { ending: "finished" }, token: this.token });
    await this.changeClock({ change: "resume" });
    document.querySelector(".guide-mark")?.classList.remove("guide-mark");
    this.isDone = true;
    this.isOver = true;
    clearInterval(this.timer);
    this.title.textContent = this.words("over_title");
    this.count.textContent = "";
    this.text.textContent = this.words("over_text");
    this.todo.hidden = true;
    this.status.textContent = "";
    this.card.setAttribute("data-step", "over");
    this.passButton.hidden = this.skipButton.hidden = true;
    const close = make("button", { class: "btn btn-sm btn-primary", type: "button", text: this.words("close") });
    close.addEventListener("click", () => this.remove());
    this.nextButton.replaceWith(close);
    close.after(make("a", { class: "btn btn-sm btn-ghost", href: this.handbook, target: "_blank", text: this.words("handbook") }));
    close.focus({ preventScroll: true });
  }

  async end(ending) {
    this.remove();
    await request(this.url, { body: { ending }, token: this.token });
    await this.changeClock({ change: "resume" });
  }

  remove() {
    this.isOver = true;
    clearInterval(this.timer);
    document.querySelector(".guide-mark")?.classList.remove("guide-mark");
    this.card.remove();
  }
}

new Guide(JSON.parse(byId("tutorial-data").textContent), JSON.parse(byId("room-data").textContent)).start();
