import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import "../../support/store-directory.ts";
import {
  after,
  asset,
  currentContext,
  expr,
  mapTask,
  partial,
  required,
  S3File,
  sleep as pause,
  task,
  tryCatch,
  workflow,
} from "lambent";
import type { Workflow } from "lambent";
import { WorkflowRun } from "../../../infra/check/workflow-run.ts";
import { compile } from "../../../infra/compile/compile.ts";
import { StepFunctions } from "../../../infra/emulator/index.ts";
import { run } from "../../../infra/run/local.ts";
import { buildTimeline } from "../../../infra/run/timeline/build.ts";
import { readHistory } from "../../../infra/run/timeline/read.ts";
import { target } from "../../support/definitions.ts";

const ROLE = "arn:aws:iam::000000000000:role/test";
const MACHINES = "arn:aws:states:us-east-1:000000000000:stateMachine:";

/** State machines of workflows, in an emulator without functions. */
function machines(...workflows: readonly Workflow<never, unknown>[]): StepFunctions {
  const states = new StepFunctions({
    functions: { invoke: () => Promise.reject(new Error("there are no functions")) },
  });
  const graphs = workflows.map(({ graph }) => graph);
  for (const graph of graphs) {
    const own = { ...target, workflows: graphs, stateMachineArn: (workflow: string) => `${MACHINES}${workflow}` };
    const definition = JSON.stringify(compile(graph, own));
    states.createStateMachine({ name: graph.workflow, definition, roleArn: ROLE });
  }
  return states;
}

function executionsOf(
  states: StepFunctions,
  workflow: string,
): readonly { readonly name: string; readonly executionArn: string }[] {
  return states.listExecutions({ stateMachineArn: `${MACHINES}${workflow}` }).executions;
}

const waiting = workflow({ seconds: 0, n: 0 }, function waiting({ seconds, n }) {
  return after(pause(seconds), () => expr.add(n, 0));
});

describe("the name of an execution that another one starts", () => {
  const pairs = workflow({ ns: [7, 7] }, function pairs({ ns }) {
    return mapTask(partial(waiting.start, { seconds: 0 }))({ n: ns });
  });
  const table = workflow(
    {
      rows: [
        [7, 7],
        [7, 7],
      ],
    },
    function table({ rows }) {
      return mapTask(pairs)({ ns: rows });
    },
  );

  test("is that of the node, and what tells its place from all others", async () => {
    const states = machines(table, waiting);
    const { executionArn } = states.startExecution({ stateMachineArn: `${MACHINES}table`, name: "monday" });
    expect(await states.executionEnd(executionArn)).toMatchObject({ output: "[[7,7],[7,7]]" });
    const names = executionsOf(states, "waiting").map(({ name }) => name);
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,80}$/);
    const again = machines(table, waiting);
    await again.executionEnd(
      again.startExecution({ stateMachineArn: `${MACHINES}table`, name: "monday" }).executionArn,
    );
    expect(
      executionsOf(again, "waiting")
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(names.toSorted());
  });
});

test("an execution of the name that runs already is the one that is waited for", async () => {
  const caller = workflow({ n: 3 }, function caller({ n }) {
    return waiting.start({ seconds: 1, n });
  });
  const first = machines(caller, waiting);
  const { executionArn } = first.startExecution({ stateMachineArn: `${MACHINES}caller`, name: "a" });
  await sleep(100);
  const [child] = executionsOf(first, "waiting");
  const { input } = first.describeExecution({ executionArn: child?.executionArn ?? "" });
  await first.executionEnd(executionArn);
  const second = machines(caller, waiting);
  second.startExecution({ stateMachineArn: `${MACHINES}waiting`, name: child?.name, input });
  const { executionArn: other } = second.startExecution({ stateMachineArn: `${MACHINES}caller`, name: "a" });
  expect(await second.executionEnd(other)).toMatchObject({ output: "3" });
  expect(executionsOf(second, "waiting")).toHaveLength(1);
});

test("a redrive waits for a further execution where the first one was stopped", async () => {
  const caller = workflow({}, function caller() {
    return waiting.start({ seconds: 1, n: 4 });
  });
  const states = machines(caller, waiting);
  const { executionArn } = states.startExecution({ stateMachineArn: `${MACHINES}caller` });
  await sleep(100);
  states.stopExecution({ executionArn });
  await states.executionEnd(executionArn);
  expect(executionsOf(states, "waiting")).toMatchObject([{ status: "ABORTED" }]);
  states.redriveExecution({ executionArn });
  expect(await states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output: "4" });
  expect(
    executionsOf(states, "waiting")
      .map((one) => Reflect.get(one, "status") as string)
      .toSorted(),
  ).toEqual(["ABORTED", "SUCCEEDED"]);
});

test("an execution that takes longer than it may is stopped", async () => {
  const caller = workflow({}, function caller() {
    return tryCatch(
      () => waiting.start({ seconds: 60 }, { timeout: 1 }),
      ({ name }) => name,
      { errors: ["States.Timeout"] },
    );
  });
  const states = machines(caller, waiting);
  const { executionArn } = states.startExecution({ stateMachineArn: `${MACHINES}caller` });
  expect(await states.executionEnd(executionArn)).toMatchObject({ output: '"States.Timeout"' });
  expect(executionsOf(states, "waiting")).toMatchObject([{ status: "ABORTED" }]);
});

test("an execution that is stopped, or times out itself, or whose state machine is gone, fails the one that waits by a name", async () => {
  const hasty = workflow(
    {},
    function hasty() {
      return waiting({ seconds: 60 });
    },
    { timeout: 1 },
  );
  const caller = workflow({}, function caller() {
    return tryCatch(
      () => waiting.start({ seconds: 60 }),
      (error) => [error.name, error.message],
    );
  });
  const impatient = workflow({}, function impatient() {
    return tryCatch(
      () => hasty.start({}),
      (error) => error.name,
    );
  });
  const states = machines(caller, waiting, hasty, impatient);
  const { executionArn } = states.startExecution({ stateMachineArn: `${MACHINES}caller` });
  await sleep(100);
  states.stopExecution({
    executionArn: executionsOf(states, "waiting")[0]?.executionArn ?? "",
    error: "Enough",
    cause: "said so",
  });
  expect(await states.executionEnd(executionArn)).toMatchObject({ output: '["Enough","said so"]' });
  const timed = states.startExecution({ stateMachineArn: `${MACHINES}impatient` });
  expect(await states.executionEnd(timed.executionArn)).toMatchObject({ output: '"States.Timeout"' });
  const alone = machines(caller);
  const orphan = alone.startExecution({ stateMachineArn: `${MACHINES}caller` });
  expect(await alone.executionEnd(orphan.executionArn)).toMatchObject({
    output: expect.stringContaining("StepFunctions.StateMachineDoesNotExist"),
  });
});

const tell = task(async function tell({ value }: { value: unknown }) {
  return {
    type: value instanceof S3File ? "file" : value instanceof Date ? "date" : typeof value,
    json: JSON.stringify(value),
  };
});
const odd = task(async function odd() {
  return { $stored: "key", list: [{ $plain: 1 }, [], {}, [[2]]], at: new Date(0) };
});
const telling = workflow({ value: required<unknown>() }, function telling({ value }) {
  return tell({ value });
});

describe("what an execution is given", () => {
  test("are values as they are between tasks, whatever their fields are called", async () => {
    const within = workflow({ given: {} as unknown }, function within({ given }) {
      return [telling({ value: odd({}) }), telling({ value: given }), telling({ value: [] })];
    });
    const apart = workflow({ given: {} as unknown }, function apart({ given }) {
      return [telling.start({ value: odd({}) }), telling.start({ value: given }), telling.start({ value: [] })];
    });
    const given = { $s3File: { uri: "s3://a/b" }, deep: [{ $given: [] }] };
    expect(await run(apart, { given })).toEqual(await run(within, { given }));
  });

  test("is a file where it is declared as one, and otherwise refused by name", async () => {
    const file = asset("test/support/definitions.ts");
    const declared = workflow({ model: required<S3File>(S3File) }, function declared({ model }) {
      return tell({ value: model }).type;
    });
    const good = workflow({}, function good() {
      return declared.start({ model: file });
    });
    expect(await run(good, {})).toBe("file");
    const worse = workflow({}, function worse() {
      return telling.start({ value: { deep: [file] } });
    });
    await expect(run(worse, {})).rejects.toThrow("telling: value has a file in it");
    const plain = workflow({}, function plain() {
      return telling.start({ value: { $s3File: "no file" } }).json;
    });
    expect(await run(plain, {})).toBe('{"$s3File":"no file"}');
    const bad = workflow({ model: required<S3File>(S3File) }, function bad({ model }) {
      return telling.start({ value: { deep: [model] } });
    });
    await expect(run(bad, { model: file })).rejects.toThrow(
      "telling: value has a file in it, and workflow telling declares it as data",
    );
  });

  test("goes on with the client's trace, to the executions of pieces and of what these start too", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const context = task(async function context() {
      const { traceparent: trace, tracestate } = currentContext();
      return { trace, tracestate };
    });
    const innermost = workflow({ n: 0 }, function innermost() {
      return context({});
    });
    const middle = workflow({ n: 0 }, function middle({ n }) {
      return mapTask(innermost.start, { mode: "distributed" })({ n: [n, n] });
    });
    const outer = workflow({ ns: [1, 2] }, function outer({ ns }) {
      return [mapTask(middle.start)({ n: ns }), context({})];
    });
    const own = { trace: traceparent, tracestate: "congo=t61" };
    const traced = { traceparent, tracestate: "congo=t61" };
    expect(await run(outer, traced)).toEqual([
      [
        [own, own],
        [own, own],
      ],
      own,
    ]);
  });
});

test("a map starts more executions than one history has room for from child executions, if the workflow has a task", () => {
  const many = workflow({ ns: [1] }, function many({ ns }) {
    return mapTask(telling.start)({ value: ns });
  });
  const definition = compile(many.graph, { ...target, stateMachineArn: (workflow) => `${MACHINES}${workflow}` });
  expect(JSON.stringify(definition)).toContain('"Mode":"DISTRIBUTED"');
});

test("a timeline tells which execution a call waits for, and a run is counted with all that it starts", async () => {
  const caller = workflow({ ns: [1, 2] }, function caller({ ns }) {
    return [mapTask(partial(waiting.start, { seconds: 0 }))({ n: ns }), waiting.start({ n: 3 })];
  });
  const states = machines(caller, waiting);
  const { executionArn } = states.startExecution({ stateMachineArn: `${MACHINES}caller` });
  await states.executionEnd(executionArn);
  const { bars } = buildTimeline(await readHistory(states as never, executionArn));
  const told = bars.flatMap(({ label, execution }) => (execution === undefined ? [] : [[label, execution] as const]));
  expect(told.map(([label]) => label).toSorted()).toEqual(["waiting2", "waiting_start[0]", "waiting_start[1]"]);
  const arns = executionsOf(states, "waiting").map((one) => one.executionArn);
  expect(told.map(([, arn]) => arn).toSorted()).toEqual(arns.toSorted());
  const workflows = [caller.graph, waiting.graph];
  const own = { ...target, workflows, stateMachineArn: (workflow: string) => `${MACHINES}${workflow}` };
  const service = { workflows, functions: [], target: own, machineName: () => "" };
  const events = states.getExecutionHistory({ executionArn, maxResults: 1000 }).events;
  const entered = events.filter(({ type }) => type.endsWith("StateEntered")).length;
  const alone = new WorkflowRun(waiting.graph, service, {}).counts().transitions;
  const { transitions, children } = new WorkflowRun(caller.graph, service, {}).counts();
  expect({ transitions, executions: children.standard }).toEqual({ transitions: entered + 3 * alone, executions: 3 });
});
