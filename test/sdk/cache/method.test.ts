import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { type CacheOptions, cachedMethod } from "../../../sdk/cache/replica-cache.ts";
import { runInvocation } from "../../../sdk/invocation/invocation.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const actor = { name: "test-actor" };

/** `@actor.cache`, as an actor has it. */
function cache<This, A extends readonly unknown[], R>(
  method: (this: This, ...args: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
): (this: This, ...args: A) => R {
  return cachedMethod(actor, method, context);
}

function cacheWith<This, A extends readonly unknown[], R>(options: CacheOptions<A, Awaited<R>>) {
  return (
    method: (this: This, ...args: A) => R,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
  ): ((this: This, ...args: A) => R) => cachedMethod(actor, method, context, options);
}

describe("a decorated method", () => {
  test("caches for each instance when instances have no value semantics", () => {
    class Store {
      readonly base: number;
      constructor(base: number) {
        this.base = base;
      }
      @cache
      at(point: { x: number }): object {
        return { sum: this.base + point.x };
      }
    }
    const [a, b] = [new Store(1), new Store(1)];
    expect(a.at({ x: 2 })).toEqual({ sum: 3 });
    expect(a.at({ x: 2 })).toBe(a.at({ x: 2 }));
    expect(a.at({ x: 2 })).not.toBe(b.at({ x: 2 }));
    expect(a.at({ x: 2 })).not.toBe(a.at({ x: 3 }));
  });

  test("lets go of what it keeps for an instance when that has been collected", async () => {
    const disposed: string[] = [];
    class Store {
      @cacheWith({ dispose: (value: string) => void disposed.push(value) })
      at(point: number): string {
        return `point ${point}`;
      }
    }
    const kept = new Store();
    expect(kept.at(1)).toBe("point 1");
    expect(new Store().at(2)).toBe("point 2");
    while (disposed.length === 0) {
      collectGarbage();
      await sleep(1);
    }
    expect(disposed).toEqual(["point 2"]);
    expect(kept.at(1)).toBe("point 1");
  });

  test("shares by value between instances that have equals and hashCode", () => {
    let loads = 0;
    class Region {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
      equals(other: Region): boolean {
        return this.name === other.name;
      }
      hashCode(): string {
        return this.name;
      }
      @cache
      price(item: string): string {
        loads++;
        return `${item} in ${this.name}`;
      }
    }
    expect(new Region("eu").price("a")).toBe("a in eu");
    expect(new Region("eu").price("a")).toBe("a in eu");
    expect(new Region("us").price("a")).toBe("a in us");
    expect(loads).toBe(2);
  });

  test("may be static, private and async, and keeps single flight", async () => {
    let loads = 0;
    class Models {
      @cache
      static async load(n: number): Promise<number> {
        loads++;
        await sleep(2);
        return n;
      }
      @cache
      async #secret(n: number): Promise<number> {
        loads++;
        await sleep(2);
        return n;
      }
      secret(n: number): Promise<number> {
        return this.#secret(n);
      }
    }
    class Other extends Models {}
    expect(await Promise.all([Models.load(1), Models.load(1)])).toEqual([1, 1]);
    expect(loads).toBe(1);
    await Other.load(1); // `this` is another class
    expect(loads).toBe(2);
    const models = new Models();
    expect(await Promise.all([models.secret(1), models.secret(1)])).toEqual([1, 1]);
    expect(loads).toBe(3);
  });

  test("counts under one name for all instances, in one receipt", async () => {
    class Store {
      @cache
      find(n: number): number {
        return n;
      }
    }
    const { caches } = await runInvocation(() => {
      const [a, b] = [new Store(), new Store()];
      return [a.find(1), a.find(1), b.find(1)];
    });
    expect(caches).toMatchObject([{ cache: "find", hits: 1, misses: 2, entries: 2 }]);
  });

  test("takes options", async () => {
    const disposed: number[] = [];
    class Store {
      @cacheWith({
        maxEntries: 1,
        dispose: (n: number) => void disposed.push(n),
        cacheKey: ({ id }: { id: number; client: () => void }) => id,
      })
      find({ id }: { id: number; client: () => void }): number {
        return id;
      }
    }
    const store = new Store();
    function client(): void {}
    for (const id of [1, 1, 2]) store.find({ id, client: () => client() });
    await sleep(1);
    expect(disposed).toEqual([1]);
  });
});
