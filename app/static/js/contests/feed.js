/**
 * Asks for a board again and again, gently: a conditional question each time, a little jitter, longer waits when the
 * server is away or asks to come later. What came last stays; who shows it is told how old it is.
 */
const EVERY_MS = 1500;
const JITTER_MS = 300;
const LONGEST_MS = 20000;
const NOTHING_YET_MS = 6000;

export class Feed {
  #etag = "";
  #misses = 0;

  /**
   * @param {string} url Of the part.
   * @param {function(Object): void} onNews Gets the body whenever it changed.
   * @param {function(boolean, Date): void} [onState] Told after each question: whether it was answered, and the moment of the last answer.
   * @param {number} [everyMs] Between two questions.
   */
  constructor(url, onNews, onState = () => {}, everyMs = EVERY_MS) {
    Object.assign(this, { url, onNews, onState, everyMs });
    this.answeredAt = new Date();
    /** Milliseconds that the server's clock is ahead of this one. */
    this.aheadMs = 0;
  }

  start() {
    this.#ask();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#ask();
    });
  }

  async #ask() {
    clearTimeout(this.timer);
    let waitMs = this.everyMs + (Math.random() - 0.5) * JITTER_MS;
    try {
      const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
      const response = await fetch(this.url, { headers, cache: "no-store", credentials: "same-origin" });
      if (response.status === 200) {
        this.#etag = response.headers.get("ETag") ?? "";
        this.#clock(response);
        this.onNews(await response.json());
      } else if (response.status === 304) {
        this.#clock(response);
      } else if (response.status === 204) {
        waitMs = Math.max(waitMs, NOTHING_YET_MS * (0.75 + Math.random() / 2));
      } else {
        const laterS = Number(response.headers.get("Retry-After")) || 0;
        waitMs = Math.max(waitMs, laterS * 1000 * (1 + Math.random()));
        throw new Error(String(response.status));
      }
      this.#misses = 0;
      this.answeredAt = new Date();
      this.onState(true, this.answeredAt);
    } catch {
      this.#misses += 1;
      waitMs = Math.max(waitMs, Math.min(LONGEST_MS, this.everyMs * 2 ** this.#misses * (0.75 + Math.random() / 2)));
      if (this.#misses > 1) this.onState(false, this.answeredAt);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), document.hidden ? LONGEST_MS : waitMs);
  }

  /** A header tells whole seconds: only a difference that this cannot explain moves the clock. */
  #clock(response) {
    const told = Date.parse(response.headers.get("Date") ?? "");
    if (Number.isNaN(told)) return;
    const ahead = told + 500 - Date.now();
    if (Math.abs(ahead - this.aheadMs) > 1500) this.aheadMs = ahead;
  }
}
