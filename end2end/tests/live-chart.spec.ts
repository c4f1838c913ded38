// The live chart: takes over without moving anything, follows prices, loads what is older and what was missed,
// and is read with the keyboard. When it cannot, the picture stays.

import type { Page, Request } from "@playwright/test";

import { disruptiveTest, expect, test } from "../support/test.ts";

test.beforeEach(({ token }) => token.historyHeld());

/** The pieces of the chart that were asked for after the first. */
function pieces(page: Page): URL[] {
  const asked: URL[] = [];
  page.on("request", (request: Request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith("/charts/") && url.searchParams.has("from")) asked.push(url);
  });
  return asked;
}

for (const width of [1440, 390]) {
  test(`nothing moves when the live chart takes over, ${width} px wide`, async ({ token, page }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.addInitScript(() => {
      const shifts: { value: number; hadRecentInput: boolean }[] = [];
      Object.assign(window, { shifts });
      const observer = new PerformanceObserver((list) => shifts.push(...(list.getEntries() as never[])));
      observer.observe({ type: "layout-shift", buffered: true });
    });
    await page.goto("/tokens/bitcoin");
    const box = token.main.locator(".chart-box");
    await box.scrollIntoViewIfNeeded();
    const before = await box.boundingBox();
    await token.chartAlive();
    await expect(token.picture).toHaveCount(0);
    expect(await box.boundingBox()).toEqual(before);
    await token.expectPriceToMove();
    const moved = await page.evaluate(() =>
      (window as unknown as { shifts: { value: number; hadRecentInput: boolean }[] }).shifts
        .filter(({ hadRecentInput }) => !hadRecentInput)
        .reduce((sum, { value }) => sum + value, 0),
    );
    expect(moved, "cumulative layout shift").toBeLessThan(0.02);
  });
}

test("the running bar follows the price", async ({ token }) => {
  await token.goto("bitcoin?range=1h&kind=line");
  await token.chartAlive();
  // Read by the keyboard, so that what is compared is what a reader gets.
  await token.chart.focus();
  const readout = token.main.locator(".chart-readout dd").nth(3);
  const close = async () => {
    await token.page.keyboard.press("End");
    return readout.innerText();
  };
  const before = await close();
  await expect.poll(close).not.toBe(before);
});

test("the crosshair is moved with the keyboard and reads out a bar", async ({ token, page }) => {
  await token.goto("bitcoin");
  await token.chartAlive();
  await token.chart.focus();
  await page.keyboard.press("ArrowLeft");
  const readout = token.main.locator(".chart-readout");
  await expect(readout.locator("dt")).toContainText(["Open", "High", "Low", "Close", "Volume", "Sources", "Kind"]);
  const title = () => readout.locator("p").innerText();
  const newest = await title();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(title).not.toBe(newest);
  await expect(token.chart.getByRole("status")).toContainText("Close");
  await page.keyboard.press("End");
  await expect.poll(title).toBe(newest);
  await page.keyboard.press("Home");
  const whole = await token.shown();
  await page.keyboard.press("+");
  await expect.poll(async () => (await token.shown()).until - (await token.shown()).from).toBeLessThan(whole.until - whole.from);
  await page.keyboard.press("0");
  await expect.poll(() => token.shown()).toEqual(whole);
  await page.keyboard.press("Escape");
  await expect(readout).toBeHidden();
});

test("zooming out loads what is older, until there is no more", async ({ token, page }) => {
  const asked = pieces(page);
  // A server that has just started has no past yet.
  await expect
    .poll(async () => {
      const chart = await (await page.request.get("/charts/bitcoin.json?range=1h&interval=1m")).json();
      return Date.parse(chart.first_held) < Date.parse(chart.from) - 3_600_000;
    })
    .toBe(true);
  await token.goto("bitcoin?range=1h&interval=1m");
  await token.chartAlive();
  const before = await token.shown();
  const bars = () => token.chart.evaluate(({ dataset }) => Number(dataset.bars));
  const first = await bars();
  await token.main.getByRole("button", { name: "Zoom out" }).click();
  await token.main.getByRole("button", { name: "Zoom out" }).click();
  await expect.poll(async () => (await token.shown()).from).toBeLessThan(before.from);
  // One more is a minute that has opened meanwhile.
  await expect.poll(bars).toBeGreaterThan(first + 1);
  // A minute that closes meanwhile is asked for too, up to now; what is older ends where the chart began.
  const older = asked.filter(({ searchParams }) => searchParams.has("until"));
  expect(older.map(({ searchParams }) => Date.parse(searchParams.get("until") ?? "")), "only what is missing")
    .toContain(before.from);
  // The way back leads to the range that was asked for, not to all that was loaded since.
  await token.main.getByRole("button", { name: "Show the whole range" }).click();
  await expect.poll(async () => (await token.shown()).from).toBeGreaterThanOrEqual(before.from);
});

test("dragging moves the view, and the wheel scrolls the page", async ({ token, page }) => {
  await token.goto("bitcoin?range=24h");
  await token.chartAlive();
  await page.getByRole("button", { name: "Zoom in" }).click();
  const before = await token.shown();
  const box = await token.chart.boundingBox();
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + 100];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 150, y, { steps: 5 });
  await page.mouse.up();
  await expect.poll(async () => (await token.shown()).from).toBeLessThan(before.from);
  await page.mouse.wheel(0, 300);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(0);
});

test("times are UTC until the reader wants their own, and that is remembered", async ({ token, page }) => {
  await token.goto("bitcoin");
  await token.chartAlive();
  await token.chart.focus();
  await page.keyboard.press("ArrowLeft");
  const title = token.main.locator(".chart-readout p");
  await expect(title).toHaveText(/UTC$/);
  const zone = token.main.locator('[data-chart-do="zone"]');
  await zone.click();
  await expect(zone).toHaveAttribute("aria-pressed", "true");
  await token.chart.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(title).not.toHaveText(/UTC$/);
  await page.reload();
  await expect(zone).toHaveAttribute("aria-pressed", "true");
});

test("the chart fills the screen and comes back", async ({ token, page }) => {
  await token.goto("bitcoin");
  await token.chartAlive();
  const button = token.main.getByRole("button", { name: "Full screen" });
  await button.click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.id)).toBe("chart");
  await button.click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBeNull();
});

test("the live chart wears the page's colours", async ({ token, page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await token.goto("bitcoin");
  await token.chartAlive();
  const drawn = () => token.chart.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  await token.pause.click();
  const light = await drawn();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(drawn).not.toBe(light);
});

test("another choice on a live page is another live chart", async ({ token, page }) => {
  await token.goto("bitcoin");
  await token.chartAlive();
  await token.mark();
  await token.control("Range", "30d").click();
  await expect(page).toHaveURL(/range=30d/);
  await expect(token.chart).toHaveAttribute("src", /range=30d/);
  await token.chartAlive();
  await token.expectNeverReloaded();
});

test("when the script cannot be had the picture stays", async ({ token, page, guard }) => {
  guard.provokes(/Failed to load resource/);
  await page.route("**/chart/live.js*", (route) => route.abort());
  await token.goto("bitcoin");
  await token.expectPriceToMove();
  await expect(token.picture).toBeVisible();
  await expect(token.main.getByRole("button", { name: "Zoom in" })).toBeHidden();
});

test("when the data cannot be had the picture stays", async ({ token, page, guard }) => {
  guard.provokes(/Failed to load resource/);
  await page.route("**/charts/*.json*", (route) => route.fulfill({ status: 503 }));
  await token.goto("bitcoin");
  await expect(token.chart).toHaveAttribute("data-state", "failed");
  await expect(token.picture).toBeVisible();
});

disruptiveTest("after an interruption only what is missing is loaded", async ({ stage, token, page, guard }) => {
  guard.provokes(/Failed to load resource|ERR_/);
  await token.historyHeld();
  await token.goto("bitcoin?range=1h");
  await token.chartAlive();
  const asked = pieces(page);
  await stage.stopServer();
  await expect(token.notice).toContainText("interrupted", { timeout: 30_000 });
  await stage.startServer();
  await expect(token.notice).toHaveCount(0, { timeout: 30_000 });
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  const from = Date.parse(asked.at(-1)?.searchParams.get("from") ?? "");
  const { until } = await token.shown();
  expect(until - from, "milliseconds asked for again").toBeLessThan(10 * 60_000);
  await token.expectPriceToMove();
});
