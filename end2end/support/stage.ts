// What a test plays on: a simulated market, a database of its own and a server on a port of its own.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { Market } from "./market.ts";
import { plainEnvironment, Program } from "./program.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SERVER = process.env.PARALLAX_BIN ?? join(ROOT, "target/release/parallax");
const SIMULATOR = process.env.PARALLAX_SIM_BIN ?? join(ROOT, "target/release/parallax-sim");
const SITE = process.env.PARALLAX_SITE ?? join(ROOT, "target/site");

/** From the start of the process until its port answers. */
const ANSWERS_WITHIN_MS = 20_000;

/** From there until an exchange delivers, a price is live and the database takes writes. */
const READY_WITHIN_MS = 30_000;

/** A port that was free a moment ago. The server keeps it over a restart, so it cannot be left to chance. */
async function freePort(): Promise<number> {
  const socket = createServer();
  await new Promise<void>((listening) => socket.listen(0, "127.0.0.1", listening));
  const address = socket.address();
  await new Promise((closed) => socket.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port to be had on 127.0.0.1");
  return address.port;
}

/** The server's configuration as its environment has it: `PARALLAX_PRICING__MIN_SOURCES` and the like. */
export type Settings = Record<string, string>;

export class Stage {
  readonly url: string;
  readonly market: Market;
  private readonly folder: string;
  private readonly settings: Settings;
  private server: Program | undefined;

  private constructor(folder: string, market: Market, port: number, settings: Settings) {
    this.folder = folder;
    this.market = market;
    this.url = `http://127.0.0.1:${port}`;
    this.settings = {
      PARALLAX_LISTEN: `127.0.0.1:${port}`,
      PARALLAX_SITE_ROOT: SITE,
      PARALLAX_STORE__URL: `sqlite:${join(folder, "parallax.db")}`,
      // So that a restart shows what was on the page a moment ago.
      PARALLAX_STORE__PRICE_EVERY_S: "1",
      PARALLAX_STORE__FLUSH_EVERY_MS: "200",
      ...settings,
    };
  }

  /** Everything running, and prices on the board. */
  static async open(settings: Settings = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "parallax-end2end-"));
    const market = await Market.start(SIMULATOR, folder);
    const stage = new Stage(folder, market, await freePort(), settings);
    try {
      await stage.startServer();
      await stage.untilReady();
    } catch (error) {
      // Why it did not open matters more than how it closed.
      await stage.close().catch(() => undefined);
      throw error;
    }
    return stage;
  }

  /** Starts the server on the same port and the same database as before, and waits until it answers. */
  async startServer(): Promise<void> {
    const server = new Program("server", SERVER, ["--config", this.market.configFile], this.settings);
    this.server = server;
    await server.until("answering", () => this.answers("/healthz"), ANSWERS_WITHIN_MS);
  }

  /** Runs a command of the program beside the server, on the same database, and gives what it printed. */
  async command(args: string[], secrets: Settings = {}): Promise<string> {
    const env = { ...plainEnvironment(), ...this.settings, ...secrets };
    const { stdout } = await promisify(execFile)(SERVER, ["--config", this.market.configFile, ...args], { env });
    return stdout;
  }

  /** Opens the API's stream with a key: what came so far, and whether it has ended. */
  async stream(key: string): Promise<{ status: number; text: string; hasEnded: boolean }> {
    const response = await fetch(`${this.url}/api/v1/stream?tokens=bitcoin`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const state = { status: response.status, text: "", hasEnded: false };
    const reading = async () => {
      const decoder = new TextDecoder();
      for await (const bytes of response.body ?? []) state.text += decoder.decode(bytes, { stream: true });
    };
    // However it ends, it has ended.
    reading()
      .catch(() => undefined)
      .finally(() => {
        state.hasEnded = true;
      });
    return state;
  }

  async untilReady(): Promise<void> {
    await this.server?.until("ready", () => this.answers("/readyz"), READY_WITHIN_MS);
  }

  async stopServer(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    await server?.stop();
  }

  async close(): Promise<void> {
    const ends = await Promise.allSettled([this.stopServer(), this.market.stop()]);
    await rm(this.folder, { recursive: true, force: true });
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  private async answers(path: string): Promise<boolean> {
    try {
      return (await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }
}
