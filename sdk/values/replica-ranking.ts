import { createHash } from "node:crypto";
import { isObject, type Json } from "../base/json.ts";
import { ABSENT, GIVEN, PLAIN } from "./wire.ts";

// The same in JSONata is in infra/compile/replica-ranking.ts: state machines rank by that.

/** Characters of a key's text that count. AWS's hash in its older language takes 10,000 UTF-16 units at most. */
export const KEY_CHARACTERS = 5000;

/** Digits that JSONata writes of a number that is not whole. */
const DIGITS = 15;

/**
 * The replicas of an actor with affinity in the order in which they are meant for a key: by rendezvous hashing, so that
 * one more replica only takes keys, and one less only gives its own away.
 * @param key the values of a task's inputs that make up its key, as they cross between tasks; undefined: there is none
 * @param replicas how many there are
 * @returns their numbers, from 0
 */
export function rankReplicas(key: readonly (Json | undefined)[], replicas: number): number[] {
  return rankReplicasOf(keyText(key), replicas);
}

/** As {@link rankReplicas}, for a key's text. */
export function rankReplicasOf(text: string, replicas: number): number[] {
  const digest = sha256([...text].slice(0, KEY_CHARACTERS).join(""));
  const weights = Array.from({ length: replicas }, (_, replica) => `${sha256(`${digest}/${replica}`)}/${replica}`);
  return weights.toSorted(byUnits).map((weight) => Number(weight.slice(weight.indexOf("/") + 1)));
}

/** A text that keys have in common if they are equal as JSON values, and as good as never otherwise. */
export function keyText(key: readonly (Json | undefined)[]): string {
  return `(${key.map((value) => canonical(value === undefined ? { [ABSENT]: true } : value)).join(",")})`;
}

/** Each kind of value begins with a letter or a bracket of its own. Data means what is in it, whatever it is wrapped in. */
function canonical(value: Json): string {
  if (!isObject(value)) return written([value]);
  if (isList(value)) return `(${written(value).includes("{") ? value.map(canonical).join(",") : written(value)})`;
  const keys = Object.keys(value).toSorted(byUnits);
  const inner = keys.length === 1 && (keys[0] === GIVEN || keys[0] === PLAIN) ? value[keys[0]] : undefined;
  if (inner !== undefined) return canonical(inner);
  return `{${keys.map((key) => `${written([key])}:${canonical(value[key] ?? null)}`).join(",")}}`;
}

/** JSON, with numbers as JSONata writes them. */
function written(value: Json): string {
  return JSON.stringify(value, (_, part: Json) =>
    typeof part === "number" && !Number.isInteger(part) ? Number(part.toPrecision(DIGITS)) : part,
  );
}

function isList(json: object): json is readonly Json[] {
  return Array.isArray(json);
}

function byUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
