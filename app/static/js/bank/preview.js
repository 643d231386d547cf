/** The item as the exam page shows it: the same views, without an attempt behind them. */
import { ExhibitView } from "../exam/exhibit.js";
import { QuestionView } from "../exam/question.js";
import { wordsOf } from "../text.js";

class PreviewModel {
  constructor(item, onChange) {
    Object.assign(this, { item, onChange, isLocked: item.kind === "room" });
  }

  answer(item, value) {
    item.answer = value;
    this.onChange();
  }

  toggleStrike(item, id) {
    if (!item.struck.delete(id)) item.struck.add(id);
    this.onChange();
  }
}

export class Preview {
  constructor(pane) {
    this.pane = pane;
    this.words = wordsOf("exam-text");
    this.main = document.getElementById("main");
    this.answers = {};
  }

  /** Show an item, or hide the pane while it cannot be shown; what was tried out stays. */
  show(shown) {
    this.pane.hidden = !shown;
    if (!shown) return;
    this.showExhibit(shown.exhibit);
    const question = document.getElementById("question");
    if (question) question.hidden = !shown.item;
    if (shown.item) this.showItem(shown);
  }

  showItem(shown) {
    const item = { ...shown.item, kind: shown.item.kind.replace("_choice", ""), answer: null, struck: new Set() };
    const model = new PreviewModel(item, () => this.view.refresh());
    this.view = new QuestionView(model, this.words, { onDraft: () => {}, announce: () => {} });
    this.view.show(false);
  }

  showExhibit(exhibit) {
    new ExhibitView(exhibit ? [exhibit] : [], this.words).show(exhibit ? 0 : null);
  }
}
