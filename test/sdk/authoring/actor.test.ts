import { expect, test } from "vitest";
import { ActorEnvironment, task } from "lambent";

const actor = new ActorEnvironment({ name: "decorated" });

test("@actor.cache runs a method once for equal arguments: per instance, or per class if it is static", () => {
  const calls: string[] = [];
  class Library {
    readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
    @actor.cache
    find(title: { text: string }): { found: string } {
      calls.push(`${this.name}: ${title.text}`);
      return { found: title.text };
    }
    @actor.cache
    static open(name: string): Library {
      calls.push(`open ${name}`);
      return new Library(name);
    }
  }
  const city = Library.open("city");
  expect(Library.open("city")).toBe(city);
  expect(city.find({ text: "a" })).toBe(city.find({ text: "a" }));
  Library.open("town").find({ text: "a" });
  expect(calls).toEqual(["open city", "city: a", "open town", "town: a"]);
});

test("@actor.cache under TypeScript's old decorators says how to get the standard ones", () => {
  const legacy = actor.cache as unknown as (target: object, key: string, descriptor: object) => unknown;
  expect(() => legacy.call(actor, {}, "find", {})).toThrow(
    '@actor.cache on find was called as TypeScript\'s old decorators are: remove "experimentalDecorators" from tsconfig.json',
  );
});

test.each<[object, string]>([
  [{ memorySize: 64 }, "actor a: memorySize must be a whole number of MiB from 128 to 10240, not 64"],
  [{ timeout: 901 }, "actor a: timeout must be a whole number of seconds from 1 to 900, not 901"],
  [{ ttlSeconds: 59 }, "actor a: ttlSeconds must be a whole number of seconds from 60 to 86400, not 59"],
  [{ ttlSeconds: 86_401 }, "actor a: ttlSeconds must be a whole number of seconds from 60 to 86400, not 86401"],
  [{ ttlSeconds: 90.5 }, "actor a: ttlSeconds must be a whole number of seconds from 60 to 86400, not 90.5"],
  [{ ttlSeconds: "300" }, 'actor a: ttlSeconds must be a whole number of seconds from 60 to 86400, not "300"'],
  [{ ttlSeconds: 300, replicaCount: 0 }, "actor a: replicaCount must be a whole number of replicas from 1 to 1000"],
  [{ ttlSeconds: 300, warmStart: "no" }, 'actor a: warmStart must be true or false, not "no"'],
  [{ warmStart: false }, "actor a: warmStart says how a run begins whose replicas ttlSeconds brings up"],
  [{ replicas: 2 }, 'actor "a" has no option replicas; it has: name, replicaCount'],
  [{ cache: null }, "new ActorEnvironment(…): cache is null: give it a value, or leave it out"],
  [{ cache: 5 }, "actor a: cache must be an object, not 5"],
  [{ cache: [] }, "actor a: cache must be an object, not a list"],
  [{ cache: { maxEntries: 1.5 } }, "actor a: cache: maxEntries is 1.5; give a whole number greater than 0"],
  [{ cache: { maxBytes: "1" } }, 'actor a: cache: maxBytes is "1"; give a number greater than 0'],
  [{ cache: { maxEntry: 2 } }, "actor a: cache has no option maxEntry; it has: maxEntries, maxBytes"],
  [{ name: "tasks" }, 'an actor cannot be named "tasks"'],
  [{ affinity: "yes" }, 'actor a: affinity must be true or false, not "yes"'],
  [
    { affinity: true, replicaCount: 41 },
    "actor a: replicaCount is 41, and with affinity, where each replica is a function of its own, 40 are the most",
  ],
  [{ whenBusy: "wait" }, 'actor a: whenBusy must be "queue" or "spill", not "wait"'],
])("an actor with %j is refused", (options, message) => {
  expect(() => new ActorEnvironment({ name: "a", ...options })).toThrow(message);
});

test.each(["ttlSeconds", "warmStart", "replicaCount"])("a task with %s is told that this is the actor's", (option) => {
  const says = `task fn: ${option} is of replicas, which actors have: write new ActorEnvironment({ name, ${option} })`;
  async function fn(): Promise<void> {}
  expect(() => task(fn, { [option]: 1 })).toThrow(says);
  expect(() => actor.task(fn, { [option]: 1 })).toThrow(says);
});
