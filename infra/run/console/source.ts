import type { GraphData } from "../../../sdk/graph/graph.ts";
import type { FunctionFacts } from "../../check/function-facts.ts";
import type { StepFunctions } from "../../emulator/index.ts";
import type { ReplicaPool } from "../../emulator/replicas/replica-pool.ts";
import type { FunctionsServed } from "./api.ts";

/** What a console shows, as far as it does not change while it is served. */
export interface ConsoleOptions {
  /** `serverless offline` */
  readonly servedBy: string;
  /** Absent: state machines alone are served. */
  readonly name?: string | undefined;
  readonly stage?: string | undefined;
  readonly functions: FunctionsServed;
  /** Default: false. */
  readonly skipsWaits?: boolean | undefined;
}

/** Where a console looks. What is Lambent's own is known where a service is served, and nowhere else. */
export interface ConsoleSource {
  readonly states: StepFunctions;
  /** Absent: functions run elsewhere. */
  readonly pool?: ReplicaPool;
  /** The workflow that a state machine is of. */
  readonly workflowOf?: (stateMachineArn: string) => GraphData | undefined;
  /** Where a state is, in the names of the workflow's author: of `scoreBatch[0]` that is `score`. */
  readonly placeOf?: (stateMachineArn: string, where: string) => string;
  /** What people call a function: its actor's name. */
  readonly titleOf?: (functionName: string) => string | undefined;
  /** The functions as they would be deployed, by which it is told what an execution would cost. */
  readonly functions?: () => readonly FunctionFacts[];
}
