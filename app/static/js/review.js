/**
 * Result page: show all items, or only those of some outcomes. Without this script every item stands there.
 * The filter stands in the address (?show=wrong), so that a link and a reload keep it.
 */
const filter = document.getElementById("review-filter");
const status = document.getElementById("review-status");
const reviews = [...document.querySelectorAll(".review")];
const groups = [...document.querySelectorAll(".review-group")];
const buttons = [...filter.querySelectorAll("button")];
const nameOf = (button) => button.dataset.show.split(" ")[0] + (button.dataset.show.includes(" ") ? "-more" : "");

function apply(button) {
  const wanted = button.dataset.show.split(" ");
  const isShown = (review) => wanted[0] === "all" || wanted.includes(review.dataset.outcome);
  for (const review of reviews) review.hidden = !isShown(review);
  for (const group of groups) group.hidden = !group.querySelector(".review:not([hidden])");
  for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
}

function choose(button) {
  apply(button);
  const address = new URL(location.href);
  if (button === buttons[0]) address.searchParams.delete("show");
  else address.searchParams.set("show", nameOf(button));
  history.replaceState(null, "", address);
  status.textContent = status.dataset.words.replace("{n}", String(reviews.filter((review) => !review.hidden).length));
}

const asked = new URL(location.href).searchParams.get("show");
const first = buttons.find((button) => nameOf(button) === asked && !button.disabled);
if (first) apply(first);
for (const button of buttons) button.addEventListener("click", () => choose(button));
filter.hidden = false;
