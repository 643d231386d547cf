/**
 * The contestants' hall: counts down to each round by the server's clock and opens the door when the rooms are there.
 * The hall asks again every 5 to 8 seconds, each page at its own moment, so that a start is no rush.
 */
const LEAST_MS = 5000;
const SPREAD_MS = 3000;

const hall = document.querySelector("[data-hall]");
let offsetMs = 0;

const two = (value) => String(value).padStart(2, "0");

function leftText(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

function tick() {
  const now = Date.now() + offsetMs;
  for (const left of hall.querySelectorAll("[data-hall-left]")) {
    const ms = Date.parse(left.dataset.at) - now;
    left.textContent = ms > 0 ? `−${leftText(ms)}` : "";
  }
  const clock = hall.querySelector("[data-hall-clock]");
  if (clock) clock.textContent = new Date(now).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });
}

async function ask() {
  try {
    const answer = await fetch(hall.dataset.hall, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const body = await answer.json();
      offsetMs = Date.parse(body.server_now) - Date.now();
      for (const round of body.rounds) show(round);
    }
  } catch {
    // The network is away: the countdown goes on by the last known clock.
  }
  setTimeout(ask, LEAST_MS + Math.random() * SPREAD_MS);
}

function show(round) {
  const row = hall.querySelector(`[data-hall-round="${round.id}"]`);
  if (!row) return;
  row.querySelector("[data-hall-left]").dataset.at = round.clock_starts_at ?? round.starts_at;
  const door = row.querySelector("[data-hall-door]");
  if (round.room_url && !round.is_scored && !door.querySelector("a")) location.reload();
}

tick();
setInterval(tick, 500);
setTimeout(ask, Math.random() * SPREAD_MS);
