import type { StateMachine } from "../../asl/definition.ts";
import type { JsonObject } from "../../../sdk/base/json.ts";
import type { Diagnostic } from "../../validate/diagnostics.ts";
import type { Clock } from "../kernel/clock.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { Identity } from "../kernel/identity.ts";
import { compileProgram } from "../interpreter/program.ts";
import { checkedDefinition, refuse } from "./definition.ts";
import { type Account, checkName, resourceOf, stateMachineArn } from "./arns.ts";
import { paged, type PageRequest } from "./paging.ts";
import {
  type Alias,
  conflict,
  Machine,
  type Revision,
  type RoutingEntry,
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
}

export interface StateMachineDescription {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: "ACTIVE";
  readonly definition: string;
  readonly roleArn: string;
  readonly type: StateMachineType;
  readonly creationDate: Date;
  readonly loggingConfiguration: JsonObject;
  readonly tracingConfiguration: JsonObject;
  readonly encryptionConfiguration?: JsonObject;
  readonly revisionId?: string;
  readonly description?: string;
}

export interface CreateStateMachineInput {
  readonly name: string;
  /** JSON text. */
  readonly definition: string;
  readonly roleArn: string;
  readonly type?: StateMachineType | undefined;
  readonly publish?: boolean | undefined;
  readonly versionDescription?: string | undefined;
  /** Kept and told again; there is nowhere to log to. */
  readonly loggingConfiguration?: JsonObject | undefined;
  readonly tracingConfiguration?: JsonObject | undefined;
  /** Kept and told again; nothing is encrypted. */
  readonly encryptionConfiguration?: JsonObject | undefined;
}

export interface UpdateStateMachineInput {
  readonly stateMachineArn: string;
  readonly definition?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly publish?: boolean | undefined;
  readonly versionDescription?: string | undefined;
  readonly loggingConfiguration?: JsonObject | undefined;
  readonly tracingConfiguration?: JsonObject | undefined;
  /** Kept and told again; nothing is encrypted. */
  readonly encryptionConfiguration?: JsonObject | undefined;
}

export interface CreateStateMachineOutput {
  readonly stateMachineArn: string;
  readonly creationDate: Date;
  readonly stateMachineVersionArn?: string;
}

export interface UpdateStateMachineOutput {
  readonly updateDate: Date;
  readonly revisionId: string;
  readonly stateMachineVersionArn?: string;
}

type Empty = Record<string, never>;

/** The state machines with their versions and aliases. */
export class StateMachines {
  readonly #machines = new Map<string, Machine>();
  readonly #account: Account;
  readonly #clock: Clock;
  readonly #identity: Identity;
  /** What of a definition this emulator cannot run, as a sentence with its remedy. */
  readonly #unsupported: (definition: StateMachine) => readonly Diagnostic[];
  /** Called after every change. */
  readonly #changed: () => void;

  constructor(
    account: Account,
    clock: Clock,
    identity: Identity,
    unsupported: (definition: StateMachine) => readonly Diagnostic[],
    changed: () => void,
  ) {
    this.#account = account;
    this.#clock = clock;
    this.#identity = identity;
    this.#unsupported = unsupported;
    this.#changed = changed;
  }

  /** Of a request that is repeated, the state machine that there is. */
  create(request: CreateStateMachineInput): CreateStateMachineOutput {
    const { name, definition, roleArn, type = "STANDARD" } = request;
    checkName(name);
    checkDescription(request);
    const arn = stateMachineArn(this.#account, name);
    let machine = this.#machines.get(arn);
    if (machine === undefined) {
      machine = new Machine(arn, name, type, this.#revise(definition, roleArn, type, undefined), this.#now());
      machine.logging = request.loggingConfiguration ?? machine.logging;
      machine.tracing = request.tracingConfiguration ?? machine.tracing;
      machine.encryption = request.encryptionConfiguration;
      this.#machines.set(arn, machine);
    } else if (!machine.isAsked(request)) {
      throw new ApiError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    }
    const version = request.publish === true ? machine.publish(request.versionDescription, this.#now()) : undefined;
    this.#changed();
    const created = { stateMachineArn: arn, creationDate: machine.creationDate };
    return version === undefined ? created : { ...created, stateMachineVersionArn: version.arn };
  }

  update(request: UpdateStateMachineInput): UpdateStateMachineOutput {
    const machine = this.#find(request.stateMachineArn);
    const {
      loggingConfiguration: logging,
      tracingConfiguration: tracing,
      encryptionConfiguration: encryption,
    } = request;
    checkDescription(request);
    if ([request.definition, request.roleArn, logging, tracing, encryption].every((one) => one === undefined)) {
      throw new ApiError(
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
      );
    }
    const revisionId = this.#identity.uuid();
    const { definition, roleArn } = machine.revision;
    machine.revision = this.#revise(
      request.definition ?? definition,
      request.roleArn ?? roleArn,
      machine.type,
      revisionId,
    );
    machine.logging = logging ?? machine.logging;
    machine.tracing = tracing ?? machine.tracing;
    machine.encryption = encryption ?? machine.encryption;
    machine.updateDate = this.#now();
    const version = request.publish === true ? machine.publish(request.versionDescription, this.#now()) : undefined;
    this.#changed();
    const updated = { updateDate: machine.updateDate, revisionId };
    return version === undefined ? updated : { ...updated, stateMachineVersionArn: version.arn };
  }

  describe({ stateMachineArn: arn }: { readonly stateMachineArn: string }): StateMachineDescription {
    const { machine, version } = this.#resolve(arn);
    const revision = version?.revision ?? machine.revision;
    return {
      stateMachineArn: version?.arn ?? machine.arn,
      name: machine.name,
      status: "ACTIVE",
      definition: revision.definition,
      roleArn: revision.roleArn,
      type: machine.type,
      creationDate: version?.creationDate ?? machine.creationDate,
      loggingConfiguration: machine.logging,
      tracingConfiguration: machine.tracing,
      ...(machine.encryption === undefined ? {} : { encryptionConfiguration: machine.encryption }),
      ...(revision.revisionId === undefined ? {} : { revisionId: revision.revisionId }),
      ...(version?.description === undefined ? {} : { description: version.description }),
    };
  }

  list(request: PageRequest): {
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
  delete({ stateMachineArn: arn }: { readonly stateMachineArn: string }): Empty {
    resourceOf(arn, "stateMachine");
    this.#machines.delete(arn);
    this.#changed();
    return {};
  }

  publishVersion(request: {
    readonly stateMachineArn: string;
    readonly description?: string | undefined;
    readonly revisionId?: string | undefined;
  }): { readonly creationDate: Date; readonly stateMachineVersionArn: string } {
    const machine = this.#find(request.stateMachineArn);
    const current = machine.revision.revisionId ?? "INITIAL";
    if (request.revisionId !== undefined && request.revisionId !== current) {
      throw conflict(
        `Failed to publish the State Machine version for revision ${request.revisionId}. The current State Machine revision is ${current}.`,
      );
    }
    const { arn, creationDate } = machine.publish(request.description, this.#now());
    this.#changed();
    return { creationDate, stateMachineVersionArn: arn };
  }

  listVersions(request: PageRequest & { readonly stateMachineArn: string }): {
    readonly stateMachineVersions: readonly { readonly stateMachineVersionArn: string; readonly creationDate: Date }[];
    readonly nextToken?: string;
  } {
    const { page, ...rest } = paged([...this.#find(request.stateMachineArn).versions.values()].reverse(), request);
    return {
      stateMachineVersions: page.map(({ arn, creationDate }) => ({ stateMachineVersionArn: arn, creationDate })),
      ...rest,
    };
  }

  deleteVersion({ stateMachineVersionArn: arn }: { readonly stateMachineVersionArn: string }): Empty {
    const { machine, version } = this.#resolve(arn);
    if (version === undefined) return {};
    machine.deleteVersion(version);
    this.#changed();
    return {};
  }

  createAlias(request: {
    readonly name: string;
    readonly description?: string | undefined;
    readonly routingConfiguration: readonly RoutingEntry[];
  }): { readonly stateMachineAliasArn: string; readonly creationDate: Date } {
    checkName(request.name);
    const machine = this.#routed(request.routingConfiguration);
    const { arn, creationDate } = machine.createAlias(
      request.name,
      request.description,
      request.routingConfiguration,
      this.#now(),
    );
    this.#changed();
    return { stateMachineAliasArn: arn, creationDate };
  }

  updateAlias(request: {
    readonly stateMachineAliasArn: string;
    readonly description?: string | undefined;
    readonly routingConfiguration?: readonly RoutingEntry[] | undefined;
  }): { readonly updateDate: Date } {
    const alias = this.#alias(request.stateMachineAliasArn);
    if (request.routingConfiguration !== undefined) {
      this.#routed(request.routingConfiguration);
      alias.routing = request.routingConfiguration;
    }
    alias.description = request.description ?? alias.description;
    alias.updateDate = this.#now();
    this.#changed();
    return { updateDate: alias.updateDate };
  }

  describeAlias({ stateMachineAliasArn: arn }: { readonly stateMachineAliasArn: string }): {
    readonly stateMachineAliasArn: string;
    readonly name: string;
    readonly description?: string;
    readonly routingConfiguration: readonly RoutingEntry[];
    readonly creationDate: Date;
    readonly updateDate: Date;
  } {
    const { name, description, routing, creationDate, updateDate } = this.#alias(arn);
    const required = { stateMachineAliasArn: arn, name, routingConfiguration: routing, creationDate, updateDate };
    return description === undefined ? required : { ...required, description };
  }

  listAliases(request: PageRequest & { readonly stateMachineArn: string }): {
    readonly stateMachineAliases: readonly { readonly stateMachineAliasArn: string; readonly creationDate: Date }[];
    readonly nextToken?: string;
  } {
    const { page, ...rest } = paged([...this.#resolve(request.stateMachineArn).machine.aliases.values()], request);
    return {
      stateMachineAliases: page.map(({ arn, creationDate }) => ({ stateMachineAliasArn: arn, creationDate })),
      ...rest,
    };
  }

  deleteAlias({ stateMachineAliasArn: arn }: { readonly stateMachineAliasArn: string }): Empty {
    const { machine, alias } = this.#resolve(arn);
    if (alias === undefined) throw notFound(arn);
    machine.aliases.delete(alias.name);
    this.#changed();
    return {};
  }

  /** What an execution of this ARN runs: the machine's latest revision, a version, or what an alias's weights choose. */
  startable(arn: string): Startable {
    const { machine, version, alias } = this.#resolve(arn);
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

  has(arn: string): boolean {
    return this.#machines.has(arn);
  }

  isNamed(name: string): boolean {
    return this.has(stateMachineArn(this.#account, name));
  }

  stored(): readonly StoredMachine[] {
    return [...this.#machines.values()].map((machine) => machine.stored());
  }

  restore(stored: readonly StoredMachine[]): void {
    for (const one of stored) {
      const arn = stateMachineArn(this.#account, one.name);
      const revise = ({ definition, roleArn, revisionId }: StoredRevision): Revision =>
        this.#revise(definition, roleArn, one.type, revisionId);
      this.#machines.set(arn, Machine.from(arn, one, revise));
    }
  }

  /** The machine of which all entries are versions. */
  #routed(routing: readonly RoutingEntry[]): Machine {
    const [first, second] = routing;
    if (first === undefined || routing.length > 2)
      throw invalidRouting("The routing configuration must have one or two entries");
    if (routing.reduce((sum, { weight }) => sum + weight, 0) !== 100)
      throw invalidRouting("The sum of the weights must be 100");
    const { machine, version } = this.#resolve(first.stateMachineVersionArn);
    if (version === undefined) throw notFound(first.stateMachineVersionArn);
    if (second !== undefined && this.#resolve(second.stateMachineVersionArn).machine !== machine) {
      throw invalidRouting("The versions must be of one state machine");
    }
    return machine;
  }

  #alias(arn: string): Alias {
    const { alias } = this.#resolve(arn);
    if (alias === undefined) throw notFound(arn);
    return alias;
  }

  #find(arn: string): Machine {
    resourceOf(arn, "stateMachine");
    const machine = this.#machines.get(arn);
    if (machine === undefined) throw doesNotExist(arn);
    return machine;
  }

  #resolve(arn: string): { readonly machine: Machine; readonly version?: Version; readonly alias?: Alias } {
    const [name, qualifier] = resourceOf(arn, "stateMachine").split(":");
    const machine = this.#find(qualifier === undefined ? arn : stateMachineArn(this.#account, name ?? ""));
    if (qualifier === undefined) return { machine };
    const version = machine.versions.get(Number(qualifier));
    const alias = machine.aliases.get(qualifier);
    if (version === undefined && alias === undefined) throw doesNotExist(arn);
    return { machine, ...(version === undefined ? {} : { version }), ...(alias === undefined ? {} : { alias }) };
  }

  #revise(definition: string, roleArn: string, type: StateMachineType, revisionId: string | undefined): Revision {
    const parsed = checkedDefinition(definition, type);
    refuse(this.#unsupported(parsed));
    const program = compileProgram(parsed, parsed.QueryLanguage);
    return { definition, roleArn, program, timeoutSeconds: parsed.TimeoutSeconds, revisionId };
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}

/** @throws {ApiError} when there is a version's description and no version to be */
function checkDescription(request: Pick<CreateStateMachineInput, "publish" | "versionDescription">): void {
  if (request.versionDescription === undefined || request.publish === true) return;
  throw new ApiError("ValidationException", "Version description can only be set when publish is set to true");
}

function doesNotExist(arn: string): ApiError {
  return new ApiError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
}
function notFound(arn: string): ApiError {
  return new ApiError("ResourceNotFound", `Resource not found: '${arn}'`, { resourceName: arn });
}
function invalidRouting(message: string): ApiError {
  return new ApiError("ValidationException", message);
}
