/** Small builders for what the pages make in the browser. */

const SVG = "http://www.w3.org/2000/svg";
const SPRITE = new URL("../icons.svg", import.meta.url).pathname;
const LOCAL_PREFIX = "icon-";

/**
 * Build an element.
 *
 * @param {string} tag
 * @param {Object<string, *>} attributes Attributes, and `text` for the text content; true becomes an empty attribute, false and null leave it out.
 * @param {Array<Node|string>} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Build an SVG element. */
export function svg(tag, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const iconAddress = (name) => (document.getElementById(LOCAL_PREFIX + name) ? `#${LOCAL_PREFIX}${name}` : `${SPRITE}#${name}`);

/** Build a decorative icon of the sprite. */
export function icon(name, className = "") {
  const attributes = { class: `icon ${className}`.trim(), viewBox: "0 0 20 20", "aria-hidden": "true" };
  return svg("svg", attributes, [svg("use", { href: iconAddress(name) })]);
}

/** Point an existing icon at another symbol. */
export function setIcon(element, name) {
  element.querySelector("use").setAttribute("href", iconAddress(name));
}

/** Copy the sprite into the page, for pages that go on without the network. */
export async function keepIcons() {
  const response = await fetch(SPRITE).catch(() => null);
  if (!response?.ok) return;
  const sprite = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement;
  for (const symbol of sprite.querySelectorAll("symbol")) symbol.id = LOCAL_PREFIX + symbol.id;
  sprite.setAttribute("class", "vh");
  sprite.setAttribute("aria-hidden", "true");
  document.body.append(sprite);
  for (const use of document.querySelectorAll(`use[href^="${SPRITE}#"]`)) use.setAttribute("href", iconAddress(use.getAttribute("href").split("#")[1]));
}

/** Build a table from head cells and rows; figures go right. */
export function makeTable(caption, columns, rows) {
  const isFigure = (cell) => typeof cell === "number" || /^[¥−+-]?[\d.,:′″]+\s*[%倍万亿元人件单分秒kM]*$/.test(String(cell));
  const right = columns.map((_, i) => i > 0 && rows.some((row) => isFigure(row[i])));
  const cell = (tag, value, i, extra = {}) =>
    make(tag, { ...extra, class: right[i] ? "r" : null, text: typeof value === "number" ? value.toLocaleString("zh-CN") : value });
  return make("table", { class: "table" }, [
    make("caption", { class: "vh", text: caption }),
    make("thead", {}, [make("tr", {}, columns.map((name, i) => cell("th", name, i, { scope: "col" })))]),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((value, i) => cell("td", value, i))))),
  ]);
}
