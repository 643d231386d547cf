/** The public board on phones and desktops: rows, curves, what happened; the same figures as the big screen. */
import { wordsOf } from "../text.js";
import { Feed } from "./feed.js";
import { Minis } from "./minis.js";
import { Rows, moneyWords, scaleOf } from "./rows.js";
import { showComments, showIncidents, showMoments, showState } from "./telling.js";

const words = wordsOf("board-text");
const set = JSON.parse(document.getElementById("board-set").textContent);
const part = (id) => document.getElementById(id);
const rows = new Rows(part("rows"), set.unit, words);
const minis = new Minis(part("minis"), words);
const state = { label: part("count-label"), value: part("count"), state: part("phase"), note: part("note") };
let board = JSON.parse(part("board-now")?.textContent || "null");
let curves = null;

const isFrozen = () => ["frozen", "over", "unveiling"].includes(board.phase);

function draw() {
  if (!board) return;
  part("before").hidden = true;
  part("now").hidden = false;
  rows.show(board.rows, scaleOf(board.rows));
  showIncidents(part("incidents"), board, words);
  showMoments(part("moments"), board, set.unit, words);
  showComments(part("comments"), board);
  part("house").textContent = words("house", { money: moneyWords(board.house_fen, set.unit) });
  if (curves && curves.run === board.run) minis.show(board.rows, curves, isFrozen() ? board.freeze_s : null);
}

const feed = new Feed(
  set.board_url,
  (body) => {
    board = body;
    if (body.curves) curves = body.curves;
    draw();
  },
  (answered, at) => {
    part("away").hidden = answered;
    if (!answered) part("away").querySelector("span").textContent = words("away", { at: at.toLocaleTimeString("zh-CN", { hour12: false }) });
  },
);
feed.start();
if (set.curves_url) {
  new Feed(
    set.curves_url,
    (body) => {
      curves = body;
      draw();
    },
    undefined,
    set.curves_every_ms,
  ).start();
}
draw();
setInterval(() => board && showState(state, board, Date.now() + feed.aheadMs, words), 500);
