import "../../support/store-directory.ts";
import asl from "asl-validator";
import { expect, test } from "vitest";
import { ActorEnvironment, conditional, currentContext, gt, mapTask, task, workflow, type Workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const actor = new ActorEnvironment({ name: "trace", replicaCount: 2 });
const add = task(async function add({ n, by = 1 }: { n: number; by?: number }) {
  return n + by;
});
const seen = actor.task(async function seen({ n }: { n: number }) {
  const { node, item = null, traceparent = null, tracestate = null } = currentContext();
  return { n, node, item, traceparent, tracestate };
});
const tasks = { add, seen };

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const tracestate = "congo=t61rcWkgMzE";
const numbers = [1, 2, 3];

const inner = workflow({ n: 1 }, function inner({ n }) {
  return conditional(
    gt(n, 0),
    () => seen({ n: add({ n }) }),
    () => seen({ n }),
  );
});
/** A history of 25,000 events has no room for all of these attempts: parts of it run in child executions. */
const divided = workflow({ n: 1 }, function divided({ n }) {
  const tried = { retries: 3000 };
  const [first, second] = [seen.withOverrides(tried)({ n }), add.withOverrides(tried)({ n })];
  const third = seen.withOverrides(tried)({ n: second });
  return { first, third };
});

interface Inputs {
  readonly n?: number;
  readonly ns?: number[];
  /** Of any workflow. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const FORMS: Readonly<Record<string, Workflow<Inputs, unknown>>> = {
  calls: workflow({ n: 1 }, function calls({ n }) {
    return [seen({ n: add({ n }) }), seen({ n })];
  }),
  nested: workflow({ n: 1 }, function nested({ n }) {
    return inner({ n });
  }),
  inline: workflow({ ns: numbers }, function inline({ ns }) {
    return mapTask(seen, { mode: "inline" })({ n: ns });
  }),
  batched: workflow({ ns: numbers }, function batched({ ns }) {
    return mapTask(seen, { mode: "inline", batch: 2 })({ n: ns });
  }),
  distributed: workflow({ ns: numbers }, function distributed({ ns }) {
    return mapTask(seen, { mode: "distributed", batch: 2 })({ n: ns });
  }),
  express: workflow({ ns: numbers }, function express({ ns }) {
    return mapTask(seen.withOverrides({ timeout: 10 }), { mode: "distributed", executionType: "EXPRESS" })({ n: ns });
  }),
  workflows: workflow({ ns: numbers }, function workflows({ ns }) {
    return mapTask(inner, { mode: "inline" })({ n: ns });
  }),
  distributedWorkflows: workflow({ ns: numbers }, function distributedWorkflows({ ns }) {
    return mapTask(inner, { mode: "distributed" })({ n: ns });
  }),
  divided,
};

test.each(Object.entries(FORMS))("%s: each call of a task has the client's trace", async (_, form) => {
  const definition = compile(form.graph, target);
  expect(validateDefinition(JSON.stringify(definition))).toEqual([]);
  expect(asl(definition).errorsText("\n")).toBe("");
  const { status, cause, invocations, output } = await runSkippingWaits(form, { traceparent, tracestate }, tasks);
  expect([status, cause]).toEqual(["SUCCEEDED", undefined]);
  expect(invocations.length).toBeGreaterThan(1);
  for (const { trace } of invocations) expect(trace).toEqual([traceparent, tracestate]);
  expect(JSON.stringify(output)).toContain(`"traceparent":"${traceparent}","tracestate":"${tracestate}"`);
});

test.each(Object.entries(FORMS))("%s: without one there is none, and nothing fails", async (_, form) => {
  const { status, invocations, output } = await runSkippingWaits(form, {}, tasks);
  expect(status).toBe("SUCCEEDED");
  for (const { trace } of invocations) expect(trace).toEqual([]);
  expect(JSON.stringify(output)).toContain('"traceparent":null,"tracestate":null');
});

test("the workflow whose history is too long for one execution is divided among several", () => {
  expect(JSON.stringify(compile(divided.graph, target))).toContain('"DISTRIBUTED"');
});

test("a task learns its node, and of a map its item", async () => {
  async function placesOf(name: string): Promise<unknown> {
    const { output } = await runSkippingWaits(FORMS[name] ?? divided, {}, tasks);
    return (output as { node: string; item: number | null }[]).map(({ node, item }) => [node, item]);
  }
  expect(await placesOf("calls")).toEqual([
    ["seen", null],
    ["seen2", null],
  ]);
  const items = [0, 1, 2].map((item) => ["seen", item]);
  for (const form of ["inline", "batched", "distributed", "express"]) expect(await placesOf(form)).toEqual(items);
});

test("what is no text, or longer than a tracestate may be, is refused by its name", async () => {
  const { calls } = FORMS;
  if (calls === undefined) throw new Error("there is no such form");
  async function causeOf(inputs: object): Promise<string | undefined> {
    return (await runSkippingWaits(calls as Workflow<object, unknown>, inputs, tasks)).cause;
  }
  const problem = "must be a text of at most 512 characters, as W3C Trace Context has it";
  expect(await causeOf({ traceparent: 7 })).toBe(`workflow calls: traceparent ${problem}`);
  expect(await causeOf({ tracestate: "a".repeat(513) })).toBe(`workflow calls: tracestate ${problem}`);
  expect(await causeOf({ tracestat: "" })).toBe("workflow calls: there is no input tracestat, it takes n");
  // What is a text and no traceparent begins a trace of its own, as the standard has it.
  expect(await causeOf({ traceparent: "none" })).toBeUndefined();
});

test("an input of the workflow's own that is named traceparent is both", async () => {
  const own = workflow({ traceparent: "" }, function own({ traceparent: given }) {
    return [seen({ n: 1 }), given];
  });
  const { output } = await runSkippingWaits(own, { traceparent }, tasks);
  expect(output).toMatchObject([{ traceparent }, traceparent]);
});
