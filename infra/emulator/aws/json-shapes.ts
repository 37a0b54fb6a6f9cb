import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { TellTime } from "./aws-call.ts";
import { JSON_SERVICES } from "./json-services.ts";

/** How one service speaks JSON. */
export interface JsonService {
  /** Before the action, in the header X-Amz-Target. */
  readonly target: string;
  readonly version: string;
  readonly signingName: string;
  /** A prefix of the region's host, or a whole one with the region that it signs for: `budgets.amazonaws.com@us-east-1`. */
  readonly host: string;
  readonly isLower: (member: string) => boolean;
  readonly blobs: ReadonlySet<string>;
  readonly times: ReadonlySet<string>;
  readonly maps: ReadonlySet<string>;
  /** Errors of its own among those that any service may answer with. */
  readonly ownErrors: ReadonlySet<string>;
}

/** @throws {TypeError} if the service speaks otherwise */
export function jsonService(id: string): JsonService {
  const row = JSON_SERVICES.split("\n").find((line) => line.startsWith(`${id}|`));
  if (row === undefined) throw new TypeError(`${id} does not speak JSON`);
  const [, target = "", version = "", signingName = "", host = "", casing = "", ...lists] = row.split("|");
  const [blobs, times, maps, ownErrors] = lists.map((list) => new Set(list.split(",")));
  const named = new Set(casing.slice(1).split(","));
  const areLower = casing.startsWith("+");
  return {
    target,
    version,
    signingName,
    host,
    isLower: (member) => named.has(areLower ? member : upperFirst(member)) === areLower,
    blobs: blobs ?? new Set(),
    times: times ?? new Set(),
    maps: maps ?? new Set(),
    ownErrors: ownErrors ?? new Set(),
  };
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Members whose text is often the JSON of an object: Step Functions makes it of one that is given. */
const TEXTS = new Set([
  "AssumeRolePolicyDocument",
  "Detail",
  "MessageBody",
  "Policy",
  "PolicyDocument",
  "ResourcePolicy",
  "SecretString",
]);

/** What a Task's arguments are on the wire. Blobs are base64 in either, and an object that is given for one is its JSON. */
export function toWire(input: JsonObject, service: JsonService): JsonObject {
  return members(input, (member, value) => {
    const lower = lowerFirst(member);
    const name = service.isLower(lower) ? lower : member;
    if (service.blobs.has(name)) return [name, blobs(value)];
    if (service.times.has(name)) return [name, mapped(value, epochSeconds)];
    if (TEXTS.has(member) && typeof value === "object" && value !== null) return [name, JSON.stringify(value)];
    return [name, nested(value, service.maps.has(name), (inner) => toWire(inner, service))];
  });
}

/** What a service has answered, as Step Functions gives it: names begin with a capital. */
export function fromWire(answer: JsonObject, service: JsonService, time: TellTime): JsonObject {
  // A member that is null is one that is not there.
  const given = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null));
  return members(given, (name, value) => {
    if (service.times.has(name)) return [upperFirst(name), mapped(value, (one) => toldTime(one, time))];
    return [upperFirst(name), nested(value, service.maps.has(name), (inner) => fromWire(inner, service, time))];
  });
}

function members(value: JsonObject, translate: (name: string, value: Json) => [string, Json]): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => translate(name, member)));
}

/** Translates the objects in a value; the keys of a map are data. */
function nested(value: Json, isMap: boolean, translate: (value: JsonObject) => JsonObject): Json {
  if (Array.isArray(value)) return value.map((item) => nested(item, isMap, translate));
  if (!isJsonObject(value)) return value;
  return isMap ? members(value, (key, entry) => [key, nested(entry, false, translate)]) : translate(value);
}

/** Of a member itself, or of the entries of its list or map. */
function mapped(value: Json, translate: (value: Json) => Json): Json {
  if (Array.isArray(value)) return value.map((item) => mapped(item, translate));
  if (isJsonObject(value)) return members(value, (key, entry) => [key, mapped(entry, translate)]);
  return translate(value);
}

function blobs(value: Json): Json {
  if (Array.isArray(value)) return value.map(blobs);
  return isJsonObject(value) ? Buffer.from(JSON.stringify(value)).toString("base64") : value;
}

function epochSeconds(value: Json): Json {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : time / 1000;
}

// Before 1973 or after 5138 it is none: some members of these names are durations or milliseconds.
const EARLIEST = 1e8;
const LATEST = 1e11;

function toldTime(value: Json, time: TellTime): Json {
  return typeof value === "number" && value >= EARLIEST && value < LATEST ? time(new Date(value * 1000)) : value;
}

/** As the AWS SDK for Java writes times: with milliseconds if there are any. */
export function isoText(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}
