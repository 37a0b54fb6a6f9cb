import { ApiError } from "../errors.ts";
import type { Program } from "../interpreter/program.ts";

export type StateMachineType = "STANDARD" | "EXPRESS";

/** What a version freezes and an execution runs. */
export interface Revision {
  readonly definition: string;
  readonly roleArn: string;
  readonly program: Program;
  readonly timeoutSeconds: number | undefined;
  readonly revisionId: string | undefined;
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
  #latestVersion = 0;

  constructor(arn: string, name: string, type: StateMachineType, revision: Revision, creationDate: Date) {
    this.arn = arn;
    this.name = name;
    this.type = type;
    this.revision = revision;
    this.creationDate = creationDate;
    this.updateDate = creationDate;
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
      const same = JSON.stringify(existing.routing) === JSON.stringify(routing) && existing.description === description;
      if (same) return existing;
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

export const conflict = (message: string): ApiError => new ApiError("ConflictException", message);
