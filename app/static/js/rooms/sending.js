/** Requests to the room, and the queue of actions that wait for their acknowledgement. */
import { newKey, pauseMs } from "../exam/queue.js";

const TIMEOUT_MS = 8000;
const EXPIRES_MS = 30000;
const SIGNED_OUT_RETRY_MS = 10000;

/**
 * Send JSON, or read. Only JSON and 304 count as answers: a proxy's page with status 200 acknowledges nothing.
 *
 * @returns {Promise<{status: number, body: Object|null, etag: string|null, retryAfterMs: number}>} Status 0: not reached.
 */
export async function request(url, { body, token, key, etag, method = body ? "POST" : "GET" } = {}) {
  const headers = { Accept: "application/json" };
  if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token });
  if (key) headers["Idempotency-Key"] = key;
  if (etag) headers["If-None-Match"] = etag;
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const parsed = response.status === 304 ? null : await response.json().catch(() => null);
    const status = response.ok && parsed === null ? 0 : response.status;
    return { status, body: parsed, etag: response.headers.get("ETag"), retryAfterMs: 1000 * (Number(response.headers.get("Retry-After")) || 0) };
  } catch {
    return { status: 0, body: null, etag: null, retryAfterMs: 0 };
  }
}

/**
 * Actions leave in order, one in flight, with the same key on every try. One that could not be sent within thirty seconds is
 * given up and said so: its moment has passed. The queue outlives a reload.
 */
export class ActionQueue {
  /**
   * @param {Object} options
   * @param {string} options.url
   * @param {string} options.token The CSRF token.
   * @param {string} options.store Name under which the queue is kept on this device.
   * @param {function(): number} options.epoch Which writer this page is.
   * @param {function(Object, Object): void} options.onAck An entry and the server's answer.
   * @param {function(Object, string): void} options.onRefused An entry and why, in words or "" if it expired.
   * @param {function(string): void} options.onStopped "elsewhere", "over", "signed-out" or "stale".
   * @param {function(): void} options.onChange
   */
  constructor(options) {
    Object.assign(this, options);
    this.entries = this.kept();
    this.failures = 0;
    this.isSending = false;
    this.isStopped = false;
    this.timer = 0;
  }

  kept() {
    try {
      const entries = JSON.parse(localStorage.getItem(this.store) ?? "[]");
      return entries.filter((entry) => Date.now() - entry.queuedAt < EXPIRES_MS);
    } catch {
      return [];
    }
  }

  keep() {
    try {
      if (this.entries.length) localStorage.setItem(this.store, JSON.stringify(this.entries));
      else localStorage.removeItem(this.store);
    } catch {
      // Without storage the queue lives as long as the page.
    }
  }

  get size() {
    return this.entries.length;
  }

  /** Queue an action; a waiting one for the same control is replaced, since only the last counts. */
  add(action, target) {
    if (this.isStopped) return null;
    const waiting = this.isSending ? this.entries.slice(1) : this.entries;
    const older = waiting.find((entry) => entry.target === target && entry.action.verb === action.verb && entry.tries === 0);
    if (older) this.entries.splice(this.entries.indexOf(older), 1);
    const entry = { key: newKey(), action, target, queuedAt: Date.now(), tries: 0 };
    this.entries.push(entry);
    this.changed();
    this.pump();
    return entry;
  }

  changed() {
    this.keep();
    this.onChange();
  }

  wake() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.pump();
  }

  stop(why) {
    if (this.isStopped) return;
    this.isStopped = true;
    clearTimeout(this.timer);
    this.onStopped(why);
  }

  start() {
    this.isStopped = false;
    this.wake();
  }

  async pump() {
    if (this.isSending || this.isStopped || this.timer) return;
    this.isSending = true;
    while (this.entries.length && !this.isStopped) {
      const entry = this.entries[0];
      const waited = Math.max(0, Date.now() - entry.queuedAt);
      if (waited > EXPIRES_MS) {
        this.drop(entry);
        this.onRefused(entry, "");
        continue;
      }
      entry.tries += 1;
      const body = { key: entry.key, action: entry.action, writer_epoch: this.epoch(), queued_ms: waited };
      const pause = this.settle(entry, await request(this.url, { body, token: this.token, key: entry.key }));
      if (pause > 0 && !this.isStopped) {
        this.timer = setTimeout(() => this.wake(), pause);
        break;
      }
    }
    this.isSending = false;
    this.onChange();
  }

  drop(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.changed();
  }

  /** Deal with an answer; returns how long to wait before the next try, 0 to go on. */
  settle(entry, { status, body, retryAfterMs }) {
    const type = body?.type;
    if (status === 200) {
      this.failures = 0;
      this.drop(entry);
      this.onAck(entry, body);
      return 0;
    }
    if (type === "superseded_session") {
      this.stop("elsewhere");
      return 0;
    }
    if (status === 401 || type === "csrf_failed") {
      this.stop(status === 401 ? "signed-out" : "stale");
      return SIGNED_OUT_RETRY_MS;
    }
    if (status === 0 || status >= 500 || status === 429 || status === 408) {
      this.failures += 1;
      return Math.max(retryAfterMs, pauseMs(this.failures), 50);
    }
    this.failures = 0;
    this.drop(entry);
    this.onRefused(entry, body?.message ?? "");
    if (type === "room_over") this.stop("over");
    return 0;
  }
}
