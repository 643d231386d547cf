/** Size of type and contrast, for this person on this device; they survive a reload and stand beside what the browser sets. */

const NAME = "exam-view";
const SIZES = ["100", "125", "150"];

function stored() {
  try {
    const view = JSON.parse(localStorage.getItem(NAME)) ?? {};
    return { size: SIZES.includes(view.size) ? view.size : "100", contrast: view.contrast === true };
  } catch {
    return { size: "100", contrast: false };
  }
}

/** Apply what is stored and bind the dialog's controls. */
export function bindAppearance(root) {
  const view = stored();
  const apply = () => {
    root.dataset.size = view.size;
    document.documentElement.classList.toggle("high-contrast", view.contrast);
  };
  const change = (part) => {
    Object.assign(view, part);
    localStorage.setItem(NAME, JSON.stringify(view));
    apply();
  };
  for (const radio of document.querySelectorAll("[name=exam-size]")) {
    radio.checked = radio.value === view.size;
    radio.addEventListener("change", () => change({ size: radio.value }));
  }
  const contrast = document.getElementById("contrast-switch");
  contrast.checked = view.contrast;
  contrast.addEventListener("change", () => change({ contrast: contrast.checked }));
  apply();
}
