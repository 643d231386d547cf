/**
 * Words come from the page, never from a script: a template renders them, translated, into a JSON block.
 *
 * @param {string} id Id of the <script type="application/json"> block.
 * @returns {function(string, Object<string, string|number>=): string} Looks a word up and fills its {placeholders} in.
 */
export function wordsOf(id) {
  const block = document.getElementById(id);
  const words = block ? JSON.parse(block.textContent) : {};
  return (key, values = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
