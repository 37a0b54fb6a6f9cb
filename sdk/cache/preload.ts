import type { CacheDefinition } from "./entry.ts";

/** What became of an actor's preloads. */
export interface PreloadReport {
  readonly loaded: number;
  readonly failures: readonly PreloadFailure[];
  /** Milliseconds from the first to the last, as they run at once. */
  readonly durationMs: number;
}

export interface PreloadFailure {
  readonly cache: string;
  readonly error: unknown;
}

interface Preload {
  readonly definition: CacheDefinition;
  readonly args: readonly unknown[];
  readonly load: () => unknown;
}

let waiting: Preload[] = [];

export function preloadWith(definition: CacheDefinition, args: readonly unknown[], load: () => unknown): void {
  waiting.push({ definition, args, load });
}

/**
 * Load what the caches' `preload` options list, at once, while the instance initialises. Rejects never: a failure is
 * logged, told in the next receipt of its cache, and tried again by the first call.
 * @param actor The name of the actor whose caches are meant; default: every actor's.
 */
export async function runPreloads(actor?: string): Promise<PreloadReport> {
  const start = performance.now();
  const chosen = waiting.filter(({ definition }) => actor === undefined || definition.counters.actor === actor);
  waiting = waiting.filter((preload) => !chosen.includes(preload));
  const failures: PreloadFailure[] = [];
  await Promise.all(
    chosen.map(async ({ definition, args, load }) => {
      try {
        await load();
      } catch (error) {
        const { counters, tell } = definition;
        await tell((notices) => notices.preloadFailed(args, error));
        counters.preloadFailures = [...counters.preloadFailures, textOf(error)];
        failures.push({ cache: counters.cache, error });
      }
    }),
  );
  return { loaded: chosen.length - failures.length, failures, durationMs: performance.now() - start };
}

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "an error without a text";
  }
}
