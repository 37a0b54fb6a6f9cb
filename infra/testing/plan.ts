import { LambentError } from "../../sdk/base/errors.ts";
import { Chance } from "./chance.ts";
import { canStrike, type Fault, type FaultKind, strikesOf } from "./fault.ts";

/** Where a run without faults has made calls and requests, and how many of each. */
export interface Sites {
  readonly calls: ReadonlyMap<string, number>;
  readonly requests: ReadonlyMap<string, number>;
}

/** A seed, and which of the faults that come of it happen. */
export interface Plan {
  readonly seed: number;
  readonly faults: readonly Fault[];
}

/** The one place of what strikes at a moment of the execution. */
export const EXECUTION = "execution";

/** The faults that come of a seed: of these kinds, one to `most`. */
export function planOf(seed: number, kinds: readonly FaultKind[], most: number, { calls, requests }: Sites): Plan {
  const chance = new Chance(seed);
  const places: Readonly<Record<ReturnType<typeof strikesOf>, readonly (readonly [string, number])[]>> = {
    call: [...calls],
    request: [...requests],
    time: [[EXECUTION, 1]],
  };
  function placesOf(kind: FaultKind): readonly (readonly [string, number])[] {
    return places[strikesOf(kind)].filter(([at]) => canStrike(kind, at));
  }
  const possible = kinds.filter((kind) => placesOf(kind).length > 0);
  const count = chance.between("faults", 1, most);
  const faults = Array.from({ length: count }, (_, index): Fault | undefined => {
    const kind = chance.pick(`kind ${index}`, possible);
    if (kind === undefined) return undefined;
    const [at, times] = chance.pick(`place ${index}`, placesOf(kind)) ?? [EXECUTION, 1];
    // One more than there were: what has failed once is tried again.
    const nth = strikesOf(kind) === "time" ? 1 : chance.between(`nth ${index}`, 1, times + 1);
    return { kind, at, nth, moment: chance.at(`moment ${index}`) };
  });
  return { seed, faults: faults.filter((fault) => fault !== undefined) };
}

/** `4711:0,2`: the seed, and the indices of those of its faults that are left. */
export function printPlan(seed: number, kept: readonly number[]): string {
  return `${seed}:${kept.join(",")}`;
}

/** @throws {LambentError} for what {@link printPlan} would not have written */
export function readPlan(text: string): { readonly seed: number; readonly kept: readonly number[] | undefined } {
  const [, seed, kept] = /^(\d{1,10})(?::((?:\d+(?:,\d+)*)?))?$/.exec(text) ?? [];
  if (seed === undefined) {
    throw new LambentError(
      `simulate(…): plan must be a seed, or a seed with the faults that are left, as in "4711:0,2", not ${JSON.stringify(text)}`,
    );
  }
  if (kept === undefined) return { seed: Number(seed), kept: undefined };
  return { seed: Number(seed), kept: kept === "" ? [] : kept.split(",").map(Number) };
}
