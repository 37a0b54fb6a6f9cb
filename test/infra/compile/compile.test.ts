import asl from "asl-validator";
import { expect, test } from "vitest";
import { lt, task, whileLoop, workflow, type Ref } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { chain, diamond, double, mapped, nested, retried, target, workflows } from "../../support/definitions.ts";

test.each(Object.entries(workflows))("%s: Amazon's validator accepts the definition", (_, { graph }) => {
  const { isValid, errorsText } = asl(compile(graph, target));
  expect(errorsText("\n")).toBe("");
  expect(isValid).toBe(true);
});

test.each(Object.entries(workflows))("%s: so do our own checks, which know what that one misses", (_, { graph }) => {
  expect(validateDefinition(JSON.stringify(compile(graph, target)), "STANDARD")).toEqual([]);
});

test("a chain compiles to one state for each node, between the inputs and the output", () => {
  const { States, StartAt } = compile(chain.graph, target);
  expect(StartAt).toBe("Inputs");
  expect(Object.keys(States)).toEqual(["Inputs", "InvalidInputs", "double", "double2", "double3", "Output"]);
  expect(States["double2"]).toMatchObject({
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: {
      FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:test-tasks:live",
      Payload: { task: "double", inputs: { n: "{% $double %}" }, execution: "{% $states.context.Execution.Id %}" },
    },
    Assign: { double2: "{% $states.result.Payload.output %}" },
    Next: "double3",
  });
  expect(States["Output"]).toEqual({ Type: "Succeed", Output: "{% $double3 %}" });
});

test("independent chains run in Parallel, and only what is read later leaves it", () => {
  const { States } = compile(diamond.graph, target);
  expect(Object.keys(States)).toEqual(["Inputs", "InvalidInputs", "Parallel", "add4", "Output"]);
  expect(States["Parallel"]).toMatchObject({
    Type: "Parallel",
    Branches: [{ StartAt: "add" }, { StartAt: "add2" }],
    Assign: { double: "{% ($states.result)[0].double %}", add3: "{% ($states.result)[1].add3 %}" },
    Next: "add4",
  });
});

test("a map runs as many items at once as the actor has replicas, or as it is told", () => {
  const limits: Record<string, unknown> = {};
  JSON.stringify(
    compile(mapped.graph, target),
    (_, value: { Type?: string; MaxConcurrency?: number; ItemProcessor?: { StartAt: string } }) => {
      if (value?.Type === "Map") limits[value.ItemProcessor?.StartAt ?? ""] = value.MaxConcurrency;
      return value;
    },
  );
  expect(limits).toMatchObject({ addItem: 2, add2Item: 1, double2Item: undefined, oddItem: 2 });
  // In child executions there are as many at once.
  expect(limits).toMatchObject({ addDistributedPiece: 2, add2DistributedPiece: 1, oddDistributedPiece: 2 });
});

test("what an item may fail with is all that AWS lets a catcher match: States.ALL leaves out what is too large", () => {
  const catchers: unknown[] = [];
  JSON.stringify(compile(mapped.graph, target), (_, value: { Catch?: unknown } | null) => {
    if (value?.Catch !== undefined) catchers.push(value.Catch);
    return value;
  });
  const error = expect.stringContaining("$states.errorOutput.Cause");
  expect(catchers).toContainEqual([
    { ErrorEquals: ["States.DataLimitExceeded"], Output: { error }, Next: "oddFailed" },
    { ErrorEquals: ["States.ALL"], Output: { error }, Next: "oddFailed" },
  ]);
});

test("Lambda's transient errors are retried as AWS recommends, the author's own after or before them", () => {
  const { States } = compile(retried.graph, target);
  function retriers(state: string): unknown {
    return ((States[state]?.["Retry"] ?? []) as { ErrorEquals: string[] }[]).map((one) => one.ErrorEquals);
  }
  const transient = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
  ];
  expect(retriers("double")).toEqual([
    transient,
    ["Lambda.TooManyRequestsException"],
    ["Lambda.Unknown"],
    ["NonRetryableError"],
    ["States.ALL"],
  ]);
  expect(retriers("double2")).toEqual([
    ["NonRetryableError"],
    ["RangeError"],
    transient,
    ["Lambda.TooManyRequestsException"],
    ["Lambda.Unknown"],
  ]);
  // A class of the author's is reported by the name that is not to be tried again.
  expect(States["double"]).toMatchObject({ Arguments: { Payload: { errors: ["NonRetryableError"] } } });
  expect(States["double2"]).toMatchObject({
    Arguments: { Payload: { errors: ["RangeError", "NonRetryableError"] } },
    TimeoutSeconds: 30,
    Retry: [
      { ErrorEquals: ["NonRetryableError"], MaxAttempts: 0 },
      { ErrorEquals: ["RangeError"], MaxAttempts: 2, MaxDelaySeconds: 5, JitterStrategy: "FULL" },
      {},
      {},
      {},
    ],
  });
});

test("a nested workflow is one state, with names of its own", () => {
  const { States } = compile(nested.graph, target);
  expect(Object.keys(States)).toEqual(["Inputs", "InvalidInputs", "chain", "diamond", "Output"]);
  expect(JSON.stringify(States["chain"])).toContain('"Assign":{"chain_double":');
});

test("a definition that Step Functions would not take is refused with its size and the remedy", () => {
  const large = "x".repeat(250_000);
  const big = workflow({}, function big() {
    return [0, 1, 2].map((part) => double({ n: `${part}${large}` as never }));
  });
  expect(() => compile(big.graph, target)).not.toThrow();
  const twice = workflow({}, function twice() {
    return [0, 1, 2, 3, 4].map((part) => double({ n: `${part}${large}` as never }));
  });
  const { partArn: _, ...alone } = target; // starts no other state machines
  expect(() => compile(twice.graph, alone)).toThrow(
    /workflow twice: its definition has \d+ bytes, Step Functions takes 1048576: move large literals into a task or a file/,
  );
});

test("a workflow of a thousand steps compiles", () => {
  const step = task(async function step({ n }: { n: number }) {
    return n;
  });
  const long = workflow({ n: 1 }, function long({ n }) {
    let out = step({ n });
    for (let index = 1; index < 1000; index++) out = step({ n: out });
    return out;
  });
  const { partArn: _, ...alone } = target; // starts no other state machines
  expect(Object.keys(compile(long.graph, alone).States)).toHaveLength(1003);
});

test("loops within workflows within loops are compiled, thirty within each other", () => {
  const rotated = task(async function rotated({ from }: { from: number }) {
    return from;
  });
  function within(depth: number, n: Ref<number>): Ref<number> {
    if (depth === 0) return rotated({ from: n });
    const body = workflow({ x: 1 }, ({ x }) => within(depth - 1, x), { name: `level${depth}` });
    return whileLoop({
      state: { a: n, b: n, c: n },
      while: ({ a }) => lt(a, 10),
      do: ({ a, b, c }) => ({ a: b, b: c, c: body({ x: a }) }),
      maxIterations: 1,
    }).a;
  }
  const { graph } = workflow({ n: 1 }, ({ n }) => within(30, n), { name: "deep" });
  expect(JSON.stringify(compile(graph, target))).toContain("rotated");
});
