import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { StateError } from "../../language/state-error.ts";
import type { Api } from "../aws/aws-call.ts";

/** What there is to know a job by. */
export interface JobFacts {
  /** The arguments of the Task. */
  readonly asked: JsonObject;
  /** What the API answered with when it took the job on. */
  readonly started: JsonObject;
}

/** An action of the API and what it is given. */
export type Request = readonly [action: string, input: JsonObject];

/** How the end of a job is waited for that an action with `.sync` has begun. */
export interface Job {
  readonly describe: (facts: JobFacts) => Request;
  /** Where the job's document is in the answer to `describe`. Default: it is the answer. */
  readonly document?: string;
  /** Where its state is in that document. */
  readonly status: string;
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  /** Whether a job in a state of `succeeded` has failed all the same. */
  readonly hasFailed?: (document: JsonObject, api: Api) => Promise<boolean>;
  /** The member of the result that the document is, beside these of `started`. Default: it is the result. */
  readonly as?: string;
  readonly beside?: readonly string[];
  /** It has succeeded when the API no longer knows it: it is a deletion. */
  readonly endsUnknown?: true;
  /** Absent: it goes on when the Task no longer waits, as on AWS. */
  readonly stop?: (facts: JobFacts) => Request;
}

/** What is at a path of members and indices. */
export function at(value: Json | undefined, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((part, step) => {
    if (Array.isArray(part)) return part[Number(step)];
    return isJsonObject(part) ? part[step] : undefined;
  }, value);
}

/** @throws {StateError} if the document does not say what the job is known by */
export function need(document: JsonObject, path: string): Json {
  const found = at(document, path);
  if (found !== undefined) return found;
  throw new StateError(
    "States.TaskFailed",
    `The end of the job cannot be waited for: there is no ${path} in ${JSON.stringify(document)}`,
  );
}

/** What tells which job it is. */
export type Known = (facts: JobFacts) => Json;
