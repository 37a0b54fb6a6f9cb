import { LambentError } from "../base/errors.ts";
import type { Schema } from "../values/standard-schema.ts";
import { problemsOf, problemsText } from "../values/validate.ts";
import { issuesOf } from "./schema-shape.ts";

/**
 * Look at a value that is known while tracing, as the task will that checks a workflow's inputs. What an async schema says
 * nobody waits for here.
 * @param what whose input it is, for messages
 * @param at the input
 * @throws {LambentError} for what the schema refuses
 */
export function checkLiteral(what: string, at: string, schema: Schema, value: unknown): void {
  const issues = issuesOf(schema, value) ?? [];
  if (issues.length === 0) return;
  throw new LambentError(`${what}: ${problemsText(problemsOf(schema, issues, value, at))}`);
}
