/** The room as the anchor sees it: picture, comments, the pinned product; who is on stage, their state and pace; whose hand each lever is in. */
import { make } from "../../dom.js";
import { price, short, whole } from "../figures.js";
import { countField } from "./fields.js";

const SHOWN_COMMENTS = 4;
const PACES = ["slow", "normal", "push"];
const WORD_TONE = { fresh: "good", steady: "", tired: "warn", spent: "bad", high: "good", low: "warn", clear: "", hoarse: "warn", failing: "bad" };

export class HostPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    const { labels, brief } = room;
    this.name = document.getElementById("host-name");
    this.name.textContent = this.words("host", { name: brief.host_name });
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
    const stage = brief.hosts ? this.makeStage(brief) : [];
    document.getElementById("host").replaceChildren(
      ...stage.slice(0, 1),
      make("div", { class: "hoststat" }, [...this.energy.parts, ...this.mood.parts]),
      make("div", { class: "row between" }, [this.paceLabel, make("div", { class: "seg xs", role: "group", "aria-label": this.words("pace") }, this.paces)]),
      ...stage.slice(1),
    );
    this.owners = [...document.querySelectorAll(".owners")].map((box) => ({ box, levers: box.dataset.levers.split(" ").filter((lever) => brief.levers.includes(lever)).map((lever) => this.makeOwner(box, lever)) }));
  }

  measure(name) {
    const label = make("span", { text: this.words(name) });
    const meter = make("meter", { min: 0, max: 100, "aria-label": this.words(name) });
    const word = make("span", { class: "r nowrap" });
    return { meter, word, parts: [label, meter, word] };
  }

  /** Everybody who can be on stage, and the break. */
  makeStage(brief) {
    document.getElementById("cockpit").classList.add("has-stage");
    this.hosts = brief.hosts.map((host) => {
      const state = make("small", { class: "muted" });
      const button = make("button", { type: "button", class: "btn btn-xs btn-outline", text: this.words("put_on_stage"), "aria-label": this.words("put_named_on_stage", { name: host.name }) });
      button.addEventListener("click", () => this.switchTo(host.id));
      return { ...host, state, button, row: make("li", { title: host.note || null }, [make("span", { class: "nm" }, [host.name, state]), button]) };
    });
    const [least, most] = brief.controls.break.minutes;
    this.rest = make("button", { type: "button", class: "btn btn-xs btn-outline" });
    this.minutes = countField(this.words("break_minutes"), [least, most], 1, Math.min(5, most));
    this.minutes.onChange = () => this.stage && this.showStage(this.stage);
    this.rest.addEventListener("click", () => this.takeBreak());
    this.minutes.onEnter = () => this.rest.focus();
    return [make("ul", { class: "hosts" }, this.hosts.map((host) => host.row)), make("div", { class: "row between breakrow" }, [this.minutes.box, this.rest])];
  }

  switchTo(host) {
    this.room.send({ verb: "switch_host", host }, "stage");
  }

  takeBreak() {
    this.room.send({ verb: "break", minutes: this.minutes.value }, "stage");
  }

  /** N: the next host in the list; Z: the field of the break. */
  nextHost() {
    if (!this.hosts) return;
    const at = this.hosts.findIndex((host) => host.id === this.stage.host);
    this.hosts[(at + 1) % this.hosts.length].button.focus();
  }

  focusBreak() {
    this.rest?.focus();
  }

  makeOwner(box, lever) {
    const button = make("button", { type: "button", class: "owner" });
    button.addEventListener("click", () => this.room.send({ verb: "hand_back", lever }, `lever:${lever}`));
    box.append(button);
    return { lever, button };
  }

  /** Q: the first lever that is in the operator's hand; Tab goes on to the others. */
  focusOwner() {
    document.querySelector(".owner:not(:disabled)")?.focus();
  }

  setPace(pace) {
    this.room.send({ verb: "pace", pace }, "pace");
  }

  get pacing() {
    return (this.room.waiting("pace") ?? this.room.ordered("pace"))?.action.pace;
  }

  /** G: slow, normal, push, slow … */
  nextPace() {
    this.setPace(PACES[(PACES.indexOf(this.pacing ?? this.seen.pace) + 1) % PACES.length]);
  }

  update(o) {
    this.seen = o.host;
    this.stage = o.stage;
    this.showRoom(o);
    this.showState(o.host);
    if (this.hosts) this.showStage(o.stage);
    this.showOwners(o.levers);
  }

  showRoom(o) {
    this.online.textContent = `${whole(o.now.online)} ${this.words("online")}`;
    const comments = o.comments.slice(-SHOWN_COMMENTS);
    const text = comments.map((one) => one.name + one.text).join("\n");
    if (this.chat.dataset.shown !== text) {
      this.chat.dataset.shown = text;
      this.chat.replaceChildren(...comments.map((one) => this.comment(one)));
    }
    const pinned = o.tray.find((product) => product.is_pinned);
    this.goods.box.hidden = !pinned;
    if (!pinned) return;
    this.goods.name.textContent = pinned.name;
    this.goods.price.textContent = `¥${price(pinned.price_fen).replace(/\.00$/, "")}`;
  }

  /** A comment; what an operator looks for in the stream is flagged by a word, not by colour alone. */
  comment({ tone, name, text }) {
    const flag = this.room.labels.tone[tone];
    return make("p", { class: `tone-${tone}` }, [...(flag ? [make("i", { class: "flag", text: flag }), " "] : []), make("b", { text: name }), ` ${text}`]);
  }

  showState(host) {
    const { labels } = this.room;
    const pacing = this.pacing;
    const pace = pacing ?? host.pace;
    this.paces.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(PACES[i] === pace));
      button.classList.toggle("draft", PACES[i] === pacing);
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
    const reason = this.room.reason("pace") ?? this.room.reason("stage");
    this.paceLabel.textContent = reason?.words ?? this.words("pace");
    this.paceLabel.title = reason?.words ?? "";
    this.paceLabel.classList.toggle("bad", Boolean(reason));
  }

  showStage(stage) {
    const { room, words } = this;
    const { labels } = room;
    const going = (room.waiting("stage") ?? room.ordered("switch_host", "break"))?.action;
    const isBusy = Boolean(going) || stage.is_handing_over || stage.break_left_s > 0;
    const onStage = this.hosts.find((host) => host.id === stage.host);
    this.name.textContent = words("host", { name: onStage.name });
    stage.hosts.forEach((seen, i) => {
      const { row, state, button } = this.hosts[i];
      const isNow = seen.id === stage.host;
      const told = [labels.energy[seen.energy], labels.voice[seen.voice]];
      const where = going?.host === seen.id ? words("ordered") : isNow ? words(stage.break_left_s > 0 ? "resting" : stage.is_handing_over ? "handing_over" : "on_stage") : "";
      state.textContent = [where, ...told].filter(Boolean).join(" · ");
      state.className = WORD_TONE[seen.energy] || WORD_TONE[seen.voice] || "muted";
      row.classList.toggle("now", isNow);
      button.hidden = isNow;
      button.disabled = !room.canAct || isBusy;
    });
    this.rest.disabled = !room.canAct || isBusy;
    this.rest.textContent = stage.break_left_s > 0 ? words("resting_for", { time: short(stage.break_left_s) }) : words("take_break", { n: this.minutes.value });
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
        button.setAttribute("aria-label", `${text} ${button.title}`);
        button.disabled = !isMine || !this.room.canAct || Boolean(this.room.waiting(`lever:${lever}`));
      }
    }
  }
}
