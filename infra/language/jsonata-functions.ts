import { createHash } from "node:crypto";
import jsonata from "jsonata";
import { uncarriable } from "../../sdk/base/uncarriable.ts";
import { EvaluationLimit, LONGEST_RANGE, OUT_OF_MEMORY } from "./evaluation-limits.ts";
import type { AwsFunction } from "../../sdk/graph/jsonata-builtins.ts";

/** JSONata's own functions that are not as the engine has them: they go by the run's clock and chance, or are not there. */
type Replaced = "eval" | "shuffle" | "millis" | "now";

/** The time and the chance of a run, as one evaluation sees them. */
export interface Chance {
  /** Milliseconds since the epoch, at which the evaluation began. */
  readonly now: number;
  uuid(): string;
  /** So many numbers from 0 to 1. */
  randoms(count: number): readonly number[];
}

/** What an expression finds besides JSONata's own: the functions that Step Functions adds, and the run's clock and chance. */
export function awsFunctions(chance: Chance): Readonly<Record<AwsFunction | Replaced, unknown>> {
  return {
    ...PURE,
    uuid: () => chance.uuid(),
    random: (seed?: number) => (seed === undefined ? chance.randoms(1)[0] : javaRandom(seed)),
    shuffle: (list: unknown) =>
      list === undefined ? undefined : shuffled(Array.isArray(list) ? list : [list], chance),
    millis: () => chance.now,
    now: (picture?: string, zone?: string) =>
      picture === undefined ? new Date(chance.now).toISOString() : formatTime(chance.now, picture, zone),
  };
}

/** Fisher and Yates's. */
function shuffled(list: readonly unknown[], chance: Chance): unknown[] {
  const result = [...list];
  const randoms = chance.randoms(Math.max(0, result.length - 1));
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = Math.floor((randoms[result.length - 1 - last] ?? 0) * (last + 1));
    [result[last], result[chosen]] = [result[chosen], result[last]];
  }
  return result;
}

const TIME = jsonata("$fromMillis(milliseconds, picture, zone)");

function formatTime(milliseconds: number, picture: string, zone: string | undefined): Promise<unknown> {
  return TIME.evaluate({ milliseconds, picture, zone });
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

const PURE = {
  // Taken out of the language: to call it is to call no function.
  eval: undefined,
  partition(list: unknown, size: unknown): unknown[][] | undefined {
    if (list === undefined) return undefined;
    if (typeof size !== "number" || size < 1) throw new Error("$partition: the chunk size must be a positive number");
    const items = Array.isArray(list) ? list : [list];
    const step = Math.floor(size);
    return Array.from({ length: Math.ceil(items.length / step) }, (_, chunk) =>
      items.slice(chunk * step, (chunk + 1) * step),
    );
  },
  /**
   * As `[first..last]`, a sequence: one number stands for itself. As seen on AWS, numbers are cut to whole ones, and a
   * range that has none, or no step, is nothing. @throws {EvaluationLimit} for more numbers than AWS makes
   */
  range(first: unknown, last: unknown, step?: unknown): number | number[] | undefined {
    if (first === undefined) return undefined;
    if (typeof first !== "number" || typeof last !== "number" || !["number", "undefined"].includes(typeof step)) {
      throw new Error("$range: first, last and step must be numbers");
    }
    const [from, to, by] = [Math.trunc(first), Math.trunc(last), Math.trunc(Number(step ?? 0))];
    if (by === 0) return undefined;
    const count = Math.floor((to - from) / by) + 1;
    if (count < 1) return undefined;
    if (count > LONGEST_RANGE) throw new EvaluationLimit(OUT_OF_MEMORY);
    return count === 1 ? from : Array.from({ length: count }, (_, index) => from + index * by);
  },
  hash(text: unknown, algorithm: unknown): string | undefined {
    if (text === undefined) return undefined;
    const name = ALGORITHMS[String(algorithm)];
    if (name === undefined) {
      throw new Error(`$hash: unknown algorithm ${String(algorithm)}; known are ${Object.keys(ALGORITHMS).join(", ")}`);
    }
    return createHash(name)
      .update(typeof text === "string" ? text : JSON.stringify(text))
      .digest("hex");
  },
  parse(text: unknown): unknown {
    if (text === undefined) return undefined;
    if (typeof text !== "string") throw new Error("$parse: the argument must be a string");
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Error(`$parse: not a JSON text: ${text.slice(0, 100)}`);
    }
    const fault = uncarriable(value);
    if (fault !== undefined) throw new Error(`$parse: ${fault}`);
    return value;
  },
};

/** The first double of java.util.Random for a seed, which is what AWS evaluates `$random(seed)` with. */
export function javaRandom(seed: number): number {
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & mask;
  function bits(count: bigint): bigint {
    state = (state * 0x5deece66dn + 0xbn) & mask;
    return state >> (48n - count);
  }
  return Number((bits(26n) << 27n) + bits(27n)) / 2 ** 53;
}
