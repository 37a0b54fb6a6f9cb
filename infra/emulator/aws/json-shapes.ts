import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { Members } from "./json-service.ts";
import type { Telling } from "./telling.ts";

/** What a Task's arguments are on the wire. Blobs are base64 in either, and an object that is given for one is its JSON. */
export function toWire(input: JsonObject, action: Members): JsonObject {
  return mapped(input, (member, value) => {
    const name = action.wireName(member);
    const translate = { members: (inner: JsonObject) => toWire(inner, action), leaf: wireLeaf };
    return [name, translated(value, action.kindOf(name, value), translate)];
  });
}

/** What a service has answered, as Step Functions gives it. */
export function fromWire(answer: JsonObject, action: Members, telling: Telling): JsonObject {
  // A member that is null is one that is not there.
  const given = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null));
  const translate: Translation = {
    members: (inner) => fromWire(inner, action, telling),
    leaf: (value, kind) => (kind === "t" ? toldTime(value, telling) : value),
  };
  return mapped(given, (name, value) => [
    telling.member(name),
    translated(value, action.kindOf(name, value), translate),
  ]);
}

interface Translation {
  /** Of an object with members. */
  readonly members: (value: JsonObject) => JsonObject;
  /** Of a time, a blob, any JSON or a text, by its kind. */
  readonly leaf: (value: Json, kind: string) => Json;
}

const LEAVES: ReadonlySet<string> = new Set(["t", "b", "d", "-"]);

/** A value of a kind as {@link Members} tells it; the keys of a map are data. */
function translated(value: Json, kind: string, translation: Translation): Json {
  if (LEAVES.has(kind)) return translation.leaf(value, kind);
  if (Array.isArray(value)) {
    const inner = kind.startsWith("[") ? kind.slice(1) : kind;
    return value.map((item) => translated(item, inner, translation));
  }
  if (!isJsonObject(value)) return value;
  if (!kind.startsWith("{")) return translation.members(value);
  return mapped(value, (key, entry) => [key, translated(entry, kind.slice(1), translation)]);
}

function mapped(value: JsonObject, translate: (name: string, value: Json) => [string, Json]): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => translate(name, member)));
}

function wireLeaf(value: Json, kind: string): Json {
  if (kind === "t") return epochSeconds(value);
  if (kind === "d" || typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  return kind === "b" ? Buffer.from(text).toString("base64") : text;
}

function epochSeconds(value: Json): Json {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : time / 1000;
}

// Before 1973 or after 5138 it is none: some members of these names are durations or milliseconds.
const EARLIEST = 1e8;
const LATEST = 1e11;

function toldTime(value: Json, { time }: Telling): Json {
  return typeof value === "number" && value >= EARLIEST && value < LATEST ? time(new Date(value * 1000)) : value;
}
