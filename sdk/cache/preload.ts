import type { CacheDefinition } from "./entry.ts";

/** The result of an actor's preloads. */
export interface PreloadReport {
  readonly loaded: number;
  readonly failures: readonly PreloadFailure[];
  /** Milliseconds until the last had ended; all begin at once. */
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

let pending: Preload[] = [];

/** Have the next `runPreloads` call `load`. */
export function addPreload(definition: CacheDefinition, args: readonly unknown[], load: () => unknown): void {
  pending.push({ definition, args, load });
}

/**
 * Load what the `preload` options of caches list, all at once, while the instance initialises. Never rejects: a failure
 * is logged, and the first call with these arguments tries again. The next receipt of a cache lists what was loaded and
 * what failed.
 * @param actor the name of the actor whose caches are meant; default: all actors
 */
export async function runPreloads(actor?: string): Promise<PreloadReport> {
  const start = performance.now();
  const chosen = pending.filter(({ definition }) => actor === undefined || definition.counters.actor === actor);
  pending = pending.filter((preload) => !chosen.includes(preload));
  const failures: PreloadFailure[] = [];
  await Promise.all(
    chosen.map(async ({ definition, args, load }) => {
      const { counters, notify } = definition;
      const began = performance.now();
      try {
        await load();
        counters.countPreload(performance.now() - began);
      } catch (error) {
        await notify((notices) => notices.preloadFailed(args, error));
        counters.countPreloadFailure(textOf(error));
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
