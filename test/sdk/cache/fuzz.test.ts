import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runInvocation } from "../../../sdk/invocation/invocation.ts";
import { replicaCache } from "../../../sdk/cache/replica-cache.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

interface Result {
  readonly key: number;
  readonly load: number;
}

type Step =
  | { readonly do: "call"; readonly key: number }
  | { readonly do: "delete"; readonly key: number }
  | { readonly do: "clear" }
  | { readonly do: "wait"; readonly ms: number };

const key = fc.integer({ min: 0, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: key.map((key): Step => ({ do: "call", key })), weight: 6 },
  { arbitrary: key.map((key): Step => ({ do: "delete", key })), weight: 1 },
  { arbitrary: fc.constant<Step>({ do: "clear" }), weight: 1 },
  { arbitrary: fc.integer({ min: 1, max: 800 }).map((s): Step => ({ do: "wait", ms: s * 1000 })), weight: 1 },
);

/** Seconds, and many: within an invocation a reading of the clock may be a second old. */
const ttl = 1000;

/** What must be kept under a key, and since when: told by the steps and the loads alone. */
interface Kept {
  readonly load: number;
  readonly promise: Promise<Result>;
  since: number | undefined;
}

test("in whatever order calls, loads, failures, deletions and expiry come, no load is lost and none doubled", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
      fc.scheduler(),
      async (invocations, fates, scheduler) => {
        const kept = new Map<number, Kept>();
        const running = new Set<number>();
        let loads = 0;

        const cached = replicaCache(
          { name: "fuzz" },
          async (k: number): Promise<Result> => {
            const load = ++loads;
            running.add(load);
            const fails = fates.next().value === 0;
            await scheduler.schedule(Promise.resolve(), `load ${load} of ${k} ${fails ? "fails" : "succeeds"}`);
            running.delete(load);
            if (fails) throw new Error(`load ${load} of ${k}`);
            return { key: k, load };
          },
          { ttl },
        );

        function keep(k: number, promise: Promise<Result>): void {
          const mine: Kept = { load: loads, promise, since: undefined };
          kept.set(k, mine);
          promise.then(
            () => void (mine.since = Date.now()),
            () => void (kept.get(k) === mine && kept.delete(k)),
          );
        }

        async function call(k: number): Promise<void> {
          const was = kept.get(k);
          const isThere = was !== undefined && (was.since === undefined || Date.now() < was.since + ttl * 1000);
          const before = loads;
          const promise = cached(k);
          expect(loads - before).toBe(isThere ? 0 : 1);
          expect(promise === was?.promise).toBe(isThere);
          if (!isThere) keep(k, promise);
          const expected = kept.get(k)?.load;
          const outcome = await promise.then(
            ({ key: of, load }) => `load ${load} of ${of}`,
            (error: Error) => error.message,
          );
          expect(outcome).toBe(`load ${expected} of ${k}`);
        }

        async function act(what: Step): Promise<void> {
          if (what.do === "call") await call(what.key);
          if (what.do === "wait") vi.advanceTimersByTime(what.ms);
          if (what.do === "delete") {
            cached.delete(what.key);
            kept.delete(what.key);
          }
          if (what.do === "clear") {
            cached.clear();
            kept.clear();
          }
        }

        const outcomes = Promise.all(
          invocations.map((steps, i) =>
            runInvocation(async () => {
              const calls: Promise<void>[] = [];
              for (const what of steps) {
                await scheduler.schedule(Promise.resolve(), `invocation ${i}: ${JSON.stringify(what)}`);
                calls.push(act(what));
              }
              await Promise.all(calls);
            }),
          ),
        );
        await scheduler.waitFor(outcomes);
        for (const outcome of await outcomes) if (!outcome.isOk) throw outcome.error;
        expect(running.size).toBe(0);

        const { hits, misses, joined, size } = cached.stats;
        expect(misses).toBe(loads);
        expect(hits + misses + joined).toBe(invocations.flat().filter((what) => what.do === "call").length);
        expect(size).toBe(kept.size);
        const told = (await outcomes).flatMap(({ caches }) => caches);
        function sum(of: "hits" | "misses" | "joined") {
          return told.reduce((total, receipt) => total + receipt[of], 0);
        }
        expect([sum("hits"), sum("misses"), sum("joined")]).toEqual([hits, misses, joined]);
      },
    ),
    { numRuns: 300 },
  );
});
