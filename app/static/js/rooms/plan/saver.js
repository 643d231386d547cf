/** Keeps drafts: one request at a time, the same key on every try; what could not be sent stays on this device. */
import { newKey, pauseMs } from "../../exam/queue.js";
import { request } from "../sending.js";

const REST_MS = 800;
const SIGNED_OUT_RETRY_MS = 10000;

export class PlanSaver {
  /**
   * @param {Object} options
   * @param {string} options.url
   * @param {string} options.token The CSRF token.
   * @param {string} options.store Name under which unsent changes are kept on this device.
   * @param {function(): number} options.epoch Which writer this page is.
   * @param {function(Object): void} options.onSaved The server's answer.
   * @param {function(Object): void} options.onRefused What it refused: {type, message, errors}.
   * @param {function(string): void} options.onStopped "elsewhere", "over", "signed-out" or "stale".
   * @param {function(): void} options.onChange
   */
  constructor(options) {
    Object.assign(this, options);
    this.dirty = {};
    this.sending = null;
    this.failures = 0;
    this.isStopped = false;
    this.timer = 0;
  }

  /** Unsent parts of an earlier visit to this page. */
  kept() {
    try {
      return JSON.parse(localStorage.getItem(this.store) ?? "{}");
    } catch {
      return {};
    }
  }

  keep() {
    try {
      const unsent = { ...this.sending?.parts, ...this.dirty };
      if (Object.keys(unsent).length) localStorage.setItem(this.store, JSON.stringify(unsent));
      else localStorage.removeItem(this.store);
    } catch {
      // Without storage the changes live as long as the page.
    }
  }

  get isClean() {
    return !this.sending && Object.keys(this.dirty).length === 0;
  }

  get isWaiting() {
    return this.failures > 0;
  }

  /** Note a change: `plan` or `diagnosis`, or both. It is sent when the hands rest. */
  change(parts) {
    Object.assign(this.dirty, parts);
    this.keep();
    this.onChange();
    if (!this.isStopped) this.plan(REST_MS);
  }

  plan(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), ms);
  }

  stop(why) {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.onStopped(why);
  }

  start() {
    this.isStopped = false;
    this.plan(0);
  }

  /** Forget what waits: the plan was fixed with it. */
  clear() {
    clearTimeout(this.timer);
    this.dirty = {};
    this.sending = null;
    this.isStopped = true;
    this.keep();
  }

  async pump() {
    if (this.isBusy || this.isStopped) return;
    if (!this.sending) {
      const [name] = Object.keys(this.dirty);
      if (!name) return;
      // A part at a time: a plan that is refused must not hold the words back.
      this.sending = { key: newKey(), parts: { [name]: this.dirty[name] } };
      delete this.dirty[name];
    }
    this.isBusy = true;
    this.onChange();
    const { key, parts } = this.sending;
    const answer = await request(this.url, {
      method: "PUT",
      body: { key, writer_epoch: this.epoch(), ...parts },
      token: this.token,
      key,
    });
    this.isBusy = false;
    if (this.sending) this.settle(answer);
    this.keep();
    this.onChange();
  }

  settle({ status, body, retryAfterMs }) {
    const type = body?.type;
    if (status === 200) {
      this.failures = 0;
      this.sending = null;
      this.onSaved(body);
      if (Object.keys(this.dirty).length) this.plan(REST_MS);
      return;
    }
    if (type === "superseded_session") {
      this.stop("elsewhere");
    } else if (status === 401 || type === "csrf_failed") {
      this.stop(status === 401 ? "signed-out" : "stale");
      if (status === 401) setTimeout(() => this.start(), SIGNED_OUT_RETRY_MS);
    } else if (type === "plan_closed" || type === "plan_time_over") {
      this.stop("over");
    } else if (status === 0 || status >= 500 || status === 429 || status === 408) {
      this.failures += 1;
      this.plan(Math.max(retryAfterMs, pauseMs(this.failures), 50));
    } else {
      this.failures = 0;
      this.sending = null;
      this.onRefused(body ?? {});
      if (Object.keys(this.dirty).length) this.plan(REST_MS);
    }
  }
}
