/** The strip above the scrub bar: a tick for each action, in the colour of its lane, and incidents below them. */
import { make, svg } from "../../dom.js";
import { yuan } from "../figures.js";

const HEIGHT = 26;
const THUMB = 8; // half a thumb of the range: its value 0 stands so far from the edge

/** Draw the strip as wide as it stands; `seek` is called with seconds. */
export function drawMarks(host, film, seek) {
  const draw = () => {
    const width = host.clientWidth;
    if (width < 40) return;
    const x = (seconds) => THUMB + ((width - 2 * THUMB) * seconds) / film.duration_s;
    const titled = (words) => {
      const element = svg("title");
      element.textContent = words;
      return element;
    };
    host.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    host.replaceChildren(
      ...film.timeline.incidents.map(({ at_s: at, label }) => svg("path", { class: "f-bad", d: `M${x(at) - 4} ${HEIGHT - 1}l4 -7 4 7z` }, [titled(label)])),
      ...film.actions.map(({ tick, lane, words }) => svg("rect", { class: `f-${lane}`, x: x(tick * film.tick_s) - 1.5, y: 2, width: 3, height: 14 }, [titled(words)])),
    );
  };
  new ResizeObserver(draw).observe(host);
  host.addEventListener("click", (event) => {
    const box = host.getBoundingClientRect();
    const share = (event.clientX - box.left - THUMB) / (box.width - 2 * THUMB);
    seek(Math.min(1, Math.max(0, share)) * film.duration_s);
  });
}

/** The list of actions; the newest that has happened is marked, each leads to its moment. */
export class Log {
  constructor(host, film, seek, empty) {
    this.film = film;
    this.items = film.actions.map((one) => {
      const worth = one.worth_fen === null ? "" : `${one.worth_fen > 0 ? "+" : ""}${yuan(one.worth_fen)}`;
      const button = make("button", { type: "button" }, [
        make("span", { class: "num", text: one.clock }),
        make("span", { text: one.words }),
        make("span", { class: `num ${!one.is_clear ? "muted" : one.worth_fen > 0 ? "good" : one.worth_fen < 0 ? "bad" : ""}`, text: worth }),
      ]);
      button.addEventListener("click", () => seek(one.tick * film.tick_s));
      return make("li", {}, [button]);
    });
    host.replaceChildren(...(this.items.length ? this.items : [make("li", { class: "sub", text: empty })]));
    this.host = host;
    this.current = null;
  }

  show(tick) {
    let current = -1;
    this.film.actions.forEach((one, i) => {
      if (one.tick <= tick) current = i;
    });
    if (current === this.current) return;
    this.current = current;
    this.items.forEach((item, i) => {
      item.classList.toggle("ahead", i > current);
      if (i === current) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    const item = this.items[Math.max(current, 0)];
    if (item) this.host.scrollTop = item.offsetTop - this.host.offsetTop - this.host.clientHeight / 2;
  }
}
