/** The editor of a blueprint: asks what the bank makes of it while one types, and adds rows. */

const CHECK_AFTER_MS = 500;

const form = document.getElementById("blueprint");
const findings = document.getElementById("findings");
const token = document.querySelector("meta[name=csrf-token]").content;

let timer = 0;
let isChecking = false;
let isAsked = false;

/** Ask once at a time; what was typed meanwhile is asked about afterwards. */
async function check() {
  if (isChecking) {
    isAsked = true;
    return;
  }
  isChecking = true;
  findings.classList.add("is-stale");
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form), headers: { "X-CSRFToken": token } });
    if (answer.ok) {
      findings.innerHTML = await answer.text();
      findings.classList.remove("is-stale");
    }
  } catch {
    /* without the network the old findings stay, pale */
  }
  isChecking = false;
  if (isAsked) {
    isAsked = false;
    await check();
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_AFTER_MS);
});

for (const button of document.querySelectorAll("[data-add]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const rows = document.getElementById(button.dataset.add);
    rows.append(document.getElementById(`${button.dataset.add}-row`).content.cloneNode(true));
    rows.lastElementChild.querySelector("select, input").focus();
  });
}
