import type { Fields } from "../asl/states.ts";
import type { States } from "../compile/history-events.ts";
import { atOnce, innerBlocks, invokedFunction } from "./run-counts.ts";

/** Calls of one function that a run has at the same time, at most. */
export interface PeakCalls {
  readonly calls: number;
  /** The state that they are within, or the only one that calls. */
  readonly state: string;
}

/** By function: how many calls of it may be under way at once in one run. */
export type Peaks = ReadonlyMap<string, PeakCalls>;

/**
 * @param iterations of a Map state, by its name
 * @param functionOf what a function is called that a text in the definition names. Default: the text
 */
export function peakCalls(
  definition: States,
  iterations: (map: string) => number,
  functionOf: (text: string) => string = (text) => text,
): Peaks {
  return together(
    Object.entries(definition.States).map(([name, state]) => statePeaks(name, state, iterations, functionOf)),
    Math.max,
  );
}

function statePeaks(
  name: string,
  state: Fields,
  iterations: (map: string) => number,
  functionOf: (text: string) => string,
): Peaks {
  const within = innerBlocks(state).map((block) => peakCalls(block, iterations, functionOf));
  switch (state["Type"]) {
    case "Task": {
      const invoked = invokedFunction(state);
      return invoked === undefined ? new Map() : new Map([[functionOf(invoked), { calls: 1, state: name }]]);
    }
    case "Map": {
      const factor = Math.min(iterations(name), atOnce(state));
      return mapped(together(within, sum), ({ calls }) => ({ calls: calls * factor, state: name }));
    }
    case "Parallel": {
      const all = together(within, sum);
      // Where one branch alone calls, the cause is within it.
      return mapped(all, (peak, invoked) =>
        within.filter((branch) => branch.has(invoked)).length > 1 ? { ...peak, state: name } : peak,
      );
    }
    default:
      return new Map();
  }
}

function sum(left: number, right: number): number {
  return left + right;
}

function together(all: readonly Peaks[], combine: (left: number, right: number) => number): Peaks {
  const combined = new Map<string, PeakCalls>();
  for (const [invoked, peak] of all.flatMap((one) => [...one])) {
    const known = combined.get(invoked) ?? { calls: 0, state: peak.state };
    const state = peak.calls > known.calls ? peak.state : known.state;
    combined.set(invoked, { calls: combine(known.calls, peak.calls), state });
  }
  return combined;
}

function mapped(peaks: Peaks, change: (peak: PeakCalls, invoked: string) => PeakCalls): Peaks {
  return new Map([...peaks].map(([invoked, peak]) => [invoked, change(peak, invoked)]));
}
