import { setTimeout as sleep } from "node:timers/promises";
import { runInvocation } from "../../../../sdk/invocation/invocation.ts";
import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

// Caches that instances make for themselves: how many instances and entries are left once nobody has the instances.

declare const gc: () => void;

const actor = { name: "instances", limits: { maxEntries: 500 } };
const disposed: number[] = [];

function dispose(n: number): void {
  disposed.push(n);
}

interface Repo {
  readonly load: (n: number) => unknown;
}

const sorts: Record<string, new () => Repo> = {
  sync: class {
    readonly base: number = 1;
    readonly load: Repo["load"] = replicaCache(actor, (n: number) => this.base + n);
  },
  async: class {
    readonly base: number = 1;
    readonly load: Repo["load"] = replicaCache(actor, async (n: number) => this.base + n);
  },
  "values that hold the instance": class {
    readonly load: Repo["load"] = replicaCache(actor, (n: number) => ({ n, repo: this }));
  },
  "limits of their own and a ttl": class {
    readonly load: Repo["load"] = replicaCache(actor, (n: number) => ({ n, repo: this }), { maxEntries: 9, ttl: 600 });
  },
  dispose: class {
    readonly load: Repo["load"] = replicaCache(actor, (n: number) => n, { dispose });
  },
  preload: class {
    readonly load: Repo["load"] = replicaCache(actor, (n: number) => ({ n, repo: this }), { preload: [[1]] });
  },
  "a function that uses this": class {
    readonly base: number = 1;
    readonly load: Repo["load"] = replicaCache(actor, function (this: Repo & { base: number }, n: number) {
      return [this, n];
    }) as Repo["load"];
  },
  "loads that never end": class {
    readonly load: Repo["load"] = replicaCache(actor, (_n: number) => ({ ending: new Promise(() => {}), repo: this }));
  },
};

const other = replicaCache(actor, (n: number) => n);
other(1);
const left: Record<string, number> = {};
let receipts = 0;
for (const [sort, Sort] of Object.entries(sorts)) {
  const instances: WeakRef<Repo>[] = [];
  const outcome = await runInvocation(async () => {
    for (let i = 0; i < 200; i++) {
      const repo = new Sort();
      instances.push(new WeakRef(repo));
      await repo.load(i);
    }
  });
  receipts += outcome.caches.reduce((sum, { misses }) => sum + misses, 0);
  for (let round = 0; round < 10 && instances.some((one) => one.deref() !== undefined); round++) {
    await sleep(2);
    gc();
  }
  await sleep(2);
  left[sort] = instances.filter((one) => one.deref() !== undefined).length;
}
// Had the entries of collected caches stayed in the actor's room, this one would have been pushed out.
const { caches } = await runInvocation(() => other(1));
console.log(
  JSON.stringify({ left, receipts, disposed: disposed.length, caches: caches.length, hits: caches[0]?.hits }),
);
