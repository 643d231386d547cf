/**
 * Single-key commands (WCAG 2.1.4): inactive in text fields and with modifiers, and the person can switch them off.
 */

const TEXT_FIELDS = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button], [type=submit], [type=range])";

/** Whether single keys are switched on for this person on this device. */
export function keysAreOn(name) {
  return localStorage.getItem(`keys-off:${name}`) === null;
}

/** Switch single keys on or off for this person on this device. */
export function switchKeys(name, on) {
  if (on) localStorage.removeItem(`keys-off:${name}`);
  else localStorage.setItem(`keys-off:${name}`, "1");
}

/**
 * Bind keys to commands.
 *
 * @param {string} name The page the switch belongs to, such as "exam".
 * @param {Object<string, function(KeyboardEvent): void>} commands By `event.key`, letters in lower case.
 * @param {{always?: string[]}} options Keys that work also when single keys are off (the one that opens the help).
 */
export function bindKeys(name, commands, { always = ["?"] } = {}) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest(TEXT_FIELDS)) return;
    if (document.querySelector("dialog:modal")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const command = commands[key];
    if (!command || (!keysAreOn(name) && !always.includes(key))) return;
    event.preventDefault();
    command(event);
  });
}
