/** The tray's order: by dragging, by the grip with the arrow keys, or by the buttons. */

export class TrayOrder {
  /**
   * @param {HTMLElement} tray The list of what is on the tray.
   * @param {HTMLElement} off The list of what is not.
   * @param {function(string, Object): void} say Tells a reader what moved: a word's key and its values.
   * @param {function(): void} onChange
   */
  constructor(tray, off, say, onChange) {
    Object.assign(this, { tray, off, say, onChange });
    for (const list of [tray, off]) {
      list.addEventListener("click", (event) => this.clicked(event));
      list.addEventListener("keydown", (event) => this.pressed(event));
      list.addEventListener("pointerdown", (event) => this.grabbed(event));
    }
    this.number();
  }

  get codes() {
    return [...this.tray.children].map((row) => row.dataset.code);
  }

  /** Put the rows into an order; what is not named is off the tray. */
  set codes(codes) {
    const rows = new Map([...this.tray.children, ...this.off.children].map((row) => [row.dataset.code, row]));
    this.tray.replaceChildren(...codes.map((code) => rows.get(code)));
    this.off.replaceChildren(...[...rows.values()].filter((row) => !codes.includes(row.dataset.code)));
    this.number();
  }

  number() {
    [...this.tray.children].forEach((row, i) => {
      row.querySelector(".n").textContent = String(i + 1).padStart(2, "0");
      row.querySelector('[data-move="-1"]').disabled = i === 0;
      row.querySelector('[data-move="1"]').disabled = i === this.tray.children.length - 1;
    });
    for (const row of this.off.children) row.querySelector(".n").textContent = "";
  }

  changed() {
    this.number();
    this.onChange();
  }

  clicked(event) {
    const button = event.target.closest("button");
    const row = event.target.closest(".plrow");
    if (!button || !row) return;
    if (button.dataset.move) this.move(row, Number(button.dataset.move), button);
    else if ("switch" in button.dataset) this.toggle(row, button);
  }

  pressed(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !event.target.classList.contains("grip")) return;
    event.preventDefault();
    this.move(event.target.closest(".plrow"), by, event.target);
  }

  move(row, by, focus) {
    if (row.parentElement !== this.tray) return;
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (by < 0) other.before(row);
    else other.after(row);
    this.changed();
    (focus.disabled ? row.querySelector(".grip") : focus).focus();
    this.say("moved", { name: row.dataset.name, n: this.codes.indexOf(row.dataset.code) + 1 });
  }

  toggle(row, focus) {
    const isOn = row.parentElement === this.tray;
    (isOn ? this.off : this.tray).append(row);
    this.changed();
    focus.focus();
    this.say(isOn ? "taken_off" : "put_on", { name: row.dataset.name, n: this.tray.children.length });
  }

  grabbed(event) {
    const grip = event.target.closest(".grip");
    const row = event.target.closest(".plrow");
    if (!grip || !row || row.parentElement !== this.tray || event.button !== 0) return;
    event.preventDefault();
    grip.focus();
    // The list holds the pointer: a row that moves in the document would lose it.
    this.tray.setPointerCapture(event.pointerId);
    row.classList.add("held");
    const before = this.codes.join();
    const move = (moved) => {
      const under = [...this.tray.children].find((one) => {
        const box = one.getBoundingClientRect();
        return one !== row && moved.clientY > box.top && moved.clientY < box.bottom;
      });
      if (!under) return;
      const box = under.getBoundingClientRect();
      const isPast = moved.clientY > box.top + box.height / 2;
      if (isPast && under.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_PRECEDING) under.after(row);
      else if (!isPast && under.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING) under.before(row);
      else return;
      this.number();
    };
    const release = () => {
      this.tray.removeEventListener("pointermove", move);
      row.classList.remove("held");
      grip.focus();
      if (this.codes.join() === before) return;
      this.changed();
      this.say("moved", { name: row.dataset.name, n: this.codes.indexOf(row.dataset.code) + 1 });
    };
    this.tray.addEventListener("pointermove", move);
    this.tray.addEventListener("lostpointercapture", release, { once: true });
  }
}
