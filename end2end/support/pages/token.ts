// `/tokens/{id}`: why this price.

import { expect, type Locator, type Page } from "@playwright/test";

import type { Venue } from "../market.ts";
import { Frame } from "./frame.ts";

export class TokenPage extends Frame {
  /** The price as the eye sees it, all digits. */
  readonly price: Locator;
  /** All markets, those in the price, and those left out of it. */
  readonly markets: Locator;
  readonly included: Locator;
  readonly excluded: Locator;
  /** The live chart's element, and the picture that the server drew. */
  readonly chart: Locator;
  readonly picture: Locator;

  constructor(page: Page) {
    super(page);
    this.price = this.main.locator('.hero-price [aria-hidden="true"]');
    this.markets = this.main.locator('[data-group="markets"] tbody tr');
    this.included = this.main.locator('[data-group="markets"] tbody tr[data-included]');
    this.excluded = this.main.locator('[data-group="markets"] tbody tr[data-rule]');
    this.chart = this.main.locator("parallax-chart");
    this.picture = this.main.locator(".chart-picture svg").filter({ visible: true });
  }

  async goto(token: string): Promise<void> {
    await this.open(`/tokens/${token}`);
  }

  /** A market in the price, by the exchange's own name of it. */
  inPrice(venue: Venue, market: string): Locator {
    return this.included.and(this.market(venue, market));
  }

  /** A market left out of the price, by the exchange's own name of it. */
  leftOut(venue: Venue, market: string): Locator {
    return this.excluded.and(this.market(venue, market));
  }

  /** What a market's row says under a heading. */
  cell(market: Locator, heading: string): Locator {
    return market.locator(`[data-label="${heading}"]`);
  }

  async priceInUsd(): Promise<number> {
    const value = await this.exact.getAttribute("data-value");
    expect(value, "the price").not.toBeNull();
    return Number(value);
  }

  /** Waits until the price is another one, by itself. */
  async expectPriceToMove(): Promise<void> {
    const before = (await this.exact.getAttribute("data-value")) ?? "";
    await expect(this.exact).not.toHaveAttribute("data-value", before);
  }

  private get exact(): Locator {
    return this.main.locator(".hero-price");
  }

  private market(venue: Venue, market: string): Locator {
    const anchor = `c-${venue}-${market.replace(/[^A-Za-z0-9]/g, "-")}`;
    return this.main.locator(`tr[id="${anchor}"]`);
  }

  /** A fact of the head, such as `volume`. */
  fact(name: string): Locator {
    return this.main.locator(`.hero [data-cell="${name}"]`);
  }

  /** A control of the chart, by its group and its words. */
  control(group: string, name: string): Locator {
    return this.main.getByRole("navigation", { name: group }).getByRole("link", { name, exact: true });
  }

  /** Waits until the server has completed the past from the exchanges' own history: a chart has bars then. */
  async historyHeld(token = "bitcoin"): Promise<void> {
    const held = async (): Promise<number> => {
      const answer = await this.page.request.get(`/charts/${token}.json?range=7d`);
      const { windows } = (await answer.json()) as { windows: { bar: unknown }[] };
      return windows.filter(({ bar }) => bar !== null).length;
    };
    await expect.poll(held, { message: "hours of history", timeout: 40_000 }).toBeGreaterThan(100);
  }

  /** Waits until the live chart has taken over, which it does once it is on the screen. */
  async chartAlive(): Promise<void> {
    await this.main.locator(".chart-box").scrollIntoViewIfNeeded();
    await expect(this.chart).toHaveAttribute("data-state", "live", { timeout: 20_000 });
  }

  /** What part of the time axis the live chart shows, in milliseconds. */
  async shown(): Promise<{ from: number; until: number }> {
    const [from, until] = await this.chart.evaluate(({ dataset }) => [dataset.from, dataset.until]);
    return { from: Date.parse(from ?? ""), until: Date.parse(until ?? "") };
  }
}
