import type { Clock } from "../kernel/clock.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { Identity } from "../kernel/identity.ts";
import { checkName, resourceOf } from "./arns.ts";
import { ALIAS_NAME, LOGGING_LEVEL, WEIGHT } from "./constraints.ts";
import { NO_DEFINITION } from "./execution-description.ts";
import { paged, type PageRequest } from "./paging.ts";
import { type Alias, conflict, Machine, type RoutingEntry } from "./state-machine.ts";
import type { StateMachineRegistry } from "./state-machine-registry.ts";
import type {
  AliasDescription,
  AliasSummary,
  CreateAliasInput,
  CreateStateMachineInput,
  CreateStateMachineOutput,
  DescribeStateMachineInput,
  PublishVersionInput,
  StateMachineDescription,
  StateMachineList,
  UpdateAliasInput,
  UpdateStateMachineInput,
  UpdateStateMachineOutput,
  VersionSummary,
} from "./state-machine-requests.ts";

type Empty = Record<string, never>;

/** The operations on state machines, their versions and their aliases. */
export class StateMachines {
  readonly #registry: StateMachineRegistry;
  readonly #clock: Clock;
  readonly #identity: Identity;
  readonly #changed: () => void;

  /** @param changed Called after every change. */
  constructor(registry: StateMachineRegistry, clock: Clock, identity: Identity, changed: () => void) {
    this.#registry = registry;
    this.#clock = clock;
    this.#identity = identity;
    this.#changed = changed;
  }

  /** Of a request that is repeated, the state machine that there is. */
  create(request: CreateStateMachineInput): CreateStateMachineOutput {
    const { name, definition, roleArn, type = "STANDARD" } = request;
    checkName(name);
    checkDescription(request);
    checkLogging(request);
    const arn = this.#registry.arnOf(name);
    let machine = this.#registry.get(arn);
    if (machine === undefined) {
      this.#registry.checkRoom(definition);
      const revision = this.#registry.revise({ name, type }, definition, roleArn, undefined);
      machine = new Machine(arn, name, type, revision, this.#now());
      machine.logging = request.loggingConfiguration ?? machine.logging;
      machine.tracing = request.tracingConfiguration ?? machine.tracing;
      machine.encryption = request.encryptionConfiguration;
      this.#registry.add(machine);
    } else if (!machine.isAsked(request)) {
      throw new ApiError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    }
    const version = request.publish === true ? machine.publish(request.versionDescription, this.#now()) : undefined;
    this.#changed();
    const created = { stateMachineArn: arn, creationDate: machine.creationDate };
    return version === undefined ? created : { ...created, stateMachineVersionArn: version.arn };
  }

  /** Not of AWS's API. @throws {ApiError} `InvalidDefinition`, if such a state machine could not be created or run */
  check({ name, type = "STANDARD", definition, roleArn }: CreateStateMachineInput): void {
    this.#registry.revise({ name, type }, definition, roleArn, undefined);
  }

  update(request: UpdateStateMachineInput): UpdateStateMachineOutput {
    const machine = this.#registry.find(request.stateMachineArn);
    const {
      loggingConfiguration: logging,
      tracingConfiguration: tracing,
      encryptionConfiguration: encryption,
    } = request;
    checkDescription(request);
    checkLogging(request);
    if ([request.definition, request.roleArn, logging, tracing, encryption].every((one) => one === undefined)) {
      throw new ApiError(
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
      );
    }
    const revisionId = this.#identity.uuid();
    const { definition, roleArn } = machine.revision;
    const isVersion = [...machine.versions.values()].some(({ revision }) => revision === machine.revision);
    this.#registry.checkRoom(request.definition ?? definition, isVersion ? undefined : machine.revision);
    machine.revision = this.#registry.revise(
      machine,
      request.definition ?? definition,
      request.roleArn ?? roleArn,
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

  describe({ stateMachineArn: arn, includedData }: DescribeStateMachineInput): StateMachineDescription {
    const { machine, version } = this.#registry.resolve(arn);
    const revision = version?.revision ?? machine.revision;
    return {
      stateMachineArn: version?.arn ?? machine.arn,
      name: machine.name,
      status: "ACTIVE",
      definition: includedData === "METADATA_ONLY" ? NO_DEFINITION : revision.definition,
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

  list(request: PageRequest): StateMachineList {
    const { page, ...rest } = paged(this.#registry.all(), request);
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
    this.#registry.delete(arn);
    this.#changed();
    return {};
  }

  publishVersion(request: PublishVersionInput): VersionSummary {
    const machine = this.#registry.find(request.stateMachineArn);
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
    readonly stateMachineVersions: readonly VersionSummary[];
    readonly nextToken?: string;
  } {
    const { page, ...rest } = paged(
      [...this.#registry.find(request.stateMachineArn).versions.values()].reverse(),
      request,
    );
    return {
      stateMachineVersions: page.map(({ arn, creationDate }) => ({ stateMachineVersionArn: arn, creationDate })),
      ...rest,
    };
  }

  deleteVersion({ stateMachineVersionArn: arn }: { readonly stateMachineVersionArn: string }): Empty {
    const { machine, version } = this.#registry.resolve(arn);
    if (version === undefined) return {};
    machine.deleteVersion(version);
    this.#changed();
    return {};
  }

  createAlias(request: CreateAliasInput): AliasSummary {
    ALIAS_NAME(request.name, "name");
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

  updateAlias(request: UpdateAliasInput): { readonly updateDate: Date } {
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

  describeAlias({ stateMachineAliasArn: arn }: { readonly stateMachineAliasArn: string }): AliasDescription {
    const { name, description, routing, creationDate, updateDate } = this.#alias(arn);
    const required = { stateMachineAliasArn: arn, name, routingConfiguration: routing, creationDate, updateDate };
    return description === undefined ? required : { ...required, description };
  }

  listAliases(request: PageRequest & { readonly stateMachineArn: string }): {
    readonly stateMachineAliases: readonly AliasSummary[];
    readonly nextToken?: string;
  } {
    const { page, ...rest } = paged(
      [...this.#registry.resolve(request.stateMachineArn).machine.aliases.values()],
      request,
    );
    return {
      stateMachineAliases: page.map(({ arn, creationDate }) => ({ stateMachineAliasArn: arn, creationDate })),
      ...rest,
    };
  }

  deleteAlias({ stateMachineAliasArn: arn }: { readonly stateMachineAliasArn: string }): Empty {
    const { machine, alias } = this.#registry.resolve(arn);
    if (alias === undefined) throw notFound(arn);
    machine.aliases.delete(alias.name);
    this.#changed();
    return {};
  }

  /** The machine of which all entries are versions. */
  #routed(routing: readonly RoutingEntry[]): Machine {
    const [first, second] = routing;
    if (first === undefined || routing.length > 2)
      throw invalidRouting("The routing configuration must have one or two entries");
    for (const [index, { weight }] of routing.entries())
      WEIGHT(weight, `routingConfiguration.${index + 1}.member.weight`);
    if (first.stateMachineVersionArn === second?.stateMachineVersionArn) {
      const arns = routing.map(({ stateMachineVersionArn }) => stateMachineVersionArn).join(", ");
      throw invalidRouting(
        `Routing configuration must contain distinct state machine version ARNs. Received: [${arns}]`,
      );
    }
    if (routing.reduce((sum, { weight }) => sum + weight, 0) !== 100)
      throw invalidRouting("The sum of the weights must be 100");
    const { machine, version } = this.#registry.resolve(first.stateMachineVersionArn);
    if (version === undefined) throw notFound(first.stateMachineVersionArn);
    if (second !== undefined && this.#registry.resolve(second.stateMachineVersionArn).machine !== machine) {
      throw invalidRouting("The versions must be of one state machine");
    }
    return machine;
  }

  #alias(arn: string): Alias {
    const { alias } = this.#registry.resolve(arn);
    if (alias === undefined) throw notFound(arn);
    return alias;
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

function checkLogging({ loggingConfiguration }: Pick<CreateStateMachineInput, "loggingConfiguration">): void {
  LOGGING_LEVEL(loggingConfiguration?.["level"], "loggingConfiguration.level");
}

function notFound(arn: string): ApiError {
  return new ApiError("ResourceNotFound", `Resource not found: '${arn}'`, { resourceName: arn });
}
function invalidRouting(message: string): ApiError {
  return new ApiError("ValidationException", message);
}
