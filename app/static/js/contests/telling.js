/** What a board tells beside its figures: incidents, decisive moments, the leader's room; and where the round stands. */
import { icon, make } from "../dom.js";
import { clockText, countdown, roomTime } from "./countdown.js";
import { moneyWords } from "./rows.js";

/** Fill the strip of incidents. */
export function showIncidents(box, board, words) {
  box.replaceChildren(
    ...board.incidents.map((one) =>
      make("li", { class: `tick${one.is_card ? " card-played" : ""}` }, [
        icon(one.is_over ? "check" : "alert", one.is_over ? "good" : "warn"),
        make("time", { text: roomTime(one.at_s) }),
        make("span", { text: one.is_card ? words("card", { title: one.title }) : one.title }),
      ]),
    ),
  );
}

/** Write a decisive moment in words. */
export function momentText(one, board, unit, words) {
  const name = (seat) => board.rows.find((row) => row.seat === seat)?.name ?? "";
  const money = moneyWords(one.gain_fen, unit);
  if (one.kind === "stretch") return words("stretch", { name: name(one.seat), money });
  return words(one.other ? "lead_from" : "lead_first", { name: name(one.seat), other: name(one.other), money });
}

/** Fill the list of decisive moments, the newest first. */
export function showMoments(box, board, unit, words) {
  box.replaceChildren(
    ...[...board.moments].reverse().map((one) =>
      make("li", {}, [make("time", { class: "num", text: roomTime(one.at_s) }), make("span", { text: momentText(one, board, unit, words) })]),
    ),
  );
}

/** Fill the leader's room: what its viewers say. */
export function showComments(box, board) {
  box.replaceChildren(
    ...[...board.comments].reverse().map((one) => make("li", { class: one.tone }, [make("b", { text: one.name }), make("span", { text: one.text })])),
  );
}

/**
 * Keep the countdown and the state in words.
 *
 * @param {{label: HTMLElement, value: HTMLElement, state: HTMLElement, note: HTMLElement}} parts
 */
export function showState(parts, board, nowMs, words) {
  const left = countdown(board, nowMs);
  parts.label.textContent = words(`until_${left.state}`);
  parts.value.textContent = clockText(left.s);
  const isFrozen = ["frozen", "over", "unveiling"].includes(board.phase);
  parts.state.classList.toggle("frozen", isFrozen);
  parts.state.hidden = false;
  const said = words(`phase_${board.clock.is_paused && left.state === "end" ? "paused" : board.phase}`, { at: roomTime(board.at_s) });
  const text = parts.state.querySelector("span");
  if (text.textContent !== said) text.textContent = said;
  parts.note.textContent = board.freeze_s === null ? words("delay", { s: board.delay_s }) : words("delay_freeze", { s: board.delay_s });
}
