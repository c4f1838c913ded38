// `/`: the token table.

import { expect, type Locator, type Page } from "@playwright/test";

import { Frame } from "./frame.ts";

/** How long the table is watched to see that nothing moves: several times the pace of the stream. */
const STANDSTILL_MS = 2_000;

export class PricesPage extends Frame {
  readonly rows: Locator;
  /** How many tokens, in which currency. */
  readonly summary: Locator;
  /** What one unit of the currency is worth. */
  readonly rate: Locator;
  readonly search: Locator;
  readonly currency: Locator;
  readonly all: Locator;
  readonly watchlist: Locator;

  constructor(page: Page) {
    super(page);
    this.rows = this.main.getByRole("table").locator("tr[data-token]");
    this.summary = this.main.locator('[data-cell="summary"]');
    this.rate = this.main.locator('[data-cell="rate"]');
    this.search = this.main.getByRole("searchbox", { name: "Search by name, symbol, id or address" });
    this.currency = page.getByRole("banner").getByRole("combobox", { name: "Currency" });
    const lists = this.main.getByRole("navigation", { name: "Lists" });
    this.all = lists.getByRole("link", { name: "All" });
    this.watchlist = lists.getByRole("link", { name: "Watchlist" });
  }

  async goto(): Promise<void> {
    await this.open("/");
  }

  row(token: string): Locator {
    return this.main.locator(`tr[data-token="${token}"]`);
  }

  cell(token: string, column: string): Locator {
    return this.row(token).locator(`[data-cell="${column}"]`);
  }

  /** The way to the token's explanation. */
  link(token: string): Locator {
    return this.cell(token, "token").getByRole("link");
  }

  /** The price as the eye sees it. */
  price(token: string): Locator {
    return this.cell(token, "price").locator(".figure");
  }

  /** The status of the price, in `data-status` and as a word. */
  status(token: string): Locator {
    return this.cell(token, "status");
  }

  /** A head of the table, and the link in it that orders the rows. */
  head(column: string): Locator {
    return this.main.locator(`thead [data-cell="${column}"]`);
  }

  async orderBy(column: string): Promise<void> {
    await this.head(column).getByRole("link").click();
  }

  star(token: string): Locator {
    return this.row(token).getByRole("button", { name: /^Watch / });
  }

  /** The exact prices from top to bottom; NaN where there is none. */
  async values(): Promise<number[]> {
    const cells = this.rows.locator('[data-cell="price"]');
    return cells.evaluateAll((all) => all.map((cell) => Number.parseFloat(cell.getAttribute("data-value") ?? "")));
  }

  /** The exact price, all digits. */
  async priceInUsd(token: string): Promise<number> {
    const value = await this.cell(token, "price").getAttribute("data-value");
    expect(value, `the price of ${token}`).not.toBeNull();
    return Number(value);
  }

  /** The tokens from top to bottom. */
  async order(): Promise<string[]> {
    return this.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-token") ?? ""));
  }

  /** How many tokens have a number to which at least so many exchanges contribute. */
  async tokensWithSources(least: number): Promise<number> {
    return this.rows.evaluateAll(
      (rows, wanted) =>
        rows.filter((row) => {
          const sources = row.querySelector('[data-cell="sources"]')?.textContent ?? "";
          const priced = row.querySelector('[data-cell="price"]')?.hasAttribute("data-value") ?? false;
          return priced && Number.parseInt(sources, 10) >= wanted;
        }).length,
      least,
    );
  }

  /** Waits until the token's price is another one, by itself. */
  async expectPriceToMove(token: string): Promise<void> {
    const cell = this.cell(token, "price");
    // Rows that nobody sees wait.
    await cell.scrollIntoViewIfNeeded();
    const before = (await cell.getAttribute("data-value")) ?? "";
    await expect(cell).not.toHaveAttribute("data-value", before);
  }

  /** Watches every price of the table and expects none to change. */
  async expectTableToStandStill(): Promise<void> {
    const changed = await this.rows.first().evaluate(
      (row, watchedMs) =>
        new Promise<string[]>((resolve) => {
          const seen = new Set<string>();
          const observer = new MutationObserver((changes) => {
            for (const { target } of changes) {
              seen.add((target as Element).closest("tr")?.getAttribute("data-token") ?? "?");
            }
          });
          const body = row.closest("tbody");
          if (body !== null) observer.observe(body, { subtree: true, attributeFilter: ["data-value"] });
          setTimeout(() => {
            observer.disconnect();
            resolve([...seen]);
          }, watchedMs);
        }),
      STANDSTILL_MS,
    );
    expect(changed, "tokens whose price changed").toEqual([]);
  }
}
