// The live chart: `<parallax-chart src="/charts/bitcoin.json?…">`, an empty element that the page puts over
// the picture which the server drew.
//
// It fetches the same option, draws it in the same box and then hides the picture; when anything fails the
// picture stays. The page tells it prices by the event `parallax:price` with `{price, at}` (an exact decimal
// in the chart's currency, and milliseconds by the server's clock), and by `parallax:resume` that the stream
// was away for a while. Buttons with `data-chart-do` in the same `[data-chart]` are its controls.
//
// Attributes it sets for the styles: `data-state` is `loading`, `live` or `failed`.

import * as addresses from "./addresses.js";
import { Chart } from "./chart.js";
import { listen } from "./gestures.js";
import { follow, hold, join } from "./holding.js";
import { load } from "./load.js";
import * as zone from "./zone.js";

/** @import { Answer } from "./types.js" */

/** Narrower boxes get the option for narrow ones, as the page's styles choose between its two pictures. */
const NARROW_PX = 640;
/** A closed bar is fetched so long after its end, so that not all readers ask at once. */
const CLOSED_AFTER_MS = { least: 1_500, most: 5_000 };
/** How soon an older piece that could not be had may be asked for again. */
const AGAIN_AFTER_MS = 5_000;

/** What the chart is called, and how it is read with keys. */
const LABEL =
  "Live chart. Left and right arrows read bar by bar, with Shift ten at once; plus and minus zoom; Home and End go to " +
  "the first and the last bar; 0 shows the whole range.";

class ParallaxChart extends HTMLElement {
  /** @type {AbortController | undefined} aborted when the element leaves the page */
  #stay;
  /** @type {Chart | undefined} */ #chart;
  #isNarrow = false;
  /** @type {number | null} what is missing begins here */ #missing = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #isLoading = false;
  #isLoadingOlder = false;
  #olderAfter = 0;

  connectedCallback() {
    const stay = new AbortController();
    this.#stay = stay;
    const options = { signal: stay.signal };
    this.addEventListener("parallax:price", (event) => this.#hear(/** @type {CustomEvent} */ (event)), options);
    this.addEventListener("parallax:resume", () => this.#resume(), options);
    this.closest("[data-chart]")?.addEventListener("click", (event) => this.#control(event), options);
    listen(this, this.#actions(), stay.signal);
    this.#watch(stay.signal);
    this.#showZone(zone.isLocal());
    this.#isNarrow = this.clientWidth < NARROW_PX;
    void this.#start();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#stay?.abort();
    this.#chart?.dispose();
    this.#chart = undefined;
  }

  /** Fetches the whole range and draws it. */
  async #start() {
    if (this.#isLoading) return;
    this.dataset.state = this.#chart === undefined ? "loading" : "live";
    const answer = await this.#ask(addresses.whole(this.#src, this.#isNarrow));
    if (answer === null) {
      if (this.#chart === undefined) this.dataset.state = "failed";
      return;
    }
    this.#chart?.dispose();
    this.#missing = null;
    this.#chart = new Chart(this, hold(answer), {
      isLocal: zone.isLocal(),
      needsOlder: () => void this.#loadOlder(),
    });
    this.tabIndex = 0;
    this.role = "application";
    this.ariaLabel = LABEL;
    this.dataset.state = "live";
    if (!this.#isPriced) this.#startAgainAfter(answer);
  }

  /** Whether the chart shows a token's prices, which the page tells, and not a comparison. */
  get #isPriced() {
    return this.#chart !== undefined && this.#chart.held.bars.size > 0;
  }

  /**
   * A comparison hears no prices: it is drawn anew when its running bar has closed.
   * @param {Answer} answer
   */
  #startAgainAfter({ at, step_ms: stepMs, until }) {
    const left = (((Date.parse(until) - Date.parse(at)) % stepMs) + stepMs) % stepMs;
    this.#later(() => void (document.hidden || this.#start()), left + delay());
  }

  /** Fetches everything since `#missing`. */
  async #catchUp() {
    const chart = this.#chart;
    if (chart === undefined || this.#missing === null || this.#isLoading) return;
    const from = this.#missing;
    this.#missing = null;
    const answer = await this.#ask(addresses.since(this.#src, this.#isNarrow, chart.held, from));
    if (chart !== this.#chart) return;
    if (answer === null) {
      this.#miss(from);
      return;
    }
    const joined = join(chart.held, answer);
    if (joined === null) await this.#start();
    else chart.renew(joined);
  }

  /** Fetches the piece before what is held, one at a time. */
  async #loadOlder() {
    const chart = this.#chart;
    const gone = this.#stay?.signal;
    if (chart === undefined || gone === undefined || this.#isLoadingOlder || Date.now() < this.#olderAfter) return;
    this.#isLoadingOlder = true;
    try {
      const answer = await load(addresses.older(this.#src, this.#isNarrow, chart.held), gone);
      const joined = chart === this.#chart ? join(chart.held, answer) : null;
      if (joined !== null) chart.renew(joined);
    } catch {
      this.#olderAfter = Date.now() + AGAIN_AFTER_MS;
    } finally {
      this.#isLoadingOlder = false;
    }
  }

  /**
   * One answer, or `null` when it failed or nobody waits for it any more.
   * @param {string} address
   * @returns {Promise<Answer | null>}
   */
  async #ask(address) {
    const gone = this.#stay?.signal;
    if (gone === undefined) return null;
    this.#isLoading = true;
    try {
      const answer = await load(address, gone);
      return gone.aborted ? null : answer;
    } catch {
      return null;
    } finally {
      this.#isLoading = false;
    }
  }

  /** @param {CustomEvent<{price: string, at: number}>} event */
  #hear({ detail: { price, at } }) {
    const chart = this.#chart;
    if (chart === undefined || !this.#isPriced) return;
    const before = chart.held.openTime;
    const { held, opened } = follow(chart.held, price, at);
    if (held === chart.held) return;
    chart.hear(held);
    if (opened) {
      this.#miss(before ?? held.until - 2 * held.stepMs);
      this.#later(() => void this.#catchUp(), delay());
    }
  }

  #resume() {
    const held = this.#chart?.held;
    if (held === undefined) {
      if (this.dataset.state === "failed") void this.#start();
      return;
    }
    if (!this.#isPriced) return void this.#start();
    this.#miss(held.openTime ?? held.until - held.stepMs);
    void this.#catchUp();
  }

  /** @param {number} from */
  #miss(from) {
    this.#missing = Math.min(this.#missing ?? from, from);
  }

  /** @returns {import("./gestures.js").Actions} */
  #actions() {
    return {
      zoom: (factor, atPx) => this.#chart?.zoom(factor, atPx),
      move: (byPx) => this.#chart?.move(byPx),
      step: (bars) => this.#chart?.step(bars),
      jump: (end) => this.#chart?.jump(end),
      leave: () => this.#chart?.leave(),
      reset: () => this.#chart?.reset(),
    };
  }

  /** @param {Event} event */
  #control({ target }) {
    const button = target instanceof Element ? target.closest("[data-chart-do]") : null;
    switch (button?.getAttribute("data-chart-do")) {
      case "zoom-in":
        return this.#chart?.zoom(0.6, null);
      case "zoom-out":
        return this.#chart?.zoom(1 / 0.6, null);
      case "reset":
        return this.#chart?.reset();
      case "zone":
        zone.remember(!zone.isLocal());
        return this.#showZone(zone.isLocal());
      case "fullscreen":
        return void this.#fullScreen();
    }
  }

  /** @param {boolean} isLocal */
  #showZone(isLocal) {
    for (const button of this.#buttons("zone")) button.ariaPressed = String(isLocal);
    this.#chart?.showZone(isLocal);
  }

  async #fullScreen() {
    const figure = this.closest("[data-chart]");
    // Refused where a frame around the page does not allow it: then nothing happens.
    const change = document.fullscreenElement === null ? figure?.requestFullscreen() : document.exitFullscreen();
    await change?.catch(() => undefined);
  }

  /** @param {string} action */
  #buttons(action) {
    return this.closest("[data-chart]")?.querySelectorAll(`[data-chart-do="${action}"]`) ?? [];
  }

  /**
   * Follows the size of the box and the colours of the page.
   * @param {AbortSignal} gone
   */
  #watch(gone) {
    const size = new ResizeObserver(() => {
      const isNarrow = this.clientWidth < NARROW_PX;
      if (isNarrow !== this.#isNarrow) {
        this.#isNarrow = isNarrow;
        void this.#start();
      } else {
        this.#chart?.resize();
      }
    });
    size.observe(this);
    const recolour = () => this.#chart?.recolour();
    const theme = new MutationObserver(recolour);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme", "data-colours"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour, { signal: gone });
    gone.addEventListener("abort", () => {
      size.disconnect();
      theme.disconnect();
    });
  }

  /**
   * @param {() => void} act
   * @param {number} ms
   */
  #later(act, ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }

  get #src() {
    return this.getAttribute("src") ?? "";
  }
}

function delay() {
  const { least, most } = CLOSED_AFTER_MS;
  return least + Math.random() * (most - least);
}

customElements.define("parallax-chart", ParallaxChart);
