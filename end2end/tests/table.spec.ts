// The token table is live: prices of three exchanges, changing by themselves, under the reader's control.

import { PRICE } from "../support/pages/figures.ts";
import { expect, test } from "../support/test.ts";

test("twenty tokens and more have prices from three exchanges", async ({ prices, page }) => {
  await prices.goto();
  await expect(page).toHaveTitle(/Parallax/);
  await expect(prices.simulated).toBeVisible();
  await expect.poll(() => prices.tokensWithSources(3), { message: "tokens with prices of three exchanges" })
    .toBeGreaterThanOrEqual(20);
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  await expect(prices.status("bitcoin")).toHaveAttribute("data-status", "live");
  await expect(prices.row("bitcoin")).toContainText("BTC");
});

test("changes of an hour, a day and a week are known from the venues' own history", async ({ prices, page }) => {
  // The past is fetched after the start, and within a minute of it.
  test.slow();
  await prices.goto();
  await expect(page.getByRole("columnheader", { name: "7 d" })).toBeVisible();
  for (const column of ["change-1h", "change-24h", "change-7d"]) {
    await expect(prices.cell("bitcoin", column)).toHaveText(/\d\.\d\d%$/, { timeout: 60_000 });
  }
});

test("a price changes without a reload", async ({ prices }) => {
  await prices.goto();
  await prices.mark();
  await prices.expectPriceToMove("bitcoin");
  await prices.expectPriceToMove("ethereum");
  await prices.expectNeverReloaded();
});

test("a change is tinted by its direction, and never with reduced motion", async ({ prices, page }) => {
  await prices.goto();
  const tinted = prices.rows.locator("[data-tint]");
  await expect(tinted.first()).toHaveAttribute("data-tint", /^(up|down)-[ab]$/);
  const animations = () => tinted.evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell).animationName));
  expect(await animations(), "the animations of tinted cells").not.toContain("none");
  await page.emulateMedia({ reducedMotion: "reduce" });
  await prices.expectPriceToMove("bitcoin");
  expect(new Set(await animations()), "the animations with reduced motion").toEqual(new Set(["none"]));
});

test("the pause button stops all updates and resumes them", async ({ prices }) => {
  await prices.goto();
  await prices.expectPriceToMove("bitcoin");
  await prices.pause.click();
  await expect(prices.resume).toBeVisible();
  await expect(prices.notice).toContainText("Live updates paused");
  await prices.expectTableToStandStill();
  await prices.resume.click();
  await expect(prices.pause).toBeVisible();
  await expect(prices.notice).toBeHidden();
  await prices.expectPriceToMove("bitcoin");
});

test("the keys move through the table and open a row", async ({ prices, page }) => {
  await prices.goto();
  await expect(prices.link("bitcoin")).toBeVisible();
  const [first = "", second = ""] = await prices.order();
  await page.keyboard.press("ArrowDown");
  await expect(prices.link(first)).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(prices.link(second)).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(prices.link(first)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/tokens/${first}`);
});

test("p pauses, t changes the theme, ? lists the keys", async ({ prices, page }) => {
  await prices.goto();
  await page.keyboard.press("p");
  await expect(prices.resume).toBeVisible();
  await page.keyboard.press("p");
  await expect(prices.pause).toBeVisible();

  await page.emulateMedia({ colorScheme: "light" });
  const root = page.locator("html");
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.keyboard.press("t");
  await expect(root).toHaveAttribute("data-theme", "light");
  const light = await background();
  await page.keyboard.press("t");
  await expect(root).toHaveAttribute("data-theme", "dark");
  await expect.poll(background, { message: "the background of the dark theme" }).not.toBe(light);
  await page.keyboard.press("t");
  await expect(root).toHaveAttribute("data-theme", "system");
  await expect.poll(background, { message: "the background, as the system wishes" }).toBe(light);

  await page.keyboard.press("?");
  await expect(prices.keys).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(prices.keys).toBeHidden();
});

test("a chosen theme outlives a reload", async ({ prices, page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await prices.goto();
  await page.keyboard.press("t");
  await page.keyboard.press("t");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await prices.alive();
});

test("a tiny price is readable, and spoken in full", async ({ prices }) => {
  await prices.goto();
  await expect(prices.price("shiba-inu").locator("sub"), "the number of zeros").toHaveText("4");
  await expect(prices.price("shiba-inu")).toHaveAttribute("title", /^\$0\.0000\d+$/);
  await expect(prices.row("shiba-inu").getByRole("cell", { name: /\$0\.0000\d+/ })).toBeVisible();
});
