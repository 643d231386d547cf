/**
 * The line before the sign-in: when too many come at once, the page waits for its turn, says where it stands, and then signs
 * in by itself with what was typed. Without this script the server says the same and the form is sent again by hand.
 */
import { wordsOf } from "../text.js";

const words = wordsOf("line-text");
const form = document.querySelector("[data-line-url]");
const status = document.getElementById("line-status");
let isWaiting = false;

/** Ask for a turn; the seconds to wait, 0 if it has come. */
async function ask() {
  const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value };
  const answer = await fetch(form.dataset.lineUrl, { method: "POST", headers, credentials: "same-origin", cache: "no-store" });
  if (answer.status !== 429 || !answer.headers.has("X-Queue")) return 0; // what is wrong otherwise, the sign-in itself says
  const { place, retry_after_s: seconds } = await answer.json();
  status.hidden = false;
  status.textContent = words("waiting", { n: place, s: seconds });
  return seconds;
}

form.addEventListener("submit", async (event) => {
  if (form.dataset.admitted) return;
  event.preventDefault();
  if (isWaiting) return;
  isWaiting = true;
  try {
    for (let seconds = await ask(); seconds > 0; seconds = await ask()) {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  } catch {
    // No network: sending the form says so.
  }
  form.dataset.admitted = "yes";
  form.requestSubmit();
});
