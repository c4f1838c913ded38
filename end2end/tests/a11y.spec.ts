// WCAG 2.2 AA as far as a machine can tell, on every page, in both themes, and with the keyboard.

import { expectAccessible, FEW_ROWS } from "../support/accessibility.ts";
import { expect, test } from "../support/test.ts";

const PAGES = [
  ["the prices", `/?${FEW_ROWS}`],
  ["prices in order, in euros", `/?${FEW_ROWS}&sort=price&currency=eur`],
  ["an empty watchlist", "/?ids="],
  ["a comparison", "/compare?ids=bitcoin,ethereum"],
  ["an empty comparison", "/compare"],
  ["an explanation", "/tokens/bitcoin"],
  ["the markets", "/markets?exchange=thegraph"],
  ["the status", "/status"],
] as const;

for (const theme of ["light", "dark"] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme, reducedMotion: "reduce" });

    for (const [what, path] of PAGES) {
      test(`axe finds no serious fault on ${what}`, async ({ prices, page }) => {
        await prices.open(path);
        // Paused, so that the page that axe measures is the page that it reports.
        await prices.pause.click();
        await expect(prices.resume).toBeVisible();
        await expectAccessible(page, `${what}, ${theme}`);
      });
    }

    test("axe finds no serious fault on a page that does not exist", async ({ page, guard }) => {
      guard.provokes(/status of 404/);
      await page.goto("/tokens/no-such-token");
      await expectAccessible(page, `the 404 page, ${theme}`);
    });

    test("axe finds no serious fault on the settings", async ({ prices, page }) => {
      await prices.open(`/?${FEW_ROWS}`);
      await prices.pause.click();
      await page.locator("summary").and(page.getByLabel("Settings")).click();
      await expect(page.getByRole("group", { name: "Update rate" })).toBeVisible();
      await expectAccessible(page, `the settings, ${theme}`);
    });

    test("axe finds no serious fault on the list of keys", async ({ prices, page }) => {
      await prices.open(`/?${FEW_ROWS}`);
      await page.keyboard.press("?");
      await expect(prices.keys).toBeVisible();
      await expectAccessible(page, `the list of keys, ${theme}`);
    });
  });
}

test("the focus is always visible and never under the header", async ({ prices, page }) => {
  await prices.goto();
  await prices.pause.click();
  const header = await page.getByRole("banner").boundingBox();
  const reached = new Set<string>();
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      const { top, bottom, width, height } = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
      const name = element.getAttribute("aria-label") ?? element.textContent?.trim().slice(0, 40) ?? "";
      return { name, top, bottom, ringed, seen: width > 0 && height > 0, inHeader: element.closest("header") !== null };
    });
    if (focus === null) continue;
    reached.add(focus.name);
    expect(focus.seen, `"${focus.name}" has a place`).toBe(true);
    expect(focus.ringed, `"${focus.name}" shows that it has the focus`).toBe(true);
    if (!focus.inHeader) {
      expect(focus.bottom, `"${focus.name}" is not under the header`).toBeGreaterThan((header?.y ?? 0) + (header?.height ?? 0));
    }
  }
  expect(reached.size, "places that Tab reaches").toBeGreaterThan(15);
});

test("cells do not shout at screen readers", async ({ prices }) => {
  await prices.goto();
  await expect(prices.rows.first()).toBeVisible();
  await expect(prices.main.locator("table [aria-live]")).toHaveCount(0);
});
