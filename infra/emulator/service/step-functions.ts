import type { Json, StateMachine } from "../../asl.ts";
import { type Clock, skippingClock, wallClock } from "../clock.ts";
import { ApiError } from "../errors.ts";
import type { Functions } from "../functions.ts";
import type { HistoryEvent } from "../history.ts";
import { type Identity, randomIdentity, seededIdentity } from "../identity.ts";
import type { Integration, Integrations } from "../integrations/integrations.ts";
import { lambdaInvoke } from "../integrations/lambda.ts";
import { type Objects, s3Objects } from "../integrations/objects.ts";
import { compileProgram } from "../interpreter/program.ts";
import { AWS_LIMITS, type Limits } from "../limits.ts";
import { type Account, checkArn, checkName, executionArn, stateMachineArn } from "./arns.ts";
import { Execution, type ExecutionStatus, type Surroundings } from "./execution.ts";
import { MapRuns, type MapRunDescription } from "./map-runs.ts";
import { testState, type TestStateInput, type TestStateOutput } from "./test-state.ts";
import { paged, type PageRequest, pageOf, tokenFor } from "./paging.ts";

export interface StepFunctionsOptions {
  /** Performs `lambda:invoke` and Tasks that name a function's ARN. */
  readonly functions: Functions;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Default `000000000000`. */
  readonly accountId?: string;
  /** Where S3 is spoken. Default: what the AWS SDK finds. */
  readonly s3Endpoint?: string;
  /** Wait states and retry delays pass at once, with the timestamps they would have had. */
  readonly skipWaits?: boolean;
  /** Ids, random numbers and the clock are those of this seed: two runs are the same, event for event. Implies `skipWaits`. */
  readonly seed?: number;
  /** Default: AWS's quotas. */
  readonly limits?: Partial<Limits>;
}

export type StateMachineType = "STANDARD" | "EXPRESS";

interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly type: StateMachineType;
  readonly creationDate: Date;
  definition: string;
  parsed: StateMachine;
  roleArn: string;
  updateDate: Date;
  revisionId: string | undefined;
}

export interface StateMachineDescription {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: "ACTIVE";
  readonly definition: string;
  readonly roleArn: string;
  readonly type: StateMachineType;
  readonly creationDate: Date;
  readonly loggingConfiguration: { readonly level: "OFF"; readonly includeExecutionData: boolean };
  readonly revisionId?: string;
}

export interface ExecutionDescription {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: Date;
  readonly stopDate?: Date;
  /** JSON text. */
  readonly input: string;
  readonly inputDetails: { readonly included: true };
  /** JSON text. */
  readonly output?: string;
  readonly outputDetails?: { readonly included: true };
  readonly error?: string;
  readonly cause?: string;
  readonly redriveCount: number;
  readonly redriveStatus: "REDRIVABLE" | "NOT_REDRIVABLE";
  readonly redriveStatusReason?: string;
  readonly mapRunArn?: string;
}

export type ExecutionSummary = Pick<
  ExecutionDescription,
  "executionArn" | "stateMachineArn" | "name" | "status" | "startDate" | "stopDate"
>;

export interface StartExecutionInput {
  readonly stateMachineArn: string;
  readonly name?: string | undefined;
  /** JSON text. Default `{}`. */
  readonly input?: string | undefined;
}

const FIXED_START = Date.UTC(2026, 0, 1);

/**
 * AWS Step Functions in memory: the operations of its API as methods, with the names and members that
 * `@aws-sdk/client-sfn` has. Errors are `ApiError`s under AWS's names.
 */
export class StepFunctions {
  readonly account: Account;
  readonly #clock: Clock;
  readonly #identity: Identity;
  readonly #surroundings: Surroundings;
  readonly #machines = new Map<string, Machine>();
  readonly #mapRuns: MapRuns = new MapRuns();
  readonly #executions = new Map<string, Execution>();

  constructor(options: StepFunctionsOptions) {
    const { functions, region = "us-east-1", accountId = "000000000000", seed } = options;
    this.account = { region, accountId };
    this.#clock =
      seed === undefined ? (options.skipWaits === true ? skippingClock() : wallClock()) : skippingClock(FIXED_START);
    this.#identity = seed === undefined ? randomIdentity() : seededIdentity(seed);
    this.#surroundings = {
      clock: this.#clock,
      identity: this.#identity,
      limits: { ...AWS_LIMITS, ...options.limits },
      integrations: integrationsOf(functions, s3Objects(options.s3Endpoint, region)),
      beginMapRun: (parent, plan) =>
        this.#mapRuns.begin(parent, plan, this.#surroundings, (child) => this.#executions.set(child.plan.arn, child)),
    };
  }

  createStateMachine(request: {
    readonly name: string;
    readonly definition: string;
    readonly roleArn: string;
    readonly type?: StateMachineType | undefined;
  }): { readonly stateMachineArn: string; readonly creationDate: Date } {
    const { name, definition, roleArn, type = "STANDARD" } = request;
    checkName(name);
    const arn = stateMachineArn(this.account, name);
    const existing = this.#machines.get(arn);
    if (existing !== undefined) {
      const same = existing.definition === definition && existing.roleArn === roleArn && existing.type === type;
      if (same) return { stateMachineArn: arn, creationDate: existing.creationDate };
      throw new ApiError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    }
    const parsed = parseDefinition(definition);
    const creationDate = this.#now();
    this.#machines.set(arn, {
      arn,
      name,
      type,
      creationDate,
      updateDate: creationDate,
      revisionId: undefined,
      definition,
      parsed,
      roleArn,
    });
    return { stateMachineArn: arn, creationDate };
  }

  updateStateMachine(request: {
    readonly stateMachineArn: string;
    readonly definition?: string | undefined;
    readonly roleArn?: string | undefined;
  }): { readonly updateDate: Date; readonly revisionId: string } {
    const machine = this.#machine(request.stateMachineArn);
    if (request.definition === undefined && request.roleArn === undefined) {
      throw new ApiError(
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
      );
    }
    if (request.definition !== undefined) {
      machine.parsed = parseDefinition(request.definition);
      machine.definition = request.definition;
    }
    machine.roleArn = request.roleArn ?? machine.roleArn;
    machine.updateDate = this.#now();
    machine.revisionId = this.#identity.uuid();
    return { updateDate: machine.updateDate, revisionId: machine.revisionId };
  }

  describeStateMachine({ stateMachineArn }: { readonly stateMachineArn: string }): StateMachineDescription {
    const { arn, name, definition, roleArn, type, creationDate, revisionId } = this.#machine(stateMachineArn);
    return {
      stateMachineArn: arn,
      name,
      status: "ACTIVE",
      definition,
      roleArn,
      type,
      creationDate,
      loggingConfiguration: { level: "OFF", includeExecutionData: false },
      ...(revisionId === undefined ? {} : { revisionId }),
    };
  }

  listStateMachines(request: PageRequest = {}): {
    readonly stateMachines: readonly Pick<
      StateMachineDescription,
      "stateMachineArn" | "name" | "type" | "creationDate"
    >[];
    readonly nextToken?: string;
  } {
    const { page, ...rest } = paged([...this.#machines.values()], request);
    return {
      stateMachines: page.map(({ arn, name, type, creationDate }) => ({
        stateMachineArn: arn,
        name,
        type,
        creationDate,
      })),
      ...rest,
    };
  }

  /** Executions that run go on to their end. */
  deleteStateMachine({ stateMachineArn }: { readonly stateMachineArn: string }): Record<string, never> {
    checkArn(stateMachineArn, "stateMachine");
    this.#machines.delete(stateMachineArn);
    return {};
  }

  startExecution(request: StartExecutionInput): { readonly executionArn: string; readonly startDate: Date } {
    const machine = this.#machine(request.stateMachineArn);
    const execution = this.#start(machine, request);
    return { executionArn: execution.plan.arn, startDate: execution.startDate };
  }

  /** EXPRESS only, as on AWS. */
  async startSyncExecution(request: StartExecutionInput): Promise<
    Omit<ExecutionDescription, "redriveCount" | "redriveStatus" | "redriveStatusReason" | "stopDate"> & {
      readonly stopDate: Date;
      readonly billingDetails: { readonly billedMemoryUsedInMB: number; readonly billedDurationInMilliseconds: number };
    }
  > {
    const machine = this.#machine(request.stateMachineArn);
    if (machine.type !== "EXPRESS") {
      throw new ApiError(
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
      );
    }
    const execution = this.#start(machine, request);
    await execution.ended;
    const {
      redriveCount: _count,
      redriveStatus: _status,
      redriveStatusReason: _reason,
      ...description
    } = describe(execution);
    const stopDate = execution.stopDate ?? this.#now();
    const duration = stopDate.getTime() - execution.startDate.getTime();
    return {
      ...description,
      stopDate,
      billingDetails: {
        billedMemoryUsedInMB: 64,
        billedDurationInMilliseconds: Math.max(100, Math.ceil(duration / 100) * 100),
      },
    };
  }

  describeExecution({ executionArn: arn }: { readonly executionArn: string }): ExecutionDescription {
    return describe(this.#execution(arn));
  }

  listExecutions(
    request: PageRequest & {
      readonly stateMachineArn?: string | undefined;
      readonly mapRunArn?: string | undefined;
      readonly statusFilter?: ExecutionStatus | undefined;
    },
  ): {
    readonly executions: readonly ExecutionSummary[];
    readonly nextToken?: string;
  } {
    const { stateMachineArn, mapRunArn } = request;
    if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
      throw new ApiError(
        "ValidationException",
        "Must specify either a state machine ARN or a map run ARN, but not both",
      );
    }
    const of = stateMachineArn === undefined ? undefined : this.#machine(stateMachineArn).arn;
    const wanted = [...this.#executions.values()].filter(
      ({ plan, status }) =>
        (of === undefined ? plan.mapRunArn === mapRunArn : plan.stateMachineArn === of) &&
        (request.statusFilter ?? status) === status,
    );
    const { page, ...rest } = paged(wanted.reverse(), request);
    return {
      executions: page.map(summary),
      ...rest,
    };
  }

  stopExecution(request: {
    readonly executionArn: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): { readonly stopDate: Date } {
    const execution = this.#execution(request.executionArn);
    execution.stop(request.error, request.cause);
    return { stopDate: execution.stopDate ?? this.#now() };
  }

  getExecutionHistory(
    request: PageRequest & {
      readonly executionArn: string;
      readonly reverseOrder?: boolean | undefined;
      readonly includeExecutionData?: boolean | undefined;
    },
  ): { readonly events: readonly HistoryEvent[]; readonly nextToken?: string } {
    const { history } = this.#execution(request.executionArn);
    const { start, count } = pageOf(request);
    const end = Math.min(start + count, history.length);
    const events: HistoryEvent[] = [];
    for (let at = start; at < end; at++) {
      const event = history.event(
        request.reverseOrder === true ? history.length - at : at + 1,
        request.includeExecutionData,
      );
      if (event !== undefined) events.push(event);
    }
    return { events, ...tokenFor(end, history.length) };
  }

  describeMapRun({ mapRunArn }: { readonly mapRunArn: string }): MapRunDescription {
    return this.#mapRuns.describe(mapRunArn);
  }

  listMapRuns(request: PageRequest & { readonly executionArn: string }): ReturnType<MapRuns["list"]> {
    return this.#mapRuns.list(this.#execution(request.executionArn).plan.arn, request);
  }

  updateMapRun(request: Parameters<MapRuns["update"]>[0]): Record<string, never> {
    return this.#mapRuns.update(request);
  }

  testState(request: TestStateInput): Promise<TestStateOutput> {
    const { region, accountId } = this.account;
    return testState(request, this.#surroundings, `arn:aws:states:${region}:${accountId}`);
  }

  /** Not of AWS's API: the execution's description once it has ended. */
  async executionEnd(arn: string): Promise<ExecutionDescription> {
    const execution = this.#execution(arn);
    await execution.ended;
    return describe(execution);
  }

  /** Not of AWS's API: aborts what still runs. */
  close(): void {
    for (const execution of this.#executions.values()) execution.stop(undefined, "The emulator was closed.");
  }

  #start(machine: Machine, request: StartExecutionInput): Execution {
    const name = request.name ?? this.#identity.uuid();
    checkName(name);
    const inputText = request.input ?? "{}";
    const input = parseInput(inputText);
    const arn = executionArn(
      this.account,
      machine.name,
      name,
      machine.type === "EXPRESS" ? this.#identity.uuid() : undefined,
    );
    const existing = this.#executions.get(arn);
    if (existing !== undefined) {
      if (existing.status === "RUNNING" && existing.plan.inputText === inputText) return existing;
      throw new ApiError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
    const execution = new Execution(
      {
        arn,
        name,
        stateMachineArn: machine.arn,
        stateMachineName: machine.name,
        roleArn: machine.roleArn,
        type: machine.type,
        definition: machine.definition,
        program: compileProgram(machine.parsed, machine.parsed.QueryLanguage),
        timeoutSeconds:
          machine.type === "EXPRESS"
            ? Math.min(machine.parsed.TimeoutSeconds ?? 300, 300)
            : machine.parsed.TimeoutSeconds,
        inputText,
        input,
      },
      this.#surroundings,
    );
    this.#executions.set(arn, execution);
    execution.start();
    return execution;
  }

  #machine(arn: string): Machine {
    checkArn(arn, "stateMachine");
    const machine = this.#machines.get(arn);
    if (machine === undefined) throw new ApiError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  #execution(arn: string): Execution {
    checkArn(arn, "ex");
    const execution = this.#executions.get(arn);
    if (execution === undefined) throw new ApiError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

function integrationsOf(functions: Functions, objects: Objects): Integrations {
  const known = new Map<string, Integration>([["lambda:invoke", lambdaInvoke(functions)]]);
  return { functions, objects, find: (action) => known.get(action) };
}

function parseDefinition(text: string): StateMachine {
  try {
    const parsed: StateMachine = JSON.parse(text);
    compileProgram(parsed, parsed.QueryLanguage);
    return parsed;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ApiError("InvalidDefinition", `Invalid State Machine Definition: '${message}'`);
  }
}

function parseInput(text: string): Json {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: '${error instanceof Error ? error.message : String(error)}'`,
    );
  }
}

function describe(execution: Execution): ExecutionDescription {
  const { plan, status, startDate, stopDate, output, error, cause } = execution;
  const redrivable = status === "FAILED" || status === "TIMED_OUT" || status === "ABORTED";
  return {
    executionArn: plan.arn,
    stateMachineArn: plan.stateMachineArn,
    name: plan.name,
    status,
    startDate,
    input: plan.inputText,
    inputDetails: { included: true },
    redriveCount: 0,
    redriveStatus: redrivable ? "REDRIVABLE" : "NOT_REDRIVABLE",
    ...(redrivable ? {} : { redriveStatusReason: `Execution is ${status} and cannot be redriven` }),
    ...(stopDate === undefined ? {} : { stopDate }),
    ...(output === undefined ? {} : { output: JSON.stringify(output), outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...(plan.mapRunArn === undefined ? {} : { mapRunArn: plan.mapRunArn }),
  };
}

function summary(execution: Execution): ExecutionSummary {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate } = describe(execution);
  const required = { executionArn, stateMachineArn, name, status, startDate };
  return stopDate === undefined ? required : { ...required, stopDate };
}
