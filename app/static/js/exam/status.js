/** What the page says about saving: the truth, in words and with a time. 已保存 only when nothing waits. */
import { setIcon } from "../dom.js";
import { timeOfDay } from "./clock.js";

/** Words, look and icon of each state of the queue. */
const LOOKS = {
  idle: ["", "cloud"],
  saving: ["saving", "refresh"],
  offline: ["off", "cloudoff"],
  busy: ["off", "cloudoff"],
  "signed-out": ["off", "lock"],
  stale: ["off", "alert"],
  elsewhere: ["stopped", "lock"],
  closed: ["stopped", "lock"],
};

export class SaveStatus {
  /** @param {{signIn: function(): void, reload: function(): void, takeOver: function(): void}} actions */
  constructor(queue, model, banners, words, actions) {
    Object.assign(this, { queue, model, banners, words, actions });
    this.box = document.getElementById("save-state");
    this.text = document.getElementById("save-text");
    this.draft = "none";
    this.isReachable = true;
  }

  setDraft(draft) {
    this.draft = draft;
    this.show();
  }

  /** The poll tells whether the server answers at all. */
  setReachable(isReachable) {
    if (this.isReachable === isReachable) return;
    this.isReachable = isReachable;
    this.show();
  }

  /** The state to show: a queue at rest hides neither a draft nor a dead network. */
  get state() {
    const { state } = this.queue;
    if (state !== "idle" && state !== "saving") return state;
    if (!this.isReachable) return "offline";
    return state === "saving" || this.draft === "open" ? "saving" : "idle";
  }

  show() {
    const { state } = this;
    const [look, iconName] = LOOKS[state];
    const isSaved = state === "idle" && !this.model.unsavable && this.queue.savedAt !== null;
    this.box.className = `savestate ${look || (isSaved ? "" : "idle")}`.trim();
    setIcon(this.box.querySelector("svg"), iconName);
    const text = this.wordsOf(state, isSaved);
    if (this.text.textContent !== text) this.text.textContent = text;
    this.showBanners(state);
  }

  wordsOf(state, isSaved) {
    const n = this.queue.size;
    if (state === "idle") {
      if (isSaved) return this.words("save_saved", { time: timeOfDay(Date.parse(this.queue.savedAt)) });
      const { unsavable } = this.model;
      return unsavable ? this.words("save_invalid", { n: unsavable.position }) : this.words("save_idle");
    }
    if (state === "saving") return this.words(n > 1 ? "save_saving_many" : "save_saving", { n });
    if ((state === "offline" || state === "busy") && !this.queue.store.isDurable && n) return this.words("save_memory", { n });
    const kept = this.queue.keptCount;
    if (state === "offline" && !kept) return this.words("save_offline_none");
    return this.words(`save_${state.replace("-", "_")}`, { n: kept });
  }

  showBanners(state) {
    const n = this.queue.size;
    const isDurable = this.queue.store.isDurable;
    const offlineText = n === 0 ? "offline_none" : isDurable ? "offline_text" : "offline_memory";
    this.band("offline", state === "offline", { iconName: "cloudoff", title: this.words("offline_title"), text: this.words(offlineText, { n }) });
    this.band("busy", state === "busy", { iconName: "cloudoff", title: this.words("busy_title"), text: this.words("busy_text", { n }) });
    this.band("signed-out", state === "signed-out", {
      iconName: "lock", title: this.words("signed_out_title"), text: this.words("signed_out_text", { n }),
      action: { label: this.words("signed_out_action"), run: this.actions.signIn },
    });
    this.band("stale", state === "stale", {
      iconName: "refresh", title: this.words("stale_title"), text: this.words("stale_text", { n }),
      action: { label: this.words("stale_action"), run: this.actions.reload },
    });
    this.band("elsewhere", state === "elsewhere", {
      tone: "bad", iconName: "lock", title: this.words("elsewhere_title"), text: this.words(n ? "elsewhere_unsent" : "elsewhere_text", { n }),
      action: { label: this.words("elsewhere_action"), run: this.actions.takeOver },
    });
  }

  band(id, isShown, band) {
    if (isShown) this.banners.set(id, band);
    else this.banners.clear(id);
  }
}
