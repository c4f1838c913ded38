// `/compare`: several tokens' changes in one picture.

import type { Locator, Page } from "@playwright/test";

import { Frame } from "./frame.ts";

export class ComparePage extends Frame {
  readonly rows: Locator;
  /** The form's list of tokens. */
  readonly add: Locator;
  /** The picture: the server's, and over it the live one. */
  readonly picture: Locator;
  /** What was asked for and left out. */
  readonly refused: Locator;
  readonly ranges: Locator;

  constructor(page: Page) {
    super(page);
    this.rows = this.main.locator('[data-group="compared"] tr[data-token]');
    this.add = this.main.getByRole("combobox", { name: "Add a token" });
    this.picture = this.main.locator(".chart-box");
    this.refused = this.main.locator('[data-group="refused"]');
    this.ranges = this.main.getByRole("navigation", { name: "Range" });
  }

  async goto(ids: string[], query = ""): Promise<void> {
    await this.open(`/compare?ids=${ids.join(",")}${query}`);
  }

  /** The tokens in the order of the legend. */
  async order(): Promise<string[]> {
    return this.rows.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-token") ?? ""));
  }

  row(token: string): Locator {
    return this.main.locator(`[data-group="compared"] tr[data-token="${token}"]`);
  }

  remove(token: string): Locator {
    return this.row(token).getByRole("link", { name: /^Remove / });
  }
}
