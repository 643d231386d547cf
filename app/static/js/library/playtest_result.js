/** The author's GMV beside that of the players, on the same customers. */
import { drawBands } from "../studio/plots.js";
import { wordsOf } from "../text.js";

const data = JSON.parse(document.getElementById("playtest-data").textContent);
drawBands(document.querySelector("[data-plot=gmv]"), data.bands, data.timeline, wordsOf("playtest-text"));
