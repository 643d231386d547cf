/** Practice: one question, its explanation at once, then the next. Answers given without a network are sent later. */
import { ExhibitView } from "../exam/exhibit.js";
import { Banners } from "../exam/banners.js";
import { exchange, newKey } from "../exam/queue.js";
import { QuestionView } from "../exam/question.js";
import { icon, keepIcons, make } from "../dom.js";
import { bindKeys } from "../keys.js";
import { wordsOf } from "../text.js";
import { DeskModel } from "./model.js";
import { Outbox } from "./outbox.js";

const byId = (id) => document.getElementById(id);
const words = wordsOf("desk-text");
const token = document.querySelector("meta[name=csrf-token]").content;

class PracticePage {
  constructor(data) {
    this.data = data;
    this.model = new DeskModel();
    this.model.take(data);
    this.banners = new Banners();
    this.outbox = new Outbox(data.person);
    this.question = new QuestionView(this.model, wordsOf("exam-text"), { onDraft() {}, announce });
    this.exhibit = new ExhibitView(this.model.exhibits, wordsOf("exam-text"));
    this.answered = 0;
    this.right = 0;
    this.recorded = null;
    this.isBusy = false;
  }

  start() {
    this.model.addEventListener("change", () => this.question.refresh());
    for (const button of document.querySelectorAll("[data-confidence]")) {
      button.addEventListener("click", () => this.submit(Number(button.dataset.confidence)));
    }
    for (const button of document.querySelectorAll("[data-recall]")) {
      button.addEventListener("click", () => this.rate(Number(button.dataset.recall)));
    }
    byId("next").addEventListener("click", () => this.next());
    const letters = Object.fromEntries([..."abcdefg"].map((one) => [one, () => !this.model.isLocked && this.question.letter(one.toUpperCase())]));
    const digits = Object.fromEntries([1, 2, 3, 4].map((n) => [String(n), () => (this.recorded ? this.rate(n) : n < 4 && this.submit(n))]));
    bindKeys("practice", { ...letters, ...digits, Enter: () => this.enter(), ArrowRight: () => this.enter() });
    addEventListener("online", () => this.flush());
    this.flush();
    this.next();
  }

  enter() {
    if (!byId("after").hidden) this.next();
  }

  async next() {
    if (this.isBusy) return;
    if (this.model.at + 1 >= this.model.items.length) await this.fetchMore();
    if (!this.model.next()) {
      this.finish();
      return;
    }
    this.recorded = null;
    this.shownAt = performance.now();
    const { item } = this.model;
    byId("explanation").replaceChildren();
    byId("ask").hidden = false;
    byId("after").hidden = true;
    byId("question-skill").textContent = item.skill;
    this.exhibit.show(item.exhibit);
    this.question.show(this.answered > 0);
    byId("main").scrollTop = 0;
    this.showTally();
  }

  async fetchMore() {
    // Nothing was asked for yet when the page itself brought no question.
    if (this.model.at < 0) return;
    const query = new URLSearchParams({ mode: this.data.mode, skill: this.data.skill, first: this.model.items.length + 1 });
    const { status, body } = await exchange(`${this.data.more_url}?${query}`);
    if (status === 200) this.model.take(body);
  }

  finish() {
    byId("ask").hidden = true;
    byId("after").hidden = true;
    byId("exhibit").hidden = true;
    const done = byId("done-template").content.cloneNode(true);
    done.getElementById("done-text").textContent = this.answered ? words("done_text", { n: this.answered, right: this.right }) : "";
    byId("question").replaceChildren(done);
  }

  async submit(confidence) {
    if (this.isBusy || this.model.isLocked) return;
    this.question.flush();
    if (!this.model.isAnswered) {
      this.say(words("answer_first"));
      return;
    }
    this.isBusy = true;
    this.say(words("sending"));
    const { item } = this.model;
    const body = {
      key: newKey(),
      item_ref: item.item_ref,
      value: item.answer,
      mode: this.data.mode,
      confidence,
      seconds: Math.round((performance.now() - this.shownAt) / 1000),
    };
    const answer = await exchange(this.data.answer_url, { body: { ...body, ago_s: 0 }, token, key: body.key });
    this.isBusy = false;
    this.say("");
    if (answer.status === 200) this.explain(answer.body);
    else if (answer.status === 0 || answer.status >= 500 || answer.status === 429) this.keep(body);
    else if (answer.status === 401) this.signedOut(body);
    else this.banners.set("refused", { tone: "bad", iconName: "alert", title: words("refused", { message: answer.body?.message ?? answer.status }) });
  }

  explain(shown) {
    this.recorded = shown.answer;
    this.answered += 1;
    this.right += shown.outcome === "right" ? 1 : 0;
    this.banners.clear("refused");
    this.model.lock();
    for (const row of document.querySelectorAll("#question-body .opt")) {
      const { value } = row.querySelector("input");
      row.classList.toggle("is-key", shown.keys.includes(value));
      row.classList.toggle("is-mistake", shown.mistakes.includes(value));
      if (shown.keys.includes(value)) row.append(icon("check", "good"));
      else if (shown.mistakes.includes(value)) row.append(icon("x", "bad"));
    }
    const host = byId("explanation");
    host.innerHTML = shown.html;
    if (shown.outcome !== "right") host.firstElementChild.append(this.reasons());
    byId("ask").hidden = true;
    byId("after").hidden = false;
    this.markRecall(shown.recall);
    byId("due").textContent = "";
    this.showTally();
    announce(words(shown.outcome));
    byId("next").focus({ preventScroll: true });
    host.scrollIntoView({ block: "nearest" });
  }

  reasons() {
    const part = byId("reasons-template").content.firstElementChild.cloneNode(true);
    for (const button of part.querySelectorAll("[data-reason]")) {
      button.addEventListener("click", async () => {
        const { status } = await exchange(`${this.data.answer_url}/${this.recorded}/reason`, { body: { reason: button.dataset.reason }, token });
        if (status !== 200) return;
        for (const one of part.querySelectorAll("[data-reason]")) one.setAttribute("aria-pressed", String(one === button));
      });
    }
    return part;
  }

  async rate(recall) {
    if (!this.recorded || this.isBusy) return;
    this.isBusy = true;
    const { status, body } = await exchange(`${this.data.answer_url}/${this.recorded}/recall`, { body: { recall }, token });
    this.isBusy = false;
    if (status !== 200) return;
    this.markRecall(recall);
    byId("due").textContent = body.days ? words("due_days", { n: body.days }) : words("due_today");
  }

  markRecall(recall) {
    for (const button of document.querySelectorAll("[data-recall]")) button.setAttribute("aria-pressed", String(Number(button.dataset.recall) === recall));
  }

  /** No network: the answer waits here, and practice goes on without its explanation. */
  keep(body) {
    this.outbox.put(body);
    this.answered += 1;
    this.model.lock();
    byId("explanation").replaceChildren(make("div", { class: "note warn" }, [icon("cloudoff", "sm"), make("span", { text: `${words("kept_title")} ${words("kept_text")}` })]));
    byId("ask").hidden = true;
    byId("after").hidden = false;
    byId("recalls").hidden = true;
    this.showTally();
  }

  signedOut(body) {
    this.outbox.put(body);
    const run = () => location.assign(this.data.sign_in_url);
    this.banners.set("signed-out", { tone: "warn", iconName: "alert", title: words("signed_out"), action: { label: words("sign_in"), run } });
  }

  async flush() {
    await this.outbox.flush(async (body) => (await exchange(this.data.answer_url, { body, token, key: body.key })).status);
    byId("recalls").hidden = false;
    this.showTally();
  }

  showTally() {
    byId("tally").textContent = words("tally", { n: this.answered, right: this.right });
    this.say(this.outbox.size ? words("waiting", { n: this.outbox.size }) : "");
  }

  say(text) {
    byId("save-state").textContent = text;
  }
}

function announce(text) {
  byId("announcements").textContent = text;
}

keepIcons();
new PracticePage(JSON.parse(byId("desk-data").textContent)).start();
