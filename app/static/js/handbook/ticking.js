/** Ticks of the lists stay in this browser until they are taken back. */
const KEY = "handbook-ticks";
const boxes = [...document.querySelectorAll("[data-tick]")];

function stored() {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Set();
  }
}

function keep() {
  try {
    localStorage.setItem(KEY, JSON.stringify(boxes.filter((box) => box.checked).map((box) => box.id)));
  } catch {
    // No storage in this browser: ticks last as long as the page.
  }
}

const ticked = stored();
for (const box of boxes) {
  box.checked = ticked.has(box.id);
  box.addEventListener("change", keep);
}
document.querySelector("[data-untick]").addEventListener("click", () => {
  for (const box of boxes) box.checked = false;
  keep();
});
