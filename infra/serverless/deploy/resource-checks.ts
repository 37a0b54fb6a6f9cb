import {
  ENVIRONMENT_BYTES,
  EPHEMERAL_STORAGE_MIB,
  FUNCTION_DESCRIPTION_CHARACTERS,
  FUNCTION_NAME_CHARACTERS,
  FUNCTION_SECONDS,
  LAYERS,
  LIFECYCLE_RULES,
  LOG_GROUP_NAME_CHARACTERS,
  MEMORY_MIB,
  NAME_CHARACTERS,
  PAYLOAD_BYTES,
  RESERVED_VARIABLES,
  RETENTION_DAYS,
  ROLE_NAME_CHARACTERS,
  SCHEDULE_EXPRESSION_CHARACTERS,
  SECURITY_GROUPS,
  SUBNETS,
  TAG_KEY_CHARACTERS,
  TAG_VALUE_CHARACTERS,
  TAGS,
  TIMEZONE_CHARACTERS,
} from "../../../sdk/base/aws-limits.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { fields, list } from "../../asl/states.ts";
import type { Resource } from "./framework.ts";

/** What a service takes of a property: a text's length, a list's length, or a number's range. */
interface Bound {
  /** The properties that lead to it. */
  readonly path: readonly string[];
  readonly least?: number;
  readonly most: number;
  /** Of what, for the message. */
  readonly unit: string;
  readonly remedy: string;
}

/** Who refuses resources of a type, and what of them. */
interface Bounds {
  readonly service: string;
  readonly bounds: readonly Bound[];
}

/** By type; of texts that are references nothing is known, nor of lists that are one. */
const BOUNDS: Readonly<Record<string, Bounds>> = {
  "AWS::Lambda::Function": {
    service: "Lambda",
    bounds: [
      text(
        ["FunctionName"],
        FUNCTION_NAME_CHARACTERS,
        "shorten the service's name, the stage's, or functions.<key>.name",
      ),
      text(["Description"], FUNCTION_DESCRIPTION_CHARACTERS, "shorten functions.<key>.description"),
      elements(["Layers"], LAYERS, "put several layers into one, or name packages in lambent.external"),
      elements(["VpcConfig", "SubnetIds"], SUBNETS, "leave some out"),
      elements(["VpcConfig", "SecurityGroupIds"], SECURITY_GROUPS, "leave some out"),
      number(["MemorySize"], MEMORY_MIB, "MiB"),
      number(["Timeout"], { least: 1, most: FUNCTION_SECONDS }, "seconds"),
      number(["EphemeralStorage", "Size"], EPHEMERAL_STORAGE_MIB, "MiB"),
    ],
  },
  "AWS::StepFunctions::StateMachine": {
    service: "Step Functions",
    bounds: [text(["StateMachineName"], NAME_CHARACTERS, "shorten the service's name or the workflow's { name }")],
  },
  "AWS::Scheduler::Schedule": {
    service: "EventBridge Scheduler",
    bounds: [
      text(["ScheduleExpression"], SCHEDULE_EXPRESSION_CHARACTERS, "write less in one expression"),
      text(["ScheduleExpressionTimezone"], TIMEZONE_CHARACTERS, "name it as IANA does"),
      text(["Target", "Input"], PAYLOAD_BYTES, "give large values as files"),
    ],
  },
  "AWS::IAM::Role": {
    service: "IAM",
    bounds: [text(["RoleName"], ROLE_NAME_CHARACTERS, "write provider.iam.role.name, or shorten the service's name")],
  },
  "AWS::Logs::LogGroup": {
    service: "CloudWatch Logs",
    bounds: [text(["LogGroupName"], LOG_GROUP_NAME_CHARACTERS, "shorten it")],
  },
  "AWS::S3::Bucket": {
    service: "S3",
    bounds: [elements(["LifecycleConfiguration", "Rules"], LIFECYCLE_RULES, "split the service")],
  },
};

function text(path: readonly string[], most: number, remedy: string): Bound {
  return { path, most, unit: "characters", remedy };
}

function elements(path: readonly string[], most: number, remedy: string): Bound {
  return { path, most, unit: "elements", remedy };
}

function number(
  path: readonly string[],
  range: { readonly least: number; readonly most: number },
  unit: string,
): Bound {
  return { path, ...range, unit, remedy: "correct it" };
}

/** @throws {LambentError} if the service that makes the resource would refuse it */
export function checkResource(id: string, { Type, Properties = {} }: Resource): void {
  const what = `${Type} ${id}${nameOf(Properties)}`;
  const { service, bounds } = BOUNDS[Type] ?? { service: "AWS", bounds: [] };
  for (const { path, least = 0, most, unit, remedy } of bounds) {
    const value = path.reduce<Json | undefined>((within, step) => fields(within)[step], Properties);
    const size = sizeOf(value);
    if (size === undefined || (size >= least && size <= most)) continue;
    const range = least === 0 ? String(most) : `${least} to ${most}`;
    throw new LambentError(
      `${what}: ${path.join(".")} ${typeof value === "number" ? "is" : "has"} ${size} ${unit}, ${service} takes ${range}: ${remedy}`,
    );
  }
  checkTags(what, Properties["Tags"]);
  if (Type === "AWS::Lambda::Function") checkEnvironment(what, fields(Properties["Environment"])["Variables"]);
  if (Type === "AWS::Logs::LogGroup") checkRetention(what, Properties["RetentionInDays"]);
}

/** What the author knows a resource by. */
function nameOf(properties: Resource["Properties"]): string {
  const name = properties["FunctionName"] ?? properties["StateMachineName"] ?? properties["LogGroupName"];
  return typeof name === "string" ? ` (${name})` : "";
}

/** A text's bytes, a list's length, a number itself; undefined for what is known only when it is deployed. */
function sizeOf(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.length;
  return Array.isArray(value) ? value.length : undefined;
}

function checkTags(what: string, tags: Json | undefined): void {
  const all = list(tags).map((tag) => [fields(tag)["Key"], fields(tag)["Value"]] as const);
  if (all.length > TAGS) {
    throw new LambentError(`${what}: it has ${all.length} tags, AWS takes ${TAGS}: leave some out of provider.tags`);
  }
  for (const [key, value] of all) {
    if (typeof key === "string" && key.startsWith("aws:")) {
      throw new LambentError(`${what}: tag ${key}: AWS alone sets tags that begin with aws: choose another name`);
    }
    for (const [part, most] of [
      [key, TAG_KEY_CHARACTERS],
      [value, TAG_VALUE_CHARACTERS],
    ] as const) {
      if (typeof part !== "string" || part.length <= most) continue;
      throw new LambentError(`${what}: a tag's text has ${part.length} characters, AWS takes ${most}: shorten ${part}`);
    }
  }
}

/** How many variables a message lists. */
const LISTED = 3;

/** Lambda measures all variables as one JSON text; a reference counts as nothing, since nobody knows it here. */
function checkEnvironment(what: string, variables: Json | undefined): void {
  const known = Object.entries(fields(variables)).map(([name, value]) => [name, textOf(value)] as const);
  const reserved = known.find(([name]) => RESERVED_VARIABLES.has(name));
  if (reserved !== undefined) {
    throw new LambentError(`${what}: the variable ${reserved[0]} is set by Lambda alone: choose another name`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(Object.fromEntries(known)));
  if (bytes <= ENVIRONMENT_BYTES) return;
  const largest = known
    .map(([name, value]) => [name, Buffer.byteLength(value)] as const)
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, LISTED);
  throw new LambentError(
    `${what}: its environment has at least ${bytes} bytes, what Lambent and the provider add included, and Lambda takes ${ENVIRONMENT_BYTES}; ` +
      `the largest are ${largest.map(([name, size]) => `${name} (${size} bytes)`).join(", ")}: give large values as assets, asset(…), or as an actor's secrets`,
  );
}

/** A variable's value, as far as it is known. */
function textOf(value: Json | undefined): string {
  return typeof value === "object" || value === undefined ? "" : String(value);
}

function checkRetention(what: string, days: Json | undefined): void {
  if (typeof days !== "number" || RETENTION_DAYS.includes(days)) return;
  throw new LambentError(
    `${what}: CloudWatch Logs does not keep events for ${days} days: RetentionInDays is one of ${RETENTION_DAYS.join(", ")}`,
  );
}
