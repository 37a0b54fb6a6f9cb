import type { Json, JsonObject } from "../../asl.ts";
import { Cancelled } from "../cancellation.ts";
import { errorOutput, StateError } from "../errors.ts";
import { checkPayload } from "../limits.ts";
import type { Program } from "./program.ts";
import { catcherFor, Retries } from "./retry.ts";
import type { Thread } from "./thread.ts";
import { Visit } from "./visit.ts";

/** Runs a block of states from its start to its end, and gives the last state's output. @throws {StateError | Cancelled} */
export async function interpret(program: Program, thread: Thread, input: Json): Promise<Json> {
  let name: string | undefined = program.startAt;
  let value = input;
  while (name !== undefined) {
    const step = program.steps.get(name);
    if (step === undefined) throw new StateError("States.Runtime", `There is no state '${name}'.`);
    const turn = thread.takeTurn();
    if (turn !== undefined) await turn;
    const visit = new Visit(thread, step, value);
    value = await stay(visit);
    name = visit.next;
  }
  return value;
}

/** All attempts of one visit; gives the state's output and leaves `visit.next` set. */
async function stay(visit: Visit): Promise<Json> {
  const { thread, step } = visit;
  const retries = new Retries(step.retry);
  for (;;) {
    try {
      visit.selected = await step.flow.select(visit);
      visit.effective = await step.flow.input(visit);
      visit.result = await step.work.run(visit);
      return await leave(visit);
    } catch (error) {
      const failure = failureOf(visit, error);
      const delay = retries.next(failure, thread.run.identity);
      if (delay !== undefined) {
        await thread.pause(delay * 1000);
        visit.retryCount++;
        visit.result = undefined;
        continue;
      }
      if (failure.error !== "States.Runtime") step.work.failed?.(visit, failure);
      const catcher = catcherFor(step.catch, failure);
      if (catcher === undefined) throw failure;
      visit.errorOutput = errorOutput(failure);
      visit.next = catcher.next;
      visit.flow = catcher.flow;
    }
    return caught(visit);
  }
}

/** A catcher's Output and Assign may fail too; that is final. */
async function caught(visit: Visit): Promise<Json> {
  try {
    return await leave(visit);
  } catch (error) {
    throw failureOf(visit, error);
  }
}

/** Assigns, works out the output and records the exit. */
export async function leave(visit: Visit): Promise<Json> {
  const { thread, step, flow } = visit;
  // Assign and Output read what was there before either took effect.
  const assigned = flow.assign === undefined ? undefined : await flow.assign(visit);
  const output = await flow.output(visit);
  if (output !== visit.input) checkPayload(output, thread.run.limits, `The state/task '${step.name}'`);
  thread.record(`${step.type}StateExited`, exitDetails(step.name, output, assigned));
  if (assigned !== undefined) thread.variables.assign(assigned);
  return output;
}

function exitDetails(name: string, output: Json, assigned: JsonObject | undefined): JsonObject {
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
  const failure =
    error instanceof StateError ? error : new StateError("States.Runtime", describe(error), { placed: true });
  if (!failure.placed) return failure;
  const where = `An error occurred while executing the state '${visit.step.name}' (entered at the event id #${visit.entered}).`;
  const location = failure.location === undefined ? {} : { location: failure.location };
  return new StateError(failure.error, `${where} ${failure.cause ?? ""}`, { placed: false, ...location });
}

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
