/** The countdown: worked out from the clock's anchor, so that the board need not change for it. */

/**
 * @param {Object} board A board's body.
 * @param {number} nowMs The server's moment.
 * @returns {{state: string, s: number}} "start" (seconds of the wall until the start), "end" (seconds of the wall until the end) or "over"; a watcher's clock never runs at the room's speed.
 */
export function countdown(board, nowMs) {
  const clock = board.clock;
  const startsIn = Date.parse(clock.starts_at) - nowMs;
  if (startsIn > 0) return { state: "start", s: Math.ceil(startsIn / 1000) };
  const run = clock.is_paused ? 0 : Math.max(0, nowMs - Date.parse(clock.at)) * clock.speed;
  const left = (board.duration_s - (clock.room_ms + run) / 1000) / clock.speed;
  return left > 0 ? { state: "end", s: Math.ceil(left) } : { state: "over", s: 0 };
}

const two = (n) => String(n).padStart(2, "0");

/** Write seconds as 00:28:41. */
export function clockText(s) {
  return `${two(Math.floor(s / 3600))}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

/** Write a moment of the room as 1:28, hours and minutes. */
export function roomTime(s) {
  return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}`;
}
