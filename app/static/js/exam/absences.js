/**
 * When the page was left, and when it had no network: told to the server as evidence for people, behind every answer.
 *
 * Leaving is one absence from the first sign of it (another tab, another window) until the page has the focus again. What is
 * not told yet stands in sessionStorage, so that a reload loses none. Nothing here ever delays a save: it is sent only when
 * the queue is empty, one request at a time, and again later if the server is busy.
 */
import { exchange, newKey } from "./queue.js";

const LEAST_MS = 1000; // a dialog of the browser takes the focus for less
const MOST_SENT = 40;
const MOST_KEPT = 200;
const PREFIX = "absences:";

export class Absences {
  /** @param {{attempt: string, url: string, token: string, queue: SaveQueue}} options */
  constructor({ attempt, url, token, queue }) {
    Object.assign(this, { url, token, queue });
    this.name = PREFIX + attempt;
    this.waiting = this.read(); // [[kind, began (ms since the epoch), lasted (ms)]]
    this.leftAt = null;
    this.offlineAt = null;
    this.kind = "left";
    this.batch = null;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.leave() : this.comeBack()));
    addEventListener("blur", () => this.leave());
    addEventListener("focus", () => this.comeBack());
    // A room of the exam opens in a tab of its own: that is no leaving.
    document.addEventListener("submit", ({ target }) => {
      if (target instanceof HTMLFormElement && target.target === "_blank") this.kind = "room";
    });
  }

  leave() {
    this.leftAt ??= Date.now();
  }

  comeBack() {
    if (this.leftAt === null || document.hidden || !document.hasFocus()) return;
    this.note(this.kind, this.leftAt);
    this.leftAt = null;
    this.kind = "left";
    this.tell();
  }

  /** Told by the page whenever it learns whether the server can be reached. */
  setOffline(isOffline) {
    if (isOffline) this.offlineAt ??= Date.now();
    else if (this.offlineAt !== null) {
      this.note("offline", this.offlineAt);
      this.offlineAt = null;
    }
  }

  note(kind, began) {
    const lasted = Date.now() - began;
    if (lasted < LEAST_MS || this.waiting.length >= MOST_KEPT) return;
    this.waiting.push([kind, began, lasted]);
    this.keep();
  }

  /** Send what waits, unless an answer does. The same key goes with the same entries until they are taken. */
  async tell() {
    if (this.isTelling || !this.waiting.length || this.queue.size) return;
    this.isTelling = true;
    this.batch ??= { key: newKey(), count: Math.min(this.waiting.length, MOST_SENT) };
    const { key, count } = this.batch;
    const now = Date.now();
    const signals = this.waiting.slice(0, count).map(([kind, began, lasted]) => ({
      kind, ago_s: Math.max(0, now - began) / 1000, seconds: lasted / 1000,
    }));
    const { status } = await exchange(this.url, { body: { signals }, token: this.token, key });
    this.isTelling = false;
    const isSettled = status === 200 || (status >= 400 && status < 500 && ![401, 408, 429].includes(status));
    if (!isSettled) return;
    this.batch = null;
    this.waiting = this.waiting.slice(count);
    this.keep();
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.name)) ?? [];
    } catch {
      return [];
    }
  }

  keep() {
    try {
      if (this.waiting.length) sessionStorage.setItem(this.name, JSON.stringify(this.waiting));
      else sessionStorage.removeItem(this.name);
    } catch {
      // A browser that keeps nothing: what waits is told while the page lives.
    }
  }
}
