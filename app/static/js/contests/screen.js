/** The big screen: twelve contestants at a time, their curves, the countdown, and one line of what decided. */
import { wordsOf } from "../text.js";
import { bindKeys } from "../keys.js";
import { roomTime } from "./countdown.js";
import { Feed } from "./feed.js";
import { Minis } from "./minis.js";
import { Rows, moneyWords, scaleOf } from "./rows.js";
import { momentText, showIncidents, showState } from "./telling.js";

const SHOWN = 12;
const PAGE_MS = 12000;
const LINE_MS = 7000;

const words = wordsOf("board-text");
const set = JSON.parse(document.getElementById("board-set").textContent);
const part = (id) => document.getElementById(id);
const rows = new Rows(part("rows"), set.unit, words);
const minis = new Minis(part("minis"), words);
const state = { label: part("count-label"), value: part("count"), state: part("phase"), note: part("note") };
const isStill = matchMedia("(prefers-reduced-motion: reduce)");
let board = JSON.parse(part("board-now")?.textContent || "null");
let curves = null;
let page = 0;
let line = 0;

const isFrozen = () => ["frozen", "over", "unveiling"].includes(board.phase);
const pages = () => Math.max(1, Math.ceil(board.rows.length / SHOWN));

function draw() {
  if (!board) return;
  page %= pages();
  const shown = board.rows.slice(page * SHOWN, (page + 1) * SHOWN);
  rows.show(shown, scaleOf(board.rows));
  part("subtitle").textContent = words("subtitle", { n: board.rows.length });
  part("pages").textContent = pages() > 1 ? words("page", { n: page + 1, of: pages() }) : "";
  showIncidents(part("incidents"), board, words);
  part("house").textContent = words("house", { money: moneyWords(board.house_fen, set.unit) });
  if (curves && curves.run === board.run) minis.show(shown, curves, isFrozen() ? board.freeze_s : null);
}

/** One line at a time: decisive moments, then what the leader's viewers say. */
function tell() {
  if (!board) return;
  const told = [
    ...[...board.moments].reverse().slice(0, 4).map((one) => [roomTime(one.at_s), momentText(one, board, set.unit, words)]),
    ...board.comments.slice(-2).map((one) => [words("leader_room"), words("says", { name: one.name, text: one.text })]),
  ];
  const [head, text] = told.length ? told[line % told.length] : ["", ""];
  part("told-head").textContent = head;
  part("told").textContent = text;
  line += 1;
}

function turn(by) {
  if (!board) return;
  page = (page + by + pages()) % pages();
  draw();
}

const feed = new Feed(
  set.board_url,
  (body) => {
    const isFirst = !board;
    board = body;
    draw();
    if (isFirst) tell();
  },
  (answered, at) => {
    part("away").hidden = answered;
    if (!answered) part("away").querySelector("span").textContent = words("away", { at: at.toLocaleTimeString("zh-CN", { hour12: false }) });
  },
);
feed.start();
new Feed(
  set.curves_url,
  (body) => {
    curves = body;
    draw();
  },
  undefined,
  set.curves_every_ms,
).start();
draw();
tell();
setInterval(() => board && showState(state, board, Date.now() + feed.aheadMs, words), 500);
setInterval(tell, LINE_MS);
setInterval(() => !isStill.matches && turn(1), PAGE_MS);
bindKeys("screen", { ArrowRight: () => turn(1), ArrowLeft: () => turn(-1) });
