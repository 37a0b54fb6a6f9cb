import type { Diagnostic } from "../../validate/diagnostics.ts";
import type { Activities } from "./activities.ts";
import type { Account } from "./arns.ts";
import type { ExecutionDescription, ExecutionSummary, IncludedData, SyncExecution } from "./execution-description.ts";
import type { ExecutionFilter, HistoryPage, HistoryRequest, StartExecutionInput } from "./executions.ts";
import type { MapRuns } from "./map-runs.ts";
import type { PageRequest } from "./paging.ts";
import type {
  CreateStateMachineInput,
  CreateStateMachineOutput,
  DescribeStateMachineInput,
  StateMachineDescription,
  StateMachineList,
  UpdateStateMachineInput,
  UpdateStateMachineOutput,
} from "./state-machine-requests.ts";
import type { StateMachineType } from "./state-machine.ts";
import type { StateMachines } from "./state-machines.ts";
import type { Tag, Tags } from "./tags.ts";
import type { TaskTokens } from "./task-tokens.ts";
import type { TestStateOutput } from "./test-state.ts";
import type { TestStateInput } from "./test-state-request.ts";

export interface ListExecutionsRequest extends PageRequest, ExecutionFilter {
  readonly stateMachineArn?: string | undefined;
  readonly mapRunArn?: string | undefined;
}

export interface RedriveRequest {
  readonly executionArn: string;
  /** A request with the token of an earlier one, at most 15 minutes old, does nothing and gets that one's answer. */
  readonly clientToken?: string | undefined;
}

export interface ExecutedStateMachine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly updateDate: Date;
  readonly mapRunArn?: string;
}

export interface ValidateDefinitionRequest {
  readonly definition: string;
  readonly type?: StateMachineType | undefined;
  readonly severity?: "ERROR" | "WARNING" | undefined;
  readonly maxResults?: number | undefined;
}

export interface ValidateDefinitionOutput {
  readonly result: "OK" | "FAIL";
  readonly diagnostics: readonly Diagnostic[];
  readonly truncated: boolean;
}

/**
 * What Step Functions can be asked, with the names and members that `@aws-sdk/client-sfn` has: by the HTTP server,
 * and by states that call Step Functions themselves. Errors are `ApiError`s under AWS's names.
 */
export interface StepFunctionsApi {
  readonly account: Account;
  /** Versions and aliases. */
  readonly stateMachines: StateMachines;
  readonly activities: Activities;
  readonly taskTokens: TaskTokens;
  readonly mapRuns: MapRuns;
  readonly tags: Tags;
  createStateMachine(
    request: CreateStateMachineInput & { readonly tags?: readonly Tag[] | undefined },
  ): CreateStateMachineOutput;
  createActivity(request: {
    readonly name: string;
    readonly tags?: readonly Tag[] | undefined;
  }): ReturnType<Activities["create"]>;
  updateStateMachine(request: UpdateStateMachineInput): UpdateStateMachineOutput;
  describeStateMachine(request: DescribeStateMachineInput): StateMachineDescription;
  listStateMachines(request?: PageRequest): StateMachineList;
  deleteStateMachine(request: { readonly stateMachineArn: string }): Record<string, never>;
  validateStateMachineDefinition(request: ValidateDefinitionRequest): ValidateDefinitionOutput;
  testState(request: TestStateInput): Promise<TestStateOutput>;
  startExecution(request: StartExecutionInput): { readonly executionArn: string; readonly startDate: Date };
  /** EXPRESS only, as on AWS. */
  startSyncExecution(
    request: StartExecutionInput & { readonly includedData?: IncludedData | undefined },
  ): Promise<SyncExecution>;
  describeExecution(request: {
    readonly executionArn: string;
    readonly includedData?: IncludedData | undefined;
  }): ExecutionDescription;
  describeStateMachineForExecution(request: {
    readonly executionArn: string;
    readonly includedData?: IncludedData | undefined;
  }): ExecutedStateMachine;
  /** Of a state machine, a version, an alias or a Map Run; the newest first. */
  listExecutions(request: ListExecutionsRequest): {
    readonly executions: readonly ExecutionSummary[];
    readonly nextToken?: string;
  };
  stopExecution(request: {
    readonly executionArn: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): { readonly stopDate: Date };
  redriveExecution(request: RedriveRequest): { readonly redriveDate: Date };
  getExecutionHistory(request: HistoryRequest): HistoryPage;
  listMapRuns(request: PageRequest & { readonly executionArn: string }): ReturnType<MapRuns["list"]>;
  /** Not of AWS's API: the execution's description once it has ended. */
  executionEnd(executionArn: string): Promise<ExecutionDescription>;
}
