/** The placement test: one question at a time; the next one comes from the server, which chooses it by the answers so far. */
import { Banners } from "../exam/banners.js";
import { ExhibitView } from "../exam/exhibit.js";
import { exchange, newKey } from "../exam/queue.js";
import { QuestionView } from "../exam/question.js";
import { keepIcons } from "../dom.js";
import { bindKeys } from "../keys.js";
import { wordsOf } from "../text.js";
import { DeskModel } from "./model.js";

const byId = (id) => document.getElementById(id);
const words = wordsOf("desk-text");
const token = document.querySelector("meta[name=csrf-token]").content;

class PlacementPage {
  constructor(data) {
    this.data = data;
    this.model = new DeskModel();
    this.model.take(data);
    this.position = data.position;
    this.banners = new Banners();
    this.question = new QuestionView(this.model, wordsOf("exam-text"), {
      onDraft() {},
      announce: (text) => {
        byId("announcements").textContent = text;
      },
    });
    this.exhibit = new ExhibitView(this.model.exhibits, wordsOf("exam-text"));
    this.key = newKey();
    this.isBusy = false;
  }

  start() {
    this.model.addEventListener("change", () => {
      this.question.refresh();
      this.showReady();
    });
    byId("answer").addEventListener("click", () => this.submit());
    const letters = Object.fromEntries([..."abcdefg"].map((one) => [one, () => this.question.letter(one.toUpperCase())]));
    bindKeys("practice", { ...letters, Enter: () => this.submit(), ArrowRight: () => this.submit() });
    addEventListener("online", () => this.banners.clear("offline"));
    this.show(false);
  }

  show(takeFocus) {
    this.model.next();
    const { item } = this.model;
    byId("question-skill").textContent = item.skill;
    byId("placement-progress").value = this.position - 1;
    byId("tally").textContent = words("place", { n: this.position, most: this.data.most });
    this.exhibit.show(item.exhibit);
    this.question.show(takeFocus);
    byId("main").scrollTop = 0;
    this.showReady();
  }

  showReady() {
    byId("answer").disabled = this.isBusy;
    byId("why").textContent = this.model.isAnswered ? "" : words("answer_first");
  }

  async submit() {
    this.question.flush();
    if (this.isBusy || !this.model.isAnswered) return;
    this.isBusy = true;
    this.showReady();
    // The key stays the same until the server has said yes: a lost answer is never counted twice.
    const body = { key: this.key, position: this.position, value: this.model.item.answer };
    const { status, body: answer } = await exchange(this.data.answer_url, { body, token, key: this.key });
    this.isBusy = false;
    if (status === 200) this.go(answer);
    else if (status === 409) location.reload();
    else if (status === 401) location.assign(this.data.sign_in_url);
    else if (status === 422 || status === 400) this.banners.set("refused", { tone: "bad", iconName: "alert", title: answer?.message ?? words("failed") });
    else this.banners.set("offline", { tone: "warn", iconName: "cloudoff", title: words("offline"), text: words("offline_text") });
    this.showReady();
  }

  go(answer) {
    this.banners.clear("offline");
    this.banners.clear("refused");
    if (answer.redirect) {
      location.assign(answer.redirect);
      return;
    }
    this.key = newKey();
    this.position = answer.position;
    this.model.take(answer);
    this.show(true);
  }
}

keepIcons();
new PlacementPage(JSON.parse(byId("desk-data").textContent)).start();
