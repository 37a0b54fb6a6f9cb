import { describe, expect, test } from "vitest";
import * as whole from "../../sdk/index.ts";
import { takeTasks } from "../../sdk/authoring/made-tasks.ts";
import * as replica from "../../sdk/replica.ts";

test("a replica's SDK exports what the whole one does, of the same types", () => {
  const asWhole: typeof whole = replica;
  const asReplica: typeof replica = whole;
  expect(Object.keys(asWhole).toSorted()).toEqual(Object.keys(asReplica).toSorted());
  function kinds(sdk: object): unknown {
    return Object.fromEntries(Object.entries(sdk).map(([name, value]) => [name, typeof value]));
  }
  expect(kinds(asWhole)).toEqual(kinds(asReplica));
});

describe.each([
  ["the whole SDK", whole],
  ["a replica's", replica],
])("%s", (_, sdk) => {
  const actor = new sdk.ActorEnvironment({ name: "maths", replicaCount: 2, cache: { maxEntries: 1 } });
  const add = actor.task(async function add({ a, b }: { a: number; b: number }) {
    return a + b;
  });

  test("runs a task's function by .fn, inputs bound or not, whatever its nodes' options", async () => {
    expect(await add.fn({ a: 1, b: 2 })).toBe(3);
    expect(await sdk.partial(add, { a: 1 }).fn({ b: 2 })).toBe(3);
    expect(await sdk.partial(sdk.partial(add, { a: 1 }), { b: 5 }).fn({})).toBe(6);
    expect(await add.withOverrides({ retries: 2 }).withOverrides({ timeout: 3 }).fn({ a: 2, b: 2 })).toBe(4);
    expect(sdk.task(() => 1, { name: "one" }).taskName).toBe("one");
    expect(sdk.partial(add, { a: 1 }).withOverrides({ timeout: 1 }).taskName).toBe("add");
    const fails = sdk.task(function fails(): number {
      throw new TypeError("no");
    });
    await expect(fails.fn({})).rejects.toThrow(TypeError);
  });

  test("caches by function and by method", async () => {
    const calls: number[] = [];
    const load = actor.cache(async function load(n: number) {
      calls.push(n);
      return n;
    });
    class Doubler {
      @actor.cache
      double(n: number): number {
        calls.push(-n);
        return 2 * n;
      }
    }
    const doubler = new Doubler();
    expect([await load(1), await load(1), doubler.double(1), doubler.double(1)]).toEqual([1, 1, 2, 2]);
    expect(calls).toEqual([1, -1]);
  });

  test("says where a call belongs that adds to a graph, when none is being traced", () => {
    const wf = sdk.workflow({ n: sdk.required<number>() }, function wf({ n }) {
      return add({ a: n, b: 1 });
    });
    expect(wf.workflowName).toBe("wf");
    function refusal(call: () => unknown, message: string): void {
      expect(call).toThrow(sdk.LambentError);
      expect(call).toThrow(message);
    }
    refusal(
      () => add({ a: 1, b: 2 }),
      "task add was called outside of a workflow: to run its function here, call add.fn(…)",
    );
    refusal(
      () => add.withOverrides({ timeout: 1 })({ a: 1, b: 2 }),
      "task add was called outside of a workflow: to run its function here, call add.fn(…)",
    );
    refusal(
      () => sdk.mapTask(sdk.partial(add, { a: 1 }))({ b: [1] }),
      "mapTask(add) was called outside of a workflow: call it in a workflow's function",
    );
    refusal(
      () => wf({ n: 1 }),
      "workflow wf was called outside of a workflow: start its state machine, or call run(workflow, inputs) of lambent/local",
    );
    const always = sdk.not(sdk.or());
    refusal(
      () =>
        sdk.conditional(
          sdk.and(always),
          () => 1,
          () => 2,
        ),
      "conditional was called outside of a workflow: call it in a workflow's function",
    );
  });
});

test("a replica calls no workflow's function, and has no graph to read", () => {
  const wf = replica.workflow({}, function neverCalled() {
    throw new Error("called");
  });
  const told = "workflow neverCalled has no graph in a replica, which traces nothing: read it in a script or a test";
  expect(() => String(wf.graph)).toThrow(told);
  expect(() => wf.graph.nodes).toThrow(told);
  const callable = expect.any(Function) as unknown;
  expect({ ...wf }).toEqual({ workflowName: "neverCalled", withOverrides: callable, start: callable });
  expect(wf.withOverrides({ retries: 1 })).toBe(wf);
});

test("whoever takes the tasks that were made takes all of them, once, and those made later are not kept", () => {
  const actor = new replica.ActorEnvironment({ name: "a" });
  const one = actor.task(() => 1, { name: "kept", cache: true, cacheVersion: "v1" });
  replica.partial(one.withOverrides({ timeout: 1 }), {});
  const made = takeTasks();
  expect(made.filter(({ name }) => name === "kept")).toMatchObject([{ actor: { name: "a" }, cacheVersion: "v1" }]);
  expect(made.filter(({ name }) => name === "add")).toHaveLength(2); // either SDK's, above
  replica.task(() => 2, { name: "late" });
  expect(takeTasks()).toEqual([]);
});
