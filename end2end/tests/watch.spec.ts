// The watchlist is kept in this browser: chosen by a star or a key, shown by an address.

import { expect, test } from "../support/test.ts";

test("a star watches a token, and the watchlist shows it after a reload", async ({ prices, page }) => {
  await prices.goto();
  await expect(prices.star("solana")).toHaveAttribute("aria-pressed", "false");
  await prices.star("solana").click();
  await expect(prices.star("solana")).toHaveAttribute("aria-pressed", "true");
  await prices.star("bitcoin").click();
  await expect(prices.watchlist).toHaveText(/Watchlist\s*2/);
  await page.reload();
  await prices.alive();
  await expect(prices.star("solana")).toHaveAttribute("aria-pressed", "true");
  await prices.watchlist.click();
  await expect(page).toHaveURL("/?ids=solana,bitcoin");
  await expect.poll(() => prices.order()).toEqual(["bitcoin", "solana"]);
  await expect(prices.watchlist).toHaveAttribute("aria-current", "true");
  await prices.expectPriceToMove("bitcoin");
  await prices.star("bitcoin").click();
  await expect(prices.watchlist).toHaveText(/Watchlist\s*1/);
  await prices.all.click();
  await expect(page).toHaveURL("/");
  await expect(prices.row("ethereum")).toBeVisible();
});

test("w watches the row that has the focus", async ({ prices, page }) => {
  await prices.goto();
  await prices.link("ethereum").focus();
  await page.keyboard.press("w");
  await expect(prices.star("ethereum")).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("w");
  await expect(prices.star("ethereum")).toHaveAttribute("aria-pressed", "false");
});

test("an empty watchlist says what to do", async ({ prices, page }) => {
  await prices.goto();
  await prices.watchlist.click();
  await expect(page).toHaveURL("/?ids=");
  await expect(prices.main.getByRole("heading", { name: "Your watchlist is empty" })).toBeVisible();
  await expect(prices.main).toContainText("star");
});

test("another tab's change is seen", async ({ prices, page, context }) => {
  await prices.goto();
  const other = await context.newPage();
  await other.goto("/");
  await expect(other.locator("[data-hydrated]")).toHaveCount(1);
  await other.locator('tr[data-token="bitcoin"]').getByRole("button", { name: /^Watch / }).click();
  await expect(prices.star("bitcoin")).toHaveAttribute("aria-pressed", "true");
  await page.bringToFront();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a list of ids is a page, and stars are not shown", async ({ prices, page }) => {
    await page.goto("/?ids=solana,bitcoin,no-such-token");
    expect(await prices.order()).toEqual(["bitcoin", "solana"]);
    await expect(prices.summary).toHaveText(/^2 of \d+ tokens/);
    await expect(prices.star("bitcoin")).toBeHidden();
  });

  test("unknown ids are explained", async ({ prices, page }) => {
    await page.goto("/?ids=no-such-token");
    await expect(prices.main.getByRole("heading", { name: "None of these tokens has a price" })).toBeVisible();
  });
});
