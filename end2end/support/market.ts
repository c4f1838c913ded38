// The simulated exchanges: started with a seed, told through their control interface to misbehave.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Program } from "./program.ts";

export type Venue = "binance" | "coinbase" | "kraken" | "thegraph";

export type FaultKind =
  | "disconnect"
  | "stall"
  | "silence"
  | "malformed"
  | "price_1000x"
  | "crossed"
  | "duplicate"
  | "out_of_order"
  | "refuse"
  | "planned_disconnect"
  | "halted";

/** Longer than any test: the fault lasts until the market is stopped. */
export const FOR_GOOD_MS = 600_000;

const STARTS_WITHIN_MS = 10_000;

export class Market {
  /** The server's configuration that points its adapters at this market. */
  readonly configFile: string;
  private readonly program: Program;
  private readonly control: string;
  private stopped = false;

  private constructor(program: Program, configFile: string, control: string) {
    this.program = program;
    this.configFile = configFile;
    this.control = control;
  }

  static async start(binary: string, folder: string): Promise<Market> {
    const configFile = join(folder, "market.toml");
    const program = new Program("simulator", binary, [
      "serve",
      "--exit-with-stdin",
      "--listen",
      "127.0.0.1:0",
      "--seed",
      "7",
      "--config-out",
      configFile,
    ]);
    let control = "";
    const listening = async (): Promise<boolean> => {
      const config = await readFile(configFile, "utf8").catch(() => "");
      const address = /127\.0\.0\.1:\d+/.exec(config)?.[0];
      if (address === undefined) return false;
      control = `http://${address}/control`;
      return true;
    };
    try {
      await program.until("listening", listening, STARTS_WITHIN_MS);
    } catch (error) {
      await program.stop().catch(() => undefined);
      throw error;
    }
    return new Market(program, configFile, control);
  }

  /** Makes an exchange, or one of its markets by the exchange's own name, misbehave from now on. */
  async misbehave(venue: Venue, kind: FaultKind, durationMs: number, market?: string): Promise<void> {
    const answer = await fetch(`${this.control}/fault`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ venue, kind, duration_ms: durationMs, market }),
    });
    if (!answer.ok) throw new Error(`the simulator refused ${kind} on ${venue}: ${answer.status} ${await answer.text()}`);
  }

  /** Ends all exchanges. Once is enough: a second time does nothing. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    await this.program.stop();
  }
}
