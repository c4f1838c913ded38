// Fails a test when the page complains: every error on the browser's console and every uncaught exception,
// unless the test announced it because it is what the test provokes.

import type { BrowserContext, ConsoleMessage } from "@playwright/test";
import { expect } from "@playwright/test";

export class ConsoleGuard {
  private readonly complaints: string[] = [];
  private readonly provoked: RegExp[] = [];

  watch(context: BrowserContext): void {
    context.on("console", (message: ConsoleMessage) => {
      if (message.type() === "error") this.complaints.push(`${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.complaints.push(`uncaught: ${error.error().message}`));
  }

  /** Announces an error that the test provokes. Only matching errors are forgiven. */
  provokes(pattern: RegExp): void {
    this.provoked.push(pattern);
  }

  verify(): void {
    const unexpected = this.complaints.filter((text) => !this.provoked.some((pattern) => pattern.test(text)));
    expect(unexpected, "errors on the browser's console").toEqual([]);
  }
}
