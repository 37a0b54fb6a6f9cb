import type { InputDeclaration } from "../graph/graph.ts";
import type { Ref } from "../graph/ref.ts";
import { PASSING_ERRORS } from "../base/passing-errors.ts";
import { schemaTasks } from "../values/checked-tasks.ts";
import { isSchema, type Schema } from "../values/standard-schema.ts";
import type { TaskDefinition } from "./definition.ts";
import { noteTask } from "./made-tasks.ts";
import { issuesOf, shapeOfSchema } from "./schema-shape.ts";
import type { Trace } from "./trace.ts";

/** Declare an input that has a schema. It may be missing if the schema takes that, or does not tell at once. */
export function schemaInput(
  trace: Trace,
  name: string,
  schema: Schema,
): { declaration: InputDeclaration; ref: Ref<unknown> } {
  const mayBeMissing = (issuesOf(schema, undefined) ?? []).length === 0;
  const { declaration, ref } = mayBeMissing ? trace.optionalInput(name) : trace.input(name, undefined, {});
  return { declaration: { ...declaration, shape: shapeOfSchema(schema) }, ref };
}

/**
 * How often a schema is asked again where its replica has ended or the store has failed: its author has no other place to
 * say so. What its own functions throw is not tried again.
 */
const CHECK_ATTEMPTS = 6;

/** The schemas of those inputs that have one, by the inputs' names. */
export function schemasOf(declared: object): ReadonlyMap<string, Schema> {
  return new Map(Object.entries(declared).filter((entry): entry is [string, Schema] => isSchema(entry[1])));
}

/** The tasks that look at what a workflow is given and gives. */
export interface SchemaChecks {
  readonly inputs?: TaskDefinition;
  readonly output?: TaskDefinition;
}

export function schemaChecks(workflow: string, declared: object, output: Schema | undefined): SchemaChecks {
  const tasks = schemaTasks(workflow, declared, output).map(({ name, run }): TaskDefinition => ({
    name,
    run,
    options: { retries: { maxAttempts: CHECK_ATTEMPTS, maxDelaySeconds: 20, errors: PASSING_ERRORS } },
  }));
  for (const task of tasks) noteTask(task);
  const inputs = tasks.find(({ name }) => name === `${workflow}.inputs`);
  const last = tasks.find(({ name }) => name === `${workflow}.output`);
  return { ...(inputs === undefined ? {} : { inputs }), ...(last === undefined ? {} : { output: last }) };
}

/**
 * Trace a workflow's function after the task that looks at its inputs, with what that makes of them.
 * @param refs those of all inputs, as callers give them
 */
export function afterInputs<R>(
  trace: Trace,
  { inputs: definition }: SchemaChecks,
  schemas: ReadonlyMap<string, Schema>,
  refs: Readonly<Record<string, Ref<unknown>>>,
  fn: (refs: Readonly<Record<string, Ref<unknown>>>) => R,
): R {
  if (definition === undefined) return fn(refs);
  const names = [...schemas.keys()];
  const checked = addCheck<Record<string, unknown>>(trace, definition, "checkInputs", (name) => refs[name], names);
  const own = names.map((name) => [name, checked.ref[name] as Ref<unknown>] as const); // a Ref has every field
  return trace.ordered([checked.variable], () => fn({ ...refs, ...Object.fromEntries(own) })).result;
}

/** What a workflow returns, once the task has looked at it that does. */
export function checkedOutput(trace: Trace, { output: definition }: SchemaChecks, output: unknown): unknown {
  if (definition === undefined) return output;
  return addCheck(trace, definition, "checkOutput", () => output, ["value"]).ref;
}

function addCheck<O>(
  trace: Trace,
  definition: TaskDefinition,
  node: string,
  valueOf: (name: string) => unknown,
  names: readonly string[],
): { readonly ref: Ref<O>; readonly variable: string } {
  const named = trace.named(node);
  const fields = Object.fromEntries(names.map((name) => [name, valueOf(name)]));
  const inputs = trace.fields(fields, definition.name);
  const { options } = definition;
  const ref = trace.add<O>({ kind: "task", ...named, address: trace.use(definition), inputs, options });
  return { ref, variable: named.variable };
}
