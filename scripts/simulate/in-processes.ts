import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type FamilyFailure, type Sample, type Share, simulateFamily } from "./simulate-family.ts";
import type { Counted } from "./totals.ts";

/** A workflow that ends otherwise under faults, as it crosses between processes. */
export interface Failing {
  readonly sample: Sample;
  readonly message: string;
  /** Plans that were run until then. */
  readonly plans: number;
}

/** What a process that simulates a share tells the one that has started it. */
type Message = { readonly report: Counted } | { readonly failing: Failing };

export function failingOf({ sample, error, plans }: FamilyFailure): Failing {
  return { sample, message: error.message, plans };
}

/**
 * Simulate workflows in several processes.
 * @param program takes `--plans`, `--seed` and `--share`
 * @returns the first that fails; undefined if none does
 * @throws {Error} if a process ends before its share is done
 */
export async function simulateInProcesses(
  program: string,
  options: { readonly plans: number; readonly seed: number; readonly processes: number },
  onReport: (report: Counted) => void,
): Promise<Failing | undefined> {
  const { plans, seed, processes: of } = options;
  let failing: Failing | undefined;
  const children = Array.from({ length: of }, (_, index): ChildProcess => {
    const share: Share = { index, of };
    const args = ["--plans", String(plans), "--seed", String(seed), "--share", JSON.stringify(share)];
    const child = fork(program, args);
    child.on("message", (message: Message) => {
      if ("report" in message) onReport(message.report);
      else failing ??= message.failing;
    });
    return child;
  });
  const codes = await Promise.all(
    children.map(async (child) => {
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) for (const other of children) other.kill();
      return code;
    }),
  );
  if (failing === undefined && codes.some((code) => code !== 0))
    throw new Error("a process of the simulation has ended before its share was done");
  return failing;
}

/** What such a process does. Ends with 1 if a workflow fails. */
export async function simulateShare(plans: number, seed: number, share: Share): Promise<void> {
  const found = await simulateFamily(
    plans,
    seed,
    ({ plans: run, failed, replicas, seconds, struck }) =>
      send({ report: { plans: run, failed, replicas, seconds, struck } }),
    share,
  );
  if (found !== undefined) {
    send({ failing: failingOf(found) });
    process.exitCode = 1;
  }
  process.disconnect();
}

function send(message: Message): void {
  process.send?.(message);
}
