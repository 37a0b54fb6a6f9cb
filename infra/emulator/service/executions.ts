import { messageOf } from "../../../sdk/base/errors.ts";
import { EXPRESS_SECONDS } from "../../../sdk/base/aws-limits.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { parseJson } from "../../validate/parse-json.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { HistoryEvent } from "../kernel/history.ts";
import { type Account, checkName, executionArn as arnOfExecution, resourceOf } from "./arns.ts";
import { memoryOfDefinition } from "./definition.ts";
import { type ExecutionSummary, summary } from "./execution-description.ts";
import { Execution, type ExecutionStatus, type Surroundings } from "./execution.ts";
import { paged, type PageRequest, pageOf, tokenFor } from "./paging.ts";
import type { Startable } from "./state-machine-registry.ts";

export interface StartExecutionInput {
  /** Of a state machine, a version or an alias. `#` and a test case may follow it, where there are mocks. */
  readonly stateMachineArn: string;
  readonly name?: string | undefined;
  /** JSON text. Default `{}`. */
  readonly input?: string | undefined;
  /** X-Ray's, such as `Root=1-…;Parent=…;Sampled=1`: functions get it, with a parent of their own, as `_X_AMZN_TRACE_ID`. */
  readonly traceHeader?: string | undefined;
}

export interface HistoryRequest extends PageRequest {
  readonly executionArn: string;
  readonly reverseOrder?: boolean | undefined;
  readonly includeExecutionData?: boolean | undefined;
}

/** Which executions to list. */
export interface ExecutionFilter {
  readonly statusFilter?: ExecutionStatus | "PENDING_REDRIVE" | undefined;
  /** Of the children of a Map Run. */
  readonly redriveFilter?: "REDRIVEN" | "NOT_REDRIVEN" | undefined;
}

export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  readonly nextToken?: string;
}

/**
 * The executions, those of Map Runs too. When there are more than `most`, or they take more memory than there is, those
 * that ended longest ago go, each with the children of its Map Runs; what runs and what ended last stays. If that is
 * not enough memory, children go that have ended, though their Map Run has not; then nothing more can be started.
 */
export class Executions {
  readonly #account: Account;
  readonly #surroundings: Surroundings;
  readonly #most: number;
  readonly #forgetMapRuns: (executionArn: string) => readonly string[];
  readonly #all = new Map<string, Execution>();
  /** By the ARN that ListExecutions asks with: of a state machine, a version, an alias or a Map Run. */
  readonly #lists = new Map<string, Set<Execution>>();
  /** In the order of their ends, without the children. */
  readonly #ended = new Set<Execution>();
  /** Likewise, of the children. */
  readonly #endedChildren = new Set<Execution>();

  /** @param forgetMapRuns Drops an execution's Map Runs and gives their ARNs. */
  constructor(
    account: Account,
    surroundings: Surroundings,
    most: number,
    forgetMapRuns: (executionArn: string) => readonly string[],
  ) {
    this.#account = account;
    this.#surroundings = surroundings;
    this.#most = most;
    this.#forgetMapRuns = forgetMapRuns;
    surroundings.memory.whenExceeded(() => this.#makeRoom());
  }

  /** @throws {ApiError} `ExecutionAlreadyExists`, unless it runs with the same input. */
  start(machine: Startable, request: StartExecutionInput): Execution {
    const { identity } = this.#surroundings;
    const name = request.name ?? identity.uuid();
    checkName(name);
    const inputText = request.input ?? "{}";
    const input = parseInput(inputText, this.#surroundings.limits.payloadBytes);
    const express = machine.type === "EXPRESS";
    const arn = arnOfExecution(this.#account, machine.name, name, express ? identity.uuid() : undefined);
    const existing = this.#all.get(arn);
    if (existing !== undefined) {
      const { inputText: itsInput, mocks } = existing.plan;
      const isSame = itsInput === inputText && mocks?.testCase === machine.mocks?.testCase;
      if (existing.status === "RUNNING" && isSame) return existing;
      throw new ApiError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
    this.#checkRoom();
    const { program, definition, roleArn, timeoutSeconds } = machine.revision;
    const execution = new Execution(
      {
        arn,
        name,
        stateMachineArn: machine.arn,
        stateMachineVersionArn: machine.versionArn,
        stateMachineAliasArn: machine.aliasArn,
        stateMachineName: machine.name,
        type: machine.type,
        program,
        definition,
        roleArn,
        timeoutSeconds: express ? Math.min(timeoutSeconds ?? EXPRESS_SECONDS, EXPRESS_SECONDS) : timeoutSeconds,
        inputText,
        input,
        traceHeader: request.traceHeader,
        mocks: machine.mocks,
        mapRunArn: undefined,
      },
      this.#surroundings,
    );
    this.begin(execution);
    execution.start();
    return execution;
  }

  /** @throws {ApiError} when what runs takes all the memory by itself */
  #checkRoom(): void {
    const { memory } = this.#surroundings;
    this.#makeRoom();
    if (!memory.isExceeded) return;
    throw new ApiError(
      "ExecutionLimitExceeded",
      `The executions that run take more than ${Math.round(memory.most / 2 ** 20)} MiB: wait for them to end, stop some of them, or allow more with --keep-mib`,
    );
  }

  /** Takes up an execution that is to start. @throws {ApiError} when it cannot be written; then it is not known */
  begin(execution: Execution): void {
    this.#surroundings.persist(execution, "RUNNING");
    this.add(execution);
  }

  add(execution: Execution): void {
    const { arn: own, program, definition, mapRunArn } = execution.plan;
    // An EXPRESS child that its Map Run starts anew keeps its ARN.
    const earlier = this.#all.get(own);
    if (earlier !== undefined) this.#drop(earlier);
    this.#all.set(own, execution);
    // A child's definition and program are parts of its parent's.
    if (mapRunArn === undefined) this.#surroundings.memory.hold(program, () => memoryOfDefinition(definition));
    for (const arn of listedUnder(execution)) {
      const list = this.#lists.get(arn);
      if (list === undefined) this.#lists.set(arn, new Set([execution]));
      else list.add(execution);
    }
    this.changed(execution);
  }

  /** To be told of starts, ends and redrives. */
  changed(execution: Execution): void {
    this.#ended.delete(execution);
    this.#endedChildren.delete(execution);
    if (execution.status !== "RUNNING")
      (execution.plan.mapRunArn === undefined ? this.#ended : this.#endedChildren).add(execution);
    this.#makeRoom(execution);
  }

  /** @param latest Stays. */
  #makeRoom(latest?: Execution): void {
    const { memory } = this.#surroundings;
    for (const oldest of this.#ended) {
      if ((this.#all.size <= this.#most && !memory.isExceeded) || oldest === latest) break;
      this.#drop(oldest);
    }
    for (const oldest of this.#endedChildren) {
      if (!memory.isExceeded || oldest === latest) break;
      this.#drop(oldest);
    }
  }

  /** Drops what has ended of a state machine. */
  forget(stateMachineArn: string): void {
    for (const execution of this.#lists.get(stateMachineArn) ?? [])
      if (this.#ended.has(execution)) this.#drop(execution);
  }

  #drop(execution: Execution): void {
    const { arn } = execution.plan;
    if (!this.#all.delete(arn)) return;
    this.#ended.delete(execution);
    this.#endedChildren.delete(execution);
    execution.history.release();
    if (execution.plan.mapRunArn === undefined) this.#surroundings.memory.release(execution.plan.program);
    for (const key of listedUnder(execution)) {
      const list = this.#lists.get(key);
      list?.delete(execution);
      if (list?.size === 0) this.#lists.delete(key);
    }
    for (const mapRunArn of this.#forgetMapRuns(arn))
      for (const child of this.#lists.get(mapRunArn) ?? []) this.#drop(child);
  }

  find(arn: string): Execution {
    resourceOf(arn, "execution", "express");
    const execution = this.#all.get(arn);
    if (execution === undefined) throw new ApiError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  /** Of a state machine, a version, an alias or a Map Run; newest first. */
  list(
    arn: string,
    request: PageRequest & ExecutionFilter,
  ): { readonly executions: readonly ExecutionSummary[]; readonly nextToken?: string } {
    const { statusFilter, redriveFilter } = request;
    const wanted = [...(this.#lists.get(arn) ?? [])].filter((one) => {
      const status = one.isPendingRedrive ? "PENDING_REDRIVE" : one.status;
      if (redriveFilter !== undefined && one.redriveCount > 0 !== (redriveFilter === "REDRIVEN")) return false;
      return statusFilter === undefined || statusFilter === status;
    });
    const { page, ...rest } = paged(wanted.reverse(), request);
    return { executions: page.map(summary), ...rest };
  }

  history({ executionArn: arn, reverseOrder, includeExecutionData, ...page }: HistoryRequest): HistoryPage {
    const { history } = this.find(arn);
    const { start, count } = pageOf(page);
    const end = Math.min(start + count, history.length);
    const events: HistoryEvent[] = [];
    for (let at = start; at < end; at++) {
      const event = history.event(reverseOrder === true ? history.length - at : at + 1, includeExecutionData);
      if (event !== undefined) events.push(event);
    }
    return { events, ...tokenFor(end, history.length) };
  }

  redrive(arn: string, clientToken: string | undefined): { readonly redriveDate: Date } {
    const execution = this.find(arn);
    if (execution.plan.mapRunArn !== undefined)
      throw new ApiError("ValidationException", "Labeled Execution ARNs are not supported for this API", {
        reason: "API_DOES_NOT_SUPPORT_LABELED_ARNS",
      });
    const repeated = execution.redriveOf(clientToken);
    if (repeated !== undefined) return { redriveDate: repeated };
    const reason = execution.whyNotRedrivable;
    if (reason !== undefined) throw new ApiError("ExecutionNotRedrivable", `Execution is not redrivable: ${reason}`);
    this.#checkRoom();
    return { redriveDate: execution.redrive(clientToken) };
  }

  all(): Iterable<Execution> {
    return this.#all.values();
  }
}

/** A child is found by its Map Run alone. */
function listedUnder({ plan }: Execution): readonly string[] {
  if (plan.mapRunArn !== undefined) return [plan.mapRunArn];
  return [plan.stateMachineArn, plan.stateMachineVersionArn, plan.stateMachineAliasArn].filter(
    (arn) => arn !== undefined,
  );
}

function parseInput(text: string, limit: number): Json {
  if (Buffer.byteLength(text) > limit) {
    throw new ApiError(
      "ValidationException",
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${limit}`,
    );
  }
  if (text.trim() === "") return {};
  try {
    return parseJson(text);
  } catch (error) {
    const message = messageOf(error);
    throw new ApiError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${message}'`);
  }
}
