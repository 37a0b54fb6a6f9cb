import { messageOf } from "../../../sdk/base/errors.ts";
import type { ResultWriter } from "../../asl/definition.ts";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { StateError } from "../../language/state-error.ts";
import type { QueryLanguage } from "../../language/language.ts";
import type { ChildOutcome, MapRun } from "./map-run.ts";
import type { Visit } from "./visit.ts";

/** Turns the children's outcomes into the Map's result, in S3 or at once. */
export type WriteResults = (visit: Visit, mapRun: MapRun, outcomes: readonly ChildOutcome[]) => Promise<Json>;

export function compileWriter(writer: ResultWriter | undefined, language: QueryLanguage): WriteResults {
  if (writer === undefined) return (_visit, _run, outcomes) => Promise.resolve(transformed(outcomes, "COMPACT"));
  const transformation = textOf(writer.WriterConfig, "Transformation");
  const outputType = textOf(writer.WriterConfig, "OutputType") ?? "JSON";
  if (writer.Resource === undefined) {
    return (_visit, _run, outcomes) => Promise.resolve(transformed(outcomes, transformation ?? "NONE"));
  }
  const destination = language.template(writer.Arguments ?? writer.Parameters ?? {}, "ResultWriter/Arguments");
  return async (visit, mapRun, outcomes) => {
    const where = await destination(visit);
    const bucket = textOf(where, "Bucket");
    if (bucket === undefined) throw writerError("The ResultWriter's Bucket must be a string.");
    const prefix = [textOf(where, "Prefix")?.replace(/\/$/, ""), mapRun.arn.split(":").at(-1)]
      .filter(Boolean)
      .join("/");
    try {
      return await write(
        visit,
        mapRun,
        { bucket, prefix, transformation: transformation ?? "NONE", outputType },
        outcomes,
      );
    } catch (error) {
      throw writerError(messageOf(error));
    }
  };
}

function writerError(cause: string): StateError {
  return new StateError("States.ResultWriterFailed", cause);
}

function textOf(object: Json | undefined, name: string): string | undefined {
  const value = new Map<string, Json>(Object.entries(object ?? {})).get(name);
  return typeof value === "string" ? value : undefined;
}

interface Destination {
  readonly bucket: string;
  readonly prefix: string;
  readonly transformation: string;
  readonly outputType: string;
}

async function write(visit: Visit, mapRun: MapRun, to: Destination, outcomes: readonly ChildOutcome[]): Promise<Json> {
  const { objects } = visit.thread.run.integrations;
  const files: Record<string, Json> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  for (const [kind, statuses] of Object.entries({
    SUCCEEDED: ["SUCCEEDED"],
    FAILED: ["FAILED", "TIMED_OUT", "ABORTED"],
  })) {
    const some = outcomes.filter(({ status }) => statuses.includes(status));
    if (some.length === 0) continue;
    const results = kind === "SUCCEEDED" ? transformed(some, to.transformation) : some.map(description);
    const body =
      to.outputType === "JSONL" ? results.map((result) => JSON.stringify(result)).join("\n") : JSON.stringify(results);
    const key = `${to.prefix}/${kind}_0.${to.outputType.toLowerCase()}`;
    await objects.put(to.bucket, key, body);
    files[kind] = [{ Key: key, Size: Buffer.byteLength(body) }];
  }
  const manifest = `${to.prefix}/manifest.json`;
  await objects.put(
    to.bucket,
    manifest,
    JSON.stringify({ DestinationBucket: to.bucket, MapRunArn: mapRun.arn, ResultFiles: files }),
  );
  return { MapRunArn: mapRun.arn, ResultWriterDetails: { Bucket: to.bucket, Key: manifest } };
}

function transformed(outcomes: readonly ChildOutcome[], transformation: string): readonly Json[] {
  if (transformation === "NONE") return outcomes.map(description);
  const outputs = outcomes.flatMap(({ status, output }) =>
    status === "SUCCEEDED" && output !== undefined ? [output] : [],
  );
  return transformation === "FLATTEN" ? outputs.flat() : outputs;
}

/** A child as the result files have it. */
function description(outcome: ChildOutcome): JsonObject {
  const { executionArn, name, stateMachineArn, input, output, error, cause, status, startDate, stopDate } = outcome;
  return {
    ExecutionArn: executionArn,
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    Name: name,
    ...(output === undefined ? {} : { Output: JSON.stringify(output), OutputDetails: { Included: true } }),
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
    StartDate: startDate.toISOString(),
    StateMachineArn: stateMachineArn,
    Status: status,
    StopDate: stopDate.toISOString(),
  };
}
