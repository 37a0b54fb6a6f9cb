import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../sdk/base/json.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { Program } from "../interpreter/thread.ts";

export type StateMachineType = "STANDARD" | "EXPRESS";

/** What a version freezes and an execution runs. */
export interface Revision {
  readonly definition: string;
  readonly roleArn: string;
  readonly program: Program;
  readonly timeoutSeconds: number | undefined;
  readonly revisionId: string | undefined;
  /** Of the definition and the program. */
  readonly memoryBytes: number;
}

export interface Version {
  readonly arn: string;
  readonly number: number;
  readonly revision: Revision;
  readonly description: string | undefined;
  readonly creationDate: Date;
}

export interface RoutingEntry {
  readonly stateMachineVersionArn: string;
  /** Percent. */
  readonly weight: number;
}

export interface Alias {
  readonly arn: string;
  readonly name: string;
  readonly creationDate: Date;
  routing: readonly RoutingEntry[];
  description: string | undefined;
  updateDate: Date;
}

/** A revision in a file: its program is compiled anew. */
export type StoredRevision = Pick<Revision, "definition" | "roleArn"> & { readonly revisionId?: string };

/** A state machine in a file; times are in milliseconds since the epoch. */
export interface StoredMachine {
  readonly name: string;
  readonly type: StateMachineType;
  readonly creationDate: number;
  readonly updateDate: number;
  readonly revision: StoredRevision;
  readonly latestVersion: number;
  readonly versions: readonly {
    readonly number: number;
    /** Absent: the machine's current revision. */
    readonly revision?: StoredRevision;
    readonly description?: string;
    readonly creationDate: number;
  }[];
  readonly aliases: readonly {
    readonly name: string;
    readonly routing: readonly RoutingEntry[];
    readonly description?: string;
    readonly creationDate: number;
    readonly updateDate: number;
  }[];
  readonly logging: JsonObject;
  readonly tracing: JsonObject;
  readonly encryption?: JsonObject;
}

/** What AWS takes for a configuration, or a part of one, that is not given. */
export const CONFIGURATIONS = {
  logging: { level: "OFF", includeExecutionData: false },
  tracing: { enabled: false },
  encryption: { type: "AWS_OWNED_KEY" },
};

/** What CreateStateMachine compares when there is a state machine of the name. */
interface Asked {
  readonly definition: string;
  readonly type?: StateMachineType | undefined;
  readonly loggingConfiguration?: JsonObject | undefined;
  readonly tracingConfiguration?: JsonObject | undefined;
  readonly encryptionConfiguration?: JsonObject | undefined;
}

/** One state machine with its versions and aliases. */
export class Machine {
  readonly arn: string;
  readonly name: string;
  readonly type: StateMachineType;
  readonly creationDate: Date;
  readonly versions: Map<number, Version> = new Map();
  readonly aliases: Map<string, Alias> = new Map();
  revision: Revision;
  updateDate: Date;
  logging: JsonObject = CONFIGURATIONS.logging;
  tracing: JsonObject = CONFIGURATIONS.tracing;
  encryption: JsonObject | undefined;
  #latestVersion = 0;

  constructor(arn: string, name: string, type: StateMachineType, revision: Revision, creationDate: Date) {
    this.arn = arn;
    this.name = name;
    this.type = type;
    this.revision = revision;
    this.creationDate = creationDate;
    this.updateDate = creationDate;
  }

  /** Whether creating it would make just this machine. Its role and its tags are not looked at, as on AWS. */
  isAsked(request: Asked): boolean {
    const { definition, type = "STANDARD" } = request;
    const { loggingConfiguration, tracingConfiguration, encryptionConfiguration } = request;
    return (
      this.revision.definition === definition &&
      this.type === type &&
      isDeepStrictEqual(
        { ...CONFIGURATIONS.logging, ...this.logging },
        { ...CONFIGURATIONS.logging, ...loggingConfiguration },
      ) &&
      isDeepStrictEqual(
        { ...CONFIGURATIONS.tracing, ...this.tracing },
        { ...CONFIGURATIONS.tracing, ...tracingConfiguration },
      ) &&
      isDeepStrictEqual(
        this.encryption ?? CONFIGURATIONS.encryption,
        encryptionConfiguration ?? CONFIGURATIONS.encryption,
      )
    );
  }

  /** The current one, and those of its versions. */
  revisions(): readonly Revision[] {
    return [this.revision, ...[...this.versions.values()].map(({ revision }) => revision)];
  }

  stored(): StoredMachine {
    const { name, type, revision, logging, tracing, encryption } = this;
    return {
      name,
      type,
      creationDate: this.creationDate.getTime(),
      updateDate: this.updateDate.getTime(),
      revision: storedRevision(revision),
      latestVersion: this.#latestVersion,
      versions: [...this.versions.values()].map(({ number, description, creationDate, ...version }) =>
        Object.assign(
          { number, creationDate: creationDate.getTime() },
          version.revision === revision ? {} : { revision: storedRevision(version.revision) },
          description === undefined ? {} : { description },
        ),
      ),
      aliases: [...this.aliases.values()].map(({ name: alias, routing, description, creationDate, updateDate }) =>
        Object.assign(
          { name: alias, routing, creationDate: creationDate.getTime(), updateDate: updateDate.getTime() },
          description === undefined ? {} : { description },
        ),
      ),
      logging,
      tracing,
      ...(encryption === undefined ? {} : { encryption }),
    };
  }

  static from(arn: string, stored: StoredMachine, revise: (revision: StoredRevision) => Revision): Machine {
    const machine = new Machine(arn, stored.name, stored.type, revise(stored.revision), new Date(stored.creationDate));
    machine.updateDate = new Date(stored.updateDate);
    machine.logging = stored.logging;
    machine.tracing = stored.tracing;
    machine.encryption = stored.encryption;
    machine.#latestVersion = stored.latestVersion;
    for (const { number, revision, description, creationDate } of stored.versions) {
      const frozen = revision === undefined ? machine.revision : revise(revision);
      const created = new Date(creationDate);
      machine.versions.set(number, {
        arn: `${arn}:${number}`,
        number,
        revision: frozen,
        description,
        creationDate: created,
      });
    }
    for (const { name, routing, description, creationDate, updateDate } of stored.aliases) {
      const dates = { creationDate: new Date(creationDate), updateDate: new Date(updateDate) };
      machine.aliases.set(name, { arn: `${arn}:${name}`, name, routing, description, ...dates });
    }
    return machine;
  }

  /** A version of the current revision; the latest one, if it is that already. */
  publish(description: string | undefined, creationDate: Date): Version {
    const latest = this.versions.get(this.#latestVersion);
    if (latest !== undefined && latest.revision === this.revision) return latest;
    const number = ++this.#latestVersion;
    const version = { arn: `${this.arn}:${number}`, number, revision: this.revision, description, creationDate };
    this.versions.set(number, version);
    return version;
  }

  /** @throws {ApiError} `ConflictException` while an alias leads there. */
  deleteVersion({ arn, number }: Version): void {
    const leading = [...this.aliases.values()].filter(({ routing }) =>
      routing.some((entry) => entry.stateMachineVersionArn === arn),
    );
    if (leading.length > 0) {
      const names = leading.map(({ name }) => name).join(", ");
      throw conflict(
        `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${names}]`,
      );
    }
    this.versions.delete(number);
  }

  createAlias(
    name: string,
    description: string | undefined,
    routing: readonly RoutingEntry[],
    creationDate: Date,
  ): Alias {
    const existing = this.aliases.get(name);
    if (existing !== undefined) {
      if (isDeepStrictEqual(existing.routing, routing) && existing.description === description) return existing;
      throw conflict(
        "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
      );
    }
    const alias = { arn: `${this.arn}:${name}`, name, description, routing, creationDate, updateDate: creationDate };
    this.aliases.set(name, alias);
    return alias;
  }

  /** The version that an alias's weights choose. @param chance In [0, 1). */
  choose({ routing }: Alias, chance: number): Version | undefined {
    let point = chance * 100;
    const entry = routing.find(({ weight }) => (point -= weight) < 0) ?? routing.at(-1);
    return [...this.versions.values()].find(({ arn }) => arn === entry?.stateMachineVersionArn);
  }
}

export function conflict(message: string): ApiError {
  return new ApiError("ConflictException", message);
}

function storedRevision({ definition, roleArn, revisionId }: Revision): StoredRevision {
  return revisionId === undefined ? { definition, roleArn } : { definition, roleArn, revisionId };
}
