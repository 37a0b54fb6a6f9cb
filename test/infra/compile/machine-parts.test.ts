import { expect, test } from "vitest";
import { conditional, gt, mapTask, task, tryCatch, whileLoop, lt, workflow, type Workflow } from "lambent";
import { compileWorkflow } from "../../../infra/compile/compile.ts";
import { StepFunctions } from "../../../infra/emulator/index.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { DEFINITION_BYTES } from "../../../sdk/base/aws-limits.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { buildTimeline } from "../../../infra/run/timeline/build.ts";
import type { Timeline } from "../../../infra/run/timeline/model.ts";
import { readHistory } from "../../../infra/run/timeline/read.ts";
import { wholeText } from "../../../infra/run/timeline/whole-text.ts";

const plus = task(async function plus({ n, by = 1 }: { n: number; by?: number; text?: string }) {
  return n + by;
});
const listed = task(async function listed({ n }: { n: number }) {
  return { list: [n], nothing: null, empty: [] as number[] };
});
const first = task(async function first({ list, empty }: { list: number[]; empty: number[] }) {
  return (list[0] ?? 0) + empty.length;
});
const total = task(async function total({ values }: { values: number[] }) {
  return values.reduce((sum, value) => sum + value, 0);
});
const refuse = task(async function refuse({ n }: { n: number }): Promise<number> {
  throw new RangeError(`${n} is refused`);
});
const FUNCTIONS: Readonly<Record<string, (inputs: never) => Promise<unknown>>> = {
  plus: plus.fn,
  listed: listed.fn,
  first: first.fn,
  total: total.fn,
  refuse: refuse.fn,
};

interface Ran {
  readonly timeline: Timeline;
  readonly status: string;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  readonly machines: number;
}

/** Runs it as it is divided where a definition may have so many bytes. */
async function run({ graph }: Workflow<never, unknown>, inputs: Json, most?: number): Promise<Ran> {
  const { definition, parts } = compileWorkflow(graph, target, most);
  const states = new StepFunctions({
    skipWaits: true,
    functions: {
      async invoke({ payload }) {
        const { task: name, inputs: given } = JSON.parse(payload);
        const answer = { statusCode: 200, executedVersion: "1", requestId: "r" };
        try {
          return { ...answer, payload: JSON.stringify({ output: await FUNCTIONS[name]?.(given as never) }) };
        } catch (error) {
          const { name: errorType, message: errorMessage } = error as Error; // what a task here throws
          return {
            ...answer,
            payload: JSON.stringify({ errorType, errorMessage, trace: [] }),
            functionError: "Unhandled",
          };
        }
      },
    },
  });
  const roleArn = "arn:aws:iam::000000000000:role/test";
  const machines = [
    ...parts.map((one) => ({ name: `${graph.workflow}-part${one.part}`, definition: JSON.stringify(one.definition) })),
    { name: graph.workflow, definition: JSON.stringify(definition) },
  ];
  for (const machine of machines) {
    expect(Buffer.byteLength(machine.definition)).toBeLessThanOrEqual(most === undefined ? DEFINITION_BYTES : most);
    expect(validateDefinition(machine.definition)).toEqual([]);
    states.createStateMachine({ ...machine, roleArn });
  }
  const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:${graph.workflow}`;
  const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(inputs) });
  const { status, output, error, cause } = await states.executionEnd(executionArn);
  const timeline = buildTimeline(await readHistory(states, executionArn));
  states.close();
  return { status, output, error, cause, machines: machines.length, timeline };
}

/** How often each node was called. */
function invocationsIn({ bars }: Timeline): Record<string, number> {
  const nodes = bars.map(({ node }) => node).filter((node) => !/^(Part|Parallel)\d*$/.test(node));
  return Object.fromEntries(
    [...new Set(nodes)].toSorted().map((node) => [node, nodes.filter((one) => one === node).length]),
  );
}

async function expectSame(tried: Workflow<never, never>, inputs: Json, most: number): Promise<Ran> {
  const { machines: one, timeline: drawn, ...whole } = await run(tried, inputs);
  const { machines, timeline, ...divided } = await run(tried, inputs, most);
  expect(divided).toEqual(whole);
  expect(one).toBe(1);
  expect(machines).toBeGreaterThan(1);
  expect(invocationsIn(timeline)).toEqual(invocationsIn(drawn));
  return { ...divided, machines, timeline };
}

test("successive steps, branches, loops, maps and caught blocks give what they give in one definition", async () => {
  const item = workflow({ n: 0 }, function largeItem({ n }) {
    let last = plus({ n });
    for (let step = 0; step < 60; step++) last = plus({ n: last });
    return last;
  });
  const mixed = workflow({ n: 1 }, function largeMixed({ n }) {
    const chain = Array.from({ length: 50 }).reduce<never>((last) => plus({ n: last }) as never, n as never);
    const { list, empty, nothing } = listed({ n: chain });
    const one = first({ list, empty });
    const wide = Array.from({ length: 90 }, (_, index) => plus({ n: one, by: index }));
    const sum = total({ values: wide as never });
    const caught = tryCatch(
      () => refuse({ n: plus({ n: plus({ n: sum }) }) }),
      (error) => ({ failed: error.name, at: plus({ n: sum }) }) as never,
    );
    const looped = whileLoop({
      state: { n: sum },
      while: (state) => lt(state.n, 5000),
      do: (state) => ({ n: plus({ n: plus({ n: plus({ n: plus({ n: state.n }) }) }), by: 900 }) }),
      maxIterations: 10,
    });
    const way = conditional(
      gt(sum, 3),
      () => plus({ n: plus({ n: sum }) }),
      () => plus({ n: sum, by: 7 }),
    );
    const mapped = mapTask(item, { mode: "inline" })({ n: [sum, one, chain] as never });
    return { sum, caught, looped, way, mapped, list, nothing, empty, again: mapTask(plus)({ n: [sum, one] as never }) };
  });
  const { status, machines, timeline } = await expectSame(mixed as never, { n: 3 }, 60_000);
  expect(status).toBe("SUCCEEDED");
  expect(JSON.stringify(timeline.graph)).toContain('"node":"plus40"'); // within a part
  expect(machines).toBeGreaterThan(5);
});

test("an error of a part is the workflow's, by its own name", async () => {
  const failing = workflow({ n: 1 }, function largeFailing({ n }) {
    const chain = Array.from({ length: 90 }).reduce<never>((last) => plus({ n: last }) as never, n as never);
    return plus({ n: refuse({ n: chain }) });
  });
  const { status, error } = await expectSame(failing as never, { n: 3 }, 60_000);
  expect([status, error]).toEqual(["FAILED", "RangeError"]);
});

test("in the definition as a whole each part stands once, also parts within parts", () => {
  const layered = workflow({ n: 1 }, function largeLayered({ n }) {
    let layer: unknown[] = [n];
    for (let depth = 0; depth < 60; depth++)
      layer = Array.from({ length: 6 }, (_, at) =>
        total({ values: [layer[at % layer.length], layer[(at * 5 + 1) % layer.length]] as never }),
      );
    return total({ values: layer as never });
  });
  const { definition, parts } = compileWorkflow(layered.graph, target, 40_000);
  const texts = [definition, ...parts.map((one) => one.definition)].map((one) => JSON.stringify(one));
  expect(parts.length).toBeGreaterThan(10);
  const whole = wholeText(
    texts[0] ?? "",
    parts.map(({ part, definition: own }) => ({
      stateMachineArn: target.partArn?.("largeLayered", part) ?? "",
      definition: JSON.stringify(own),
    })),
  );
  expect(whole.length).toBeLessThan(texts.join("").length);
});

test("tasks side by side, and one after the other, are in definitions of 1 MB at most", () => {
  const text = "many words ".repeat(4000);
  const wide = workflow({ n: 1 }, function largeWide({ n }) {
    return total({ values: Array.from({ length: 60 }, (_, by) => plus({ n, by, text })) as never });
  });
  const long = workflow({ n: 1 }, function largeLong({ n }) {
    return Array.from({ length: 60 }).reduce<never>((last) => plus({ n: last, text }) as never, n as never);
  });
  for (const { graph } of [wide, long]) {
    const { definition, parts } = compileWorkflow(graph, target);
    expect(parts.length).toBeGreaterThan(0);
    for (const one of [definition, ...parts.map((part) => part.definition)])
      expect(Buffer.byteLength(JSON.stringify(one))).toBeLessThanOrEqual(DEFINITION_BYTES);
  }
});
