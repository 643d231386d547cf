/** The frames of a session: fetched ten minutes at a time, made whole, and kept while the page is open. */

export class Reel {
  /** @param {Object} film Of the page: frames_url, chunks, chunk_frames, frame_ticks, duration_s, tick_s. */
  constructor(film) {
    this.film = film;
    this.held = new Map();
    this.asked = new Map();
    this.frameS = film.frame_ticks * film.tick_s;
    this.last = Math.floor(film.duration_s / this.frameS);
  }

  chunkOf(frame) {
    return Math.min(Math.floor(frame / this.film.chunk_frames), this.film.chunks - 1);
  }

  /** The whole frame if it is there, else undefined. */
  at(frame) {
    const frames = this.held.get(this.chunkOf(frame));
    return frames?.[Math.min(frame - this.chunkOf(frame) * this.film.chunk_frames, frames.length - 1)];
  }

  /** Fetch the chunk of a frame; of several calls at a time one asks. */
  load(frame) {
    const number = this.chunkOf(frame);
    if (this.held.has(number)) return Promise.resolve();
    if (!this.asked.has(number)) {
      const asking = this.fetch(number).finally(() => this.asked.delete(number));
      this.asked.set(number, asking);
    }
    return this.asked.get(number);
  }

  async fetch(number) {
    const answer = await fetch(`${this.film.frames_url}${number}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`frames ${number}: ${answer.status}`);
    const { frames } = await answer.json();
    let whole = {};
    this.held.set(
      number,
      frames.map((changes) => (whole = { ...whole, ...changes })),
    );
  }

  /** Fetch what comes next, so that playing does not wait; a failure shows when it is needed. */
  prefetch(frame) {
    const next = (this.chunkOf(frame) + 1) * this.film.chunk_frames;
    if (next <= this.last && next - frame < this.film.chunk_frames / 2) this.load(next).catch(() => {});
  }
}
