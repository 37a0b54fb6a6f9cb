import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { isJsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { StateError } from "../../language/state-error.ts";
import type { Api } from "../aws/aws-call.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import type { Clock } from "../kernel/clock.ts";
import { at, type Job, type JobFacts } from "./job.ts";

/** How often a job is looked at: after `first` milliseconds, then twice as long each time, up to `longest`. */
export interface Pace {
  readonly first: number;
  readonly longest: number;
}

/** Servers on this machine bear it, and a test waits for it. */
export const LOCAL_PACE: Pace = { first: 10, longest: 1000 };
/** AWS counts requests; Step Functions itself is told of most jobs within seconds. */
export const AWS_PACE: Pace = { first: 1000, longest: 30_000 };

/** Failures to look in a row after which a job is given up. */
const FAILED_LOOKS = 5;
const STOP_MS = 10_000;

export interface JobRun {
  readonly job: Job;
  readonly facts: JobFacts;
  /** Calls the API for as long as it is waited for. */
  readonly api: (signal: AbortSignal) => Api;
  readonly cancellation: Cancellation;
  readonly clock: Clock;
  readonly pace: Pace;
}

/**
 * Waits for the end of a job. Where nobody waits any more, as after a timeout, it is told to stop, if AWS does that.
 * @returns the result of the Task
 * @throws {StateError} `States.TaskFailed` with the job's document as its cause
 */
export async function jobEnd(run: JobRun): Promise<Json> {
  const { cancellation, clock, pace } = run;
  const leave = cancellation.onCancel(() => {
    if (!cancellation.isSuspended) void stop(run);
  });
  try {
    let failures = 0;
    for (let wait = pace.first; ; wait = Math.min(2 * wait, pace.longest)) {
      let end: End | undefined;
      try {
        end = await look(run);
        failures = 0;
      } catch (error) {
        if (cancellation.cancelled) throw new Cancelled();
        if (++failures === FAILED_LOOKS) throw error;
      }
      if (end?.hasFailed) throw new StateError("States.TaskFailed", JSON.stringify(end.result));
      if (end !== undefined) return end.result;
      await pause(wait, clock, cancellation);
    }
  } finally {
    leave();
  }
}

interface End {
  readonly result: JsonObject;
  readonly hasFailed: boolean;
}

/** @returns undefined while the job goes on */
async function look({ job, facts, api, cancellation }: JobRun): Promise<End | undefined> {
  const call = api(cancellation.signal);
  const document = await describe(job, facts, call);
  if (document === undefined) return { result: facts.started, hasFailed: false };
  const status = String(at(document, job.status));
  const hasSucceeded = job.succeeded.includes(status);
  if (!hasSucceeded && !job.failed.includes(status)) return undefined;
  const hasFailed = !hasSucceeded || (await job.hasFailed?.(document, call)) === true;
  return { result: resultOf(job, facts, document), hasFailed };
}

/** The job's document; undefined where it has ended by no longer being known. */
async function describe(job: Job, facts: JobFacts, api: Api): Promise<JsonObject | undefined> {
  const [action, input] = job.describe(facts);
  let answer: JsonObject;
  try {
    answer = (await api(action, input)).output;
  } catch (error) {
    if (job.endsUnknown && error instanceof StateError && /NotFound/.test(error.error ?? "")) return undefined;
    throw error;
  }
  const document = job.document === undefined ? answer : at(answer, job.document);
  if (isJsonObject(document)) return document;
  if (job.endsUnknown) return undefined;
  throw new StateError("States.TaskFailed", `${action} no longer tells of the job: ${JSON.stringify(answer)}`);
}

function resultOf({ as, beside = [] }: Job, { asked, started }: JobFacts, document: JsonObject): JsonObject {
  if (as === undefined) return document;
  const ids = beside.map((member): [string, Json] => [member, started[member] ?? asked[member] ?? null]);
  return { [as]: document, ...Object.fromEntries(ids) };
}

/** As well as it can be: nobody is left to be told. */
async function stop({ job, facts, api }: JobRun): Promise<void> {
  if (job.stop === undefined) return;
  try {
    const [action, input] = job.stop(facts);
    await api(AbortSignal.timeout(STOP_MS))(action, input);
  } catch {
    // It goes on.
  }
}

function pause(milliseconds: number, clock: Clock, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    const callOff = clock.after(milliseconds, () => {
      leave();
      resolve();
    });
    const leave = cancellation.onCancel(() => {
      callOff();
      reject(new Cancelled());
    });
  });
}
