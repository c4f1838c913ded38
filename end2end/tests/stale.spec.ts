// Never silently stale: when nothing confirms a price any longer, the page says so.

import { expectAccessibleInBothThemes, FEW_ROWS } from "../support/accessibility.ts";
import { FOR_GOOD_MS, type Venue } from "../support/market.ts";
import { PRICE } from "../support/pages/figures.ts";
import { disruptiveTest as test, expect } from "../support/test.ts";

// The thresholds of the method, shortened: the rules are the same, the wait is not.
test.use({
  settings: {
    PARALLAX_PRICING__MAX_QUOTE_AGE_MS: "5000",
    PARALLAX_PRICING__MAX_RATE_AGE_MS: "8000",
    PARALLAX_PRICING__AGING_LIMIT_MS: "12000",
  },
});

const VENUES: Venue[] = ["binance", "coinbase", "kraken"];

test("a stopped server is noticed, said, and forgiven when it is back", async ({ stage, prices, guard, page }) => {
  guard.provokes(/net::ERR_/);
  await prices.open(`/?${FEW_ROWS}`);
  await prices.mark();
  await prices.expectPriceToMove("bitcoin");
  await stage.stopServer();
  await expect(prices.notice).toContainText(/interrupted/i, { timeout: 20_000 });
  await expect(prices.price("bitcoin"), "the last price stays").toHaveText(PRICE);
  await expectAccessibleInBothThemes(page, "a page that is cut off");
  await stage.startServer();
  await stage.untilReady();
  await expect(prices.notice).toBeHidden({ timeout: 20_000 });
  await prices.expectPriceToMove("bitcoin");
  await prices.expectNeverReloaded();
});

test("prices age and go stale when every exchange falls silent", async ({ stage, prices, page }) => {
  await prices.open(`/?${FEW_ROWS}`);
  await expect(prices.status("bitcoin")).toHaveAttribute("data-status", "live");
  for (const venue of VENUES) await stage.market.misbehave(venue, "silence", FOR_GOOD_MS);
  await expect(prices.status("bitcoin")).toHaveAttribute("data-status", "aging", { timeout: 20_000 });
  await expect(prices.status("bitcoin")).toContainText("aging");
  await expect(prices.price("bitcoin"), "the number stays").toHaveText(PRICE);
  await expect(prices.status("bitcoin")).toHaveAttribute("data-status", "stale", { timeout: 20_000 });
  await expect(prices.status("bitcoin")).toContainText("stale");
  await expect(prices.price("bitcoin")).toHaveText(PRICE);
  await expectAccessibleInBothThemes(page, "stale prices");
});

test("one silent exchange is left out, and the price lives on", async ({ stage, token }) => {
  await token.goto("bitcoin");
  await stage.market.misbehave("kraken", "silence", FOR_GOOD_MS);
  const kraken = token.leftOut("kraken", "BTC/USD");
  await expect(kraken).toHaveAttribute("data-rule", "stale", { timeout: 20_000 });
  await expect(token.cell(kraken, "Status").locator("[data-part=allowed]")).toContainText("5 s");
  await token.expectPriceToMove();
});
