/** The author's side of a playtest: what no candidate ever sees, fetched beside the cockpit's own polls. */
import { make } from "../dom.js";

const LOOK_MS = 1500;
const place = document.querySelector("[data-hidden]");
const groups = place.querySelector("[data-groups]");
let shownTick = -1;

function row({ label, value, share, tone }) {
  const parts = [make("span", { class: "label", text: label }), make("span", { class: "num", text: value })];
  if (share !== null) parts.push(make("meter", { class: "m-ink", min: 0, max: 1, value: share, "aria-label": label, text: value }));
  return make("li", { class: tone }, parts);
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(place.dataset.hidden, { headers: { Accept: "application/json" }, cache: "no-store" });
      const found = answer.ok ? await answer.json() : null;
      if (found && found.tick !== shownTick) {
        shownTick = found.tick;
        groups.replaceChildren(...found.groups.map(({ title, rows }) => make("section", {}, [make("h3", { text: title }), make("ul", {}, rows.map(row))])));
      }
    } catch {
      // The cockpit itself says when the server is away; the next look finds it again.
    }
  }
  setTimeout(look, LOOK_MS);
}

look();
