// One child process: started with its output kept, stopped for certain.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** Lines of output kept for the message of a failure. */
const KEPT_LINES = 60;

/** The promise of the program: a signal stops it within 5 seconds. One more for a busy machine. */
const STOPS_WITHIN_MS = 6_000;

/**
 * Our environment without what would configure the program: a developer's database is not for tests, and
 * our own variables are no keys of the server.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name !== "DATABASE_URL" && !/^(PARALLAX|LEPTOS|RUST)_/.test(name)),
  );
}

export class Program {
  readonly name: string;
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private readonly ended: Promise<void>;
  private readonly killWithUs: () => void;

  constructor(name: string, binary: string, args: string[], env: Record<string, string> = {}) {
    if (!existsSync(binary)) throw new Error(`${name}: ${binary} does not exist; build it first (make build)`);
    this.name = name;
    this.child = spawn(binary, args, {
      env: { ...plainEnvironment(), ...env },
      // The pipe to its standard input closes when we end, however we end: the simulator ends with it.
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.lines.push(...text.split("\n").filter((line) => line !== ""));
        this.lines.splice(0, this.lines.length - KEPT_LINES);
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.once("exit", () => resolve());
      this.child.once("error", (error) => {
        this.lines.push(String(error));
        resolve();
      });
    });
    this.killWithUs = () => this.child.kill("SIGKILL");
    process.once("exit", this.killWithUs);
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it printed last, for a message. */
  get output(): string {
    return this.lines.join("\n");
  }

  /** Waits until `ready` says so; fails when the process ends first or the time is over. */
  async until(what: string, ready: () => Promise<boolean>, withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!(await ready())) {
      if (!this.running) throw new Error(`${this.name} ended before ${what}:\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`${this.name}: not ${what} within ${withinMs} ms:\n${this.output}`);
      await pause(50);
    }
  }

  /** Asks it to stop, as a service manager would, and insists that it was there until now and stops in time. */
  async stop(): Promise<void> {
    process.removeListener("exit", this.killWithUs);
    if (!this.running) {
      const how = this.child.signalCode ?? `code ${this.child.exitCode}`;
      throw new Error(`${this.name} had ended by itself (${how}):\n${this.output}`);
    }
    this.child.kill("SIGTERM");
    const late = Symbol("late");
    const outcome = await Promise.race([this.ended, pause(STOPS_WITHIN_MS, late, { ref: false })]);
    if (outcome !== late) return;
    this.child.kill("SIGKILL");
    await this.ended;
    throw new Error(`${this.name} did not stop within ${STOPS_WITHIN_MS} ms of SIGTERM:\n${this.output}`);
  }
}
