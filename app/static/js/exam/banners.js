/** Bands under the bar: states of the page, not error pages. */
import { icon, make } from "../dom.js";

export class Banners {
  constructor() {
    this.place = document.getElementById("banners");
    this.shown = new Map();
  }

  /**
   * Show a band, or change its words in place (a live region that is rebuilt would be read out again).
   *
   * @param {string} id
   * @param {{tone?: string, iconName?: string, title: string, text?: string, action?: {label: string, run: function(): void}}} band
   */
  set(id, { tone = "", iconName = "info", title, text = "", action = null }) {
    const known = this.shown.get(id);
    if (known) {
      if (known.text.textContent !== text) known.text.textContent = text;
      return;
    }
    const textNode = make("span", { text });
    const band = make("div", { class: `banner ${tone}`.trim() }, [icon(iconName), make("p", {}, [make("b", { text: title }), textNode])]);
    if (action) {
      const button = make("button", { type: "button", class: "btn btn-sm btn-outline", text: action.label });
      button.addEventListener("click", action.run);
      band.append(button);
    }
    this.shown.set(id, { band, text: textNode });
    this.place.append(band);
  }

  clear(id) {
    this.shown.get(id)?.band.remove();
    this.shown.delete(id);
  }
}
