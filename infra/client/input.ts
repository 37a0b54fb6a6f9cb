import { join } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json, JsonObject } from "../../sdk/base/json.ts";
import type { WorkflowDefinition } from "../../sdk/authoring/definition.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import type { Schema } from "../../sdk/values/standard-schema.ts";
import { decodeGiven } from "../../sdk/values/crossing.ts";
import { listed, problemText, validate } from "../../sdk/values/validate.ts";
import { inputProblems } from "../compile/input-states.ts";
import { compile } from "../language/jsonata-expression.ts";
import { LAMBENT_DIRECTORY } from "../project/names.ts";
import { executionInput } from "../run/execution-input.ts";
import { viewOf } from "../run/remote/machine-checks.ts";
import type { Server } from "../run/remote/server.ts";
import { withRequiredFiles } from "../run/required-files.ts";

/**
 * Inputs that are not what a workflow declares, found before anything was started. The state machine, which looks at them
 * again, would have failed with an error of this name.
 * @example
 * try {
 *   await new Client().start(wf, JSON.parse('{"initValue": "two"}'));
 * } catch (error) {
 *   if (error instanceof InvalidInputs) console.error(error.problems);
 * }
 */
export class InvalidInputs extends LambentError {
  override readonly name = "InvalidInputs";
  /** All that is wrong, a sentence each. */
  readonly problems: readonly string[];

  constructor(workflow: string, problems: readonly string[]) {
    super(`workflow ${workflow}: ${listed(problems)}`);
    this.problems = problems;
  }
}

/**
 * The input of an execution, as JSON.
 * @param beside what an execution may be given beside the workflow's inputs
 * @throws {InvalidInputs} that tells of all of them
 * @throws {LambentError} that names what JSON cannot carry
 */
export async function checkedInput(
  { graph, schemas }: Pick<WorkflowDefinition, "graph" | "schemas">,
  inputs: object,
  beside: Readonly<Record<string, Json | undefined>>,
  server: Server,
): Promise<Json> {
  const known = await withRequiredFiles(graph, inputs);
  const own = executionInput(known, inputs);
  const added = Object.entries(beside).filter(([, value]) => value !== undefined);
  const input = isPlainInput(own) ? { ...own, ...(Object.fromEntries(added) as JsonObject) } : own; // none is undefined
  const problems = [...(await problemsOf(known, input, server)), ...(await schemaProblems(schemas, own))];
  if (problems.length > 0) throw new InvalidInputs(graph.workflow, problems);
  return input;
}

function isPlainInput(input: Json): input is JsonObject {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** By their schemas in full, of the inputs that are given: those that are missing are told of beside. */
async function schemaProblems(schemas: ReadonlyMap<string, Schema>, input: Json): Promise<readonly string[]> {
  const given = Object.entries(isPlainInput(input) ? input : {});
  const results = await Promise.all(
    given.map(async ([name, value]) => {
      const schema = schemas.get(name);
      return schema === undefined ? [] : problemsBy(schema, decodeGiven(value), name); // as the task will see it
    }),
  );
  return results.flat();
}

async function problemsBy(schema: Schema, value: unknown, name: string): Promise<readonly string[]> {
  const result = await validate(schema, value, name);
  return "problems" in result ? result.problems.map(problemText) : [];
}

/**
 * By the state machine's own expression, so that both say the same. Which buckets a caller may name files in is known to
 * the state machine alone, which looks at that when it starts.
 */
async function problemsOf({ inputs }: GraphData, input: Json, { isAws }: Server): Promise<readonly string[]> {
  // Their schemas tell more than the state machine looks at.
  const unshaped = inputs.map((input) => (input.shape === undefined ? input : { ...input, shape: {} }));
  const check = compile(
    inputProblems(unshaped, {
      functionName: () => "",
      queues: () => false,
      callerFiles: ["s3://"],
      localStore: isAws ? [] : [join(process.cwd(), LAMBENT_DIRECTORY, "store"), join(LAMBENT_DIRECTORY, "store")],
    }),
  );
  const problems = await check(viewOf(input));
  return (Array.isArray(problems) ? problems : [problems ?? []].flat()).map(String);
}
