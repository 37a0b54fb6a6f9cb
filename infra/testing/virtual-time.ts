import { setImmediate as turn, setTimeout as realDelay } from "node:timers/promises";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Clock } from "../emulator/kernel/clock.ts";

interface Timer {
  readonly due: number;
  readonly fn: () => void;
}

/** Milliseconds since the epoch at which each run begins. */
const START = Date.UTC(2026, 0, 1);
/** Milliseconds of real time for which something outside is waited for, such as a connection of a task's. */
const PATIENCE_MS = 10_000;

/**
 * The time of a simulation, for the state machines and the replicas alike. It stands still while anything can go on, and
 * then jumps to what is due next. What goes on outside of it, such as reading a file, is waited for.
 */
export class VirtualTime implements Clock {
  #now = START;
  /** By when they are due; equal ones in the order in which they were asked for. */
  #timers: Timer[] = [];
  /** How many there were before the simulation: no reason to wait. */
  #others = connections();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, fn: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(0, milliseconds), fn };
    const later = this.#timers.findLastIndex(({ due }) => due <= timer.due) + 1;
    this.#timers.splice(later, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index !== -1) this.#timers.splice(index, 1);
    };
  }

  // Whether anything goes on it sees by itself.
  begin(): void {}
  end(): void {}

  /** Back to the beginning, with nothing to come. */
  reset(): void {
    this.#now = START;
    this.#timers = [];
  }

  /**
   * Let time pass until `work` has come to something.
   * @throws {LambentError} if it never would: nothing is left that could happen
   */
  async until<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    function settled(): void {
      isSettled = true;
    }
    work.then(settled, settled);
    for (;;) {
      await this.#quiet();
      if (isSettled) return work;
      const next = this.#timers.shift() ?? (await this.#late(() => isSettled));
      if (next === undefined) continue;
      this.#now = Math.max(this.#now, next.due);
      next.fn();
    }
  }

  /** Until nothing goes on: all that is left waits for time to pass. */
  async #quiet(): Promise<void> {
    await turn();
    for (let waited = 0; hasTurns() || hasRequests() || connections() > this.#others;) {
      if (hasTurns()) {
        await turn();
        continue;
      }
      if (waited >= PATIENCE_MS) this.#others = connections(); // a connection that nobody closes
      const began = performance.now();
      await realDelay(waited === 0 ? 0 : 1);
      waited += performance.now() - began;
    }
  }

  /**
   * What comes late, since it waits for something outside that cannot be seen.
   * @returns when something has been asked for, or undefined once `isSettled`
   */
  async #late(isSettled: () => boolean): Promise<Timer | undefined> {
    const began = performance.now();
    while (performance.now() - began < PATIENCE_MS) {
      await realDelay(5);
      if (isSettled() || this.#timers.length > 0) return this.#timers.shift();
    }
    throw new LambentError(
      "the simulation has come to a stop: a task waits for something that never comes, or for a node that nobody answers",
    );
  }
}

/** Connections and other processes, by the names that Node.js has for them. What else is there is none of a task's. */
const CONNECTION = /^(?:TCPSocketWrap|TLSWrap|ProcessWrap|UDPWrap|HTTP|Http)/;
/** Requests end by themselves. */
const REQUEST = /^FSReq|Req(?:Wrap)?$|ConnectWrap$|^Zlib/;

function connections(): number {
  return process.getActiveResourcesInfo().filter((name) => CONNECTION.test(name)).length;
}

function hasRequests(): boolean {
  return process.getActiveResourcesInfo().some((name) => REQUEST.test(name));
}

function hasTurns(): boolean {
  return process.getActiveResourcesInfo().includes("Immediate");
}
