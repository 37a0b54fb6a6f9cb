import { validateDefinition } from "../../validate/validate.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { Scheduler } from "../integrations/scheduler.ts";
import { MemoryBudget } from "../kernel/memory-budget.ts";
import { AWS_LIMITS } from "../kernel/limits.ts";
import { type Actions, actionsOf } from "./actions.ts";
import { Activities } from "./activities.ts";
import { type Account, DEFAULT_ACCOUNT } from "./arns.ts";
import type {
  ExecutedStateMachine,
  ListExecutionsRequest,
  RedriveRequest,
  StepFunctionsApi,
  ValidateDefinitionOutput,
  ValidateDefinitionRequest,
} from "./api.ts";
import {
  describe,
  describeSync,
  type ExecutionDescription,
  type ExecutionSummary,
  type IncludedData,
  NO_DEFINITION,
  type SyncExecution,
} from "./execution-description.ts";
import type { Surroundings } from "./execution.ts";
import { Executions, type HistoryPage, type HistoryRequest, type StartExecutionInput } from "./executions.ts";
import { MapRuns } from "./map-runs.ts";
import { Mocks, startable } from "./mocks.ts";
import type { PageRequest } from "./paging.ts";
import { restoreExecutions } from "./restore-executions.ts";
import { SavedService } from "./saved-service.ts";
import { StateMachineRegistry } from "./state-machine-registry.ts";
import type {
  CreateStateMachineInput,
  CreateStateMachineOutput,
  DescribeStateMachineInput,
  StateMachineDescription,
  StateMachineList,
  UpdateStateMachineInput,
  UpdateStateMachineOutput,
} from "./state-machine-requests.ts";
import { StateMachines } from "./state-machines.ts";
import {
  checkStepFunctions,
  KEPT_BYTES,
  KEPT_EXECUTIONS,
  type Sources,
  sourcesOf,
  type StepFunctionsOptions,
  watchOf,
} from "./step-functions-options.ts";
import { Storage } from "./storage.ts";
import { checkTags, type Tag, Tags } from "./tags.ts";
import { TaskTokens } from "./task-tokens.ts";
import { testState, type TestStateOutput } from "./test-state.ts";
import type { TestStateInput } from "./test-state-request.ts";
import { unsupportedIn } from "./unsupported.ts";

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
  /** EventBridge Scheduler, whose schedules start executions here. */
  readonly scheduler: Pick<Scheduler, "put" | "remove">;
  readonly #registry: StateMachineRegistry;
  readonly #surroundings: Surroundings;
  readonly #executions: Executions;
  readonly #mocks: Mocks | undefined;
  readonly #saved: SavedService;
  readonly #storage: Storage | undefined;
  readonly #close: () => void;

  /**
   * @param given default: what the options say
   * @throws {LambentError} for an option that is unknown, or whose value does not fit
   */
  constructor(options: StepFunctionsOptions, given?: Sources) {
    checkStepFunctions(options);
    const sources = given ?? sourcesOf(options);
    const { region = DEFAULT_ACCOUNT.region, accountId = DEFAULT_ACCOUNT.accountId, keep = KEPT_EXECUTIONS } = options;
    const { clock, identity } = sources;
    this.account = { region, accountId };
    const actions = actionsOf(options, this, clock);
    this.scheduler = actions.scheduler;
    this.#close = () => actions.scheduler.close();
    this.#mocks = options.mocks === undefined ? undefined : new Mocks(options.mocks);
    this.#storage = options.data === undefined ? undefined : new Storage(options.data, options.fsync === "always");
    const changed = (): void => this.#saved.save();
    this.activities = new Activities(this.account, clock, changed);
    this.mapRuns = new MapRuns();
    this.taskTokens = new TaskTokens(options.limits?.payloadBytes);
    this.#surroundings = this.#lend(options, sources, actions);
    this.#registry = new StateMachineRegistry(this.account, this.#surroundings, (definition, name) =>
      unsupportedIn(definition, { ...actions, isMocked: () => this.#mocks?.mention(name) === true }),
    );
    this.stateMachines = new StateMachines(this.#registry, clock, identity, changed);
    this.#executions = new Executions(this.account, this.#surroundings, keep, (arn) => this.mapRuns.forget(arn));
    this.tags = new Tags((arn) => this.#registry.has(arn) || this.activities.has(arn), changed);
    this.#saved = new SavedService(this.#registry, this.activities, this.tags, this.#storage);
    if (this.#storage !== undefined) this.#takeUp(this.#storage, keep);
  }

  /** What executions are lent. */
  #lend(options: StepFunctionsOptions, { clock, identity }: Sources, { find, objects }: Actions): Surroundings {
    return {
      memory: new MemoryBudget(options.keepBytes ?? KEPT_BYTES),
      clock,
      identity,
      limits: { ...AWS_LIMITS, ...options.limits },
      integrations: { functions: options.functions, objects, find },
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
  }

  /** What an earlier process has left in the data directory. */
  #takeUp(storage: Storage, keep: number): void {
    this.#saved.load();
    const exists = (arn: string): boolean => this.#registry.has(arn);
    const { mapRuns } = this;
    restoreExecutions({
      storage,
      surroundings: this.#surroundings,
      executions: this.#executions,
      mapRuns,
      keep,
      exists,
    });
  }

  /** Bytes that the executions take that are kept, by an estimate, and may take: see `keepBytes`. */
  get kept(): { readonly bytes: number; readonly most: number } {
    const { used, most } = this.#surroundings.memory;
    return { bytes: used, most };
  }

  /** Not of AWS's API: a number that is another one when state machines, activities or tags have been changed. */
  get changes(): number {
    return this.#saved.changes;
  }

  createStateMachine(
    request: CreateStateMachineInput & { readonly tags?: readonly Tag[] | undefined },
  ): CreateStateMachineOutput {
    checkTags(request.tags ?? [], request.name);
    return this.#saved.atOnce(() => {
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
    checkTags(request.tags ?? [], request.name);
    return this.#saved.atOnce(() => {
      const isRepeated = this.activities.isNamed(request.name);
      const created = this.activities.create(request);
      if (!isRepeated) this.#tag(created.activityArn, request.tags);
      return created;
    });
  }

  updateStateMachine(request: UpdateStateMachineInput): UpdateStateMachineOutput {
    return this.stateMachines.update(request);
  }

  describeStateMachine(request: DescribeStateMachineInput): StateMachineDescription {
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
  async startSyncExecution(
    request: StartExecutionInput & { readonly includedData?: IncludedData | undefined },
  ): Promise<SyncExecution> {
    const machine = startable(this.#registry, this.#mocks, request.stateMachineArn);
    if (machine.type !== "EXPRESS") {
      throw new ApiError(
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
      );
    }
    const execution = this.#executions.start(machine, request);
    await execution.ended;
    return describeSync(execution, request.includedData);
  }

  describeExecution(request: {
    readonly executionArn: string;
    readonly includedData?: IncludedData | undefined;
  }): ExecutionDescription {
    return describe(this.#executions.find(request.executionArn), request.includedData);
  }

  describeStateMachineForExecution({
    executionArn,
    includedData,
  }: {
    readonly executionArn: string;
    readonly includedData?: IncludedData | undefined;
  }): ExecutedStateMachine {
    const { plan, startDate } = this.#executions.find(executionArn);
    const { stateMachineArn, stateMachineName: name, roleArn, mapRunArn } = plan;
    const definition = includedData === "METADATA_ONLY" ? NO_DEFINITION : plan.definition;
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
    this.#close();
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
}
