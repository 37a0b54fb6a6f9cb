import type { Json, JsonObject, MapState, QueryLanguageName, State } from "../../asl.ts";
import { Cancellation } from "../cancellation.ts";
import { ApiError, StateError, errorOutput } from "../errors.ts";
import { History } from "../history.ts";
import { catcherFor, Retries } from "../interpreter/retry.ts";
import { leave } from "../interpreter/interpret.ts";
import { compileStep, languageOf, type Step } from "../interpreter/program.ts";
import { type Run, Thread } from "../interpreter/thread.ts";
import { Visit } from "../interpreter/visit.ts";
import { parseResource } from "../interpreter/resource.ts";
import type { Inspection } from "../language/language.ts";
import { validateState } from "../../validate/validate.ts";
import { refuse } from "./definition.ts";
import type { Surroundings } from "./execution.ts";
import { checkMock, type Mock } from "./test-state-mock.ts";

/** Mirrors TestState's request; texts that hold JSON are as they were sent. */
export interface TestStateInput {
  readonly definition: string;
  readonly roleArn?: string | undefined;
  readonly input?: string | undefined;
  readonly inspectionLevel?: "INFO" | "DEBUG" | "TRACE" | undefined;
  readonly variables?: string | undefined;
  readonly stateName?: string | undefined;
  readonly context?: string | undefined;
  /** Shows what an HTTP task sends; there is nothing of that kind here. */
  readonly revealSecrets?: boolean | undefined;
  readonly mock?: Mock | undefined;
  readonly stateConfiguration?: StateConfiguration | undefined;
}

interface StateConfiguration {
  readonly retrierRetryCount?: number | undefined;
  /** The state within a Map or Parallel that the mocked error comes from. */
  readonly errorCausedByState?: string | undefined;
  readonly mapIterationFailureCount?: number | undefined;
  /** JSON: what the ItemReader is taken to have read. */
  readonly mapItemReaderData?: string | undefined;
}

export interface TestStateOutput {
  readonly status: "SUCCEEDED" | "FAILED" | "RETRIABLE" | "CAUGHT_ERROR";
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly nextState?: string;
  readonly inspectionData?: Readonly<Record<string, unknown>>;
}

interface Tested {
  readonly name: string;
  /** The state, as it was given. */
  readonly document: JsonObject;
  readonly state: State;
  readonly language: QueryLanguageName;
}

/** Runs one state once, for real or with a mocked result, and shows the way of its data. */
export async function testState(
  request: TestStateInput,
  surroundings: Surroundings,
  arnPrefix: string,
): Promise<TestStateOutput> {
  const tested = find(request);
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
  };
  return { ...outcome, inspectionData };
}

/** @throws {ApiError} for what can only be tested with a mock, and for a mock that does not fit the state */
function checkRequest({ mock, revealSecrets, stateConfiguration }: TestStateInput, { state, document }: Tested): void {
  const mocked = mock?.result !== undefined || mock?.errorOutput !== undefined;
  if (!mocked && (state.Type === "Map" || state.Type === "Parallel")) {
    throw new ApiError(
      "InvalidDefinition",
      "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]",
    );
  }
  if (!mocked && state.Type === "Task" && needsMock(state.Resource)) {
    throw invalid(`${state.Resource} can be tested with a mock only: set mock.result or mock.errorOutput`);
  }
  if (mock !== undefined) {
    if (revealSecrets === true) throw invalid("TestState does not support RevealSecrets when a mock is specified.");
    checkMock(mock, state);
  }
  const cause = stateConfiguration?.errorCausedByState;
  if (cause !== undefined && search(document, cause) === undefined)
    throw invalid(`There is no state '${cause}' within the tested state: stateConfiguration.errorCausedByState`);
}

function needsMock(arn: string): boolean {
  const resource = parseResource(arn);
  return resource.kind === "activity" || (resource.kind === "integration" && resource.pattern !== "");
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
    doomed: false,
    executionArn: `${arnPrefix}:express:${machine}:${name}`,
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
  const thread = new Thread(run, new Cancellation(), 0);
  if (request.variables !== undefined)
    thread.variables.assign(asObject(parse(request.variables, "variables"), "variables"), surroundings.limits);
  return new Visit(thread, step, input);
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
    visit.result = await work(request, tested, visit, map);
    if (visit.inspection !== undefined) visit.inspection.result = visit.result;
    return { status: "SUCCEEDED", output: JSON.stringify(await leave(visit)), ...next(visit) };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return failed(request, tested, visit, error, details);
  }
}

const next = (visit: Visit): { readonly nextState?: string } =>
  visit.next === undefined ? {} : { nextState: visit.next };

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
  const items = state.ItemReader === undefined ? await language.items(state)(visit) : itemsOf(read);
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
  tested: Tested,
  visit: Visit,
  failure: StateError,
  details: Record<string, number>,
): Promise<TestStateOutput> {
  const { step, thread } = visit;
  const about = {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  };
  const retries = new Retries(step.retry, request.stateConfiguration?.retrierRetryCount ?? 0);
  const delay = retries.next(failure, thread.run.identity);
  if (delay !== undefined) {
    details.retryBackoffIntervalSeconds = delay;
    details.retryIndex = retries.latest;
    return { status: "RETRIABLE", ...about };
  }
  const catcher = catcherFor(step.catch, failure);
  if (catcher === undefined) return { status: "FAILED", ...about };
  details.catchIndex = step.catch.indexOf(catcher);
  visit.errorOutput = errorOutput(failure);
  visit.next = catcher.next;
  visit.flow = catcher.flow;
  return { status: "CAUGHT_ERROR", ...about, output: JSON.stringify(await leave(visit)), ...next(visit) };
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

function variablesOf(visit: Visit): { readonly variables?: string } {
  const variables = visit.variables.all();
  return Object.keys(variables).length === 0 ? {} : { variables: JSON.stringify(variables) };
}

/** The state itself, or the one that is named of a whole definition, at any depth. */
function find({ definition, stateName }: TestStateInput): Tested {
  const document = asObject(parse(definition, "definition"), "definition");
  if (!("States" in document)) return checked(document, "JSONPath");
  if (stateName === undefined) throw invalid("stateName is required when the definition is that of a state machine");
  const state = search(document, stateName);
  if (state === undefined) throw invalid(`There is no state '${stateName}' in the definition`);
  return checked(state, document.QueryLanguage === "JSONata" ? "JSONata" : "JSONPath");
}

/** AWS's name for the state that is tested. */
const NAME = "StateName";

/** @throws {ApiError} `InvalidDefinition` for a state that CreateStateMachine would refuse. */
function checked(document: JsonObject, language: QueryLanguageName): Tested {
  refuse(validateState(document, language, `/States/${NAME}`).filter(({ severity }) => severity === "ERROR"));
  // The one cast: what passed the checks is a state.
  return { name: NAME, document, state: document as unknown as State, language };
}

function search(value: Json | undefined, name: string): JsonObject | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = search(item, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { States: states, ...rest } = value as JsonObject;
  if (typeof states === "object" && states !== null && !Array.isArray(states)) {
    const named = Object.hasOwn(states, name) ? (states as JsonObject)[name] : undefined;
    if (named !== undefined) return asObject(named, `States.${name}`);
    for (const state of Object.values(states)) {
      const found = search(state, name);
      if (found !== undefined) return found;
    }
  }
  for (const part of Object.values(rest)) {
    const found = search(part, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const invalid = (message: string): ApiError => new ApiError("ValidationException", message);

function parse(text: string, member: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    const name = member === "definition" ? "InvalidDefinition" : "InvalidExecutionInput";
    throw new ApiError(name, `Invalid JSON in ${member}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function asObject(value: Json, member: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid(`${member} must be a JSON object`);
}
