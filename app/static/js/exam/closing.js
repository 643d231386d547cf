/** The end of an attempt: the check before submitting, submitting, time over, closed by the server. */
import { make } from "../dom.js";
import { spoken } from "./answers.js";
import { countdown } from "./clock.js";
import { exchange, newKey, pauseMs } from "./queue.js";
import { forgetMemo } from "./store.js";
import { unsentFile } from "./unsent.js";

const FLUSH_AT_END_MS = 2000;

export class Closing {
  /**
   * @param {Object} options
   * @param {Object} options.data The block `exam-data`.
   * @param {function(string): void} options.review Shows the items of a filter ("open", "flag") and goes to the first.
   * @param {function(): void} options.signIn Leaves for the sign-in page; what waits here stays on the device.
   */
  constructor({ data, model, queue, clock, words, review, signIn }) {
    Object.assign(this, { data, model, queue, clock, words, review, signIn });
    this.key = newKey();
    this.isSubmitting = false;
    this.said = "";
    this.isOver = false;
    this.sheet = document.getElementById("submit-dialog");
    this.back = document.getElementById("submit-back");
    this.yes = document.getElementById("submit-yes");
    this.why = document.getElementById("submit-why");
    this.note = document.getElementById("submit-save");
    this.notice = document.getElementById("closing-dialog");
    this.back.addEventListener("click", () => this.goBack());
    this.yes.addEventListener("click", () => this.submitByHand());
    this.notice.addEventListener("cancel", (event) => event.preventDefault());
    this.sheet.addEventListener("close", () => clearInterval(this.ticker));
  }

  /** Ask before submitting, with the consequence in numbers. */
  check() {
    if (this.isOver) return;
    this.isSubmitting = false;
    this.said = "";
    this.refresh();
    if (!this.sheet.open) this.sheet.showModal();
    clearInterval(this.ticker);
    this.ticker = setInterval(() => this.refresh(), 1000);
    this.back.focus();
  }

  /** Keep the open check in line with the queue and the clock. */
  refresh() {
    const counts = this.model.counts();
    document.getElementById("submit-done").textContent = counts.done;
    document.getElementById("submit-open").textContent = counts.open;
    document.getElementById("submit-open").className = counts.open ? "bad" : "";
    document.getElementById("submit-flag").textContent = counts.flag;
    document.getElementById("submit-left").textContent = countdown(this.clock.remaining());
    this.back.textContent = counts.open
      ? this.words("submit_view_open", { n: counts.open })
      : counts.flag
        ? this.words("submit_view_flag", { n: counts.flag })
        : this.words("submit_go_back");
    const n = this.queue.size;
    const isWaiting = n > 0 || this.queue.isStopped;
    this.yes.disabled = isWaiting || this.isSubmitting;
    this.why.textContent = isWaiting && !this.queue.isStopped ? this.words("submit_why") : "";
    const text = this.said || this.standing(n);
    if (this.note.textContent !== text) this.note.textContent = text;
  }

  standing(n) {
    const { unsavable } = this.model;
    if (unsavable) return this.words("submit_unsavable", { n: unsavable.position });
    if (n === 0) return this.words("submit_ready");
    return this.words(this.queue.state === "saving" ? "submit_waiting" : "submit_offline", { n });
  }

  goBack() {
    const counts = this.model.counts();
    this.sheet.close();
    if (counts.open) this.review("open");
    else if (counts.flag) this.review("flag");
  }

  async submitByHand() {
    this.say(true, this.words("submitting"));
    const problem = await this.submit(() => this.say(true, this.words("submit_retry")));
    if (problem) this.say(false, this.words("submit_failed", { message: problem }));
  }

  say(isSubmitting, text) {
    this.isSubmitting = isSubmitting;
    this.said = text;
    this.refresh();
  }

  /**
   * Submit until the server has answered, always with the same key.
   *
   * @param {function(): void} onRetry The server was not reached.
   * @returns {Promise<string>} "" if the page is being left, else the server's refusal.
   */
  async submit(onRetry) {
    for (let failures = 0; ; failures += 1) {
      const body = { key: this.key, writer_epoch: this.queue.epoch };
      const { status, body: answer, retryAfterMs } = await exchange(this.data.submit_url, { body, token: this.data.csrf, key: this.key });
      if (status === 200 && answer?.redirect) {
        await this.leave(answer.redirect);
        return "";
      }
      if (answer?.type === "attempt_closed" || answer?.type === "deadline_passed") {
        this.queue.stop("closed", answer);
        return "";
      }
      if (answer?.type === "superseded_session") {
        this.sheet.close();
        this.notice.close();
        this.queue.stop("elsewhere", answer);
        return "";
      }
      if (status === 401) {
        this.signIn();
        return "";
      }
      if (status >= 400 && status < 500 && ![408, 429].includes(status)) return answer?.message ?? String(status);
      onRetry(status);
      await new Promise((resolve) => setTimeout(resolve, Math.max(retryAfterMs, pauseMs(failures))));
    }
  }

  /** Everything is on the server: nothing stays on this device. */
  async leave(url) {
    this.model.lock();
    await this.queue.store.wipe();
    location.assign(url);
  }

  /** The clock has reached the end: upload what is left, submit, and let the server decide. */
  async timeOver() {
    if (this.isOver || this.queue.isStopped) return;
    this.isOver = true;
    this.sheet.close();
    this.model.lock();
    const text = () => this.words(this.queue.state === "offline" || this.queue.state === "busy" ? "time_over_offline" : "time_over_text", { n: this.queue.size });
    this.show(this.words("time_over_title"), text());
    const until = performance.now() + FLUSH_AT_END_MS;
    this.queue.wake();
    while (this.queue.size && !this.queue.isStopped && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (this.queue.isStopped) return;
    const problem = await this.submit(() => {
      document.getElementById("closing-text").textContent = this.words("time_over_offline", { n: this.queue.size });
    });
    if (problem) document.getElementById("closing-text").textContent = this.words("submit_failed", { message: problem });
  }

  /** The attempt takes no more answers: on to the result, unless something here never arrived. */
  async closed(answer) {
    this.isOver = true;
    this.sheet.close();
    this.model.lock();
    const url = answer?.redirect ?? this.data.result_url ?? location.href;
    if (!this.queue.size) {
      await this.leave(url);
      return;
    }
    const n = this.queue.size;
    this.show(this.words("closed_title"), this.words("closed_unsent", { n }), false);
    const rows = this.queue.entries.map((entry) => {
      const item = this.model.at(entry.position);
      return make("li", {}, [make("b", { class: "grow", text: this.words("question", { n: entry.position }) }), make("span", { text: spoken(entry.value, item, this.words) })]);
    });
    document.getElementById("closing-list").replaceChildren(...rows);
    const { attempt } = this.data;
    const file = { href: unsentFile(attempt, this.queue.entries), download: `${this.words("unsent_file")}-${attempt}.json` };
    const save = make("a", { class: "btn btn-primary", text: this.words("closed_download"), ...file });
    const result = make("button", { type: "button", class: "btn btn-outline", text: this.words("closed_result") });
    result.addEventListener("click", () => this.leaveUnsent(url));
    document.getElementById("closing-actions").replaceChildren(save, result);
    save.focus();
  }

  /** What never arrived stays on the device: the result's page offers the file again (leftover.js). */
  leaveUnsent(url) {
    forgetMemo(this.data.attempt);
    location.assign(url);
  }

  show(title, text, isWorking = true) {
    document.getElementById("closing-title").textContent = title;
    document.getElementById("closing-text").textContent = text;
    document.getElementById("closing-progress").hidden = !isWorking;
    if (!this.notice.open) this.notice.showModal();
  }
}
