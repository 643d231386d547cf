/**
 * Highlighting in stem and material, by mouse or by keyboard alone, kept on this device until the exam is handed in.
 *
 * With words selected, H marks or unmarks them. With nothing selected it opens a mode in which the arrow keys go from sentence
 * to sentence and Enter marks or unmarks the one. Marks are painted by the CSS Custom Highlight API: the text is not touched,
 * so the offsets stay right. Where the browser has none, the command is hidden.
 */

const MARKED = "exam-marked";
const CURSOR = "exam-cursor";
const SENTENCE = /[^。！？；!?;\n]+[。！？；!?;]?/g;

export const canHighlight = "highlights" in CSS;

/** Offsets of text nodes below an element, in reading order; fields and drawings are left out. */
function* textsOf(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("input, select, textarea, svg, canvas, .gap") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  let at = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    yield { node, from: at, to: at + node.length };
    at += node.length;
  }
}

function rangeOf(root, from, to) {
  const range = new Range();
  let isOpen = false;
  for (const text of textsOf(root)) {
    if (!isOpen && from < text.to) {
      range.setStart(text.node, from - text.from);
      isOpen = true;
    }
    if (isOpen && to <= text.to) {
      range.setEnd(text.node, to - text.from);
      return range;
    }
  }
  return null;
}

function offsetsOf(root, range) {
  let from = null;
  let to = null;
  for (const text of textsOf(root)) {
    if (!range.intersectsNode(text.node)) continue;
    from ??= text.node === range.startContainer ? text.from + range.startOffset : text.from;
    to = text.node === range.endContainer ? text.from + range.endOffset : text.to;
  }
  return from === null || from >= to ? null : [from, to];
}

/** Add a stretch to sorted, separate stretches; one that is marked whole is taken away instead. */
export function toggled(stretches, [from, to]) {
  const isMarked = stretches.some(([a, b]) => a <= from && to <= b);
  if (isMarked) return stretches.flatMap(([a, b]) => (to <= a || b <= from ? [[a, b]] : [[a, from], [to, b]].filter(([x, y]) => x < y)));
  const apart = stretches.filter(([a, b]) => b < from || to < a);
  const joined = stretches.filter(([a, b]) => b >= from && to >= a);
  const whole = [Math.min(from, ...joined.map(([a]) => a)), Math.max(to, ...joined.map(([, b]) => b))];
  return [...apart, whole].sort(([a], [b]) => a - b);
}

export class Highlighter {
  /**
   * @param {ExamModel} model Keeps the stretches with its memo.
   * @param {function(string, Object=): string} words
   * @param {function(string): void} announce
   */
  constructor(model, words, announce) {
    Object.assign(this, { model, words, announce });
    this.marked = new Highlight();
    this.cursor = new Highlight();
    CSS.highlights.set(MARKED, this.marked);
    CSS.highlights.set(CURSOR, this.cursor);
    this.sentences = [];
    this.place = -1;
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
  }

  /** The parts that can be marked, each with the name its stretches are kept under. */
  get roots() {
    const exhibit = document.getElementById("exhibit");
    const stem = { name: `stem-${this.model.item.position}`, root: document.getElementById("stem") };
    const { exhibit: index } = this.model.item;
    return exhibit.hidden ? [stem] : [stem, { name: `exhibit-${index}`, root: document.getElementById("exhibit-body") }];
  }

  /** Paint what is marked in the item that is shown now. */
  show() {
    this.leave();
    this.paint();
  }

  paint() {
    this.marked.clear();
    for (const { name, root } of this.roots) {
      for (const [from, to] of this.model.marked(name)) {
        const range = rangeOf(root, from, to);
        if (range) this.marked.add(range);
      }
    }
  }

  /** The command: mark the selection, or enter and leave the mode for the keyboard. */
  toggle() {
    const selection = getSelection();
    if (selection.rangeCount && !selection.isCollapsed && this.markSelection(selection.getRangeAt(0))) {
      selection.removeAllRanges();
      return;
    }
    if (this.place >= 0) this.leave();
    else this.enter();
  }

  markSelection(range) {
    const hit = this.roots.find(({ root }) => range.intersectsNode(root));
    const stretch = hit && offsetsOf(hit.root, range);
    if (!stretch) return false;
    this.mark(hit.name, stretch);
    return true;
  }

  mark(name, stretch) {
    this.model.setMarked(name, toggled(this.model.marked(name), stretch));
    this.paint();
  }

  enter() {
    this.sentences = this.roots.flatMap(({ name, root }) => {
      const whole = [...textsOf(root)].map(({ node }) => node.data).join("");
      return [...whole.matchAll(SENTENCE)].filter(([text]) => text.trim()).map((found) => ({ name, root, from: found.index, to: found.index + found[0].length, text: found[0].trim() }));
    });
    this.go(0);
  }

  leave() {
    this.place = -1;
    this.cursor.clear();
  }

  go(place) {
    if (!this.sentences[place]) return;
    this.place = place;
    const { root, from, to, text } = this.sentences[place];
    this.cursor.clear();
    const range = rangeOf(root, from, to);
    if (range) {
      this.cursor.add(range);
      range.startContainer.parentElement.scrollIntoView({ block: "nearest" });
    }
    this.announce(this.words("highlight_at", { text }));
  }

  key(event) {
    if (this.place < 0 || document.querySelector("dialog:modal")) return;
    const commands = {
      ArrowDown: () => this.go(this.place + 1),
      ArrowUp: () => this.go(this.place - 1),
      Enter: () => {
        const { name, from, to } = this.sentences[this.place];
        this.mark(name, [from, to]);
      },
      Escape: () => this.leave(),
    };
    if (!commands[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    commands[event.key]();
  }
}
