// The drawn chart in its box: what is loaded, which part of it is shown, and the crosshair.

import { palette } from "./colours.js";
import { drawing } from "./drawing.js";
import { init } from "./echarts.js";
import { openings } from "./holding.js";
import { figures, panel, sentence, when } from "./readout.js";
import * as views from "./view.js";

/** @import { Holding, View } from "./types.js" */

/** How often prices are drawn. */
const HEARD_EVERY_MS = 1_000;

export class Chart {
  /** @type {HTMLElement} */ #host;
  /** @type {HTMLElement} */ #voice;
  /** @type {ReturnType<typeof init>} */ #echarts;
  /** @type {Holding} */ #held;
  /** @type {View} */ #view;
  /** @type {number} how much the range shows that was asked for, in milliseconds */ #span;
  /** @type {(colour: string) => string} */ #resolve;
  /** @type {(() => void)} */ #needsOlder;
  #isLocal = false;
  /** @type {number | null} where the keyboard has put the crosshair */
  #reading = null;
  #frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #later;
  /** @type {number} when it was last drawn, by the page's own clock */ #drawnAt = 0;

  /**
   * @param {HTMLElement} host where it is drawn; it has its size
   * @param {Holding} held
   * @param {{isLocal: boolean, needsOlder: () => void}} manner
   */
  constructor(host, held, { isLocal, needsOlder }) {
    const canvas = document.createElement("div");
    canvas.className = "chart-canvas";
    canvas.ariaHidden = "true";
    this.#voice = document.createElement("p");
    this.#voice.className = "sr-only";
    this.#voice.role = "status";
    host.replaceChildren(canvas, this.#voice);
    this.#host = host;
    this.#held = held;
    this.#view = views.whole(held);
    this.#span = held.until - held.from;
    this.#isLocal = isLocal;
    this.#needsOlder = needsOlder;
    this.#resolve = palette(host);
    this.#echarts = init(canvas, null, { renderer: "canvas" });
    this.#draw();
  }

  get held() {
    return this.#held;
  }

  /**
   * Shows newer data, or older ones. A view that showed the newest bar goes on showing it.
   * @param {Holding} held
   */
  renew(held) {
    this.#view = views.grown(this.#view, this.#held, held);
    this.#held = held;
    this.#redraw();
  }

  /**
   * Shows newer prices of the running bar. A drawing costs far more than a price: there is one a second at most.
   * @param {Holding} held
   */
  hear(held) {
    this.#view = views.grown(this.#view, this.#held, held);
    this.#held = held;
    const wait = Math.max(this.#drawnAt + HEARD_EVERY_MS - performance.now(), 0);
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.#redraw();
    }, wait);
  }

  /** The colours of the page have changed. */
  recolour() {
    this.#resolve = palette(this.#host);
    this.#redraw();
  }

  /** The box has another size. */
  resize() {
    this.#echarts.resize();
    this.#redraw();
  }

  /** @param {boolean} isLocal */
  showZone(isLocal) {
    this.#isLocal = isLocal;
    this.#redraw();
  }

  /**
   * @param {number} factor
   * @param {number | null} atPx
   */
  zoom(factor, atPx) {
    const middle = (this.#view.start + this.#view.end) / 2;
    const anchor = atPx === null ? (this.#reading ?? middle) : this.#timeAt(atPx);
    this.#look(views.zoom(this.#view, factor, anchor, this.#held));
  }

  /** @param {number} byPx */
  move(byPx) {
    const { width } = this.#plot();
    const by = (byPx / width) * (this.#view.end - this.#view.start);
    this.#look(views.move(this.#view, by, this.#held));
  }

  /** The range that was asked for, whatever older bars were loaded since. */
  reset() {
    const end = this.#held.until;
    this.#look({ start: end - this.#span, end });
  }

  /** @param {number} bars */
  step(bars) {
    const times = openings(this.#held);
    const newest = times.findLastIndex((time) => time < this.#view.end);
    const at = this.#reading === null ? newest + (bars < 0 ? 1 : 0) : times.indexOf(this.#reading);
    this.#read(times[Math.min(Math.max(at + bars, 0), times.length - 1)]);
  }

  /** @param {"first" | "last"} end */
  jump(end) {
    const times = openings(this.#held);
    this.#read(end === "last" ? times.at(-1) : times.find((time) => time >= this.#view.start));
  }

  leave() {
    this.#reading = null;
    this.#voice.textContent = "";
    this.#echarts.dispatchAction({ type: "hideTip" });
    this.#echarts.dispatchAction({ type: "updateAxisPointer", currTrigger: "leave" });
  }

  dispose() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#later);
    this.#echarts.dispose();
    this.#host.replaceChildren();
  }

  /** @param {number | undefined} time */
  #read(time) {
    if (time === undefined) return;
    this.#reading = time;
    this.#look(views.reveal(this.#view, time, this.#held));
    const { bars, code, stepMs } = this.#held;
    this.#voice.textContent = sentence(when(time, stepMs, this.#isLocal), bars.get(time), code);
  }

  /** @param {View} view */
  #look(view) {
    this.#view = view;
    this.#redraw();
    if (views.needsOlder(view, this.#held)) this.#needsOlder();
  }

  /** Once a frame at most, however many reasons there are. */
  #redraw() {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    this.#drawnAt = performance.now();
    const option = drawing(this.#held, this.#view, {
      isLocal: this.#isLocal,
      resolve: this.#resolve,
      tooltip: this.#tooltip(),
    });
    this.#echarts.setOption(option, { lazyUpdate: false });
    // For those who test or support it: what is drawn, without asking the canvas.
    this.#host.dataset.from = new Date(this.#view.start).toISOString();
    this.#host.dataset.until = new Date(this.#view.end).toISOString();
    this.#host.dataset.bars = String(this.#held.bars.size);
    if (this.#reading !== null) this.#point(this.#reading);
  }

  /** @param {number} time */
  #point(time) {
    const close = Number(this.#held.bars.get(time)?.close ?? Number.NaN);
    const [x, y] = this.#echarts.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [time, close]);
    const { y: top, height } = this.#plot();
    this.#echarts.dispatchAction({ type: "showTip", x, y: Number.isFinite(y) ? y : top + height / 2 });
  }

  #tooltip() {
    return {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      hideDelay: 0,
      padding: 0,
      borderWidth: 0,
      backgroundColor: "transparent",
      extraCssText: "box-shadow:none",
      position: (/** @type {number[]} */ [x]) => {
        const { x: left, y: top, width } = this.#plot();
        // In the corner away from the pointer, so that it covers nothing that is being read.
        return x > left + width / 2 ? { left: left + 8, top } : { right: this.#host.clientWidth - left - width + 8, top };
      },
      formatter: (/** @type {any} */ shown) => this.#panel(shown),
    };
  }

  /** @param {any} shown the values under the crosshair, one a series */
  #panel(shown) {
    const all = Array.isArray(shown) ? shown : [shown];
    const time = Number(all[0]?.value?.[0] ?? all[0]?.axisValue);
    const { bars, code, stepMs } = this.#held;
    const title = when(time, stepMs, this.#isLocal);
    const element =
      bars.size > 0
        ? panel(title, figures(bars.get(time), code))
        : panel(title, all.map(({ seriesName, value }) => [String(seriesName), percent(value?.[1])]));
    element.className = "chart-readout";
    return element;
  }

  /** The plot of the prices, in pixels of the box. */
  #plot() {
    const grid = /** @type {any} */ (this.#echarts).getModel().getComponent("grid", 0);
    return grid.coordinateSystem.getRect();
  }

  /** @param {number} px */
  #timeAt(px) {
    const { x, width } = this.#plot();
    return this.#view.start + ((px - x) / width) * (this.#view.end - this.#view.start);
  }
}

/** @param {unknown} value */
function percent(value) {
  const number = Number(value);
  if (value === null || !Number.isFinite(number)) return "\u2013";
  const sign = number > 0 ? "+" : number < 0 ? "\u2212" : "";
  return `${sign}${Math.abs(number).toFixed(2)}%`;
}
