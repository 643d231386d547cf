/**
 * The device check of the exam pages: screen, local storage, network. It informs; the server
 * never asks for its findings, and a page without this script says the same rules in words.
 */
import { icon } from "../dom.js";
import { wordsOf } from "../text.js";

const LEAST_WIDTH = 1024;
const SLOW_MS = 1000;
const words = wordsOf("device-text");
const section = document.querySelector("[data-device-check]");

function say(check, ok, text) {
  const row = section.querySelector(`[data-check="${check}"]`);
  const mark = row.querySelector("[data-mark]");
  mark.replaceChildren(icon(ok ? "check" : "alert", ok ? "good" : "warn"));
  row.querySelector("[data-finding]").textContent = ` ${text}`;
  return ok;
}

function checkWidth() {
  return say("width", window.innerWidth >= LEAST_WIDTH, words("width", { n: window.innerWidth }));
}

function checkStorage() {
  return new Promise((resolve) => {
    const done = (ok) => resolve(say("storage", ok, words(ok ? "storage_yes" : "storage_no")));
    try {
      const request = indexedDB.open("device-check", 1);
      request.onerror = () => done(false);
      request.onsuccess = () => {
        request.result.close();
        indexedDB.deleteDatabase("device-check");
        done(true);
      };
    } catch {
      done(false);
    }
  });
}

async function checkNetwork() {
  const start = performance.now();
  try {
    const answer = await fetch(document.location.pathname, { method: "HEAD", cache: "no-store" });
    const ms = Math.round(performance.now() - start);
    return say("network", answer.ok && ms <= SLOW_MS, words("network", { n: ms }));
  } catch {
    return say("network", false, words("network_no"));
  }
}

if (section) {
  const findings = await Promise.all([checkWidth(), checkStorage(), checkNetwork()]);
  const good = findings.every(Boolean);
  section.querySelector("[data-device-summary]").textContent = words(good ? "good" : "bad");
}
