import type { JsonObject } from "../../../sdk/base/json.ts";
import type { IncludedData } from "./execution-description.ts";
import type { RoutingEntry, StateMachineType } from "./state-machine.ts";

// What the operations on state machines, versions and aliases take and answer, as AWS names it.

/**
 * DescribeStateMachine's answer, member by member:
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
 * @example
 * function firstState({ definition }: StateMachineDescription): string {
 *   return JSON.parse(definition).StartAt;
 * }
 */
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
  readonly encryptionConfiguration?: JsonObject | undefined;
}

export interface DescribeStateMachineInput {
  readonly stateMachineArn: string;
  readonly includedData?: IncludedData | undefined;
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

export interface StateMachineList {
  readonly stateMachines: readonly Pick<
    StateMachineDescription,
    "stateMachineArn" | "name" | "type" | "creationDate"
  >[];
  readonly nextToken?: string;
}

export interface PublishVersionInput {
  readonly stateMachineArn: string;
  readonly description?: string | undefined;
  readonly revisionId?: string | undefined;
}

export interface VersionSummary {
  readonly stateMachineVersionArn: string;
  readonly creationDate: Date;
}

export interface CreateAliasInput {
  readonly name: string;
  readonly description?: string | undefined;
  readonly routingConfiguration: readonly RoutingEntry[];
}

export interface UpdateAliasInput {
  readonly stateMachineAliasArn: string;
  readonly description?: string | undefined;
  readonly routingConfiguration?: readonly RoutingEntry[] | undefined;
}

export interface AliasSummary {
  readonly stateMachineAliasArn: string;
  readonly creationDate: Date;
}

export interface AliasDescription extends AliasSummary {
  readonly name: string;
  readonly description?: string;
  readonly routingConfiguration: readonly RoutingEntry[];
  readonly updateDate: Date;
}
