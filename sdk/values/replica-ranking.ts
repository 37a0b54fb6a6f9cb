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
  const digest = keyDigest(key);
  const weights = Array.from({ length: replicas }, (_, replica) => `${sha256(`${digest}/${replica}`)}/${replica}`);
  return weights.toSorted(byUnits).map((weight) => Number(weight.slice(weight.indexOf("/") + 1)));
}

/** The hash of a key's text, by which replicas are ranked. */
export function keyDigest(key: readonly (Json | undefined)[]): string {
  return sha256([...keyText(key)].slice(0, KEY_CHARACTERS).join(""));
}

/** A text that keys have in common if they are equal as JSON values, and as good as never otherwise. */
export function keyText(key: readonly (Json | undefined)[]): string {
  return canonical(key.map((value) => value ?? (value === null ? null : { [ABSENT]: true })));
}

/** Each kind of value begins with a letter or a bracket of its own. Data means what is in it, whatever it is wrapped in. */
function canonical(value: Json): string {
  if (!isObject(value)) return JSON.stringify([typeof value === "number" ? rounded(value) : value]);
  if (isList(value)) return `(${value.map(canonical).join(",")})`;
  const keys = Object.keys(value).toSorted(byUnits);
  const inner = keys.length === 1 && (keys[0] === GIVEN || keys[0] === PLAIN) ? value[keys[0]] : undefined;
  if (inner !== undefined) return canonical(inner);
  return `{${keys.map((key) => `${JSON.stringify([key])}:${canonical(value[key] ?? null)}`).join(",")}}`;
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
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
