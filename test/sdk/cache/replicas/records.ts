import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

// Asks often enough for records of three shapes that the cache would write code for them.

const cached = replicaCache({ name: "records" }, (record: Record<string, number>) => ({ ...record }));

for (let i = 0; i < 300; i++) {
  const n = i % 3;
  const [a, b] = [cached({ n, a: 1 }), cached(i % 2 === 0 ? { n, b: 1 } : { b: 1, n })];
  if (a["n"] !== n || a["a"] !== 1 || b["n"] !== n || b["b"] !== 1) throw new Error(`${n}: ${JSON.stringify([a, b])}`);
}
console.log(JSON.stringify(cached.stats));
