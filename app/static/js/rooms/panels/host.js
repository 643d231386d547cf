/** The room as the anchor sees it: picture, comments, the pinned product; her state and pace; whose hand each lever is in. */
import { make } from "../../dom.js";
import { price, whole } from "../figures.js";

const SHOWN_COMMENTS = 4;
const PACES = ["slow", "normal", "push"];
const WORD_TONE = { fresh: "good", steady: "", tired: "warn", spent: "bad", high: "good", low: "warn" };

export class HostPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    const { labels, brief } = room;
    document.getElementById("host-name").textContent = this.words("host", { name: brief.host_name });
    this.badge = document.getElementById("host-badge");
    this.online = document.getElementById("room-online");
    this.chat = document.getElementById("chat");
    this.goods = { box: document.getElementById("goods"), name: document.getElementById("goods-name"), price: document.getElementById("goods-price") };
    this.paces = PACES.map((pace) => {
      const button = make("button", { type: "button", "aria-pressed": "false", text: labels.pace[pace] });
      button.addEventListener("click", () => this.setPace(pace));
      return button;
    });
    this.energy = this.measure("energy");
    this.mood = this.measure("mood");
    this.paceLabel = make("span", { class: "lab" });
    document.getElementById("host").replaceChildren(
      make("div", { class: "hoststat" }, [...this.energy.parts, ...this.mood.parts]),
      make("div", { class: "row between" }, [this.paceLabel, make("div", { class: "seg xs", role: "group", "aria-label": this.words("pace") }, this.paces)]),
    );
    this.owners = [...document.querySelectorAll(".owners")].map((box) => ({ box, levers: box.dataset.levers.split(" ").map((lever) => this.makeOwner(box, lever)) }));
  }

  measure(name) {
    const label = make("span", { text: this.words(name) });
    const meter = make("meter", { min: 0, max: 100, "aria-label": this.words(name) });
    const word = make("span", { class: "r nowrap" });
    return { meter, word, parts: [label, meter, word] };
  }

  makeOwner(box, lever) {
    const button = make("button", { type: "button", class: "owner" });
    button.addEventListener("click", () => this.room.send({ verb: "hand_back", lever }, `lever:${lever}`));
    box.append(button);
    return { lever, button };
  }

  setPace(pace) {
    this.room.send({ verb: "pace", pace }, "pace");
  }

  /** G: slow, normal, push, slow … */
  nextPace() {
    const now = this.room.waiting("pace")?.action.pace ?? this.seen.pace;
    this.setPace(PACES[(PACES.indexOf(now) + 1) % PACES.length]);
  }

  update(o) {
    this.seen = o.host;
    this.showRoom(o);
    this.showState(o.host);
    this.showOwners(o.levers);
  }

  showRoom(o) {
    this.online.textContent = `${whole(o.now.online)} ${this.words("online")}`;
    const comments = o.comments.slice(-SHOWN_COMMENTS);
    const text = comments.map((one) => one.name + one.text).join("\n");
    if (this.chat.dataset.shown !== text) {
      this.chat.dataset.shown = text;
      this.chat.replaceChildren(...comments.map((one) => make("p", { class: `tone-${one.tone}` }, [make("b", { text: one.name }), ` ${one.text}`])));
    }
    const pinned = o.tray.find((product) => product.is_pinned);
    this.goods.box.hidden = !pinned;
    if (!pinned) return;
    this.goods.name.textContent = pinned.name;
    this.goods.price.textContent = `¥${price(pinned.price_fen).replace(/\.00$/, "")}`;
  }

  showState(host) {
    const { labels } = this.room;
    const waiting = this.room.waiting("pace")?.action.pace;
    const pace = waiting ?? host.pace;
    this.paces.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(PACES[i] === pace));
      button.classList.toggle("draft", PACES[i] === waiting);
      button.disabled = !this.room.canAct;
    });
    this.badge.hidden = !host.is_busy;
    this.badge.textContent = this.words("busy");
    for (const name of ["energy", "mood"]) {
      const part = this[name];
      const fraction = host[`${name}_fraction`];
      const tone = WORD_TONE[host[name]] ?? "";
      part.word.textContent = labels[name][host[name]];
      part.word.className = `r nowrap ${tone}`;
      part.meter.hidden = fraction === undefined;
      part.meter.value = Math.round((fraction ?? 0) * 100);
      part.meter.className = tone === "good" || tone === "" ? "m-good" : `m-${tone}`;
    }
    const reason = this.room.reason("pace");
    this.paceLabel.textContent = reason?.words ?? this.words("pace");
    this.paceLabel.classList.toggle("bad", Boolean(reason));
  }

  showOwners(owners) {
    for (const { levers } of this.owners) {
      for (const { lever, button } of levers) {
        const isMine = owners[lever] === "candidate";
        const name = this.room.labels.lever[lever];
        const text = `${name} · ${this.words(isMine ? "mine" : "house")}${isMine ? " ↩" : ""}`;
        if (button.textContent !== text) button.textContent = text;
        button.className = `owner${isMine ? " mine" : ""}`;
        button.title = this.words(isMine ? "hand_back" : "held_by_house", { lever: name });
        button.setAttribute("aria-label", button.title);
        button.disabled = !isMine || !this.room.canAct || Boolean(this.room.waiting(`lever:${lever}`));
      }
    }
  }
}
