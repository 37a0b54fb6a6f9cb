import { messageOf } from "../../../sdk/base/errors.ts";
import { getHeapStatistics } from "node:v8";
import { validateDefinition } from "../../validate/validate.ts";
import { type Clock, skippingClock, wallClock } from "../kernel/clock.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { Functions } from "../lambda/functions.ts";
import { type EndpointOptions, Endpoints } from "../aws/endpoints.ts";
import type { Progress } from "../kernel/progress.ts";
import { type Identity, randomIdentity, seededIdentity } from "../kernel/identity.ts";
import type { Integration } from "../integrations/integrations.ts";
import { Handlers } from "../integrations/handlers.ts";
import { s3Objects } from "../integrations/objects.ts";
import type { GivenConnection } from "../integrations/connections.ts";
import { webActions } from "../integrations/web-actions.ts";
import { awsActions } from "../integrations/aws-actions.ts";
import { s3Settings } from "../integrations/s3-access.ts";
import type { Scheduler } from "../integrations/scheduler.ts";
import { MemoryBudget } from "../kernel/memory-budget.ts";
import { AWS_LIMITS, type Limits } from "../kernel/limits.ts";
import { Activities } from "./activities.ts";
import type { Account } from "./arns.ts";
import type {
  ExecutedStateMachine,
  ListExecutionsRequest,
  RedriveRequest,
  StepFunctionsApi,
  ValidateDefinitionOutput,
  ValidateDefinitionRequest,
} from "./api.ts";
import { builtInIntegrations } from "./built-in-integrations.ts";
import {
  describe,
  describeSync,
  type ExecutionDescription,
  type ExecutionSummary,
  type IncludedData,
  type SyncExecution,
} from "./execution-description.ts";
import type { Execution, Surroundings } from "./execution.ts";
import { Executions, type HistoryPage, type HistoryRequest, type StartExecutionInput } from "./executions.ts";
import { MapRuns } from "./map-runs.ts";
import type { MockConfiguration } from "./mock-configuration.ts";
import { Mocks, startable } from "./mocks.ts";
import type { PageRequest } from "./paging.ts";
import { StateMachineRegistry } from "./state-machine-registry.ts";
import type {
  CreateStateMachineInput,
  CreateStateMachineOutput,
  StateMachineDescription,
  StateMachineList,
  UpdateStateMachineInput,
  UpdateStateMachineOutput,
} from "./state-machine-requests.ts";
import { StateMachines } from "./state-machines.ts";
import { Storage } from "./storage.ts";
import { type Tag, Tags } from "./tags.ts";
import { TaskTokens } from "./task-tokens.ts";
import { testState, type TestStateOutput } from "./test-state.ts";
import type { TestStateInput } from "./test-state-request.ts";
import { unsupportedIn } from "./unsupported.ts";

/**
 * What Step Functions on this machine needs: functions to invoke, and how it is to run.
 * @example
 * const options: StepFunctionsOptions = { functions: httpFunctions("http://127.0.0.1:3002"), skipWaits: true, seed: 1 };
 * const states = new StepFunctions(options);
 */
export interface StepFunctionsOptions extends EndpointOptions {
  /** Performs `lambda:invoke` and Tasks that name a function's ARN. */
  readonly functions: Functions;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Default `000000000000`. */
  readonly accountId?: string;
  /**
   * Handlers for Tasks, by what follows `arn:aws:states:::`, as `sqs:sendMessage` or `aws-sdk:ssm:getParameter`;
   * `dynamodb:*` is for all actions of a service, and `*` for all that this emulator does not perform by itself.
   */
  readonly integrations?: Readonly<Record<string, Integration>>;
  /** Where clients of the AWS SDK are looked for, as `@aws-sdk/client-sns`. Default: the working directory. */
  readonly project?: string;
  /**
   * Connections of EventBridge by their names, for Tasks with `http:invoke`: what `CreateConnection` takes. Others are
   * looked up where EventBridge and Secrets Manager have their endpoint.
   */
  readonly connections?: Readonly<Record<string, GivenConnection>>;
  /**
   * Test cases in which Tasks are mocked: the path of a file as AWS's Step Functions Local has, which is read again when
   * a test case is started, or what it says. StartExecution of `stateMachineArn#TestCase` runs one.
   */
  readonly mocks?: string | MockConfiguration;
  /** Wait states and retry delays pass at once, with the timestamps they would have had. */
  readonly skipWaits?: boolean;
  /** Ids, random numbers and the clock are those of this seed: two runs are the same, event for event. Implies `skipWaits`. */
  readonly seed?: number;
  /** Default: AWS's quotas. */
  readonly limits?: Partial<Limits>;
  /** A directory in which state machines, activities, tags and executions are kept, those that run too. Default: memory alone. */
  readonly data?: string;
  /**
   * Whether what happens in executions outlives a crash of the machine: `always` waits for the disk before each call of a
   * Task. What has been written outlives this process in any case. Default: `never`.
   */
  readonly fsync?: "always" | "never";
  /** How many executions are kept, Map Runs' children among them, before those that ended longest ago go. Default 10,000. */
  readonly keep?: number;
  /** Called with what happens in executions: starts and ends, failed attempts, tasks that succeed. */
  readonly onProgress?: (event: Progress) => void;
  /** How many bytes of executions are kept, by an estimate of what they take in memory. Default: a quarter of this process's heap, at most 256 MiB. */
  readonly keepBytes?: number;
}

/** Where it takes its time and its ids from. */
export interface Sources {
  readonly clock: Clock;
  readonly identity: Identity;
}

const KEPT_EXECUTIONS = 10_000;
const KEPT_BYTES = Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 4);

const FIXED_START = Date.UTC(2026, 0, 1);

/**
 * AWS Step Functions in memory: its parts put together, and the operations of its API as methods.
 * Each takes and answers what AWS's does:
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html. Errors are {@link ApiError}s under
 * AWS's names.
 * @example
 * const states = new StepFunctions({ functions: httpFunctions("http://127.0.0.1:3002") });
 * const { stateMachineArn } = states.createStateMachine({
 *   name: "pass",
 *   definition: JSON.stringify({ StartAt: "Same", States: { Same: { Type: "Pass", End: true } } }),
 *   roleArn: "arn:aws:iam::000000000000:role/any",
 * });
 * const { executionArn } = states.startExecution({ stateMachineArn, input: "{}" });
 * console.log((await states.executionEnd(executionArn)).status);
 */
export class StepFunctions implements StepFunctionsApi {
  readonly account: Account;
  /** Versions and aliases. */
  readonly stateMachines: StateMachines;
  readonly activities: Activities;
  readonly taskTokens: TaskTokens;
  readonly mapRuns: MapRuns;
  readonly tags: Tags;
  readonly #registry: StateMachineRegistry;
  readonly #surroundings: Surroundings;
  readonly #executions: Executions;
  readonly #mocks: Mocks | undefined;
  /** EventBridge Scheduler, whose schedules start executions here. */
  readonly scheduler: Pick<Scheduler, "put" | "remove">;
  readonly #scheduler: Scheduler;
  readonly #storage: Storage | undefined;
  #isChanging = false;
  #hasChanged = false;
  #changes = 0;

  /** @param sources default: what the options say */
  constructor(options: StepFunctionsOptions, sources: Sources = sourcesOf(options)) {
    const { functions, region = "us-east-1", accountId = "000000000000" } = options;
    this.account = { region, accountId };
    const { clock, identity } = sources;
    const endpoints = new Endpoints(options);
    const s3 = s3Settings(endpoints, region);
    const aws = awsActions({ endpoints, region, project: options.project ?? process.cwd(), clock });
    const { integrations, scheduler } = builtInIntegrations({ states: this, functions, clock, find });
    const handlers = new Handlers(options.integrations ?? {});
    function find(action: string): Integration | undefined {
      return (
        handlers.find(action) ?? integrations.get(action) ?? handlers.others ?? aws.find(action) ?? web.find(action)
      );
    }
    const web = webActions({ endpoints, region, clock, connections: options.connections ?? {}, find });
    this.scheduler = scheduler;
    this.#scheduler = scheduler;
    const mocks = options.mocks === undefined ? undefined : new Mocks(options.mocks);
    this.#mocks = mocks;
    this.#storage = options.data === undefined ? undefined : new Storage(options.data, options.fsync === "always");
    const changed = (): void => this.#save();
    this.activities = new Activities(this.account, clock, changed);
    this.taskTokens = new TaskTokens();
    this.mapRuns = new MapRuns();
    this.#surroundings = {
      memory: new MemoryBudget(options.keepBytes ?? KEPT_BYTES),
      clock,
      identity,
      limits: { ...AWS_LIMITS, ...options.limits },
      integrations: { functions, objects: s3Objects(s3), find },
      tasks: this.taskTokens,
      activities: this.activities,
      beginMapRun: (parent, program, plan) =>
        this.mapRuns.begin(parent, program, plan, this.#surroundings, (child) => this.#executions.begin(child)),
      mapRun: (arn) => this.mapRuns.get(arn),
      journalOf: (execution) => this.#storage?.journal(execution),
      saveMapRun: (line) => this.#storage?.saveMapRun(line),
      persist: (execution, status) => this.#storage?.saveExecution(execution, status),
      changed: (execution) => {
        if (execution.status !== "RUNNING") this.#storage?.saveEnd(execution);
        this.#executions.changed(execution);
      },
      watch: watchOf(options),
    };
    this.#registry = new StateMachineRegistry(this.account, this.#surroundings, (definition, name) =>
      unsupportedIn(definition, {
        find,
        refusal: (action) => aws.refusal(action) ?? web.refusal(action),
        hasS3: s3 !== undefined,
        isMocked: () => mocks?.mention(name) === true,
      }),
    );
    this.stateMachines = new StateMachines(this.#registry, clock, identity, changed);
    const { keep = KEPT_EXECUTIONS } = options;
    this.#executions = new Executions(this.account, this.#surroundings, keep, (arn) => this.mapRuns.forget(arn));
    this.tags = new Tags((arn) => this.#registry.has(arn) || this.activities.has(arn), changed);
    if (this.#storage !== undefined) this.#load(this.#storage);
    if (this.#storage !== undefined) this.#restoreExecutions(this.#storage, keep);
  }

  #restoreExecutions(storage: Storage, most: number): void {
    const existing = (arn: string): boolean => this.#registry.has(arn);
    const bounds = { most, mostBytes: this.#surroundings.memory.most };
    const executions = storage.executions(this.#surroundings, bounds, existing);
    for (const execution of executions) this.#executions.add(execution);
    const byArn = new Map(executions.map((one) => [one.plan.arn, one]));
    storage.replay(byArn);
    const children = new Map<string | undefined, Execution[]>();
    for (const one of executions) {
      const siblings = children.get(one.plan.mapRunArn);
      if (siblings === undefined) children.set(one.plan.mapRunArn, [one]);
      else siblings.push(one);
    }
    for (const stored of storage.mapRuns((arn) => byArn.has(arn))) {
      const parent = byArn.get(stored.executionArn);
      if (parent === undefined) continue;
      this.mapRuns.restore(parent, stored, children.get(stored.arn) ?? [], this.#surroundings, (child) =>
        this.#executions.begin(child),
      );
    }
    for (const one of executions) {
      const { child } = one.plan;
      if (one.status !== "RUNNING") continue;
      // Children go on with their Map Run, and not without it.
      if (child === undefined) one.resume();
      else if (byArn.get(child.root.arn)?.status !== "RUNNING") one.stop(undefined, "The emulator was stopped.");
    }
  }

  /** Bytes that the executions take that are kept, by an estimate, and may take: see `keepBytes`. */
  get kept(): { readonly bytes: number; readonly most: number } {
    const { used, most } = this.#surroundings.memory;
    return { bytes: used, most };
  }

  /** Not of AWS's API: a number that is another one when state machines, activities or tags have been changed. */
  get changes(): number {
    return this.#changes;
  }

  createStateMachine(
    request: CreateStateMachineInput & { readonly tags?: readonly Tag[] | undefined },
  ): CreateStateMachineOutput {
    return this.#atOnce(() => {
      const isRepeated = this.#registry.isNamed(request.name);
      const created = this.stateMachines.create(request);
      if (!isRepeated) this.#tag(created.stateMachineArn, request.tags);
      return created;
    });
  }

  createActivity(request: {
    readonly name: string;
    readonly tags?: readonly Tag[] | undefined;
  }): ReturnType<Activities["create"]> {
    return this.#atOnce(() => {
      const isRepeated = this.activities.isNamed(request.name);
      const created = this.activities.create(request);
      if (!isRepeated) this.#tag(created.activityArn, request.tags);
      return created;
    });
  }

  updateStateMachine(request: UpdateStateMachineInput): UpdateStateMachineOutput {
    return this.stateMachines.update(request);
  }

  describeStateMachine(request: { readonly stateMachineArn: string }): StateMachineDescription {
    return this.stateMachines.describe(request);
  }

  listStateMachines(request: PageRequest = {}): StateMachineList {
    return this.stateMachines.list(request);
  }

  deleteStateMachine(request: { readonly stateMachineArn: string }): Record<string, never> {
    const answer = this.stateMachines.delete(request);
    this.#executions.forget(request.stateMachineArn);
    return answer;
  }

  startExecution(request: StartExecutionInput): { readonly executionArn: string; readonly startDate: Date } {
    const machine = startable(this.#registry, this.#mocks, request.stateMachineArn);
    const { plan, startDate } = this.#executions.start(machine, request);
    return { executionArn: plan.arn, startDate };
  }

  /** EXPRESS only, as on AWS. */
  async startSyncExecution(request: StartExecutionInput): Promise<SyncExecution> {
    const machine = startable(this.#registry, this.#mocks, request.stateMachineArn);
    if (machine.type !== "EXPRESS") {
      throw new ApiError(
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
      );
    }
    const execution = this.#executions.start(machine, request);
    await execution.ended;
    return describeSync(execution);
  }

  describeExecution(request: {
    readonly executionArn: string;
    readonly includedData?: IncludedData | undefined;
  }): ExecutionDescription {
    return describe(this.#executions.find(request.executionArn), request.includedData);
  }

  describeStateMachineForExecution({ executionArn }: { readonly executionArn: string }): ExecutedStateMachine {
    const { plan, startDate } = this.#executions.find(executionArn);
    const { stateMachineArn, stateMachineName: name, definition, roleArn, mapRunArn } = plan;
    const required = { stateMachineArn, name, definition, roleArn, updateDate: startDate };
    return mapRunArn === undefined ? required : { ...required, mapRunArn };
  }

  /** Of a state machine, a version, an alias or a Map Run; the newest first. */
  listExecutions(request: ListExecutionsRequest): {
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
    if (stateMachineArn !== undefined) this.stateMachines.describe({ stateMachineArn });
    const { statusFilter, redriveFilter } = request;
    if (mapRunArn === undefined && (statusFilter === "PENDING_REDRIVE" || redriveFilter !== undefined))
      throw new ApiError(
        "ValidationException",
        "PENDING_REDRIVE as statusFilter, and redriveFilter, are for the executions of a Map Run: give mapRunArn",
      );
    return this.#executions.list(stateMachineArn ?? mapRunArn ?? "", request);
  }

  stopExecution(request: {
    readonly executionArn: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): { readonly stopDate: Date } {
    const execution = this.#executions.find(request.executionArn);
    execution.stopAsAsked(request.error, request.cause);
    return { stopDate: execution.stopDate ?? new Date(this.#surroundings.clock.now()) };
  }

  redriveExecution({ executionArn, clientToken }: RedriveRequest): { readonly redriveDate: Date } {
    return this.#executions.redrive(executionArn, clientToken);
  }

  getExecutionHistory(request: HistoryRequest): HistoryPage {
    return this.#executions.history(request);
  }

  listMapRuns(request: PageRequest & { readonly executionArn: string }): ReturnType<MapRuns["list"]> {
    return this.mapRuns.list(this.#executions.find(request.executionArn).plan.arn, request);
  }

  validateStateMachineDefinition(request: ValidateDefinitionRequest): ValidateDefinitionOutput {
    const all = validateDefinition(request.definition, request.type);
    const wanted = request.severity === "WARNING" ? all : all.filter(({ severity }) => severity === "ERROR");
    const diagnostics = wanted.slice(0, request.maxResults || 100);
    const result = all.some(({ severity }) => severity === "ERROR") ? "FAIL" : "OK";
    return { result, diagnostics, truncated: diagnostics.length < wanted.length };
  }

  testState(request: TestStateInput): Promise<TestStateOutput> {
    const { region, accountId } = this.account;
    return testState(request, this.#surroundings, `arn:aws:states:${region}:${accountId}`);
  }

  /** Not of AWS's API: the execution's description once it has ended. */
  async executionEnd(executionArn: string): Promise<ExecutionDescription> {
    const execution = this.#executions.find(executionArn);
    await execution.ended;
    return describe(execution);
  }

  /**
   * Not of AWS's API: aborts what still runs, and leaves the data directory. With one, executions that run are left to
   * the next process that has it.
   */
  close(): void {
    this.#scheduler.close();
    this.#storage?.close();
    for (const execution of this.#executions.all()) {
      if (execution.status !== "RUNNING") continue;
      if (this.#storage === undefined || execution.plan.type === "EXPRESS")
        execution.stop(undefined, "The emulator was closed.");
      else execution.suspend();
    }
  }

  #tag(resourceArn: string, tags: readonly Tag[] | undefined): void {
    if (tags !== undefined) this.tags.tag({ resourceArn, tags });
  }

  /** Saves all that `change` does together. @throws {ApiError} when it cannot be saved; then nothing has changed */
  #atOnce<T>(change: () => T): T {
    this.#isChanging = true;
    let result: T;
    try {
      result = change();
    } catch (error) {
      if (this.#hasChanged) this.#restore();
      throw error;
    } finally {
      this.#isChanging = false;
      this.#hasChanged = false;
    }
    this.#save();
    return result;
  }

  /** @throws {ApiError} when it cannot be saved; then all is as it was saved last */
  #save(): void {
    this.#changes++;
    this.#registry.count();
    this.#hasChanged = this.#isChanging;
    if (this.#storage === undefined || this.#isChanging) return;
    try {
      this.#storage.saveService({
        stateMachines: this.#registry.stored(),
        activities: this.activities.stored(),
        tags: this.tags.stored(),
      });
    } catch (error) {
      this.#restore();
      throw error;
    }
  }

  #restore(): readonly string[] {
    if (this.#storage === undefined) return [];
    const { stateMachines, activities, tags } = this.#storage.saved;
    const faults = this.#registry.restore(stateMachines);
    this.activities.restore(activities);
    this.tags.restore(tags);
    this.#registry.count();
    return faults;
  }

  #load(storage: Storage): void {
    const faults = [...storage.load(), ...this.#restore()];
    if (faults.length === 0) return;
    storage.lose(faults.join("\n"));
    this.#save();
  }
}

/** An execution goes on, whatever becomes of what is told about it. */
function watchOf({ onProgress }: StepFunctionsOptions): ((event: Progress) => void) | undefined {
  if (onProgress === undefined) return undefined;
  return (event) => {
    try {
      onProgress(event);
    } catch (error) {
      process.emitWarning(`onProgress threw: ${messageOf(error)}`);
    }
  };
}

function sourcesOf({ seed, skipWaits }: StepFunctionsOptions): Sources {
  if (seed !== undefined) return { clock: skippingClock(FIXED_START), identity: seededIdentity(seed) };
  return { clock: skipWaits === true ? skippingClock() : wallClock(), identity: randomIdentity() };
}
