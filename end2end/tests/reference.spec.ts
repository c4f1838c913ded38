// The API's description as pages: drawn from our own origin alone, under their policy, and reached from the header.

import { expect, test } from "../support/test.ts";

for (const { path, heading, shows } of [
  { path: "/docs", heading: "Parallax", shows: "/api/v1/rates" },
  { path: "/redoc", heading: "Parallax", shows: "/api/v1/rates" },
]) {
  test(`${path} shows every route and asks nobody else`, async ({ page, stage }) => {
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== stage.url) elsewhere.push(request.url());
    });
    await page.goto(path);
    await expect(page.locator("#reference").getByText(heading).first()).toBeVisible({ timeout: 20_000 });
    await expect(page.locator("#reference")).toContainText(shows, { timeout: 20_000 });
    expect(elsewhere, "requests to others").toEqual([]);
    const policy = (await page.request.get(path)).headers()["content-security-policy"];
    expect(policy).toContain("script-src 'self';");
    await expect(page.getByRole("navigation", { name: "Parallax" }).getByRole("link", { name: "Parallax" })).toBeVisible();
  });
}

test("the header leads to the API", async ({ prices, page }) => {
  await prices.goto();
  await page.getByRole("link", { name: "API", exact: true }).click();
  await expect(page).toHaveURL(/\/docs$/);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the pages say where the description is", async ({ page }) => {
    for (const path of ["/docs", "/redoc"]) {
      await page.goto(path);
      await expect(page.getByRole("link", { name: "/openapi.json" })).toBeVisible();
    }
  });
});
