/** How the room's figures are written; the same rules as the server's filters. */
import { wordsOf } from "../text.js";

const words = wordsOf("room-text");
const isEnglish = document.documentElement.lang === "en";

const grouped = (value, digits = 0) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const signed = (text) => text.replace("-", "−");

/** Money: ¥9,860, ¥38.62万; below a hundred yuan with its fen. */
export function yuan(fen) {
  const { number, unit } = yuanParts(fen);
  return number === "—" ? number : `${number.startsWith("−") ? "−" : ""}¥${number.replace("−", "")}${unit}`;
}

/** The same in two parts, where the unit is set smaller. */
export function yuanParts(fen) {
  if (fen === null || fen === undefined) return { number: "—", unit: "" };
  const size = Math.abs(fen);
  if (isEnglish && size >= 1e8) return { number: signed(grouped(fen / 1e8, 2)), unit: "M" };
  if (isEnglish && size >= 1e6) return { number: signed(grouped(fen / 1e5, 1)), unit: "k" };
  if (size >= 1e6) return { number: signed(grouped(fen / 1e6, 2)), unit: words("wan") };
  return { number: signed(grouped(fen / 100, size % 100 === 0 || size >= 1e5 ? 0 : 2)), unit: "" };
}

/** A price in yuan, always with its fen: 39.90. */
export const price = (fen) => (fen / 100).toFixed(2);

/** Yuan as an operator types them: 60, 0.9, 12.5. */
export const plainYuan = (fen) => String(Number((fen / 100).toFixed(2)));

/** Fen of what was typed, or null: 39.9, 1,200. */
export function fenOf(text) {
  const value = Number(String(text).trim().replaceAll(",", "").replace(/^¥/, ""));
  return String(text).trim() === "" || !Number.isFinite(value) ? null : Math.round(value * 100);
}

export const whole = (value) => (value === null || value === undefined ? "—" : signed(grouped(Math.round(value))));
export const percent = (fraction, digits = 1) => (fraction === null || fraction === undefined ? "—" : signed(`${(fraction * 100).toFixed(digits)}%`));
export const ratio = (value, digits = 1) => (value === null || value === undefined ? "—" : signed(grouped(value, digits)));

const two = (n) => String(n).padStart(2, "0");

/** Session clock: 1:12:40. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** A short time that runs: 6:10. */
export function short(seconds) {
  const s = Math.max(0, Math.round(seconds));
  return `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** A length of time: 1′04″. */
export function length(seconds) {
  if (seconds === null || seconds === undefined) return "—";
  const s = Math.round(seconds);
  return s < 60 ? `${s}″` : `${Math.floor(s / 60)}′${two(s % 60)}″`;
}

/** About how long: 3 分钟, at least one. */
export const about = (seconds) => words("minutes", { n: Math.max(1, Math.round(seconds / 60)) });

export const number2 = (position) => two(position);
