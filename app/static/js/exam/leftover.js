/**
 * On the pages of a closed attempt: answers that this device never got rid of, because the exam ended while it had no network
 * or was switched off. They can be saved as a file, and taken off the device.
 */
import { ChangeStore } from "./store.js";
import { unsentFile } from "./unsent.js";

const card = document.getElementById("leftover");

async function offer(attempt) {
  const store = await ChangeStore.open(attempt);
  const entries = await store.entries();
  if (!entries.length) return;
  const text = card.querySelector("[data-words]");
  const places = [...new Set(entries.map((entry) => entry.position))].sort((a, b) => a - b);
  text.textContent = text.dataset.words.replace("{n}", entries.length).replace("{places}", places.join(text.dataset.comma));
  card.querySelector("a[download]").href = unsentFile(attempt, entries);
  card.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await store.wipe();
    card.hidden = true;
  });
  card.hidden = false;
}

offer(card.dataset.attempt);
