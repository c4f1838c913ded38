// `/tokens/{id}`: why this price.

import { expect, type Locator, type Page } from "@playwright/test";

import type { Venue } from "../market.ts";
import { Frame } from "./frame.ts";

export class TokenPage extends Frame {
  /** The price as the eye sees it, all digits. */
  readonly price: Locator;
  /** The markets in the price, and those left out of it. */
  readonly included: Locator;
  readonly excluded: Locator;

  constructor(page: Page) {
    super(page);
    this.price = this.main.locator('.hero-price [aria-hidden="true"]');
    this.included = this.main.locator('[data-group="included"] tbody tr');
    this.excluded = this.main.locator('[data-group="excluded"] tbody tr');
  }

  async goto(token: string): Promise<void> {
    await this.open(`/tokens/${token}`);
  }

  /** A market in the price, by the exchange's own name of it. */
  inPrice(venue: Venue, market: string): Locator {
    return this.market("included", venue, market);
  }

  /** A market left out of the price, by the exchange's own name of it. */
  leftOut(venue: Venue, market: string): Locator {
    return this.market("excluded", venue, market);
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

  private market(group: "included" | "excluded", venue: Venue, market: string): Locator {
    const anchor = `c-${venue}-${market.replace(/[^A-Za-z0-9]/g, "-")}`;
    return this.main.locator(`[data-group="${group}"] tr[id="${anchor}"]`);
  }
}
