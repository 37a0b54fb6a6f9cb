import { isObject, printPath } from "../base/json.ts";
import { NonRetryableError } from "../base/errors.ts";
import { expectedAt } from "./json-schema.ts";
import { received } from "./received.ts";
import type { Schema, SchemaIssue, SchemaResult, TaskSchemas, WorkflowSchemas } from "./standard-schema.ts";

/** One thing that a schema has found wrong. */
export interface Problem {
  /** Where it is: `orders[2].amount`. */
  readonly path: string;
  /** What the schema's library says. */
  readonly message: string;
  /** What the schema takes there, as far as its JSON Schema tells. */
  readonly expected?: string;
  /** What is there, shortened. */
  readonly received: string;
}

/** What is not as its schema has it. Another attempt would fail alike. */
class Invalid extends NonRetryableError {
  readonly problems: readonly Problem[];

  constructor(name: string, what: string, problems: readonly Problem[]) {
    super(`${what}: ${problemsText(problems)}`);
    this.name = name;
    this.problems = problems;
  }
}

/**
 * @param at what the value is called, which its paths begin with
 * @throws what the schema's own functions throw
 */
export async function validate(
  schema: Schema,
  value: unknown,
  at: string,
): Promise<{ readonly value: unknown } | { readonly problems: readonly Problem[] }> {
  const result = await schema["~standard"].validate(value);
  return isValid(result) ? result : { problems: problemsOf(schema, result.issues, value, at) };
}

export function isValid<O>(result: SchemaResult<O>): result is { readonly value: O } {
  return result.issues === undefined;
}

export function problemsOf(
  schema: Schema,
  issues: readonly SchemaIssue[],
  value: unknown,
  at: string,
): readonly Problem[] {
  return issues.map((issue) => {
    const keys = keysOf(issue);
    const path = printPath(at, keys);
    const isSecret = keys.concat(at).some((key) => isSecretName(String(key)));
    const expected = expectedAt(schema, keys);
    return {
      path,
      // A library's message may repeat the value.
      message: isSecret ? "it is not as its schema has it" : issue.message.slice(0, LONGEST_MESSAGE),
      ...(expected === undefined ? {} : { expected }),
      received: received(valueAt(value, keys), isSecret),
    };
  });
}

/** Of thousands of faults no more are told than fit into an error's cause. */
const MOST_TOLD = 20;

export function problemsText(problems: readonly Problem[]): string {
  return listed(problems.map(problemText));
}

/** Several faults as one text, which names as many as somebody reads. */
export function listed(faults: readonly string[]): string {
  const more = faults.length > MOST_TOLD ? [`and ${faults.length - MOST_TOLD} more`] : [];
  return [...faults.slice(0, MOST_TOLD), ...more].join("; ");
}

export function problemText({ path, message, expected, received: got }: Problem): string {
  return `${path}: ${message} (${expected === undefined ? "" : `expected ${expected}, `}received ${got})`;
}

const LONGEST_MESSAGE = 300;

/** Whether nothing is to be repeated of a value with this name, nor of what is in it. */
export function isSecretName(name: string): boolean {
  return /passw|secret|token|credential|api.?key|private.?key/i.test(name);
}

/** The steps to what an issue is about. */
export function keysOf({ path = [] }: SchemaIssue): readonly (string | number)[] {
  // Not path.map: arktype's is of a class of its own, of which `map` makes another with one key too many.
  return Array.from(path, (step) => {
    const key = typeof step === "object" ? step.key : step;
    return typeof key === "number" ? key : String(key);
  });
}

function valueAt(value: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce((at: unknown, key) => (isObject(at) ? (Reflect.get(at, key) as unknown) : undefined), value);
}

/** Run a task's function between the checks of its schemas. */
export async function runChecked(
  task: string,
  { input, output }: TaskSchemas,
  run: (inputs: unknown) => unknown,
  inputs: unknown,
): Promise<unknown> {
  const taken = await checked("InvalidInput", `task ${task}`, input, inputs, "inputs");
  return checked("InvalidOutput", `task ${task}`, output, await run(taken), "output");
}

/** What a workflow's inputs are, or its output, by their schemas. */
export function runWorkflowCheck(workflow: string, schemas: WorkflowSchemas, given: unknown): Promise<unknown> {
  return "~standard" in schemas ? validOutput(workflow, schemas, given) : validInputs(workflow, schemas, given);
}

function validOutput(workflow: string, schema: Schema, inputs: unknown): Promise<unknown> {
  const value = isObject(inputs) ? (Reflect.get(inputs, "value") as unknown) : undefined;
  return checked("InvalidOutput", `workflow ${workflow}`, schema, value, "output");
}

async function checked(
  error: string,
  what: string,
  schema: Schema | undefined,
  value: unknown,
  at: string,
): Promise<unknown> {
  if (schema === undefined) return value;
  const result = await validate(schema, value, at);
  if ("problems" in result) throw new Invalid(error, what, result.problems);
  return result.value;
}

async function validInputs(
  workflow: string,
  schemas: readonly (readonly [name: string, schema: Schema])[],
  inputs: unknown,
): Promise<Record<string, unknown>> {
  const results = await Promise.all(
    schemas.map(async ([name, schema]) => [name, await validate(schema, valueAt(inputs, [name]), name)] as const),
  );
  const problems = results.flatMap(([, result]) => ("problems" in result ? result.problems : []));
  if (problems.length > 0) throw new Invalid("InvalidInputs", `workflow ${workflow}`, problems);
  return Object.fromEntries(results.map(([name, result]) => [name, "value" in result ? result.value : undefined]));
}
