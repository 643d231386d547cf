/** The cockpit: reads its data, wires the panels together, and tells the truth about what the server has. */
import { make } from "../dom.js";
import { newKey } from "../exam/queue.js";
import { bindKeys, keysAreOn, switchKeys } from "../keys.js";
import { wordsOf } from "../text.js";
import { Curves } from "./curves.js";
import { Feed } from "./feed.js";
import { clock, number2, percent, whole, yuan } from "./figures.js";
import { BoardPanel, targetNow } from "./panels/board.js";
import { ClockBar } from "./panels/clockbar.js";
import { FactsPanel } from "./panels/facts.js";
import { ForecastPanel } from "./panels/forecast.js";
import { HostPanel } from "./panels/host.js";
import { IncidentPanel } from "./panels/incidents.js";
import { LeverPanel } from "./panels/levers.js";
import { LogPanel } from "./panels/log.js";
import { PhoneLayout } from "./panels/phone.js";
import { TrafficPanel } from "./panels/traffic.js";
import { TrayPanel } from "./panels/tray.js";
import { ActionQueue, request } from "./sending.js";

const REASON_MS = 7000;
const byId = (id) => document.getElementById(id);

class Room {
  constructor(data) {
    Object.assign(this, { words: wordsOf("room-text"), urls: data.urls, brief: data.brief, labels: data.labels });
    this.id = data.room.public_id;
    this.isExam = data.room.is_exam;
    this.token = document.querySelector("meta[name=csrf-token]").content;
    this.epoch = data.poll.room.writer_epoch;
    this.isElsewhere = false;
    this.isOver = false;
    this.stopped = "";
    this.reasons = new Map();
    this.speed = data.room.speed;
    this.durationS = data.poll.clock.duration_ms / 1000;
    this.feed = new Feed(data.urls.poll, data.poll, {
      onBody: (body) => this.take(body),
      onState: () => this.connectionChanged(),
      onClosed: (url) => this.closed(url),
      onSignedOut: () => this.halt("signed-out"),
    });
    this.queue = new ActionQueue({
      url: data.urls.actions,
      token: this.token,
      store: `room-queue:${this.id}`,
      epoch: () => this.epoch,
      onAck: (entry, answer) => this.acknowledged(answer),
      onRefused: (entry, why) => this.refused(entry, why),
      onStopped: (why) => this.halt(why),
      onChange: () => this.render(),
    });
    this.curves = new Curves(data.brief, this.words, data.labels.lanes, data.ghost);
    this.fates = new Map();
    this.panels = {};
    this.takeClock(data.poll.clock);
  }

  /** Open this page as the one that operates, then start looking. */
  async start() {
    const log = new LogPanel(this);
    Object.assign(this.panels, {
      tray: new TrayPanel(this),
      traffic: new TrafficPanel(this),
      levers: new LeverPanel(this),
      incidents: new IncidentPanel(this),
      host: new HostPanel(this),
      board: new BoardPanel(this),
      facts: new FactsPanel(this),
      log,
    });
    this.forecast = new ForecastPanel(this);
    this.bar = new ClockBar(this);
    this.phone = new PhoneLayout(this);
    this.curves.mount(byId("timeline"));
    this.curves.load(this.feed.body.series);
    this.take(this.feed.body);
    this.listen();
    await this.takeOver();
    this.feed.start();
    this.queue.pump();
  }

  get hasStarted() {
    return this.clock.state !== "countdown";
  }

  get canAct() {
    return !this.isElsewhere && !this.isOver && !this.stopped && this.hasStarted && !this.observation?.clock.is_closed;
  }

  holds(lever) {
    return this.observation?.levers[lever] === "candidate";
  }

  /** The entry of the queue that waits for a control, if any. */
  waiting(target) {
    return this.queue?.entries.findLast((entry) => entry.target === target) ?? null;
  }

  /** The newest order of these verbs that the crew has still to carry out, if any. */
  ordered(...verbs) {
    return this.observation?.crew?.orders.findLast((order) => order.status === "open" && verbs.includes(order.verb)) ?? null;
  }

  /** The open orders about a product. */
  orderedFor(product) {
    return this.observation?.crew?.orders.filter((order) => order.status === "open" && order.action.product === product) ?? [];
  }

  /** Why the last act of a control was refused, for some seconds. */
  reason(target) {
    const held = this.reasons.get(target);
    return held && held.until > Date.now() ? held : null;
  }

  describe(action) {
    const product = this.brief.products.find((one) => one.code === action.product);
    const verb = this.labels.verb[action.verb] ?? action.verb;
    return product ? `${verb} ${number2(product.position)} ${product.name}` : verb;
  }

  send(action, target) {
    if (!this.canAct) return;
    this.reasons.delete(target);
    this.queue.add(action, target);
  }

  acknowledged(answer) {
    if (answer.observation.tick >= this.observation.tick) this.observation = answer.observation;
    this.takeFates(answer.observation.crew?.orders);
    this.panels.log.add([answer.entry]);
    this.curves.mark(answer.entry);
    this.render();
    this.feed.wake();
  }

  refused(entry, why) {
    const reason = why || this.words("expired");
    const words = this.words("refused", { reason });
    const what = this.describe(entry.action);
    byId("announce-now").textContent = this.words("named", { name: what, text: words });
    this.panels.log.addRefusal(what, reason);
    this.complain(entry.target, words, entry.action.product);
  }

  /** Show for some seconds, at its control, why something was not done. */
  complain(target, words, product) {
    this.reasons.set(target, { words, product, until: Date.now() + REASON_MS });
    setTimeout(() => this.render(), REASON_MS + 50);
    this.render();
  }

  /** What the crew read back: kept for the log, and said aloud where an order was not carried out. */
  takeFates(orders) {
    for (const { tick, words, status, action } of orders ?? []) {
      const key = `${tick} ${words}`;
      const isNews = this.fates.get(key) === "open" && (status === "failed" || status === "declined");
      this.fates.set(key, status);
      if (!isNews || !action) continue;
      const reason = this.labels.order_reason[status];
      byId("announce-now").textContent = this.words("named", { name: words, text: reason });
      this.complain(targetOf(action), reason, action.product);
    }
  }

  forecastGiven(answer) {
    this.panels.log.add([answer.entry]);
    this.takeForecast(answer.forecast);
    this.render();
    this.feed.wake();
  }

  takeForecast(body) {
    if (!body) return;
    this.forecast?.update(body);
    this.curves.forecasts = body.given;
  }

  take(body) {
    this.takeClock(body.clock);
    this.observation = body.observation;
    this.takeFates(body.orders);
    this.takeFates(body.observation.crew?.orders);
    this.takeForecast(body.forecast);
    if (body.room.writer_epoch > this.epoch) this.halt("elsewhere");
    this.panels.log.add(body.log);
    if (body.series) this.curves.load(body.series);
    if (this.curves.take(body.observation, body.log)) this.feed.wantsSeries = true;
    if (this.stopped === "signed-out") this.resume();
    this.connectionChanged();
    this.render();
  }

  takeClock(body) {
    this.clock = body;
    this.clockAt = performance.now();
    this.speed = body.speed;
    this.bar?.showTools();
  }

  /** Room time now, in seconds: the last answer's, counted on. */
  roomSeconds() {
    const passed = this.clock.state === "live" ? (performance.now() - this.clockAt) * this.clock.speed : 0;
    return Math.min(this.clock.room_ms + passed, this.clock.duration_ms) / 1000;
  }

  startsInMs() {
    return this.clock.next_tick_ms - (performance.now() - this.clockAt);
  }

  /** Up to which moment the minute's figures count, in seconds. */
  asOfS() {
    return (this.observation?.kpi.as_of_tick ?? 0) * this.brief.tick_s;
  }

  render() {
    if (!this.observation || !this.bar) return;
    const o = this.observation;
    for (const name of ["tray", "traffic", "levers", "incidents", "host", "board", "facts"]) this.panels[name].update(o);
    this.panels.log.show();
    const spec = this.curves.spec(o);
    this.curves.draw(spec);
    const ghost = this.curves.ghostAt(o.clock.elapsed_s);
    if (ghost !== null) byId("ghost-now").textContent = yuan(ghost);
    const chart = this.words("chart_label", { time: clock(o.clock.elapsed_s), gmv: yuan(o.now.gmv_fen), target: yuan(targetNow(o, this.brief.plan?.hourly_gmv_fen)), online: whole(o.now.online) });
    byId("timeline").setAttribute("aria-label", ghost === null ? chart : chart + this.words("ghost_label", { gmv: yuan(ghost) }));
    this.phone.update(o, spec, this.panels.incidents);
    this.bar.showTools();
    this.bar.showSync();
    byId("cockpit").classList.toggle("gone", this.feed.isLost || Boolean(this.stopped));
  }

  connectionChanged() {
    if (this.observation?.clock.is_closed && !this.stopped) this.banner(this.words("room_closed"), this.words("see_result"), () => this.finish());
    else if (this.isElsewhere) this.banner(this.words("elsewhere"), this.words("take_over"), () => this.takeOver());
    else if (this.stopped === "signed-out") this.banner(this.words("signed_out"), this.words("sign_in"), () => location.assign(this.urls.sign_in));
    else if (this.stopped === "stale") this.banner(this.words("stale_page"), this.words("reload"), () => location.reload());
    else if (this.feed.isLost) this.banner(this.words(this.clock.state === "paused" ? "offline_paused" : "offline", { n: this.feed.lostS }));
    else if (this.isExam && this.clock.state === "paused") this.banner(this.words("halted"));
    else byId("banner").hidden = true;
  }

  banner(text, action = "", act = null) {
    byId("banner").hidden = false;
    if (byId("banner-text").textContent !== text) byId("banner-text").textContent = text;
    const button = byId("banner-action");
    button.hidden = !action;
    button.textContent = action;
    button.onclick = act;
  }

  halt(why) {
    if (why === "over") return this.feed.wake();
    this.isElsewhere = why === "elsewhere";
    this.stopped = why;
    this.queue.stop(why);
    this.connectionChanged();
    return this.render();
  }

  resume() {
    this.isElsewhere = false;
    this.stopped = "";
    this.queue.start();
    this.connectionChanged();
    this.render();
  }

  async takeOver() {
    const { status, body } = await request(this.urls.state, { body: { take_over: true }, token: this.token });
    if (status !== 200) return;
    this.epoch = body.writer_epoch;
    this.takeClock(body.clock);
    this.resume();
  }

  async finish() {
    const key = newKey();
    for (let tries = 0; tries < 4; tries += 1) {
      const { status, body } = await request(this.urls.finish, { body: { key }, token: this.token, key });
      if (status === 200) return location.assign(body.redirect);
    }
    return this.banner(this.words("finish_failed"));
  }

  closed(url) {
    this.isOver = true;
    this.feed.end();
    const o = this.observation;
    const facts = [
      [this.words("gmv"), yuan(o.now.gmv_fen)],
      [this.words("of_goal"), percent(o.now.gmv_fen / o.now.target_gmv_fen)],
      [this.words("steps_taken"), this.words("steps", { n: this.panels.log.actions.length })],
    ];
    byId("over-facts").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { class: "num b", text: value })]));
    byId("over-dialog").querySelector("a").href = url;
    if (!byId("over-dialog").open) byId("over-dialog").showModal();
    this.render();
  }

  async askFinish() {
    const dialog = byId("finish-dialog");
    byId("finish-left").textContent = clock(this.durationS - this.roomSeconds());
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && this.finish(), { once: true });
  }

  listen() {
    byId("finish").addEventListener("click", () => this.askFinish());
    byId("help").addEventListener("click", () => byId("help-dialog").showModal());
    document.addEventListener("click", ({ target }) => target instanceof Element && target.closest("[data-close]")?.closest("dialog").close());
    for (const [id, isMinute] of [["view-total", false], ["view-minute", true]]) {
      byId(id).addEventListener("click", () => {
        this.curves.perMinute = isMinute;
        byId("view-total").setAttribute("aria-pressed", String(!isMinute));
        byId("view-minute").setAttribute("aria-pressed", String(isMinute));
        this.render();
      });
    }
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    setInterval(() => this.feed.isLost && this.connectionChanged(), 1000);
    const box = byId("keys-switch");
    box.checked = keysAreOn("cockpit");
    box.addEventListener("change", () => switchKeys("cockpit", box.checked));
    bindKeys("cockpit", this.commands());
  }

  wake() {
    this.feed.wake();
    this.queue.wake();
  }

  commands() {
    const { tray, traffic, levers, incidents, host } = this.panels;
    const select = Object.fromEntries([..."1234567890-="].map((key, i) => [key, () => tray.select(i)]));
    return {
      ...select,
      p: () => tray.pin(tray.row),
      "[": () => tray.stepPrice(tray.row, -1),
      "]": () => tray.stepPrice(tray.row, 1),
      s: () => tray.openRestock(tray.row),
      o: () => tray.toggleShelf(),
      ",": () => traffic.step(-1),
      ".": () => traffic.step(1),
      b: () => traffic.toggle(),
      m: () => traffic.nextGoal(),
      ...Object.fromEntries(levers.levers.filter((lever) => lever.key).map((lever) => [lever.key, () => levers.choose(lever)])),
      v: () => levers.chooseNextPromise(),
      g: () => host.nextPace(),
      n: () => host.nextHost(),
      z: () => host.focusBreak(),
      q: () => host.focusOwner(),
      t: () => this.forecast.focus(),
      e: () => {
        byId("cockpit").classList.remove("show-log");
        incidents.focus();
      },
      l: () => this.panels.log.focus(),
      " ": () => this.bar.togglePause(),
      "?": () => byId("help-dialog").showModal(),
    };
  }
}

/** The control at which an order's end is told: the same names as its panel sends with. */
function targetOf(action) {
  const { verb, product } = action;
  if (verb === "set_price") return `price:${product}`;
  if (verb === "list" || verb === "delist") return `shelf:${product}`;
  if (verb === "switch_host" || verb === "break") return "stage";
  if (verb === "hold" || verb === "release") return "tool:hold";
  if (verb === "unpin") return "pin";
  return verb === "boost" ? "tool:boost" : verb;
}

new Room(JSON.parse(byId("room-data").textContent)).start();
