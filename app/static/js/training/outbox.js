/** Answers that wait on this device until the server has them; kept over a reload, by person. */

const MOST = 200;

export class Outbox {
  /** @param {string} person Public id of the person: two people on one device never send each other's answers. */
  constructor(person) {
    this.name = `practice:${person}`;
    this.isSending = false;
  }

  get entries() {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "[]");
    } catch {
      return [];
    }
  }

  get size() {
    return this.entries.length;
  }

  put(entry) {
    this.#write([...this.entries, { ...entry, given_at: Date.now() }].slice(-MOST));
  }

  /**
   * Send what waits, oldest first, until one cannot be sent.
   *
   * @param {function(Object): Promise<number>} send Sends a body; resolves to the status, 0 if the server was not reached.
   */
  async flush(send) {
    if (this.isSending) return;
    this.isSending = true;
    for (const entry of this.entries) {
      const { given_at: givenAt, ...body } = entry;
      const status = await send({ ...body, ago_s: Math.max(0, Math.round((Date.now() - givenAt) / 1000)) });
      if (status === 0 || status === 401 || status === 429 || status >= 500) break;
      this.#write(this.entries.filter((one) => one.key !== entry.key));
    }
    this.isSending = false;
  }

  #write(entries) {
    if (entries.length) localStorage.setItem(this.name, JSON.stringify(entries));
    else localStorage.removeItem(this.name);
  }
}
