import { afterEach, expect, test, vi } from "vitest";
import { ActorEnvironment, currentContext, task } from "lambent";
import { tasksOf } from "../../handlers/handler.ts";
import { invoke } from "../../handlers/invocation.ts";
import { addFieldsToConsole } from "../../handlers/json-console.ts";
import type { Invocation } from "../../handlers/payload.ts";

const original = { ...console };
afterEach(() => {
  Object.assign(console, original);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const actor = new ActorEnvironment({ name: "logging" });
const load = actor.cache(async function load(n: number) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  console.info("loaded");
  return n;
});
const say = actor.task(async function say({ n }: { n: number }) {
  console.log("begin");
  await load(n);
  console.warn({ n });
});
const all = actor.task(async function all() {
  console.debug("d");
  console.error("failed: %s", "x", new RangeError("too far"));
  console.error(new TypeError("alone"));
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  console.log(circle);
  console.log("two\nlines");
});
const tasks = tasksOf("logging", [{ say, all }]);
const execution = "arn:aws:states:us-east-1:1:execution:wf:1";

/** What is written to the log, as lines of JSON. */
async function linesOf(invocation: Invocation): Promise<Record<string, unknown>[]> {
  const written = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  addFieldsToConsole();
  await invoke(tasks, invocation, { id: "r1", initializationType: "on-demand", requestId: "q1" }, () => 60_000);
  const lines = written.mock.calls.map(([line]) => String(line));
  written.mockRestore();
  expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("a line says for which execution, node, task and item it was printed, beside what Lambda writes", async () => {
  const [line] = await linesOf({ task: "say", inputs: { n: 1 }, node: "say2", item: 4, execution });
  expect(line).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: "INFO",
    requestId: "q1",
    message: "begin",
    execution,
    node: "say2",
    task: "say",
    item: 4,
    replica: "r1",
  });
});

test("items of a batch that run side by side have fields of their own, in loads too", async () => {
  const batch = { indices: [5, 9], lists: { n: [50, 90] }, concurrentItems: 2 };
  const lines = await linesOf({ task: "say", inputs: {}, batch });
  expect(lines.map(({ item, message }) => [item, message])).toEqual([
    [5, "begin"],
    [9, "begin"],
    [5, "loaded"],
    [5, { n: 50 }],
    [9, "loaded"],
    [9, { n: 90 }],
  ]);
});

test("errors, objects and several values are as Lambda's runtime writes them", async () => {
  const lines = await linesOf({ task: "all" });
  expect(lines.map(({ level, message }) => [level, message])).toMatchObject([
    ["DEBUG", "d"],
    ["ERROR", expect.stringMatching(/^failed: x RangeError: too far\n {4}at /)],
    ["ERROR", { errorType: "TypeError", errorMessage: "alone", stackTrace: expect.any(Array) }],
    ["INFO", expect.stringContaining("[Circular *1]")],
    ["INFO", "two\nlines"],
  ]);
  expect(lines[1]).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
});

test("what is below the function's level is left to Lambda's runtime, which writes nothing of it", async () => {
  vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "ERROR");
  console.log = console.debug = () => {};
  expect((await linesOf({ task: "all" })).map(({ level }) => level)).toEqual(["ERROR", "ERROR"]);
});

test("what is printed outside of a task is as it was", () => {
  const printed = vi.fn();
  console.log = printed;
  addFieldsToConsole();
  console.log("outside", 1);
  expect(printed).toHaveBeenCalledWith("outside", 1);
});

test("a task reads node, item, replica and the client's trace from its context", async () => {
  const own = task(async function own() {
    const { node, item = null, replica, traceparent = null, tracestate = null } = currentContext();
    return { node, item, replica, traceparent, tracestate };
  });
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  async function contextOf(invocation: Partial<Invocation>): Promise<unknown> {
    const outcome = await invoke(tasksOf(undefined, [{ own }]), { task: "own", ...invocation }, replica, () => 1000);
    return outcome.output;
  }
  const replica = { id: "r1", initializationType: "on-demand" };
  expect(await contextOf({})).toEqual({ node: "own", item: null, replica: "r1", traceparent: null, tracestate: null });
  expect(await contextOf({ node: "own2", item: 0, trace: [traceparent, "a=b"] })).toEqual({
    node: "own2",
    item: 0,
    replica: "r1",
    traceparent,
    tracestate: "a=b",
  });
  // As the standard has it, what is no traceparent counts as none, and then so does the tracestate.
  for (const invalid of ["", "00-0", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, 7, traceparent.toUpperCase()])
    expect(await contextOf({ trace: [invalid, "a=b"] })).toMatchObject({ traceparent: null, tracestate: null });
});
