/** The cockpit's figures at one frame, written into the page. */
import { make } from "../../dom.js";
import { wordsOf } from "../../text.js";
import { clock, length, percent, price, ratio, short, whole, yuan } from "../figures.js";

const words = wordsOf("replay-text");

export class Board {
  constructor(film) {
    this.film = film;
    this.cells = new Map([...document.querySelectorAll("[data-figure]")].map((cell) => [cell.dataset.figure, cell]));
    this.rows = [...document.querySelectorAll("#tray tr")];
    this.shown = {};
  }

  write(name, text) {
    if (this.shown[name] === text) return;
    this.shown[name] = text;
    this.cells.get(name).textContent = text;
  }

  show(frame) {
    const { now, kpi, money } = frame;
    const figures = {
      gmv: yuan(now.gmv_fen),
      online: whole(now.online),
      orders: whole(now.orders),
      visitors: whole(now.visitors),
      new_fans: whole(now.new_fans),
      gpm: yuan(kpi.gpm_fen),
      dwell: length(kpi.dwell_s),
      conversion: percent(kpi.conversion_fraction),
      net: yuan(money.net_gmv_fen),
      margin: yuan(money.margin_fen),
      spend: yuan(money.traffic_fen),
      gifts: yuan(money.gifts_fen),
      roi: ratio(money.roi_ratio, 2),
      host: this.host(frame),
      pace: this.film.labels.pace[frame.host.pace],
      traffic: this.traffic(frame.traffic),
      benefits: this.benefits(frame),
      arrivals: Object.values(frame.arrivals).every((n) => n === null) ? "—" : words("per_min", { n: whole(Object.values(frame.arrivals).reduce((sum, n) => sum + (n ?? 0), 0)) }),
      compliance: this.compliance(frame.compliance),
    };
    for (const [name, text] of Object.entries(figures)) this.write(name, text);
    if (this.tray !== frame.tray || this.pinned !== frame.pinned) this.showTray(frame);
    if (this.incidents !== frame.incidents) this.showIncidents(frame.incidents);
    if (this.comments !== frame.comments) this.showComments(frame.comments);
  }

  host({ host, stage }) {
    const name = stage ? this.film.hosts[stage] : Object.values(this.film.hosts)[0];
    return [name, this.film.labels.energy[host.energy], this.film.labels.mood[host.mood]].join(" · ");
  }

  traffic({ is_on: isOn, bid_fen: bid, rate_fen_per_min: rate }) {
    return isOn ? words("traffic_on", { bid: `¥${price(bid)}`, rate: yuan(rate) }) : words("traffic_off");
  }

  benefits({ benefits, tick }) {
    const running = Object.entries(benefits).flatMap(([name, end]) => {
      if (name === "freight_cover") return end ? [words(name)] : [];
      return end === null ? [] : [words("left", { name: words(name), time: short((end - tick) * this.film.tick_s) })];
    });
    return running.length ? running.join(" · ") : words("none");
  }

  compliance({ warnings, strikes, is_warned: isWarned, is_throttled: isThrottled }) {
    const state = isWarned ? [words("warned")] : isThrottled ? [words("throttled")] : [];
    return [...state, words("strikes", { warnings, strikes })].join(" · ");
  }

  showTray(frame) {
    [this.tray, this.pinned] = [frame.tray, frame.pinned];
    frame.tray.forEach(([priceFen, stock, sold, isListed], i) => {
      const row = this.rows[i];
      row.classList.toggle("is-pinned", i === frame.pinned);
      row.querySelector("[data-pinned]").hidden = i !== frame.pinned;
      const state = row.querySelector("[data-state]");
      state.hidden = isListed && stock > 0;
      state.textContent = isListed ? words("sold_out") : words("off_shelf");
      row.querySelector("[data-price]").textContent = price(priceFen);
      row.querySelector("[data-stock]").textContent = whole(stock);
      row.querySelector("[data-sold]").textContent = whole(sold);
    });
  }

  showIncidents(incidents) {
    this.incidents = incidents;
    const entry = ({ title, stage, answer }) => {
      const state = stage === "answered" ? words("answered", { answer: answer ?? "" }) : words(stage);
      return make("li", {}, [make("div", { class: "grow" }, [make("b", { text: title }), make("span", { class: "sub t13", text: state })])]);
    };
    const list = incidents.length ? incidents.map(entry) : [make("li", { class: "sub", text: words("calm") })];
    document.getElementById("incidents").replaceChildren(...list);
  }

  showComments(comments) {
    this.comments = comments;
    document.getElementById("comments").replaceChildren(...comments.map(({ name, text }) => make("li", {}, [make("b", { text: `${name} ` }), text])));
  }
}

/** Where the session stands, for the clock and for a reader of the scrub bar. */
export const position = (seconds, all) => words("position", { at: clock(seconds), all: clock(all) });
