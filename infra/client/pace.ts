import { setTimeout as sleep } from "node:timers/promises";

/**
 * Milliseconds between two DescribeExecution requests of one client to AWS, which answers 15 in a second in most regions,
 * and 10 in some, to all who ask in an account: with 5 a client leaves room for others.
 */
const BETWEEN = 200;

/** Sees to it that a client with very many executions to wait for asks no more often than AWS answers. */
export class Pace {
  #next = 0;

  /** Wait for one's turn; they are given in the order in which they are asked for. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + BETWEEN;
    if (at > now) await sleep(at - now, undefined, { signal }).catch(() => undefined);
  }
}
