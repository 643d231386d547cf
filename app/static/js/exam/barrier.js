/** The one-way barrier behind a section: asked about, passed on the server, or passed because the section's time is over. */
import { exchange, newKey, pauseMs } from "./queue.js";

const FLUSH_AT_END_MS = 2000;
const byId = (id) => document.getElementById(id);

export class Barrier {
  /**
   * @param {Object} options
   * @param {Object} options.data The block `exam-data`.
   * @param {function(Object): void} options.closed The exam is over: the server's answer.
   * @param {function(): void} options.signIn Leaves for the sign-in page; what waits here stays on the device.
   */
  constructor({ data, model, queue, words, closed, signIn }) {
    Object.assign(this, { data, model, queue, words, closed, signIn });
    this.key = newKey();
    this.isPassing = false;
    this.dialog = byId("barrier-dialog");
    this.yes = byId("barrier-yes");
    byId("barrier-back").addEventListener("click", () => this.dialog.close());
    this.yes.addEventListener("click", () => this.pass(() => this.say("barrier_retry")));
    this.dialog.addEventListener("cancel", (event) => this.isPassing && event.preventDefault());
  }

  /** Whether another section lies ahead: then the end of this one is no end of the exam. */
  get isAhead() {
    return this.model.hasBarriers && !this.model.section.isLast;
  }

  /** Ask before the section is left, with the consequence in numbers. */
  check() {
    const { section } = this.model;
    const next = this.model.sections[section.number];
    const { open, flag } = this.model.counts();
    byId("barrier-title").textContent = this.words("barrier_title", { title: next.title });
    byId("barrier-open").textContent = open;
    byId("barrier-flag").textContent = flag;
    this.refresh();
    if (!this.dialog.open) this.dialog.showModal();
    byId("barrier-back").focus();
  }

  /** Keep the open question in line with the queue: nothing may wait when the barrier is passed. */
  refresh() {
    if (this.isPassing) return;
    const n = this.queue.size;
    this.yes.disabled = n > 0 || this.queue.isStopped;
    this.say(n ? "barrier_waiting" : "barrier_ready", { n });
  }

  say(name, values) {
    const text = this.words(name, values);
    if (byId("barrier-save").textContent !== text) byId("barrier-save").textContent = text;
  }

  /**
   * Pass until the server has answered, always with the same key; the next section comes with a new page.
   *
   * @param {function(): void} onRetry The server was not reached.
   */
  async pass(onRetry) {
    if (this.isPassing) return;
    this.isPassing = true;
    this.yes.disabled = true;
    this.say("barrier_passing");
    for (let failures = 0; !this.queue.isStopped; failures += 1) {
      if (this.queue.epoch === null) {
        onRetry();
        await new Promise((resolve) => setTimeout(resolve, pauseMs(failures)));
        continue;
      }
      const body = { key: this.key, section: this.model.section.number, writer_epoch: this.queue.epoch };
      const { status, body: answer, retryAfterMs } = await exchange(this.data.barrier_url, { body, token: this.data.csrf, key: this.key });
      if (status === 200 || answer?.type === "section_passed" || answer?.type === "section_locked") return location.reload();
      if (answer?.type === "attempt_closed" || answer?.type === "deadline_passed") return this.closed(answer);
      if (answer?.type === "superseded_session") {
        this.dialog.close();
        return this.queue.stop("elsewhere", answer);
      }
      if (status === 401) return this.signIn();
      onRetry();
      await new Promise((resolve) => setTimeout(resolve, Math.max(retryAfterMs, pauseMs(failures))));
    }
  }

  /** The section's own time is over: upload what is left and go on. */
  async timeOver() {
    if (this.isPassing || this.queue.isStopped) return;
    this.check();
    byId("barrier-title").textContent = this.words("barrier_over");
    byId("barrier-back").hidden = true;
    const until = performance.now() + FLUSH_AT_END_MS;
    this.queue.wake();
    // A page that opens after the end is no writer yet: it has no number to pass the barrier with.
    while ((this.queue.size || this.queue.epoch === null) && !this.queue.isStopped && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (!this.queue.isStopped) await this.pass(() => this.say("barrier_retry"));
  }
}
