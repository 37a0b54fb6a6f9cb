import { isJsonObject, type Json } from "../../../sdk/base/json.ts";

/** What is wrong with a value of a file, with the place of it before; undefined when nothing is. */
export type Shape = (value: Json | undefined, at: string) => string | undefined;

function shape(what: string, is: (value: Json | undefined) => boolean): Shape {
  return (value, at) => (is(value) ? undefined : `${at} is ${shown(value)}, and must be ${what}`);
}

const LONGEST_SHOWN = 40;

function shown(value: Json | undefined): string {
  return value === undefined ? "missing" : (JSON.stringify(value) ?? "").slice(0, LONGEST_SHOWN);
}

const text = shape("a text", (value) => typeof value === "string");
const integer = shape("a whole number", Number.isInteger);
const number = shape("a number", (value) => typeof value === "number");
const anyObject = shape("an object", isJsonObject);
const time = shape(
  "a time in milliseconds since 1970",
  (value) => typeof value === "number" && !Number.isNaN(new Date(value).getTime()),
);

function oneOf(...values: readonly string[]): Shape {
  return shape(`one of ${values.join(", ")}`, (value) => typeof value === "string" && values.includes(value));
}

function optional(of: Shape): Shape {
  return (value, at) => (value === undefined ? undefined : of(value, at));
}

function list(of: Shape): Shape {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at} is ${shown(value)}, and must be a list`;
    for (const [index, item] of value.entries()) {
      const fault = of(item, `${at}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

function object(fields: Readonly<Record<string, Shape>>): Shape {
  return (value, at) => {
    if (!isJsonObject(value)) return anyObject(value, at);
    for (const [name, of] of Object.entries(fields)) {
      const fault = of(value[name], `${at}.${name}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

const type = oneOf("STANDARD", "EXPRESS");
const revision = object({ definition: text, roleArn: text, revisionId: optional(text) });
const description = optional(text);
const routing = list(object({ stateMachineVersionArn: text, weight: number }));

/** Of a `StoredMachine`. */
export const MACHINE: Shape = object({
  name: text,
  type,
  creationDate: time,
  updateDate: time,
  revision,
  latestVersion: integer,
  versions: list(object({ number: integer, revision: optional(revision), description, creationDate: time })),
  aliases: list(object({ name: text, routing, description, creationDate: time, updateDate: time })),
  logging: anyObject,
  tracing: anyObject,
  encryption: optional(anyObject),
});

/** Of a `StoredActivity`. */
export const ACTIVITY: Shape = object({ name: text, creationDate: time });

/** Of what one ARN has of tags. */
export const TAGS: Shape = (value, at) =>
  isJsonObject(value)
    ? object(Object.fromEntries(Object.keys(value).map((key) => [key, text])))(value, at)
    : anyObject(value, at);

const details = shape("an object or null", (value) => value === null || isJsonObject(value));

const mocks = object({
  testCase: text,
  states: list(
    object({
      state: text,
      responses: text,
      invocations: list(object({ first: integer, last: integer, response: anyObject })),
      made: integer,
    }),
  ),
});

const counts = object({ total: integer, succeeded: integer, failed: integer, timedOut: integer, aborted: integer });

/** Of a `StoredMapRun`. */
export const MAP_RUN: Shape = object({
  arn: text,
  executionArn: text,
  plan: object({ label: text, type, maxConcurrency: number }),
  startDate: time,
  status: oneOf("RUNNING", "SUCCEEDED", "FAILED", "ABORTED"),
  stopDate: optional(time),
  redriveCount: integer,
  redriveDate: optional(time),
  items: counts,
  executions: counts,
});

/** Of `StoredBatches`. */
export const BATCHES: Shape = object({ arn: text, batches: list(object({ items: integer })) });

/** Of a `StoredExecution`. */
export const EXECUTION: Shape = object({
  plan: object({
    arn: text,
    name: text,
    stateMachineArn: text,
    stateMachineName: text,
    stateMachineVersionArn: optional(text),
    stateMachineAliasArn: optional(text),
    mapRunArn: optional(text),
    roleArn: text,
    type,
    definition: text,
    timeoutSeconds: optional(number),
    inputText: text,
    traceHeader: optional(text),
    mocks: optional(mocks),
  }),
  startDate: time,
  status: oneOf("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"),
  stopDate: optional(time),
  redriveCount: optional(integer),
  redriveDate: optional(time),
  journalled: optional(integer),
  error: optional(text),
  cause: optional(text),
  history: optional(object({ types: list(text), previous: list(integer), times: list(time), details: list(details) })),
});
