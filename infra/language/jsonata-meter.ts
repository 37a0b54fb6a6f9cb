import type { Meter } from "./jsonata-engine.ts";
import type { Node } from "./jsonata-node.ts";
import { builtInCost, growthOf } from "./jsonata-costs.ts";
import { EvaluationLimit, LONGEST_LIST, LONGEST_TEXT, OUT_OF_MEMORY, TooMuchHere } from "./evaluation-limits.ts";
import { isTurnOver } from "./sharing.ts";
import { ValueCount } from "./value-count.ts";
import { sizeOf, widthOf } from "./value-size.ts";

// A unit is about 10 ns: what an evaluation may take in this process is some 10 ms and 16 MB, in all.
const UNITS_HERE = 1_000_000;
const UNITS_OF_NODE = 100;

// Nodes of the tree between two looks at the time.
const NODES_BETWEEN_LOOKS = 64;

/** Nodes that make values; others show what is there. */
const MAKING = new Set(["unary", "binary", "function", "apply", "block", "path"]);

/**
 * For this process: lets other executions run after each slice of time.
 * @throws {TooMuchHere} when an evaluation has taken what it may
 */
export class MeterHere implements Meter {
  readonly time: Date;
  readonly #giveWay: () => Promise<void>;
  #left = UNITS_HERE;
  #nodes = 0;

  /** @param now Milliseconds since the epoch. */
  constructor(now: number, giveWay: () => Promise<void>) {
    this.time = new Date(now);
    this.#giveWay = giveWay;
  }

  enter(): Promise<void> | undefined {
    this.#charge(UNITS_OF_NODE);
    if (++this.#nodes % NODES_BETWEEN_LOOKS !== 0) return undefined;
    return isTurnOver() ? this.#giveWay() : undefined;
  }

  leave(node: Node, result: unknown): void {
    // The numbers of a range are told before it is made.
    if (typeof result === "number" && Math.abs(result) > UNITS_HERE / UNITS_OF_NODE && node.isRangeEnd === true)
      throw new TooMuchHere();
    if (!MAKING.has(node.type)) return;
    this.#charge(node.type === "path" ? widthOf(result) : sizeOf(result, this.#left));
  }

  call(name: string, args: readonly unknown[]): void {
    this.#charge(builtInCost(name, args, this.#left));
  }

  end(): void {
    this.#left = -1;
  }

  #charge(units: number): void {
    this.#left -= units;
    if (!(this.#left >= 0)) throw new TooMuchHere();
  }
}

/** For a process of its own: each value as large as AWS allows. @throws {EvaluationLimit} for a larger one */
export class MeterApart implements Meter {
  readonly time: Date;
  readonly #values = new ValueCount();
  #hasEnded = false;

  /** @param now Milliseconds since the epoch. */
  constructor(now: number) {
    this.time = new Date(now);
  }

  enter(): undefined {
    if (this.#hasEnded) throw new TooMuchHere();
  }

  end(): void {
    this.#hasEnded = true;
  }

  leave(_node: Node, result: unknown): void {
    const isTooLarge =
      typeof result === "string" ? result.length > LONGEST_TEXT : this.#values.exceeds(result, LONGEST_LIST);
    if (isTooLarge) throw new EvaluationLimit(OUT_OF_MEMORY);
  }

  call(name: string, args: readonly unknown[]): void {
    if (growthOf(name, args) > LONGEST_TEXT) throw new EvaluationLimit(OUT_OF_MEMORY);
  }
}
