/** The tray 货盘: numbered rows with pin, price, stock, reorder, list and delist; price and stock are edited in the row. */
import { icon, make } from "../../dom.js";
import { about, fenOf, length, number2, price, short, whole, yuan } from "../figures.js";

const SETTLE_MS = 700;
const SOON_S = 600;

export class TrayPanel {
  constructor(room) {
    this.room = room;
    this.words = room.words;
    this.selected = 0;
    this.drafts = new Map();
    this.rows = room.brief.products.map((product, i) => this.makeRow(product, i));
    const body = document.getElementById("tray");
    body.classList.toggle("many", this.rows.length > 8);
    body.classList.toggle("dense", this.rows.length > 10);
    body.replaceChildren(...this.rows.map((row) => row.tr));
    document.addEventListener("click", (event) => {
      for (const row of this.rows) if (row.pop && !row.pop.hidden && !row.tr.contains(event.target)) row.pop.hidden = true;
    });
  }

  makeRow(product, i) {
    const { words } = this;
    const n = number2(product.position);
    const row = {
      product,
      step: product.list_price_fen < 2000 ? 50 : product.list_price_fen < 20000 ? 100 : 500,
      name: make("span", { class: "nm", text: product.name, title: product.note || null }),
      note: make("span", { class: "role" }),
      line: make("span", { class: "phoneline only-phone t12" }),
      flow: make("span", { class: "only-phone" }),
      minus: make("button", { type: "button", "aria-label": words("cheaper_n", { n }), text: "−" }),
      input: make("input", { inputmode: "decimal", "aria-label": words("price_n", { n }), autocomplete: "off" }),
      plus: make("button", { type: "button", "aria-label": words("dearer_n", { n }), text: "+" }),
      stock: make("span"),
      meter: make("meter", { min: 0, max: product.stock, "aria-hidden": "true" }),
      counts: make("td", { class: "r num counts" }),
      pin: make("button", { type: "button", class: "btn btn-xs btn-outline pinbtn" }),
      restock: make("button", { type: "button", class: "tool", "aria-label": words("restock_n", { n }), title: words("restock_n", { n }) }, [icon("box")]),
      delist: make("button", { type: "button", class: "tool", "aria-label": words("delist_n", { n }), title: words("delist_n", { n }) }, [icon("eyeoff")]),
    };
    row.pop = product.restock ? this.makeRestock(row) : null;
    row.restock.hidden = !product.restock;
    row.tr = make("tr", { "aria-selected": "false" }, [
      make("td", { class: "num no", text: n }),
      make("td", { class: "what" }, [row.name, row.note, row.line]),
      make("td", { class: "pricecell" }, [make("span", { class: "stepper" }, [row.minus, row.input, row.plus])]),
      make("td", { class: "stockcellbox" }, [make("div", { class: "stockcell" }, [row.stock, row.flow, row.meter])]),
      row.counts,
      make("td", { class: "r ops" }, [make("span", { class: "opsrow" }, [row.restock, row.pin, row.delist]), ...(row.pop ? [row.pop] : [])]),
    ]);
    // Not at pointerdown: on a phone a chosen row grows, and the tap would miss the button it began on.
    row.tr.addEventListener("click", () => this.select(i, false));
    row.minus.addEventListener("click", () => this.stepPrice(row, -1));
    row.plus.addEventListener("click", () => this.stepPrice(row, 1));
    row.input.addEventListener("change", () => this.typePrice(row));
    row.input.addEventListener("keydown", (event) => event.key === "Enter" && row.input.blur());
    row.pin.addEventListener("click", () => this.pin(row));
    row.delist.addEventListener("click", () => this.room.send({ verb: "delist", product: product.code }, `shelf:${product.code}`));
    row.restock.addEventListener("click", () => this.openRestock(row));
    return row;
  }

  makeRestock(row) {
    const most = row.product.restock.max_units;
    row.units = make("input", { inputmode: "numeric", value: most, "aria-label": this.words("restock_n", { n: number2(row.product.position) }) });
    row.order = make("button", { type: "button", class: "btn btn-xs btn-primary" });
    row.orderNote = make("span", { class: "t12 muted" });
    const fewer = make("button", { type: "button", text: "−", "aria-label": "−10" });
    const more = make("button", { type: "button", text: "+", "aria-label": "+10" });
    const change = (by) => {
      row.units.value = Math.max(1, Math.min(this.left(row), (Number(row.units.value) || 0) + by));
      this.showOrder(row);
    };
    fewer.addEventListener("click", () => change(-10));
    more.addEventListener("click", () => change(10));
    row.units.addEventListener("input", () => this.showOrder(row));
    row.order.addEventListener("click", () => {
      const units = Math.round(Number(row.units.value));
      if (!(units > 0)) return;
      row.pop.hidden = true;
      this.room.send({ verb: "restock", product: row.product.code, units }, `stock:${row.product.code}`);
    });
    return make("div", { class: "pop", hidden: true }, [make("span", { class: "stepper" }, [fewer, row.units, more]), row.order, row.orderNote]);
  }

  left(row) {
    return row.seen?.restock.units_left ?? row.product.restock.max_units;
  }

  showOrder(row) {
    row.order.textContent = this.words("order_units", { n: row.units.value || 0 });
    row.orderNote.textContent = this.words("arrives_in", { time: about(row.product.restock.lead_s) });
  }

  openRestock(row) {
    if (!row.pop) return;
    row.pop.hidden = !row.pop.hidden;
    if (row.pop.hidden) return;
    row.units.value = Math.max(1, this.left(row));
    this.showOrder(row);
    row.order.focus();
  }

  get row() {
    return this.rows[this.selected];
  }

  select(i, focus = true) {
    if (!this.rows[i]) return;
    this.selected = i;
    this.rows.forEach((row, at) => row.tr.setAttribute("aria-selected", String(at === i)));
    this.room.panels.levers?.follow(this.row.product.code);
    if (focus) this.row.tr.scrollIntoView({ block: "nearest" });
  }

  pin(row) {
    const { code } = row.product;
    if (row.seen && !row.seen.is_listed) this.room.send({ verb: "list", product: code }, `shelf:${code}`);
    else if (row.seen?.is_link_broken) this.room.send({ verb: "list", product: code }, `shelf:${code}`);
    else if (row.seen?.is_pinned && this.room.holds("pin")) this.room.send({ verb: "unpin" }, "pin");
    else this.room.send({ verb: "pin", product: code }, "pin");
  }

  toggleShelf() {
    const { seen, product } = this.row;
    const verb = seen?.is_listed && !seen.is_link_broken ? "delist" : "list";
    this.room.send({ verb, product: product.code }, `shelf:${product.code}`);
  }

  stepPrice(row, way) {
    const now = this.drafts.get(row.product.code)?.fen ?? this.shownPrice(row);
    this.draftPrice(row, now + way * row.step);
  }

  typePrice(row) {
    const fen = fenOf(row.input.value);
    if (fen === null) this.show(row);
    else this.draftPrice(row, fen);
  }

  /** A price waits a moment before it is sent: five quick clicks are one change. */
  draftPrice(row, fen) {
    if (!this.room.canAct) return;
    const { code, price_floor_fen: floor, list_price_fen: list } = row.product;
    const wanted = Math.min(list, Math.max(floor, fen));
    clearTimeout(this.drafts.get(code)?.timer);
    const timer = setTimeout(() => {
      this.drafts.delete(code);
      if (wanted !== row.seen?.price_fen) this.room.send({ verb: "set_price", product: code, price_fen: wanted }, `price:${code}`);
      this.show(row);
    }, SETTLE_MS);
    this.drafts.set(code, { fen: wanted, timer });
    this.show(row);
  }

  shownPrice(row) {
    const { code } = row.product;
    const ordered = this.room.orderedFor(code).findLast((order) => order.verb === "set_price");
    const sent = this.room.waiting(`price:${code}`) ?? ordered;
    return this.drafts.get(code)?.fen ?? sent?.action.price_fen ?? row.seen?.price_fen ?? row.product.list_price_fen;
  }

  update(observation) {
    this.rows.forEach((row, i) => {
      row.seen = observation.tray[i];
      row.pitch = observation.pitch;
      this.show(row);
    });
  }

  show(row) {
    const { seen, product } = row;
    if (!seen) return;
    const { room, words } = this;
    const { code } = product;
    const targets = [`price:${code}`, `stock:${code}`, `shelf:${code}`];
    const pinning = room.waiting("pin");
    const wantsPin = pinning?.action.product === code;
    const reason = targets.map((target) => room.reason(target)).find(Boolean) ?? (room.reason("pin")?.product === code ? room.reason("pin") : null);
    const isPending = wantsPin || targets.some((target) => room.waiting(target));
    const order = room.orderedFor(code).at(-1);
    row.tr.classList.toggle("pinned", seen.is_pinned);
    row.tr.classList.toggle("off", !seen.is_listed);
    row.tr.classList.toggle("refused", Boolean(reason));
    row.tr.classList.toggle("pending", isPending);
    const [text, tone] = reason ? [reason.words, "bad"] : isPending ? [words("pending"), "brand"] : order ? [this.orderText(order), "brand"] : this.note(seen, product);
    row.note.textContent = text;
    row.note.className = `role ${tone}`;
    row.note.title = text;
    if (document.activeElement !== row.input || this.drafts.has(code)) row.input.value = price(this.shownPrice(row));
    row.input.classList.toggle("draft", this.drafts.has(code) || this.shownPrice(row) !== seen.price_fen);
    row.stock.textContent = whole(seen.stock);
    const isLow = seen.stock === 0 || (seen.sold_out_in_s !== null && seen.sold_out_in_s < SOON_S);
    row.stock.className = `no-phone${isLow ? " bad b" : ""}`;
    row.meter.max = Math.max(product.stock, seen.stock);
    row.meter.value = seen.stock;
    row.meter.className = isLow ? "m-bad" : "m-good";
    row.counts.textContent = seen.is_listed ? `${whole(seen.clicks_5min)} / ${whole(seen.sales_5min)}` : "—";
    const lists = !seen.is_listed || seen.is_link_broken;
    row.pin.textContent = lists ? words("list") : seen.is_pinned ? words("pinned", { time: short(row.pitch.elapsed_s) }) : words("pin");
    row.pin.className = `btn btn-xs pinbtn ${seen.is_pinned && !lists ? "btn-on" : "btn-outline"}`;
    row.pin.setAttribute("aria-pressed", String(seen.is_pinned));
    const flow = [words("stock_left", { n: whole(seen.stock) }), words("sold_5", { n: whole(seen.sales_5min) })];
    row.line.textContent = [yuan(seen.price_fen), ...flow].join(" · ");
    row.flow.textContent = flow.join(" · ");
    row.flow.className = `only-phone${isLow ? " bad b" : ""}`;
    const isOff = seen.is_on_tray === false;
    row.tr.classList.toggle("nottray", isOff);
    row.pin.disabled = !room.canAct || isOff;
    for (const control of [row.minus, row.plus, row.input]) control.disabled = !room.canAct || isOff;
    row.restock.disabled = isOff || !room.canAct || seen.restock.units_left === 0 || seen.restock.pending_units > 0;
    row.delist.disabled = !room.canAct || !seen.is_listed;
  }

  orderText(order) {
    return this.words("order_open", { what: this.room.labels.verb[order.verb], s: order.due_s });
  }

  note(seen, product) {
    const { words } = this;
    const { held, released } = this.room.observation.hold ?? {};
    if (seen.is_on_tray === false) return [words("off_tray"), ""];
    if (held?.product === product.code) return [words("held_back", { time: short(held.left_s) }), "brand"];
    if (released?.product === product.code) return [words("let_go", { left: whole(released.units_left), price: yuan(released.price_fen) }), "brand"];
    if (seen.presale?.is_open && seen.stock === 0) return [words("on_presale", { n: whole(seen.presale.sold) }), "good"];
    if (!seen.is_listed) return [words("delisted"), ""];
    if (seen.is_link_broken) return [words("broken"), "bad"];
    if (seen.restock.pending_units) return [words("on_the_way", { n: seen.restock.pending_units, time: length(seen.restock.arrives_in_s) }), "good"];
    if (seen.stock === 0) return [words("sold_out"), "bad"];
    if (seen.sold_out_in_s !== null && seen.sold_out_in_s < SOON_S) return [words("sold_out_soon", { time: about(seen.sold_out_in_s) }), "bad"];
    const role = this.room.labels.role[seen.role] ?? seen.role;
    if (seen.price_fen !== product.list_price_fen) return [words("role_of", { role, price: price(product.list_price_fen) }), ""];
    return [role, ""];
  }
}
