// What every page has: the header with its controls, the notices, and the mark that hydration is over.

import { expect, type Locator, type Page } from "@playwright/test";

export class Frame {
  readonly page: Page;
  readonly main: Locator;
  readonly simulated: Locator;
  readonly pause: Locator;
  readonly resume: Locator;
  /** What says that the page is paused or cut off. */
  readonly notice: Locator;
  readonly keys: Locator;

  constructor(page: Page) {
    this.page = page;
    this.main = page.getByRole("main");
    this.simulated = page.getByText("Simulated market: not real prices");
    this.pause = page.getByRole("button", { name: "Pause live updates" });
    this.resume = page.getByRole("button", { name: "Resume live updates" });
    this.notice = page.getByRole("status").filter({ hasText: "Live updates" });
    this.keys = page.getByRole("dialog", { name: "Keys" });
  }

  /** Opens an address and waits until the page is alive. */
  async open(path: string): Promise<void> {
    await this.page.goto(path);
    await this.alive();
  }

  /** Hydrated: controls work and the stream is about to open. How soon is Lighthouse's matter; a busy machine takes long. */
  async alive(): Promise<void> {
    await expect(this.page.locator("[data-hydrated]")).toHaveCount(1, { timeout: 30_000 });
  }

  /** Leaves a mark that only a reload or a navigation by the browser removes. */
  async mark(): Promise<void> {
    await this.page.evaluate(() => {
      document.documentElement.dataset.sameDocument = "yes";
    });
  }

  async expectNeverReloaded(): Promise<void> {
    await expect(this.page.locator("html")).toHaveAttribute("data-same-document", "yes");
  }

  /** Nothing sticks out to the side. */
  async expectNoSidewaysScroll(): Promise<void> {
    const [content, window] = await this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return [scrollWidth, clientWidth] as const;
    });
    expect(content, "width of the content against the width of the window").toBeLessThanOrEqual(window);
  }
}
