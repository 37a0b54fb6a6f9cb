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

/** Without the definition, whose functions may hold an instance that has made the cache for itself. */
interface Preload extends Pick<CacheDefinition, "counters" | "notify"> {
  readonly args: readonly unknown[];
  readonly cached: WeakRef<(...args: readonly unknown[]) => unknown>;
}

const pending = new Set<Preload>();
/** The caches of instances that are made and collected after the last `runPreloads` leave nothing here. */
const collected = new FinalizationRegistry<Preload>((preload) => pending.delete(preload));

/** Have the next `runPreloads` call `cached`. */
export function addPreload(
  { counters, notify }: CacheDefinition,
  args: readonly unknown[],
  cached: (...args: readonly unknown[]) => unknown,
): void {
  const preload = { counters, notify, args, cached: new WeakRef(cached) };
  pending.add(preload);
  collected.register(cached, preload);
}

/**
 * Load what the `preload` options of caches list, all at once, while the instance initialises. Never rejects: a failure
 * is logged, and the first call with these arguments tries again. The next receipt of a cache lists what was loaded and
 * what failed.
 * @param actor the name of the actor whose caches are meant; default: all actors
 */
export async function runPreloads(actor?: string): Promise<PreloadReport> {
  const start = performance.now();
  const chosen = [...pending].filter(({ counters }) => actor === undefined || counters.actor === actor);
  for (const preload of chosen) pending.delete(preload);
  const failures: PreloadFailure[] = [];
  await Promise.all(
    chosen.map(async ({ counters, notify, args, cached }) => {
      const began = performance.now();
      try {
        await cached.deref()?.(...args);
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
