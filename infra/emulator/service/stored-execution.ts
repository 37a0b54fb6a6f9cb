import { isJsonObject, type Json } from "../../../sdk/base/json.ts";
import type { StateMachine, States } from "../../asl/definition.ts";
import { allStates, type Fields } from "../../asl/states.ts";
import { compileProgram } from "../interpreter/compile.ts";
import { Variables } from "../interpreter/variables.ts";
import { MockedTasks, type StoredMocks } from "../interpreter/mocked-tasks.ts";
import { Frontier, frontierFrom, type StoredFrontier, storedFrontier } from "../interpreter/frontier.ts";
import type { Program } from "../interpreter/thread.ts";
import { History, type StoredHistory } from "../kernel/history.ts";
import { parseJson } from "../../validate/parse-json.ts";
import { Execution, type ExecutionPlan, type ExecutionStatus, type Surroundings } from "./execution.ts";
import { EXECUTION } from "./stored-shapes.ts";

type StoredPlan = Omit<ExecutionPlan, "program" | "input" | "mocks"> & { readonly mocks?: StoredMocks };

/** An execution in a file; times are in milliseconds since the epoch. */
export interface StoredExecution {
  readonly plan: StoredPlan;
  readonly startDate: number;
  readonly status: ExecutionStatus;
  readonly stopDate?: number;
  readonly redriveCount?: number;
  readonly redriveDate?: number;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly history?: StoredHistory;
  /** How many of its steps are in this. */
  readonly journalled?: number;
  /** Unless it has succeeded: where it stands. */
  readonly frontier?: StoredFrontier;
}

/** @param status What the line says, whatever it is now. */
export function lineOf(execution: Execution, status: ExecutionStatus): string {
  const { plan, startDate, stopDate, output, error, cause, history, redriveCount, redriveDate } = execution;
  const { frontier, journalled } = execution;
  const { program: _program, input: _input, mocks, ...stored } = plan;
  const line: StoredExecution = {
    // A Distributed Map's children have those of the execution that the Map is in.
    plan: mocks === undefined || plan.child !== undefined ? stored : { ...stored, mocks: mocks.stored() },
    startDate: startDate.getTime(),
    status,
    ...(stopDate === undefined || status === "RUNNING" ? {} : { stopDate: stopDate.getTime() }),
    ...(redriveCount === 0 ? {} : { redriveCount }),
    ...(redriveDate === undefined ? {} : { redriveDate: redriveDate.getTime() }),
    ...(history.length === 0 ? {} : { history: history.stored(), journalled }),
    ...(history.length === 0 || status === "SUCCEEDED" || plan.type === "EXPRESS"
      ? {}
      : { frontier: storedFrontier(frontier) }),
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
  return JSON.stringify(line);
}

/** Reads a line, and sees to it that it can be revived. @param programs Gets what its definition makes. @throws {SyntaxError} */
export function executionIn(text: string, programs: Map<string, Program>): StoredExecution {
  const stored = parseJson(text);
  const fault = EXECUTION(stored, "the execution");
  if (fault !== undefined) throw new SyntaxError(fault);
  const execution = stored as unknown as StoredExecution; // `lineOf` has written it
  programOf(execution.plan, programs);
  inputOf(execution.plan);
  return execution;
}

/** The mocks of the executions that run test cases, by their ARNs. */
export function mocksIn(stored: Iterable<StoredExecution>): ReadonlyMap<string, MockedTasks> {
  return new Map(
    [...stored].flatMap(({ plan: { arn, mocks } }) => (mocks === undefined ? [] : [[arn, new MockedTasks(mocks)]])),
  );
}

/** @param programs What has been compiled so far, by the definition's text. @param mocks As `mocksIn` gives them. */
export function revive(
  stored: StoredExecution,
  surroundings: Surroundings,
  programs: Map<string, Program>,
  mocks: ReadonlyMap<string, MockedTasks>,
): Execution {
  const plan: ExecutionPlan = {
    ...stored.plan,
    program: programOf(stored.plan, programs),
    input: inputOf(stored.plan),
    mocks: mocks.get(stored.plan.child?.root.arn ?? stored.plan.arn),
  };
  const history =
    stored.history === undefined ? new History(surroundings.memory) : History.from(stored.history, surroundings.memory);
  const { output, error, cause, startDate, stopDate = startDate, redriveCount = 0, redriveDate } = stored;
  const { frontier, journalled = 0 } = stored;
  const isNew = history.length === 0 && stored.status === "RUNNING";
  const execution = new Execution(plan, surroundings, {
    startDate: new Date(startDate),
    history,
    redriveCount,
    ...(redriveDate === undefined ? {} : { redriveDate: new Date(redriveDate) }),
    ...(frontier === undefined ? {} : { frontier: frontierFrom(frontier) }),
    ...(isNew ? { frontier: new Frontier(0, new Variables()) } : {}),
    journalled,
  });
  // What is STANDARD goes on; an EXPRESS child is begun anew by its Map Run.
  if (stored.status === "RUNNING" && (plan.type === "STANDARD" || plan.mapRunArn !== undefined)) return execution;
  if (stored.status === "RUNNING") {
    if (history.length === 0)
      history.append("ExecutionStarted", 0, startDate, { input: plan.input, roleArn: plan.roleArn });
    const end = { error: "States.Timeout", cause: "The emulator was stopped." };
    history.append("ExecutionTimedOut", 0, redriveDate ?? startDate, end);
  }
  execution.restore(stored.status === "RUNNING" ? "TIMED_OUT" : stored.status, new Date(stopDate), {
    output,
    error,
    cause,
  });
  return execution;
}

function inputOf({ inputText }: StoredPlan): Json {
  return inputText.trim() === "" ? {} : parseJson(inputText);
}

/** What an execution runs: the state machine, or of a Distributed Map's child the Map's ItemProcessor. */
function programOf({ definition, stateMachineArn }: StoredPlan, programs: Map<string, Program>): Program {
  const [, ...labels] = stateMachineArn.split("/");
  return programLabelled(definition, labels.at(-1), programs);
}

/**
 * What a Distributed Map's children run; with no label, what its state machine runs.
 * @param label The Map's Label, or its name.
 * @param programs What has been compiled so far.
 * @throws {SyntaxError} if there is no such Map
 */
export function programLabelled(text: string, label: string | undefined, programs: Map<string, Program>): Program {
  const key = `${label ?? ""}/${text}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const definition: StateMachine = JSON.parse(text);
  const states = label === undefined ? definition : processorOf(JSON.parse(text), label);
  const program = compileProgram(states, definition.QueryLanguage);
  programs.set(key, program);
  return program;
}

function processorOf(definition: Fields, label: string): States {
  for (const [name, state] of allStates(definition)) {
    if (state["Type"] !== "Map" || (state["Label"] ?? name) !== label) continue;
    const processor = state["ItemProcessor"] ?? state["Iterator"];
    if (isJsonObject(processor)) return processor as unknown as States; // the definition has been checked once
  }
  throw new SyntaxError(`its definition has no Map '${label}'`);
}
