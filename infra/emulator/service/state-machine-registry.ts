import { messageOf } from "../../../sdk/base/errors.ts";
import type { StateMachine } from "../../asl/definition.ts";
import type { Diagnostic } from "../../validate/diagnostics.ts";
import { compileProgram } from "../interpreter/compile.ts";
import type { MockedTasks } from "../interpreter/mocked-tasks.ts";
import type { Program } from "../interpreter/thread.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { Identity } from "../kernel/identity.ts";
import type { MemoryBudget } from "../kernel/memory-budget.ts";
import { type Account, resourceOf, stateMachineArn } from "./arns.ts";
import { checkedDefinition, memoryOfDefinition, refuse } from "./definition.ts";
import {
  type Alias,
  Machine,
  type Revision,
  type StateMachineType,
  type StoredMachine,
  type StoredRevision,
  type Version,
} from "./state-machine.ts";

/** What StartExecution found behind an ARN. */
export interface Startable {
  readonly arn: string;
  readonly name: string;
  readonly type: StateMachineType;
  readonly revision: Revision;
  readonly versionArn: string | undefined;
  readonly aliasArn: string | undefined;
  /** Of the test case that it is to run, if it is. */
  readonly mocks?: MockedTasks;
}

/** Which state machine, version or alias an ARN names. */
export interface Resolved {
  readonly machine: Machine;
  readonly version?: Version;
  readonly alias?: Alias;
}

/** The state machines that there are, and what ARNs lead to. */
export class StateMachineRegistry {
  readonly #machines = new Map<string, Machine>();
  readonly #account: Account;
  readonly #identity: Identity;
  readonly #memory: MemoryBudget;
  /** By their programs, which their executions hold too. */
  #held: ReadonlyMap<Program, Revision> = new Map();
  /** What of a definition this emulator cannot run, as a sentence with its remedy. */
  readonly #unsupported: (definition: StateMachine, name: string) => readonly Diagnostic[];

  constructor(
    account: Account,
    { identity, memory }: { readonly identity: Identity; readonly memory: MemoryBudget },
    unsupported: (definition: StateMachine, name: string) => readonly Diagnostic[],
  ) {
    this.#account = account;
    this.#identity = identity;
    this.#memory = memory;
    this.#unsupported = unsupported;
  }

  /** The ARN of the state machine of this name, whether there is one or not. */
  arnOf(name: string): string {
    return stateMachineArn(this.#account, name);
  }

  get(arn: string): Machine | undefined {
    return this.#machines.get(arn);
  }

  isNamed(name: string): boolean {
    return this.has(this.arnOf(name));
  }

  has(arn: string): boolean {
    return this.#machines.has(arn);
  }

  all(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  add(machine: Machine): void {
    this.#machines.set(machine.arn, machine);
  }

  delete(arn: string): void {
    this.#machines.delete(arn);
  }

  /** @throws {ApiError} when there is no such state machine, or the ARN is of something else */
  find(arn: string): Machine {
    resourceOf(arn, "stateMachine");
    const machine = this.#machines.get(arn);
    if (machine === undefined) throw doesNotExist(arn);
    return machine;
  }

  /** @throws {ApiError} when the ARN leads nowhere */
  resolve(arn: string): Resolved {
    const [name, qualifier] = resourceOf(arn, "stateMachine").split(":");
    const machine = this.find(qualifier === undefined ? arn : this.arnOf(name ?? ""));
    if (qualifier === undefined) return { machine };
    const version = machine.versions.get(Number(qualifier));
    const alias = machine.aliases.get(qualifier);
    if (version === undefined && alias === undefined) throw doesNotExist(arn);
    return { machine, ...(version === undefined ? {} : { version }), ...(alias === undefined ? {} : { alias }) };
  }

  /** What an execution of this ARN runs: the machine's latest revision, a version, or what an alias's weights choose. */
  startable(arn: string): Startable {
    const { machine, version, alias } = this.resolve(arn);
    const { name, type } = machine;
    const chosen = alias === undefined ? version : machine.choose(alias, this.#identity.random());
    return {
      arn: machine.arn,
      name,
      type,
      revision: chosen?.revision ?? machine.revision,
      versionArn: chosen?.arn,
      aliasArn: alias?.arn,
    };
  }

  /** What a state machine runs once it has this definition. @throws {ApiError} `InvalidDefinition` */
  revise(
    { name, type }: { readonly name: string; readonly type: StateMachineType },
    definition: string,
    roleArn: string,
    revisionId: string | undefined,
  ): Revision {
    const parsed = checkedDefinition(definition, type);
    refuse(this.#unsupported(parsed, name));
    const program = compileProgram(parsed, parsed.QueryLanguage);
    const memoryBytes = memoryOfDefinition(definition);
    return { definition, roleArn, program, timeoutSeconds: parsed.TimeoutSeconds, revisionId, memoryBytes };
  }

  /** Half of the memory is left to executions. @param replaced Is no more then. @throws {ApiError} `StateMachineLimitExceeded` */
  checkRoom(definition: string, replaced?: Revision): void {
    const most = this.#memory.most / 2;
    let bytes = memoryOfDefinition(definition);
    for (const one of this.#held.values()) if (one !== replaced) bytes += one.memoryBytes;
    if (bytes <= most) return;
    throw new ApiError(
      "StateMachineLimitExceeded",
      `The state machines and their versions would take more than ${Math.round(most / 2 ** 20)} MiB, half of the memory that there is: delete some of them, or allow more with --keep-mib`,
    );
  }

  /** Counts the memory of the definitions that there are now. */
  count(): void {
    const held = new Map(this.all().flatMap((machine) => machine.revisions().map((one) => [one.program, one])));
    for (const [program, { memoryBytes }] of held)
      if (!this.#held.has(program)) this.#memory.hold(program, () => memoryBytes);
    for (const program of this.#held.keys()) if (!held.has(program)) this.#memory.release(program);
    this.#held = held;
  }

  /** What `restore` puts back, for a file. */
  stored(): readonly StoredMachine[] {
    return this.all().map((machine) => machine.stored());
  }

  /** There are just these from now on. @returns what is wrong with those that cannot be restored */
  restore(stored: readonly StoredMachine[]): readonly string[] {
    this.#machines.clear();
    return stored.flatMap((one) => {
      const revise = ({ definition, roleArn, revisionId }: StoredRevision): Revision =>
        this.revise(one, definition, roleArn, revisionId);
      try {
        this.add(Machine.from(this.arnOf(one.name), one, revise));
        return [];
      } catch (error) {
        return [`the state machine '${String(one.name)}': ${messageOf(error)}`];
      }
    });
  }
}

function doesNotExist(arn: string): ApiError {
  return new ApiError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
}
