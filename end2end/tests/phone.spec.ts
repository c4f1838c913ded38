// A phone: nothing scrolls sideways, rows are cards, targets are large enough for a finger.

import { PRICE } from "../support/pages/figures.ts";
import { expect, test } from "../support/test.ts";

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test("the table becomes cards that fit", async ({ prices }) => {
  await prices.goto();
  await prices.expectNoSidewaysScroll();
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  const card = await prices.row("bitcoin").boundingBox();
  const next = await prices.row("ethereum").boundingBox();
  expect(card?.width ?? 0, "a card takes the width").toBeGreaterThan(300);
  expect(card?.height ?? 0, "and more than one line").toBeGreaterThan(44);
  expect(next?.y ?? 0, "one below the other").toBeGreaterThanOrEqual((card?.y ?? 0) + (card?.height ?? 0) - 1);
});

test("a card opens its explanation, which fits too", async ({ prices, token, page }) => {
  await prices.goto();
  await prices.link("bitcoin").tap();
  await expect(page).toHaveURL("/tokens/bitcoin");
  await expect(token.price).toHaveText(PRICE);
  await token.expectNoSidewaysScroll();
});

test("the markets fit", async ({ prices }) => {
  await prices.open("/markets");
  await prices.expectNoSidewaysScroll();
});

test("the status page fits", async ({ status }) => {
  await status.goto();
  await expect(status.connection("kraken")).toBeVisible();
  await status.expectNoSidewaysScroll();
});

test("buttons are large enough for a finger", async ({ prices, page }) => {
  await prices.goto();
  for (const button of await page.getByRole("banner").getByRole("button").all()) {
    const box = await button.boundingBox();
    if (box === null) continue;
    expect(Math.min(box.width, box.height), await button.getAttribute("aria-label") ?? "a button").toBeGreaterThanOrEqual(44);
  }
});

test("cards are ordered by a choice", async ({ prices, page }) => {
  await prices.goto();
  const order = prices.main.getByRole("form", { name: "Order" });
  await order.getByRole("combobox", { name: "Order by" }).selectOption("Price");
  await expect(page).toHaveURL("/?sort=price");
  // The chain's bitcoin may cost a little more than the exchanges'.
  await expect.poll(async () => (await prices.order())[0]).toMatch(/^(wrapped-)?bitcoin$/);
  await order.getByRole("combobox", { name: "Direction" }).selectOption("Ascending");
  await expect(page).toHaveURL("/?sort=price&order=asc");
  await expect.poll(async () => (await prices.order())[0]).not.toMatch(/bitcoin$/);
});

test("a comparison fits", async ({ compare }) => {
  await compare.goto(["bitcoin", "ethereum", "solana"]);
  await expect(compare.rows).toHaveCount(3);
  await compare.expectNoSidewaysScroll();
});
