import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

// A million different keys of every sort through caches that keep a thousand, or forget at once.

declare const gc: () => void;

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  equals(other: Point): boolean {
    return this.x === other.x;
  }
  hashCode(): number {
    return this.x % 1000;
  }
}

const actor = { name: "million", limits: { maxEntries: 1000 } };
const kept = replicaCache(actor, (key: unknown) => typeof key) as (key: unknown) => string;
const two = replicaCache(actor, (a: number, b: string) => a + b.length);
const rejected = replicaCache(actor, async (key: { n: number }) => {
  throw new Error(String(key.n));
});
const deleted = replicaCache(actor, (key: { n: number }) => key.n);
const probed = replicaCache(actor, (key: Record<string, number>) => Object.keys(key).length);
const disposing = replicaCache(actor, (key: { n: number }) => key.n, { maxEntries: 100, dispose: () => {} });

const sorts: ((i: number) => unknown)[] = [
  (i) => kept({ state: i, name: "model" }),
  (i) => kept({ [`key${i}`]: i }),
  (i) => kept(new Point(i)),
  (i) => kept([i, { deep: [String(i)] }]),
  (i) => kept(new Map([[i, new Set([i, new Point(i)])]])),
  (i) => kept(Buffer.from(String(i))),
  (i) => two(i, String(i)),
  (i) => rejected({ n: i }).catch(() => {}),
  (i) => deleted({ n: i }) === i && deleted.delete({ n: i }),
  (i) => disposing({ n: i }),
  (i) => probed.has({ [`absent${i}`]: i }),
];

async function fill(from: number, to: number): Promise<number> {
  for (let i = from; i < to; i++) {
    sorts[i % sorts.length]?.(i);
    if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
  }
  return process.memoryUsage().heapUsed;
}

const warm = await fill(0, 100_000);
const end = await fill(100_000, 1_000_000);
console.log(JSON.stringify({ warm, end, growth: end - warm }));
