/** The result page: draws the session's curves and what each action was worth; all figures stand in tables as well. */
import { Timeline, effectBar } from "./timeline.js";

const block = document.getElementById("timeline-data");
if (block) {
  const data = JSON.parse(block.textContent);
  const timeline = new Timeline(document.getElementById("timeline"));
  timeline.update({
    ...data,
    now_s: null,
    series: data.series.map((one) => ({
      ...one,
      points: data.times_s.map((s, i) => [s, one.values[i]]),
      label: `${one.name} ${one.values.at(-1).toLocaleString("en-US", { maximumFractionDigits: data.unit_digits })}`,
    })),
  });
}

for (const cell of document.querySelectorAll("[data-effect]")) cell.append(effectBar(JSON.parse(cell.dataset.effect)));

// The sheet's links lead to a row that may be folded away.
const asked = document.getElementById(location.hash.slice(1));
if (asked?.closest("details")) {
  asked.closest("details").open = true;
  asked.scrollIntoView({ block: "center" });
}

// The worth of actions is worked out in the background where the engine is not compiled: look again now and then.
const waiting = document.querySelector("[data-waiting]");
if (waiting) setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.waiting));
