// `/mgmt`: the admin. Plain pages and forms, with or without JavaScript.

import { expect, type Locator, type Page } from "@playwright/test";

import type { Stage } from "../stage.ts";

export const OWNER = { name: "olga", password: "walnut ferry quartz lamp" };

export class AdminPage {
  readonly page: Page;
  readonly heading: Locator;
  readonly said: Locator;
  readonly main: Locator;
  /** The navigation that is seen: beside the page, or in the open menu. */
  readonly navigation: Locator;
  /** The side column of a list. */
  readonly side: Locator;
  /** The rows of a list. */
  readonly rows: Locator;

  constructor(page: Page) {
    this.page = page;
    this.heading = page.getByRole("heading", { level: 1 });
    this.said = page.getByRole("status");
    this.main = page.getByRole("main");
    this.navigation = page.getByRole("navigation", { name: "Admin" });
    this.side = page.getByRole("region", { name: "Filters" });
    this.rows = this.main.locator("tbody tr");
  }

  /** Makes the first account on the command line and signs in with it. */
  async enter(stage: Stage): Promise<void> {
    await stage.command(["createsuperuser", "--username", OWNER.name], { PARALLAX_PASSWORD: OWNER.password });
    await this.signIn(OWNER.name, OWNER.password);
    await expect(this.heading).toHaveText("Overview");
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.page.goto("/mgmt");
    await this.page.getByLabel("Username").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }

  /** Opens a section of the navigation, which is a menu on a narrow screen. */
  async open(section: string): Promise<void> {
    const menu = this.page.getByText("Menu", { exact: true });
    if (await menu.isVisible()) await menu.click();
    await this.navigation.getByRole("link", { name: section, exact: true }).click();
    await expect(this.heading).toHaveText(section);
  }

  /** Follows a link to a question, and answers it with the button of the same name. */
  async confirm(action: string): Promise<void> {
    const before = this.page.url();
    await this.main.getByRole("link", { name: action, exact: true }).click();
    // A list has a button of this name too, for ticked rows.
    await expect(this.page).not.toHaveURL(before);
    await this.main.getByRole("button", { name: action, exact: true }).click();
  }

  /** Publishes a price of a token by hand for a day, and answers the question that a price far off asks. */
  async setPrice(token: string, price: string, reason: string): Promise<void> {
    await this.open("Prices set by hand");
    await this.main.getByRole("link", { name: "Set a price", exact: true }).click();
    await this.page.getByLabel("Token").fill(token);
    await this.page.getByRole("button", { name: "Next" }).click();
    await this.page.getByLabel("Price in US dollars").fill(price);
    await this.page.getByLabel("Reason").fill(reason);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, "2026-11-25T12:00".length);
    await this.page.getByLabel("Until (UTC)").fill(tomorrow);
    await this.page.getByRole("button", { name: "Set price" }).click();
    await expect(this.heading).toHaveText("Is this price meant?");
    await this.page.getByRole("button", { name: "Set this price" }).click();
    await expect(this.said).toContainText(`is published at ${price} USD`);
  }

  async expectNoSidewaysScroll(): Promise<void> {
    const [wide, seen] = await this.page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    expect(wide, "nothing scrolls sideways").toBeLessThanOrEqual(seen);
  }
}
