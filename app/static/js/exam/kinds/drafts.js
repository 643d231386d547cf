/** Typed answers: saved after a pause, at the end of a field, and before the candidate moves on. */

const DRAFT_PAUSE_MS = 700;

export class Drafts {
  /**
   * @param {function(): void} save Saves what stands in the fields now.
   * @param {function(string): void} onDraft "open" while something is typed and not saved yet, else "none".
   */
  constructor(save, onDraft) {
    Object.assign(this, { save, onDraft });
    this.timer = 0;
    this.isOpen = false;
  }

  watch(field) {
    field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.isOpen = true;
      this.onDraft("open");
      this.timer = setTimeout(() => this.flush(), DRAFT_PAUSE_MS);
    });
    field.addEventListener("change", () => this.flush());
  }

  flush() {
    clearTimeout(this.timer);
    if (!this.isOpen) return;
    this.isOpen = false;
    this.save();
    this.onDraft("none");
  }
}
