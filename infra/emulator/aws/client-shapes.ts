import { NormalizedSchema } from "@smithy/core/schema";
import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { runtimeError } from "../../language/state-error.ts";
import { sdkMember, type Telling } from "./telling.ts";

/** A schema of the SDK's, as its clients have them for the input and the output of each command. */
export type Schema = NormalizedSchema;

/** @throws {StateError} if the arguments have a member that the action has not */
export function toClient(input: JsonObject, ref: unknown): Readonly<Record<string, unknown>> {
  return structure(input, schemaOf(ref), "");
}

/** What a client has answered, as Step Functions gives it. */
export async function fromClient(output: object, ref: unknown, telling: Telling): Promise<JsonObject> {
  return answeredStructure(output, schemaOf(ref), telling);
}

/** Whether what an action answers with is a body of any kind, as that of an object of S3. */
export function isStream(ref: unknown): boolean {
  return Object.values(schemaOf(ref).getMemberSchemas()).some((member) => isText(member) && member.isBlobSchema());
}

function schemaOf(ref: unknown): Schema {
  // The client's own copy of the package has made it; its form is what both agree on.
  return NormalizedSchema.of(ref as Parameters<typeof NormalizedSchema.of>[0]);
}

function structure(input: JsonObject, schema: Schema, at: string): Readonly<Record<string, unknown>> {
  const members = schema.getMemberSchemas();
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      const member = memberNamed(Object.keys(members), name, at);
      return [member, given(value, members[member], `${at}${name}`)];
    }),
  );
}

/** Step Functions has `JobName` for `jobName`, and now and then another case within a name. */
function memberNamed(members: readonly string[], name: string, at: string): string {
  const found = members.find((one) => one === name) ?? members.find((one) => one.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const known = members.length === 0 ? "it takes none" : `it takes ${members.map(sdkMember).join(", ")}`;
  throw runtimeError(`The field '${at}${name}' is not one of the action: ${known}.`);
}

function given(value: Json, schema: Schema | undefined, at: string): unknown {
  if (schema === undefined || value === null || schema.isDocumentSchema()) return value;
  if (schema.isListSchema()) {
    return Array.isArray(value)
      ? value.map((item, index) => given(item, schema.getValueSchema(), `${at}[${index}]`))
      : value;
  }
  if (schema.isBlobSchema()) return blob(value, isText(schema));
  if (schema.isTimestampSchema()) return time(value);
  if (schema.isStringSchema()) return typeof value === "object" ? JSON.stringify(value) : value;
  if (!isJsonObject(value)) return value;
  if (schema.isStructSchema()) return structure(value, schema, `${at}.`);
  if (!schema.isMapSchema()) return value;
  const entries = Object.entries(value).map(([key, entry]) => [
    key,
    given(entry, schema.getValueSchema(), `${at}.${key}`),
  ]);
  return Object.fromEntries(entries);
}

/** Of a blob that is a whole body, as Lambda's Payload and S3's Body, the text is sent; any other is base64. */
function isText(schema: Schema): boolean {
  return schema.isStreaming() || "httpPayload" in schema.getMergedTraits();
}

function blob(value: Json, asText: boolean): Uint8Array {
  if (typeof value !== "string") return Buffer.from(JSON.stringify(value));
  return Buffer.from(value, asText ? "utf8" : "base64");
}

function time(value: Json): unknown {
  if (typeof value === "number") return new Date(value * 1000);
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? new Date(value) : value;
}

async function answeredStructure(output: object, schema: Schema, telling: Telling): Promise<JsonObject> {
  const found: [string, Json][] = [];
  for (const [name, member] of schema.structIterator()) {
    const value: unknown = Reflect.get(output, name);
    if (value !== undefined && value !== null)
      found.push([telling.member(name), await answered(value, member, telling)]);
  }
  return Object.fromEntries(found);
}

async function answered(value: unknown, schema: Schema, telling: Telling): Promise<Json> {
  if (value instanceof Date) return telling.time(value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => answered(item, schema.getValueSchema(), telling)));
  if (value instanceof Uint8Array) return Buffer.from(value).toString(isText(schema) ? "utf8" : "base64");
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value as Json; // a string, a number or a boolean
  if (schema.isDocumentSchema()) return value as Json; // JSON as the service has sent it
  if ("transformToString" in value && typeof value.transformToString === "function")
    return String(await value.transformToString());
  if (schema.isStructSchema()) return answeredStructure(value, schema, telling);
  if (!schema.isMapSchema()) return String(value);
  const inner = schema.getValueSchema();
  const entries = Object.entries(value).map(
    async ([key, entry]) => [key, await answered(entry, inner, telling)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
