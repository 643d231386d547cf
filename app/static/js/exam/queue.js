/**
 * The one way in which an answer leaves this page.
 *
 * Every change is written to the store first, then sent: in order, one in flight, the same key on every try, until the
 * server has acknowledged it. Nothing is dropped on the way; what the server will not take is handed back by `onRefused`.
 */

const RETRY_FROM_MS = 250;
const RETRY_TO_MS = 8000;
const SIGNED_OUT_RETRY_MS = 15000;
const TIMEOUT_MS = 15000;
// The server answers a save within some five seconds, if only to say that it cannot: what took longer is lost on its way.
const LOST_AFTER_MS = 6000;

/** A fresh idempotency key: 128 random bits. (`crypto.randomUUID` is missing on plain http.) */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A pause with full jitter, growing from 0.25 to 8 s. */
export function pauseMs(failures) {
  return Math.random() * Math.min(RETRY_TO_MS, RETRY_FROM_MS * 2 ** failures);
}

/**
 * Send JSON and read the answer. Only a JSON answer counts: a proxy's page with status 200 acknowledges nothing.
 *
 * @returns {Promise<{status: number, body: Object|null, retryAfterMs: number, sentAt: number, receivedAt: number}>}
 *   `status` 0 if the server was not reached; times by `performance.now()`.
 */
export async function exchange(url, { body, token, key, signal = AbortSignal.timeout(TIMEOUT_MS) } = {}) {
  const headers = { Accept: "application/json" };
  if (body) Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": token });
  if (key) headers["Idempotency-Key"] = key;
  const sentAt = performance.now();
  try {
    const response = await fetch(url, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
    const parsed = await response.json().catch(() => null);
    const retryAfterMs = 1000 * (Number(response.headers.get("Retry-After")) || 0);
    return { status: response.status, body: parsed, retryAfterMs, sentAt, receivedAt: performance.now() };
  } catch {
    return { status: 0, body: null, retryAfterMs: 0, sentAt, receivedAt: performance.now() };
  }
}

export class SaveQueue {
  /**
   * @param {Object} options
   * @param {string} options.url Where changes are sent.
   * @param {string} options.token The CSRF token.
   * @param {string} options.openUrl Where this page becomes the one that writes; until then nothing is sent.
   * @param {number} options.sequence Last client sequence known to the server.
   * @param {ChangeStore} options.store
   * @param {function(Object, Object): void} options.onAck A change and the server's answer to it.
   * @param {function(Object, Object): void} options.onRefused A change that the server will never take, and why.
   * @param {function(string, Object): void} options.onStopped "elsewhere" or "closed", with the server's answer.
   * @param {function(): void} options.onState `state`, `size` or `keptCount` changed.
   */
  constructor(options) {
    Object.assign(this, options);
    this.entries = [];
    this.epoch = null; // which writer this page is, as the server counts; an older one is refused
    this.state = "idle";
    this.failures = 0;
    this.isSending = false;
    this.timer = 0;
    this.flight = null; // what is on its way: since when, and how it is given up
    this.savedAt = null;
  }

  get size() {
    return this.entries.length;
  }

  /** How many of the waiting changes this browser has on its disk: what may be called kept. */
  get keptCount() {
    return this.entries.filter((entry) => entry.isKept).length;
  }

  get isStopped() {
    return this.state === "elsewhere" || this.state === "closed";
  }

  /** Take up changes that an earlier life of this page left behind. */
  resume(entries) {
    this.entries = entries.map((entry) => ({ ...entry, stored: Promise.resolve(), isKept: true }));
    this.sequence = Math.max(this.sequence, ...entries.map((entry) => entry.sequence));
    this.pump();
  }

  /** Queue a change of one item. */
  add(position, value, flagged) {
    if (this.isStopped) return;
    this.sequence += 1;
    const entry = { attempt: this.store.attempt, sequence: this.sequence, key: newKey(), position, value, flagged };
    const waiting = { ...entry, isKept: false };
    waiting.stored = this.store.put(entry).then(() => {
      waiting.isKept = true;
      this.onState();
    });
    this.entries.push(waiting);
    if (this.state === "idle") this.state = "saving";
    this.onState();
    this.pump();
  }

  /** Try again now: the server has just answered something else, or the person has signed in. */
  wake() {
    if (this.flight && performance.now() - this.flight.since > LOST_AFTER_MS) {
      this.failures = 0; // it is sent again soon, under the same key
      this.flight.lost.abort();
    }
    if (this.timer) {
      clearTimeout(this.timer);
      this.timer = 0;
      this.pump();
    }
  }

  /** Stop for good: another device writes now, or the attempt is closed. */
  stop(state, answer) {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.state = state;
    this.onState();
    this.onStopped(state, answer);
  }

  async pump() {
    if (this.isSending || this.isStopped || this.timer) return;
    this.isSending = true;
    while ((this.entries.length || this.epoch === null) && !this.isStopped) {
      if (this.epoch === null) {
        if (await this.open()) continue;
        break;
      }
      const entry = this.entries[0];
      await entry.stored;
      if (this.state === "idle") this.set("saving");
      const answer = await this.send(entry);
      if (this.isStopped || !(await this.settle(entry, answer))) break;
    }
    this.isSending = false;
    if (!this.entries.length && !this.isStopped && this.epoch !== null) this.set("idle");
  }

  /** Become the page that writes, so that an older tab or device turns read-only. */
  async open() {
    const answer = await this.ask(this.openUrl, { body: { take_over: true }, token: this.token });
    if (answer.status !== 200) return this.settle({ sequence: Infinity }, answer);
    this.failures = 0;
    this.epoch = answer.body.writer_epoch;
    this.sequence = Math.max(this.sequence, answer.body.sequence);
    return true;
  }

  send({ key, position, value, flagged, sequence }) {
    const body = { key, position, value, flagged, sequence, writer_epoch: this.epoch };
    return this.ask(this.url, { body, token: this.token, key });
  }

  /** Send one thing, which `wake` may give up: in a network that swallows everything nothing fails by itself. */
  async ask(url, asked) {
    const lost = new AbortController();
    const timer = setTimeout(() => lost.abort(), TIMEOUT_MS);
    this.flight = { since: performance.now(), lost };
    const answer = await exchange(url, { ...asked, signal: lost.signal });
    clearTimeout(timer);
    this.flight = null;
    return answer;
  }

  /** Deal with the answer to the oldest change; false if the queue has to wait or is stopped. */
  async settle(entry, { status, body, retryAfterMs, ...times }) {
    const type = body?.type;
    if (status === 200 && body?.ack >= entry.sequence) {
      this.failures = 0;
      this.savedAt = body.server_now;
      await this.drop(entry);
      this.onAck(entry, { ...body, ...times });
      this.set(this.entries.length ? "saving" : "idle");
      return true;
    }
    if (type === "superseded_session") return this.halt("elsewhere", body);
    if (type === "attempt_closed" || type === "deadline_passed") return this.halt("closed", body);
    if (status === 401) return this.wait("signed-out", SIGNED_OUT_RETRY_MS);
    if (type === "csrf_failed") return this.wait("stale", SIGNED_OUT_RETRY_MS);
    if (status === 503 || status === 429) return this.wait("busy", Math.max(retryAfterMs, this.nextPause()));
    if (status >= 400 && status < 500 && status !== 408 && entry.key) {
      await this.drop(entry);
      this.onRefused(entry, body ?? {});
      return true;
    }
    return this.wait(status === 0 ? "offline" : "busy", this.nextPause());
  }

  nextPause() {
    const pause = pauseMs(this.failures);
    this.failures += 1;
    return pause;
  }

  wait(state, pause) {
    this.set(state);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.pump();
    }, pause);
    return false;
  }

  halt(state, body) {
    this.stop(state, body);
    return false;
  }

  async drop(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    await this.store.remove(entry.sequence).catch(() => {});
  }

  set(state) {
    this.state = state;
    this.onState();
  }
}
