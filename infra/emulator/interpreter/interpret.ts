import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { ResultTooLarge } from "../../language/evaluation-limits.ts";
import { errorOutput, StateError } from "../../language/state-error.ts";
import type { Eventually } from "../../language/language.ts";
import { checkPayload, payloadTooLarge } from "../kernel/limits.ts";
import type { Consequence } from "../kernel/progress.ts";
import { catcherFor, Retries } from "./retry.ts";
import type { Thread } from "./thread.ts";
import { type Step, Visit } from "./visit.ts";

/**
 * Runs states from the first one, or from where the thread's frontier is, to the end, and gives the last one's output.
 * @param steps The block's states, by name.
 * @throws {StateError | Cancelled}
 */
export async function interpret(
  steps: ReadonlyMap<string, Step>,
  thread: Thread,
  startAt: string,
  startInput: Json,
): Promise<Json> {
  const { frontier } = thread;
  if (frontier.name === undefined && !frontier.isDone) frontier.go(startAt, startInput);
  while (frontier.name !== undefined) {
    const step = steps.get(frontier.name);
    if (step === undefined) throw new StateError("States.Runtime", `There is no state '${frontier.name}'.`);
    const turn = thread.takeTurn();
    if (turn !== undefined) await turn;
    const visit = new Visit(thread, step);
    const output = stay(visit);
    if (output instanceof Promise) await output;
  }
  return frontier.input;
}

/** All attempts of one visit; gives the state's output and leaves `visit.next` set. */
function stay(visit: Visit): Eventually<Json> {
  const resumesAt = visit.thread.frontier.held?.resumesAt;
  if (resumesAt !== undefined) return retryLate(visit, resumesAt);
  try {
    const output = attempt(visit);
    return output instanceof Promise ? output.catch((error: unknown) => recover(visit, error)) : output;
  } catch (error) {
    return recover(visit, error);
  }
}

/** Goes on with a retry that another process has begun. */
async function retryLate(visit: Visit, resumesAt: number): Promise<Json> {
  await pauseBeforeRetry(visit, resumesAt - visit.thread.run.clock.now());
  try {
    return await attempt(visit);
  } catch (error) {
    return recover(visit, error);
  }
}

// Awaiting what is no promise costs a turn of the microtask queue, and a state of plain values would take five of them.
function attempt(visit: Visit): Eventually<Json> {
  const { flow, work } = visit.step;
  work.begin?.(visit);
  const selected = flow.select(visit);
  return selected instanceof Promise ? selected.then((value) => onSelected(visit, value)) : onSelected(visit, selected);
}

function onSelected(visit: Visit, selected: Json): Eventually<Json> {
  visit.selected = selected;
  const effective = visit.step.flow.input(visit);
  return effective instanceof Promise
    ? effective.then((value) => onEffective(visit, value))
    : onEffective(visit, effective);
}

function onEffective(visit: Visit, effective: Json): Eventually<Json> {
  visit.effective = effective;
  if (effective !== visit.input) {
    checkPayload(effective, visit.thread.run.limits, `The state/task '${visit.step.name}'`, "was given an input");
  }
  const result = visit.step.work.run(visit);
  return result instanceof Promise ? result.then((value) => onResult(visit, value)) : onResult(visit, result);
}

function onResult(visit: Visit, result: Json): Eventually<Json> {
  if (visit.step.givesResult) visit.result = result;
  return leave(visit);
}

/** Retries and catches what an attempt threw. @throws {StateError | Cancelled} */
async function recover(visit: Visit, first: unknown): Promise<Json> {
  const { thread, step } = visit;
  const retries = new Retries(step.retry, 0, thread.frontier.held?.used);
  let error = first;
  for (;;) {
    if (error instanceof Cancelled) recordAbort(visit);
    const failure = failureOf(visit, error);
    const delay = retries.next(failure, thread.run.identity);
    if (delay === undefined) return caught(visit, failure);
    tell(visit, failure, { kind: "retried", attempt: visit.retryCount + 1, delayMs: delay * 1000 });
    visit.retryCount++;
    const resumesAt = thread.run.clock.now() + delay * 1000;
    thread.attempt({ retryCount: visit.retryCount, used: retries.used, resumesAt });
    await pauseBeforeRetry(visit, delay * 1000);
    visit.result = undefined;
    try {
      return await attempt(visit);
    } catch (again) {
      error = again;
    }
  }
}

/** A catcher's Output and Assign may fail too; that is final. */
async function caught(visit: Visit, failure: StateError): Promise<Json> {
  const { step } = visit;
  if (failure.error === "States.Runtime") visit.thread.run.hasFatalError = true;
  else step.work.failed?.(visit, failure);
  const catcher = catcherFor(step.catch, failure);
  tell(visit, failure, catcher === undefined ? { kind: "failed" } : { kind: "caught", next: catcher.next });
  if (catcher === undefined) {
    visit.thread.frontier.failure = failure.error;
    throw failure;
  }
  visit.errorOutput = errorOutput(failure);
  visit.next = catcher.next;
  visit.flow = catcher.flow;
  try {
    return await leave(visit);
  } catch (error) {
    const final = failureOf(visit, error);
    visit.thread.frontier.failure = final.error;
    throw final;
  }
}

function tell({ thread, where, step }: Visit, failure: StateError, outcome: Consequence): void {
  thread.run.tell?.({ type: "attempt-failed", where, stateType: step.type, failure, outcome });
}

async function pauseBeforeRetry(visit: Visit, milliseconds: number): Promise<void> {
  try {
    await visit.thread.pause(milliseconds);
  } catch (error) {
    recordAbort(visit);
    throw error;
  }
}

const ABORTABLE = new Set(["Task", "Wait", "Map", "Parallel"]);

/** A state that a sibling's failure stops says so; the end of the whole execution is recorded once, at its end. */
function recordAbort({ thread, step }: Visit): void {
  if (ABORTABLE.has(step.type) && !thread.run.root.cancelled && !thread.run.hasFatalError)
    thread.recordAside(`${step.type}StateAborted`);
}

/** Assigns, works out the output and records the exit. */
export function leave(visit: Visit): Eventually<Json> {
  const assigned = visit.flow.assign?.(visit);
  return assigned instanceof Promise
    ? assigned.then((values) => onAssigned(visit, values))
    : onAssigned(visit, assigned);
}

// Output reads what was there before Assign took effect.
function onAssigned(visit: Visit, assigned: JsonObject | undefined): Eventually<Json> {
  const output = visit.flow.output(visit);
  return output instanceof Promise
    ? output.then((value) => exit(visit, assigned, value))
    : exit(visit, assigned, output);
}

function exit(visit: Visit, assigned: JsonObject | undefined, output: Json): Json {
  const { thread, step } = visit;
  // What is worked out after the end may not move what a redrive has taken up since.
  if (thread.run.root.cancelled) throw new Cancelled();
  if (output !== visit.input) checkPayload(output, thread.run.limits, `The state/task '${step.name}'`);
  thread.leave(step.exitedEventType, visit.next, exitDetails(step.name, output, assigned));
  if (step.type === "Task" && thread.run.tell !== undefined) {
    const durationMs = thread.run.clock.now() - visit.enteredTime;
    const { where, result } = visit;
    thread.run.tell({ type: "task-succeeded", where, durationMs, ...(result === undefined ? {} : { result }) });
  }
  if (assigned !== undefined) thread.variables.assign(assigned, thread.run.limits);
  return output;
}

function exitDetails(
  name: string,
  output: Json,
  assigned: JsonObject | undefined,
): JsonObject & { readonly output: Json } {
  return assigned === undefined || Object.keys(assigned).length === 0
    ? { name, output }
    : { name, output, assignedVariables: assigned };
}

/** What went wrong as the language sees it; a failed evaluation is recorded. @throws {Cancelled} */
function failureOf(visit: Visit, error: unknown): StateError {
  if (error instanceof Cancelled) throw error;
  const failure = placed(visit, error);
  if (failure.location !== undefined) {
    visit.thread.record("EvaluationFailed", {
      error: failure.error,
      cause: failure.cause,
      location: failure.location,
      state: visit.step.name,
    });
  }
  return failure;
}

function placed(visit: Visit, error: unknown): StateError {
  if (error instanceof ResultTooLarge) return payloadTooLarge(`The state/task '${visit.step.name}'`);
  const failure =
    error instanceof StateError ? error : new StateError("States.Runtime", describe(error), { placed: true });
  if (!failure.placed) return failure;
  const where = `An error occurred while executing the state '${visit.step.name}' (entered at the event id #${visit.enteredEventId}).`;
  const location = failure.location === undefined ? {} : { location: failure.location };
  const { terminal, explanation, thrown } = failure;
  const about = { placed: false, terminal, explanation, thrown, ...location };
  return new StateError(failure.error, `${where} ${failure.cause ?? ""}`, about);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
