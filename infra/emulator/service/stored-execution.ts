import type { Json } from "../../../sdk/base/json.ts";
import type { StateMachine } from "../../asl/definition.ts";
import { compileProgram } from "../interpreter/compile.ts";
import { MockedTasks, type StoredMocks } from "../interpreter/mocked-tasks.ts";
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
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly history?: StoredHistory;
}

/** @param status What the line says, whatever it is now. */
export function lineOf(execution: Execution, status: ExecutionStatus): string {
  const { plan, startDate, stopDate, output, error, cause, history } = execution;
  const { program: _program, input: _input, mocks, ...stored } = plan;
  const line: StoredExecution = {
    // A Distributed Map's children have those of the execution that the Map is in.
    plan: mocks === undefined || plan.child !== undefined ? stored : { ...stored, mocks: mocks.stored() },
    startDate: startDate.getTime(),
    status,
    ...(stopDate === undefined || status === "RUNNING"
      ? {}
      : { stopDate: stopDate.getTime(), history: history.stored() }),
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
  programOf(execution.plan.definition, programs);
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
    program: programOf(stored.plan.definition, programs),
    input: inputOf(stored.plan),
    mocks: mocks.get(stored.plan.child?.root.arn ?? stored.plan.arn),
  };
  const history =
    stored.history === undefined ? new History(surroundings.memory) : History.from(stored.history, surroundings.memory);
  const execution = new Execution(plan, surroundings, new Date(stored.startDate), history);
  const { output, error, cause, startDate, stopDate = startDate } = stored;
  if (stored.status === "RUNNING") {
    const id = history.append("ExecutionStarted", 0, startDate, { input: plan.input, roleArn: plan.roleArn });
    history.append("ExecutionTimedOut", id, startDate, { error: "States.Timeout", cause: "The emulator was stopped." });
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

function programOf(text: string, programs: Map<string, Program>): Program {
  const known = programs.get(text);
  if (known !== undefined) return known;
  const definition: StateMachine = JSON.parse(text);
  const program = compileProgram(definition, definition.QueryLanguage);
  programs.set(text, program);
  return program;
}
