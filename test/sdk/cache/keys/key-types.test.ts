import { expect, test } from "vitest";
import { ActorEnvironment } from "../../../../sdk/authoring/actor.ts";
import {
  type Cached,
  type Equatable,
  type Key,
  cachedMethod,
  replicaCache,
} from "../../../../sdk/cache/replica-cache.ts";

// What is proved here is proved by the compiler: each line that must be refused is expected to be.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function check<_T extends true>(): void {}

const actor = { name: "test-actor" };

class Point implements Equatable {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  equals(other: Point): boolean {
    return this.x === other.x;
  }
  hashCode(): number {
    return this.x;
  }
}
class Unkeyed {
  readonly n: number = 1;
  method(): void {}
}

test("a cached function has the function's own arguments and result", () => {
  const sync = replicaCache(actor, (n: number, s?: string) => `${n}${s ?? ""}`);
  check<Equal<ReturnType<typeof sync>, string>>();
  const async = replicaCache(actor, async (n: number) => n);
  check<Equal<ReturnType<typeof async>, Promise<number>>>();
  check<Equal<typeof async, Cached<[n: number], Promise<number>>>>();
  const query = replicaCache(actor, (n: number): PromiseLike<{ n: number }> => Promise.resolve({ n }));
  check<Equal<ReturnType<typeof query>, Promise<{ n: number }>>>();
  expect([sync(1), sync(1, "x")]).toEqual(["1", "1x"]);
  function refused() {
    // @ts-expect-error not a number
    sync("1");
    // @ts-expect-error an argument is missing
    sync();
    // @ts-expect-error an argument too many
    sync(1, "x", 2);
    // @ts-expect-error has takes the same arguments
    sync.has("1");
    // @ts-expect-error delete takes the same arguments
    sync.delete("1");
    // @ts-expect-error counts cannot be set
    sync.stats.hits = 1;
  }
  expect(refused).toBeTypeOf("function");
});

test("what has a value is a key", () => {
  interface Config {
    lr: number;
    layers: readonly number[];
    pair: [number, string];
    when: Date;
    pattern: RegExp;
    source: URL;
    query: URLSearchParams;
    headers: Headers;
    bytes: Uint8Array;
    buffer: Buffer;
    memory: ArrayBuffer;
    failure: Error;
    tags: Set<string>;
    byName: Map<string, { n: number }>;
    point: Point;
    big: bigint;
    nothing: null;
    maybe?: string | undefined;
    either: { kind: "a" } | { kind: "b"; n: number };
  }
  check<Equal<Key<number | string>, number | string>>();
  check<Equal<Key<Point>, Point>>();
  check<Equal<Key<Map<string, Point>>, Map<string, Point>>>();
  const load = replicaCache(actor, (config: Config) => config.lr);
  function accepts(config: Config): number {
    return load(config);
  }
  expect(accepts).toBeTypeOf("function");
});

test("what has none is refused, however deep", () => {
  function refused() {
    // @ts-expect-error functions compare by identity
    replicaCache(actor, (f: () => number) => f())(() => 1);
    // @ts-expect-error symbols compare by identity
    replicaCache(actor, (s: symbol) => String(s))(Symbol("a"));
    // @ts-expect-error give the class equals() and hashCode()
    replicaCache(actor, (u: Unkeyed) => u.n)(new Unkeyed());
    // @ts-expect-error deep in an object
    replicaCache(actor, (o: { a: { u: Unkeyed } }) => o.a.u.n)({ a: { u: new Unkeyed() } });
    // @ts-expect-error in an array
    replicaCache(actor, (list: Unkeyed[]) => list.length)([new Unkeyed()]);
    // @ts-expect-error in a map
    replicaCache(actor, (map: Map<string, Unkeyed>) => map.size)(new Map([["a", new Unkeyed()]]));
    // @ts-expect-error in a set
    replicaCache(actor, (set: Set<() => void>) => set.size)(new Set([() => {}]));
    // @ts-expect-error promises compare by identity
    replicaCache(actor, (p: Promise<number>) => p)(Promise.resolve(1));
    // @ts-expect-error weak maps compare by identity
    replicaCache(actor, (w: WeakMap<object, number>) => w)(new WeakMap());
  }
  expect(refused).toBeTypeOf("function");
});

test("cacheKey lifts the refusal, and options are typed by the function", () => {
  const load = replicaCache(actor, (u: Unkeyed) => u.n, { cacheKey: ({ n }) => n });
  expect([load(new Unkeyed()), load.has(new Unkeyed())]).toEqual([1, true]);
  replicaCache(actor, async (n: number) => ({ n }), {
    preload: [[1], [2]],
    sizeOf: (value) => value.n,
    dispose: (value) => void value.n,
  });
  function refused() {
    // @ts-expect-error a list of argument lists is wanted
    replicaCache(actor, (n: number) => n, { preload: [1] });
    // @ts-expect-error sizeOf is handed the awaited value
    replicaCache(actor, async (n: number) => n, { sizeOf: (value: string) => value.length });
    // @ts-expect-error a key is no promise
    replicaCache(actor, (n: number) => n, { cacheKey: async (n: number) => n });
    // @ts-expect-error nor sometimes one
    replicaCache(actor, (n: number) => n, { cacheKey: (n: number) => (n > 1 ? n : Promise.resolve(n)) });
    // @ts-expect-error a text is no number
    replicaCache(actor, (n: number) => n, { maxEntries: "5" });
    // @ts-expect-error dispose is a function
    replicaCache(actor, (n: number) => n, { dispose: true });
    // @ts-expect-error seconds are a number
    replicaCache(actor, (n: number) => n, { ttl: "5s" });
  }
  expect(refused).toBeTypeOf("function");
});

test("an actor's cache refuses and accepts alike", () => {
  const { cache } = new ActorEnvironment({ name: "test-actor" });
  const load = cache((u: Unkeyed) => u.n, { cacheKey: ({ n }) => n });
  check<Equal<typeof load, Cached<[u: Unkeyed], number, [u: Unkeyed]>>>();
  expect([load(new Unkeyed()), load.has(new Unkeyed())]).toEqual([1, true]);
  function refused() {
    // @ts-expect-error give the class equals() and hashCode()
    cache((u: Unkeyed) => u.n)(new Unkeyed());
    // @ts-expect-error the key is made of the function's arguments
    cache((u: Unkeyed) => u.n, { cacheKey: (n: number) => n });
  }
  expect(refused).toBeTypeOf("function");
});

test("a decorated method keeps its type", () => {
  class Models {
    @((
      method: (this: Models, n: number) => string,
      context: ClassMethodDecoratorContext<Models, (this: Models, n: number) => string>,
    ) => cachedMethod(actor, method, context))
    load(n: number): string {
      return String(n);
    }
  }
  check<Equal<Models["load"], (n: number) => string>>();
  expect(new Models().load(1)).toBe("1");
});
