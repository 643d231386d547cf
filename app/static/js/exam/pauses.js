/** While the clock stands, by the invigilator or for the candidate's own break, nothing is shown and nothing is answered. */
import { countdown } from "./clock.js";
import { exchange, newKey } from "./queue.js";

const byId = (id) => document.getElementById(id);

export class Pauses {
  /**
   * @param {Object} options
   * @param {Object} options.data The block `exam-data`.
   * @param {ServerClock} options.clock
   * @param {function(): void} options.onPause Saves what is typed before the page is covered.
   * @param {function(Object): void} options.learn Takes a state from the server.
   * @param {function(string): void} options.onProblem Shows a refusal.
   */
  constructor({ data, clock, words, onPause, learn, onProblem }) {
    Object.assign(this, { data, clock, words, onPause, learn, onProblem });
    this.breakLeft = data.break_left_s;
    this.dialog = byId("pause-dialog");
    this.button = byId("pause-end");
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.button.addEventListener("click", () => this.ask(true));
    setInterval(() => this.tick(), 500);
    this.offer();
  }

  /** Show how the server says things stand. */
  show({ paused, break_left_s: left }) {
    this.breakLeft = left ?? this.breakLeft;
    this.offer();
    if (Boolean(paused) === this.dialog.open) return;
    this.paused = paused ?? null;
    this.clock.pause(paused?.since ?? null);
    if (!paused) {
      this.dialog.close();
      return;
    }
    this.onPause();
    byId("pause-title").textContent = this.words(paused.is_break ? "break_title" : "pause_title");
    byId("pause-text").textContent = paused.is_break ? "" : (paused.text ?? "");
    byId("pause-note").textContent = this.words(paused.is_break ? "break_note" : "pause_note");
    this.button.hidden = !paused.is_break;
    this.tick();
    this.dialog.showModal();
  }

  /** A break is offered as long as there is time for one. */
  offer() {
    for (const button of document.querySelectorAll("[data-do=break]")) {
      button.hidden = !this.breakLeft;
      button.querySelector("span").textContent = this.words("break_begin", { time: countdown(this.breakLeft) });
    }
  }

  tick() {
    if (!this.paused?.is_break) return;
    const gone = (this.clock.now() - Date.parse(this.paused.since)) / 1000;
    const text = this.words("break_left", { time: countdown(Math.max(0, Math.ceil(this.breakLeft - gone))) });
    if (byId("pause-text").textContent !== text) byId("pause-text").textContent = text;
  }

  begin() {
    return this.ask(false);
  }

  async ask(isOver) {
    const key = newKey();
    const answer = await exchange(this.data.break_url, { body: { key, is_over: isOver }, token: this.data.csrf, key });
    if (answer.status === 200) this.learn({ ...answer.body, ...answer });
    else this.onProblem(answer.body?.message);
  }
}
