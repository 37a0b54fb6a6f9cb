import { messageOf } from "../../../sdk/base/errors.ts";
import type { ResultWriter } from "../../asl/definition.ts";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { StateError } from "../../language/state-error.ts";
import type { QueryLanguage } from "../../language/language.ts";
import type { ChildOutcome, MapRun } from "./map-run.ts";
import type { Visit } from "./visit.ts";

/** What is kept of a Map Run's children until its end, and what the Map's result is of that. */
export interface Results {
  add(index: number, outcome: ChildOutcome): void;
  /** In S3 or at once. */
  end(visit: Visit, mapRun: MapRun): Promise<Json>;
}

export function compileWriter(writer: ResultWriter | undefined, language: QueryLanguage): () => Results {
  if (writer === undefined) return gather(outputOf, async (outputs) => outputs);
  const transformation = textOf(writer.WriterConfig, "Transformation") ?? "NONE";
  const outputType = textOf(writer.WriterConfig, "OutputType") ?? "JSON";
  if (writer.Resource === undefined) {
    // Of 100,000 children that are described, the descriptions are more than 100 MB; most Maps need the outputs alone.
    if (transformation === "NONE") return gather(description, async (descriptions) => descriptions);
    return gather(outputOf, async (outputs) => transformed(outputs, transformation));
  }
  const destination = language.template(writer.Arguments ?? writer.Parameters ?? {}, "ResultWriter/Arguments");
  return gather(whole, async (outcomes, visit, mapRun) => {
    const where = await destination(visit);
    const bucket = textOf(where, "Bucket");
    if (bucket === undefined) throw writerError("The ResultWriter's Bucket must be a string.");
    const prefix = [textOf(where, "Prefix")?.replace(/\/$/, ""), mapRun.arn.split(":").at(-1)]
      .filter(Boolean)
      .join("/");
    try {
      return await write(visit, mapRun, { bucket, prefix, transformation, outputType }, outcomes);
    } catch (error) {
      throw writerError(messageOf(error));
    }
  });
}

/** @param keep What to keep of a child, undefined for nothing. @param end Gets that in the order of the children. */
function gather<Kept>(
  keep: (outcome: ChildOutcome) => Kept | undefined,
  end: (kept: readonly Kept[], visit: Visit, mapRun: MapRun) => Promise<Json>,
): () => Results {
  return () => {
    const kept: (Kept | undefined)[] = [];
    return {
      add(index, outcome) {
        kept[index] = keep(outcome);
      },
      end: (visit, mapRun) =>
        end(
          kept.filter((one) => one !== undefined),
          visit,
          mapRun,
        ),
    };
  };
}

function outputOf({ status, output }: ChildOutcome): Json | undefined {
  return status === "SUCCEEDED" ? output : undefined;
}

function whole(outcome: ChildOutcome): ChildOutcome {
  return outcome;
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
    const isTransformed = kind === "SUCCEEDED" && to.transformation !== "NONE";
    const results = isTransformed
      ? transformed(
          some.map(outputOf).filter((output) => output !== undefined),
          to.transformation,
        )
      : some.map(description);
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

function transformed(outputs: readonly Json[], transformation: string): readonly Json[] {
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
