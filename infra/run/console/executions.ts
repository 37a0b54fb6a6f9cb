import { ApiError, type ExecutionDescription, type StepFunctions } from "../../emulator/index.ts";
import type { Execution } from "./api.ts";
import { stateMachineArns } from "./state-machines.ts";

/** So many executions of one state machine are in a snapshot, and of all. */
const OF_EACH = 20;
const OF_ALL = 100;

/** The latest executions of all state machines, the newest first. */
export function latestExecutions(states: StepFunctions): Execution[] {
  return [...stateMachineArns(states)]
    .flatMap((stateMachineArn) => states.listExecutions({ stateMachineArn, maxResults: OF_EACH }).executions)
    .toSorted((one, other) => other.startDate.getTime() - one.startDate.getTime())
    .slice(0, OF_ALL)
    .map(shown);
}

/** undefined: it is not known any more. */
export function execution(states: StepFunctions, executionArn: string): Execution | undefined {
  const description = described(states, executionArn);
  return description && shown(description);
}

/** The state machine that an execution is of; of a child execution that of the execution that its Map is in. */
export function stateMachineOf(states: StepFunctions, executionArn: string): string {
  const { stateMachineArn = "" } = described(states, rootOf(states, executionArn)) ?? {};
  return stateMachineArn;
}

/** The execution itself, or if it is a child of a Distributed Map the one that the Map is in. */
export function rootOf(states: StepFunctions, executionArn: string): string {
  const { mapRunArn } = described(states, executionArn) ?? {};
  if (mapRunArn === undefined) return executionArn;
  return rootOf(states, states.mapRuns.describe(mapRunArn).executionArn);
}

function described(states: StepFunctions, executionArn: string): ExecutionDescription | undefined {
  try {
    return states.describeExecution({ executionArn, includedData: "METADATA_ONLY" });
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

type Summary = Pick<
  ExecutionDescription,
  "executionArn" | "stateMachineArn" | "name" | "status" | "startDate" | "stopDate" | "redriveCount"
>;

function shown({ executionArn, stateMachineArn, name, status, startDate, stopDate, redriveCount }: Summary): Execution {
  return {
    executionArn,
    stateMachineArn,
    name,
    status,
    startDate: startDate.getTime(),
    ...(stopDate === undefined ? {} : { stopDate: stopDate.getTime() }),
    redriveCount,
  };
}
