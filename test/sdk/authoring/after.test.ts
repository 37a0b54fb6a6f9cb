import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { after, conditional, gt, mapTask, task, workflow, type Workflow } from "lambent";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { compile } from "../../../infra/compile/compile.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

let ran: string[] = [];

const step = task(async function step({ name, ms = 0 }: { name: string; ms?: number; of?: unknown }) {
  await new Promise((resolve) => setTimeout(resolve, ms));
  ran.push(name);
  return name;
});

/** The names of steps in the order in which they ended. */
async function orderOf(traced: Workflow<{ n?: number }, unknown>): Promise<string[]> {
  ran = [];
  expect(validateDefinition(JSON.stringify(compile(traced.graph, target)), "STANDARD")).toEqual([]);
  expect(await runSkippingWaits(traced, {}, { step })).toMatchObject({ status: "SUCCEEDED" });
  return ran;
}

const inner = workflow({ name: "inner" }, function inner({ name }) {
  return after(step({ name: "within", ms: 10 }), () => step({ name }));
});

describe("what is called in after(…)'s function runs after what comes first", () => {
  test.each([
    ["a task", () => after(step({ name: "a", ms: 20 }), () => step({ name: "b" })), ["a b"]],
    [
      "several calls, each of which is independent",
      () => after(step({ name: "a", ms: 20 }), () => [step({ name: "b" }), step({ name: "c" })]),
      ["a b", "a c"],
    ],
    [
      "after several Refs, or fields of them",
      () => {
        const first = [step({ name: "a", ms: 20 }), mapTask(step)({ name: ["b"], ms: [10] })[0]!];
        return after(first, () => step({ name: "c" }));
      },
      ["a c", "b c"],
    ],
    [
      "a map",
      () =>
        after(mapTask(step)({ name: ["a", "b"], ms: [10, 20] }), () =>
          mapTask(step, { batch: 2 })({ name: ["c", "d"] }),
        ),
      ["a c", "a d", "b c", "b d"],
    ],
    [
      "a nested workflow",
      () => after(step({ name: "a", ms: 20 }), () => inner({ name: "b" })),
      ["a within", "within b"],
    ],
    [
      "beside a chain of its own",
      () => {
        const chain = step({ name: "y", of: step({ name: "x", ms: 5 }), ms: 5 });
        const a = step({ name: "a", ms: 60 });
        return [chain, after(a, () => step({ name: "b" }))];
      },
      ["x y", "a b"],
    ],
  ])("%s", async (name, fn, pairs) => {
    const order = await orderOf(workflow({ n: 1 }, () => fn() as never, { name: name.replaceAll(/\W/g, "_") }));
    for (const pair of pairs) {
      const [first = "", second = ""] = pair.split(" ");
      expect(order.indexOf(first)).toBeGreaterThanOrEqual(0);
      expect(order.indexOf(first), `${first} before ${second} in ${order.join()}`).toBeLessThan(order.indexOf(second));
    }
  });

  test("in a branch of a conditional, after what stands before it", async () => {
    const traced = workflow({ n: 1 }, function traced({ n }) {
      const a = step({ name: "a", ms: 20 });
      return conditional(
        gt(n, 0),
        () => after(a, () => step({ name: "b" })),
        () => null,
      );
    });
    expect(await orderOf(traced)).toEqual(["a", "b"]);
  });

  test("a conditional, with all that is in it", async () => {
    const traced = workflow({ n: 1 }, function traced({ n }) {
      return after(step({ name: "a", ms: 20 }), () =>
        conditional(
          gt(n, 0),
          () => step({ name: "b" }),
          () => null,
        ),
      );
    });
    expect(await orderOf(traced)).toEqual(["a", "b"]);
    expect(String(traced.graph)).toMatch(/choice = after step: if n > 0\n {4}step2 = step /);
  });
});

test("a call that was made before can be told to come second; what it gives is given back", async () => {
  const traced = workflow({ n: 1 }, function traced() {
    const b = step({ name: "b" });
    const c = step({ name: "c", of: b });
    const a = step({ name: "a", ms: 20 });
    return [after(a, b), c];
  });
  expect(await orderOf(traced)).toEqual(["a", "b", "c"]);
  expect(String(traced.graph)).toBe(
    [
      "traced(n = 1)",
      '  step  = after step3: step {name: "b"}',
      '  step2 = step {name: "c", of: step}',
      '  step3 = step {name: "a", ms: 20}',
      "  return [step, step2]",
    ].join("\n"),
  );
});

test("an input is there from the start", () => {
  const traced = workflow({ n: 1 }, function traced({ n }) {
    return after(n, () => step({ name: "a" }));
  });
  expect(traced.graph.nodes[0]?.after).toBeUndefined();
});

test("any order without a circle is kept, whatever is read beside it", async () => {
  const edges = fc.uniqueArray(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.boolean()), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(edges, async (drawn) => {
      const ordered = drawn.filter(([one, other]) => one < other);
      const traced = workflow(
        { n: 1 },
        () => {
          const steps: ReturnType<typeof step>[] = [];
          for (let index = 0; index < 7; index++) {
            const read = ordered.filter(([, to, isRead]) => to === index && isRead).map(([from]) => steps[from]);
            steps.push(step({ name: String(index), ms: (index * 7) % 5, of: read as never }));
          }
          for (const [from, to, isRead] of ordered) {
            const [first, second] = [steps[from], steps[to]];
            if (!isRead && first !== undefined && second !== undefined) after(first, second);
          }
          return steps as never;
        },
        { name: "any" },
      );
      const order = await orderOf(traced);
      for (const [from, to] of ordered) expect(order.indexOf(String(from))).toBeLessThan(order.indexOf(String(to)));
    }),
    { numRuns: 25 },
  );
}, 60_000);

describe("after(…) refuses", () => {
  test.each([
    [
      "a value that is known already",
      () => after(3 as never, () => step({ name: "a" })),
      "first: what a call of a task, a map or a workflow gives; it was given 3",
    ],
    ["no second", () => after(step({ name: "a" }), undefined as never), "takes a function or a Ref second"],
    ["a function that calls nothing", () => after(step({ name: "a" }), () => 1), "the function calls no task"],
    [
      "an input as the second",
      (n: never) => after(step({ name: "a" }), n),
      "n is an input of the workflow, which is there from the start",
    ],
    [
      "a circle",
      () => {
        const a = step({ name: "a" });
        const b = step({ name: "b", of: step({ name: "c", of: a }) });
        return after(b, a);
      },
      "step cannot run after step3, which itself runs after step",
    ],
    [
      "itself",
      () => {
        const a = mapTask(step)({ name: ["a"] });
        return after(a, a[0]!);
      },
      "step[0] cannot run after step, which itself runs after step",
    ],
    [
      "what is in a branch of a conditional",
      (n: never) => {
        const a = step({ name: "a" });
        return conditional(
          gt(n, 0),
          () => after(step({ name: "b" }), a),
          () => null,
        );
      },
      "step cannot run after step2, which is in a branch that comes later: give a function",
    ],
    ["an async function", () => after(step({ name: "a" }), (async () => 1) as never), "after(…)'s function is async"],
  ] as const)("%s", (_, fn, message) => {
    expect(() => workflow({ n: 1 }, ({ n }) => fn(n as never) as never, { name: "refused" })).toThrow(message);
  });

  test("being called outside of a workflow", () => {
    expect(() => after(null as never, () => 1)).toThrow("after was called outside of a workflow");
  });
});
