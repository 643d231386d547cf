/** Ninety seconds of a decision: the clock runs by the server's time; at its end the choice is sent as it stands. */
const form = document.getElementById("decision");
const clock = form.querySelector("[data-clock]");
const bar = form.querySelector("progress");
const said = form.querySelector("[data-said]");
const TOLD = new Set([60, 30, 10]);
const end = performance.now() + Number(form.dataset.leftS) * 1000;

let isSent = false;
form.addEventListener("submit", () => {
  isSent = true;
});

const timer = setInterval(() => {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  if (clock.textContent !== String(left)) {
    clock.textContent = String(left);
    bar.value = left;
    if (TOLD.has(left)) said.textContent = said.dataset.words.replace("{n}", String(left));
  }
  if (left > 0) return;
  clearInterval(timer);
  if (isSent) return;
  if (form.querySelector("input[name=choice]:checked")) form.requestSubmit();
  else setTimeout(() => location.reload(), 6000); // after the grace the answer is shown
}, 250);
