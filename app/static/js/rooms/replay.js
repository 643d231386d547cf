/** The replay of a session: plays its frames at a chosen speed, and goes to any moment by mouse, touch or keys. */
import { setIcon } from "../dom.js";
import { bindKeys } from "../keys.js";
import { wordsOf } from "../text.js";
import { clock } from "./figures.js";
import { Board, position } from "./replay/board.js";
import { Log, drawMarks } from "./replay/marks.js";
import { Reel } from "./replay/reel.js";
import { Timeline } from "./timeline.js";

const film = JSON.parse(document.getElementById("film").textContent);
const words = wordsOf("replay-text");
const DRAW_MS = 100;
const MINUTE_S = 60;

const reel = new Reel(film);
const board = new Board(film);
const part = (id) => document.getElementById(id);
const [playButton, scrub, sync] = [part("play"), part("scrub"), part("sync")];
const timeline = new Timeline(part("timeline"), { hasLanes: false });
const log = new Log(part("log"), film, (s) => seek(s), words("no_action"));

/** Where it stands, in seconds of the session; whole frames are shown. */
let at = 0;
let playing = false;
let before = 0;
let drawn = -1;

scrub.max = reel.last;
part("end").textContent = clock(film.duration_s);
drawMarks(part("marks"), film, (s) => seek(s));

const frameAt = () => Math.min(Math.floor(at / reel.frameS), reel.last);
const speed = () => Number(document.querySelector("[name=speed]:checked").value);

async function show() {
  const frame = frameAt();
  scrub.value = frame;
  scrub.setAttribute("aria-valuetext", position(frame * reel.frameS, film.duration_s));
  part("clock").textContent = clock(frame * reel.frameS);
  if (!reel.at(frame)) {
    sync.textContent = words("loading");
    try {
      await reel.load(frame);
    } catch {
      sync.textContent = words("failed");
      play(false);
      return;
    }
    if (frame !== frameAt()) return;
  }
  sync.textContent = "";
  reel.prefetch(frame);
  if (frame === drawn) return;
  drawn = frame;
  board.show(reel.at(frame));
  log.show(frame * film.frame_ticks);
  drawCurves(frame * reel.frameS);
}

function drawCurves(now) {
  const { times_s: times, series, decisions, incidents, ...rest } = film.timeline;
  timeline.update({
    ...rest,
    lanes: [],
    decisions: decisions.filter((one) => one.at_s <= now),
    incidents: incidents.filter((one) => one.at_s <= now),
    now_s: now,
    series: series.map((one) => {
      const points = times.map((s, i) => [s, one.values[i]]);
      if (one.role !== "candidate") return { ...one, points, label: one.name };
      return { ...one, points: points.filter(([s]) => s <= now) };
    }),
  });
}

function seek(seconds) {
  at = Math.min(Math.max(seconds, 0), film.duration_s);
  show();
}

function play(on) {
  playing = on;
  playButton.setAttribute("aria-pressed", String(on));
  playButton.querySelector("span").textContent = words(on ? "pause" : "play");
  setIcon(playButton.querySelector("svg"), on ? "pause" : "play");
  if (!on) return;
  if (at >= film.duration_s) at = 0;
  before = performance.now();
  setTimeout(advance, DRAW_MS);
}

/** Move on by the wall's time; where frames are awaited the session waits, too. */
function advance() {
  if (!playing) return;
  const now = performance.now();
  if (reel.at(frameAt())) at = Math.min(at + ((now - before) / 1000) * speed(), film.duration_s);
  before = now;
  show();
  if (at >= film.duration_s) play(false);
  else setTimeout(advance, DRAW_MS);
}

function faster(step) {
  const choices = [...document.querySelectorAll("[name=speed]")];
  const next = choices[choices.findIndex((one) => one.checked) + step];
  if (next) next.checked = true;
}

const by = (sign) => (event) => seek(frameAt() * reel.frameS + sign * (event.shiftKey ? MINUTE_S : reel.frameS));
playButton.addEventListener("click", () => play(!playing));
part("back").addEventListener("click", () => seek(at - MINUTE_S));
part("forward").addEventListener("click", () => seek(at + MINUTE_S));
scrub.addEventListener("input", () => seek(scrub.valueAsNumber * reel.frameS));
// A focused button answers the space bar itself.
bindKeys("replay", {
  " ": (event) => (event.target.closest("button") ? event.target.click() : play(!playing)),
  ArrowLeft: by(-1),
  ArrowRight: by(1),
  ArrowUp: () => faster(1),
  ArrowDown: () => faster(-1),
  Home: () => seek(0),
  End: () => seek(film.duration_s),
});

const wanted = new URLSearchParams(location.search).get("t");
seek(wanted === null ? 0 : Number(wanted) || 0);
