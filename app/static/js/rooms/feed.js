/** The poll loop: one look at each tick of the room, told apart by ETag, slower while nothing can change. */
import { pauseMs } from "../exam/queue.js";
import { request } from "./sending.js";

const AFTER_TICK_MS = 60;
const LEAST_MS = 250;
const STANDING_MS = 4000;
const HIDDEN_MS = 5000;

export class Feed {
  /**
   * @param {string} url
   * @param {Object} first The poll's body that came with the page.
   * @param {{onBody: function(Object): void, onState: function(): void, onClosed: function(string): void, onSignedOut: function(): void}} calls
   */
  constructor(url, first, calls) {
    this.url = url;
    this.calls = calls;
    this.sequence = 0;
    this.etag = null;
    this.wantsSeries = false;
    this.failures = 0;
    this.lostAt = 0;
    this.timer = 0;
    this.isLooking = false;
    this.isEnded = false;
    this.take(first);
  }

  get isLost() {
    return this.lostAt > 0 && this.failures > 1;
  }

  get lostS() {
    return this.lostAt ? Math.round((Date.now() - this.lostAt) / 1000) : 0;
  }

  take(body) {
    this.body = body;
    this.receivedAt = performance.now();
    for (const entry of body.log) this.sequence = Math.max(this.sequence, entry.sequence);
  }

  start() {
    this.schedule(this.delay());
  }

  /** Look now: something was done, or the network is back. */
  wake() {
    if (this.isEnded) return;
    clearTimeout(this.timer);
    this.look();
  }

  end() {
    this.isEnded = true;
    clearTimeout(this.timer);
  }

  schedule(pause) {
    clearTimeout(this.timer);
    if (!this.isEnded) this.timer = setTimeout(() => this.look(), pause);
  }

  delay() {
    const next = this.body.clock.next_tick_ms;
    if (next === null) return STANDING_MS;
    const passed = performance.now() - this.receivedAt;
    const pause = Math.max(LEAST_MS, next - passed + AFTER_TICK_MS + Math.random() * 80);
    return document.hidden ? Math.max(HIDDEN_MS, pause) : pause;
  }

  async look() {
    if (this.isLooking || this.isEnded) return;
    this.isLooking = true;
    const series = this.wantsSeries;
    const address = `${this.url}?after=${this.sequence}${series ? "&series=1" : ""}`;
    const { status, body, etag } = await request(address, { etag: series ? null : this.etag });
    this.isLooking = false;
    if (this.isEnded) return;
    if (status === 200 && body.room.is_closed) {
      this.end();
      this.calls.onClosed(body.room.result_url);
      return;
    }
    if (status === 200 || status === 304) {
      const wasLost = this.isLost;
      this.failures = 0;
      this.lostAt = 0;
      if (status === 200) {
        this.etag = etag;
        if (series) this.wantsSeries = false;
        this.take(body);
        this.calls.onBody(body);
      } else if (wasLost) this.calls.onState();
      this.schedule(this.delay());
      return;
    }
    if (status === 401) this.calls.onSignedOut();
    this.failures += 1;
    this.lostAt ||= Date.now();
    this.calls.onState();
    this.schedule(250 + pauseMs(Math.min(this.failures, 4)));
  }
}
