/**
 * Behaviours that every page may use, bound by data attributes:
 *   data-toast          leaves after six seconds, stays while it is hovered or focused
 *   data-menu           a <details> that closes on Escape and on a click elsewhere
 *   data-confirm="id"   a form that asks in the <dialog> of that id before it is sent
 *   data-focus          takes the focus when it appears (an error summary)
 *   data-print          prints the page
 *   data-copy="text"    copies the text and says so in a toast (data-copied holds the words)
 *   .table-wrap         reached by the tab key while it is too narrow for its table
 *   data-sign-out       asks if answers of an exam still wait on this device, then wipes them
 */
import { icon, make } from "./dom.js";
import { tendTables } from "./tables.js";
import { wordsOf } from "./text.js";

const TOAST_MS = 6000;
const words = wordsOf("ui-text");

/** Show that something is done. Never for errors, never the only trace of a result. */
export function toast(text) {
  let region = document.querySelector(".toasts");
  if (!region) {
    region = make("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  const element = make("div", { class: "toast" }, [icon("check", "sm"), make("span", { text })]);
  region.append(element);
  tendToast(element);
}

function tendToast(element) {
  if (element.dataset.tended) return;
  element.dataset.tended = "yes";
  const button = make("button", { type: "button", class: "iconbtn", "aria-label": words("close") }, [icon("x", "sm")]);
  element.append(button);
  let timer = 0;
  const leave = () => {
    element.classList.add("leaving");
    setTimeout(() => element.remove(), 200);
  };
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(leave, TOAST_MS);
  };
  const hold = () => clearTimeout(timer);
  element.addEventListener("pointerenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("pointerleave", start);
  element.addEventListener("focusout", start);
  button.addEventListener("click", leave);
  start();
}

/** Say in the page what went wrong; replaces what was said before. */
export function showProblem(text) {
  const main = document.getElementById("main") ?? document.body;
  main.querySelector(".page-notes.of-script")?.remove();
  const note = make("div", { class: "note bad" }, [icon("alert", "sm"), make("span", { text })]);
  main.prepend(make("div", { class: "page-notes of-script", role: "alert" }, [note]));
}

function tend(root) {
  root.querySelectorAll("[data-toast]").forEach(tendToast);
  tendTables(root);
  const wanted = root.querySelector("[data-focus]");
  if (wanted) wanted.focus();
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  if (target?.closest("[data-print]")) window.print();
  const copy = target?.closest("[data-copy]");
  if (copy) copyText(copy.dataset.copy).then(() => toast(copy.dataset.copied ?? ""));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

async function copyText(text) {
  // The clipboard interface is missing on plain http, as in a classroom's local network.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = make("textarea", { class: "vh", readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/** Open a dialog and wait for the value it was closed with ("" on Escape). */
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.agreed) return;
    const dialog = form.dataset.confirm ? document.getElementById(form.dataset.confirm) : null;
    const signsOut = "signOut" in form.dataset;
    if (!dialog && !signsOut) return;
    event.preventDefault();
    event.stopPropagation();
    const submitter = event.submitter;
    const agreed = dialog ? (await ask(dialog)) === "yes" : await leaveExamStore();
    if (!agreed) return;
    form.dataset.agreed = "yes";
    form.requestSubmit(submitter ?? undefined);
    delete form.dataset.agreed;
  },
  true,
);

/** Wipe the answers kept on this device; ask first if some were never sent. */
async function leaveExamStore() {
  const store = await import("./exam/store.js");
  const waiting = await store.countAll();
  if (waiting > 0) {
    const dialog = make("dialog", { "aria-labelledby": "unsent-title" }, [
      make("form", { method: "dialog", class: "dialog-body" }, [
        make("h2", { id: "unsent-title", text: words("unsent_title") }),
        make("p", { text: words("unsent_text", { n: waiting }) }),
        make("div", { class: "actions" }, [
          make("button", { class: "btn btn-primary", value: "no", text: words("unsent_stay") }),
          make("button", { class: "btn btn-danger", value: "yes", text: words("unsent_leave") }),
        ]),
      ]),
    ]);
    document.body.append(dialog);
    const answer = await ask(dialog);
    dialog.remove();
    if (answer !== "yes") return false;
  }
  await store.wipeAll();
  return true;
}

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  if (token) event.detail.headers["X-CSRFToken"] = token;
});
document.addEventListener("htmx:sendError", () => showProblem(words("network_failed")));
document.addEventListener("htmx:responseError", () => showProblem(words("server_failed")));
document.addEventListener("htmx:load", (event) => tend(event.target));

tend(document);
