import type { MapState, QueryLanguageName, State } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { StateError, errorOutput } from "../../language/state-error.ts";
import { History } from "../kernel/history.ts";
import { catcherFor, Retries } from "../interpreter/retry.ts";
import { Frontier } from "../interpreter/frontier.ts";
import { leave } from "../interpreter/interpret.ts";
import { stateItems } from "../interpreter/map-item.ts";
import { compileStep, languageOf } from "../interpreter/compile.ts";
import { type Run, Thread } from "../interpreter/thread.ts";
import { Variables } from "../interpreter/variables.ts";
import { type Step, Visit } from "../interpreter/visit.ts";
import type { Inspection } from "../../language/language.ts";
import type { Surroundings } from "./execution.ts";
import {
  asObject,
  checkRequest,
  invalid,
  parse,
  type Tested,
  testedState,
  type TestStateInput,
} from "./test-state-request.ts";

export interface TestStateOutput {
  readonly status: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly nextState?: string;
  readonly inspectionData?: Readonly<Record<string, unknown>>;
}

/** Runs one state once, for real or with a mocked result, and shows the way of its data. */
export async function testState(
  request: TestStateInput,
  surroundings: Surroundings,
  arnPrefix: string,
): Promise<TestStateOutput> {
  const tested = testedState(request);
  const { state } = tested;
  checkRequest(request, tested);
  const step = compileStep(tested.name, state, tested.language);
  const inspection: Inspection = {};
  const visit = enter(request, step, inspection, surroundings, arnPrefix);
  const map: Record<string, number> = {};
  const details: Record<string, number> = {};
  const outcome = await attempt(request, tested, visit, map, details);
  if ((request.inspectionLevel ?? "INFO") === "INFO") return outcome;
  const inspectionData = {
    ...shown(tested, inspection),
    ...map,
    ...(Object.keys(details).length === 0 ? {} : { errorDetails: details }),
    ...variablesOf(visit),
    ...httpOf(request, inspection),
  };
  return { ...outcome, inspectionData };
}

function enter(
  request: TestStateInput,
  step: Step,
  inspection: Inspection,
  surroundings: Surroundings,
  arnPrefix: string,
): Visit {
  const { identity, clock } = surroundings;
  const input = parse(request.input ?? "{}", "input");
  const [machine, name] = [identity.uuid(), identity.uuid()];
  const run: Run = {
    ...surroundings,
    history: new History(),
    inspection,
    root: new Cancellation(),
    hasFatalError: false,
    executionArn: `${arnPrefix}:express:${machine}:${name}`,
    stateMachineArn: `${arnPrefix}:stateMachine:${machine}`,
    mapRun: () => undefined,
    beginMapRun(): never {
      throw invalid("A Distributed Map can be tested with a mock only");
    },
    ...(request.context === undefined ? {} : { givenContext: asObject(parse(request.context, "context"), "context") }),
    context: {
      Execution: {
        Id: `${arnPrefix}:express:${machine}:${name}`,
        Input: input,
        Name: name,
        RoleArn: request.roleArn ?? null,
        StartTime: new Date(clock.now()).toISOString(),
      },
      StateMachine: { Id: `${arnPrefix}:stateMachine:${machine}`, Name: machine },
    },
  };
  const thread = new Thread(run, new Cancellation(), new Frontier(0, new Variables()));
  if (request.variables !== undefined) assign(thread, request.variables, surroundings);
  thread.frontier.go(step.name, input);
  return new Visit(thread, step);
}

/** @throws {ApiError} when they are larger than variables may be */
function assign(thread: Thread, text: string, { limits }: Surroundings): void {
  try {
    thread.variables.assign(asObject(parse(text, "variables"), "variables"), limits);
  } catch (error) {
    throw error instanceof StateError ? invalid(error.message) : error;
  }
}

async function attempt(
  request: TestStateInput,
  tested: Tested,
  visit: Visit,
  map: Record<string, number>,
  details: Record<string, number>,
): Promise<TestStateOutput> {
  const { step } = visit;
  try {
    visit.selected = await step.flow.select(visit);
    visit.effective = await step.flow.input(visit);
    const result = await work(request, tested, visit, map);
    // A result that is mocked stands in for work that a state of this type would not have done.
    if (step.givesResult || request.mock?.result !== undefined) visit.result = result;
    if (visit.inspection !== undefined) visit.inspection.result = result;
    return { status: "SUCCEEDED", output: JSON.stringify(await leave(visit)), ...next(visit) };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return failed(request, visit, error, details);
  }
}

function next(visit: Visit): { readonly nextState?: string } {
  return visit.next === undefined ? {} : { nextState: visit.next };
}

async function work(request: TestStateInput, tested: Tested, visit: Visit, map: Record<string, number>): Promise<Json> {
  const { mock } = request;
  if (mock?.result === undefined && mock?.errorOutput === undefined) return visit.step.work.run(visit);
  if (tested.state.Type === "Map") await inspectMap(request, tested.state, tested.language, visit, map);
  if (mock.errorOutput !== undefined) throw new StateError(mock.errorOutput.error, mock.errorOutput.cause);
  return parse(mock.result ?? "null", "mock.result");
}

/** What a Map would have worked out before its iterations, and whether too many of those are said to have failed. */
async function inspectMap(
  request: TestStateInput,
  state: MapState,
  outer: QueryLanguageName,
  visit: Visit,
  map: Record<string, number>,
): Promise<void> {
  const language = languageOf(state, outer);
  const read = request.stateConfiguration?.mapItemReaderData;
  const distributed = (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === "DISTRIBUTED";
  const dataset = distributed ? language.dataset(state) : language.items(state);
  const items = state.ItemReader === undefined ? stateItems(await dataset(visit)) : itemsOf(read);
  map.maxConcurrency = (await language.number(state, "MaxConcurrency")?.(visit)) ?? 0;
  const count = await language.number(state, "ToleratedFailureCount")?.(visit);
  const percentage = await language.number(state, "ToleratedFailurePercentage")?.(visit);
  if (count !== undefined) map.toleratedFailureCount = count;
  if (percentage !== undefined) map.toleratedFailurePercentage = percentage;
  const failures = request.stateConfiguration?.mapIterationFailureCount ?? 0;
  const share = items.length === 0 ? 0 : (failures / items.length) * 100;
  if ((count !== undefined && failures > count) || (percentage !== undefined && share > percentage)) {
    throw new StateError(
      "States.ExceedToleratedFailureThreshold",
      "The specified tolerated failure threshold was exceeded",
    );
  }
}

function itemsOf(read: string | undefined): readonly Json[] {
  const items = read === undefined ? [] : parse(read, "stateConfiguration.mapItemReaderData");
  if (Array.isArray(items)) return items;
  throw invalid("stateConfiguration.mapItemReaderData must be a JSON array");
}

async function failed(
  request: TestStateInput,
  visit: Visit,
  failure: StateError,
  details: Record<string, number>,
): Promise<TestStateOutput> {
  const { step, thread } = visit;
  const about = errorOf(failure);
  const retries = new Retries(step.retry, request.stateConfiguration?.retrierRetryCount ?? 0);
  const delay = retries.next(failure, thread.run.identity);
  if (retries.latest !== -1) details.retryIndex = retries.latest;
  if (delay !== undefined) {
    details.retryBackoffIntervalSeconds = delay;
    return { status: "RETRIABLE", ...about };
  }
  const catcher = catcherFor(step.catch, failure);
  if (catcher === undefined) return { status: "FAILED", ...about };
  details.catchIndex = step.catch.indexOf(catcher);
  visit.errorOutput = errorOutput(failure);
  visit.next = catcher.next;
  visit.flow = catcher.flow;
  try {
    return { status: "CAUGHT_ERROR", ...about, output: JSON.stringify(await leave(visit)), ...next(visit) };
  } catch (error) {
    // As in an execution, what fails in a catcher is final.
    if (error instanceof StateError) return { status: "FAILED", ...errorOf(error) };
    throw error;
  }
}

function errorOf({ error, cause }: StateError): { readonly error?: string; readonly cause?: string } {
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

/** The steps that AWS shows of each type of state. */
const SHOWN: Readonly<Record<State["Type"], readonly (keyof Inspection)[]>> = {
  Pass: ["input", "afterInputPath", "afterParameters", "afterResultSelector", "afterResultPath"],
  Task: [
    "input",
    "afterInputPath",
    "afterParameters",
    "afterArguments",
    "result",
    "afterResultSelector",
    "afterResultPath",
  ],
  Choice: ["input", "afterInputPath"],
  Wait: ["input", "afterInputPath"],
  Succeed: ["input", "afterInputPath"],
  Fail: ["input", "afterInputPath"],
  Parallel: ["input", "afterResultSelector", "afterResultPath"],
  Map: ["input", "afterInputPath", "afterItemsPath", "afterItemSelector", "afterResultSelector", "afterResultPath"],
};
const SHOWN_OF_RESULT: readonly (keyof Inspection)[] = ["input", "result", "afterResultSelector", "afterResultPath"];

function shown({ state }: Tested, inspection: Inspection): Readonly<Record<string, string>> {
  const steps = state.Type === "Pass" && state.Result !== undefined ? SHOWN_OF_RESULT : SHOWN[state.Type];
  return Object.fromEntries(
    steps.flatMap((step) => {
      const value = inspection[step];
      return value === undefined ? [] : [[step, JSON.stringify(value)]];
    }),
  );
}

/** With the level TRACE what an HTTP Task has sent and been answered with; what its connection adds only if that is asked for. */
function httpOf(
  { inspectionLevel, revealSecrets }: TestStateInput,
  { http }: Inspection,
): Readonly<Record<string, unknown>> {
  if (inspectionLevel !== "TRACE" || http === undefined) return {};
  return { request: revealSecrets === true ? http.request : http.requestWithoutSecrets, response: http.response };
}

function variablesOf(visit: Visit): { readonly variables?: string } {
  const variables = visit.variables.all();
  return Object.keys(variables).length === 0 ? {} : { variables: JSON.stringify(variables) };
}
