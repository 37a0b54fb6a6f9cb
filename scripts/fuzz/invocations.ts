import fc from "fast-check";
import { task } from "../../sdk/index.ts";
import { createHandler } from "../../handlers/handler.ts";
import { isObject, type Json } from "../../sdk/base/json.ts";
import { edited, oddJson } from "./odd.ts";
import { Fault, type OpenSurface } from "./surface.ts";
import { checkMessage } from "./verdict.ts";

const echo = task(async function echo({ a }: { a: unknown }) {
  return a;
});

const EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:m:e";

/** What state machines send to a function: one call, a batch, and values of every kind. */
const INVOCATIONS: readonly Json[] = [
  {
    task: "echo",
    inputs: { a: 1 },
    execution: EXECUTION,
    node: "echo",
    timeout: 10,
    budget: { bytes: 200, reads: { by: "n" } },
  },
  {
    task: "echo",
    inputs: { a: 1 },
    execution: EXECUTION,
    batch: { indices: [0, 1], lists: { a: [1, 2] }, concurrentItems: 2, failFast: "m" },
  },
  {
    task: "echo",
    inputs: {},
    list: { kind: "elements", lists: { a: [1, 2, 3] }, from: 0, to: 2 },
    budget: { bytes: 100 },
  },
  { task: "echo", inputs: { a: 1 }, list: { kind: "keys", lists: { a: [1, 2] }, from: 0, to: 2, paths: [["a"]] } },
  {
    task: "echo",
    inputs: {},
    list: { kind: "collect", first: 0, count: 2, done: [{ 0: 1 }, { $stored: "f/values/x" }] },
  },
  {
    task: "echo",
    inputs: {},
    list: { kind: "join", pieces: [[1], { $list: { key: "f/values/x", count: 1, bytes: 3 } }] },
  },
  { task: "echo", inputs: { a: { $value: { Map: [[1, 2]] } } }, trace: ["00-1-2-01", null, 3], token: "t", item: 3 },
  { task: "echo", inputs: { a: { $value: { Date: "2026-01-01T00:00:00.000Z" } } }, errors: ["E"] },
  {
    task: "echo",
    inputs: { a: [{ $stored: "f/values/x" }, { $s3File: { bucket: "b", key: "k" } }, { $plain: { $stored: "x" } }] },
  },
];

/** Lambda's context, as far as the handler reads it. */
const CONTEXT = {
  functionName: "f",
  awsRequestId: "r",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
  getRemainingTimeInMillis: () => 30_000,
};

/** Invocations of a function that no state machine of Lambent's would make: what it throws is a document that Lambda shows. */
export function invocations(): OpenSurface<Json> {
  const handler = createHandler(undefined, [{ echo }]);
  return {
    name: "invocations",
    share: 200,
    cases: fc
      .oneof({ weight: 4, arbitrary: edited(INVOCATIONS, oddJson()) }, { weight: 1, arbitrary: oddJson() })
      .map((invocation) => JSON.parse(JSON.stringify(invocation)) as Json), // as it comes over the wire
    async attempt(invocation) {
      const handle = (await handler) as unknown as (event: Json, context: object) => Promise<unknown>; // Lambda's own context has more
      try {
        const answer = await handle(invocation, CONTEXT);
        if (!isObject(answer)) throw new Fault(`answered ${String(answer)}`);
        return true;
      } catch (error) {
        if (error instanceof Fault || !(error instanceof Error)) throw error;
        checkMessage(error.message); // of any class: Lambda shows the name, and Retry and Catch find it by that
        return false;
      }
    },
    show: (invocation) => JSON.stringify(invocation),
    close: () => Promise.resolve(),
  };
}
