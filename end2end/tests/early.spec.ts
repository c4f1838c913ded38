// A reader may be quicker than the page: a link followed while the page is still coming alive works.

import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

/** Makes the browser slow, so that there is a while between the page's HTML and its coming alive. */
async function slowDown(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 6 });
}

const LINKS = [
  ["/", "a row of the table", /Bitcoin BTC/, "/tokens/bitcoin"],
  ["/tokens/bitcoin", "the way back", "All prices", "/"],
  ["/markets", "an exchange's markets", /^Kraken$/, "/markets?exchange=kraken"],
  ["/status", "all markets", "All markets", "/markets"],
] as const;

for (const [path, what, name, target] of LINKS) {
  test(`${what} can be opened before ${path} is alive`, async ({ page }) => {
    await slowDown(page);
    await page.goto(path, { waitUntil: "domcontentloaded" });
    await page.getByRole("link", { name }).first().click();
    await expect(page).toHaveURL(target);
    await expect(page.locator("[data-hydrated]")).toHaveCount(1);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  });
}
