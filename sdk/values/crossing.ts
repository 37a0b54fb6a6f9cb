import type { Json } from "../base/json.ts";
import { valueClasses } from "./value-classes.ts";
import { decode, encode } from "./wire.ts";

// Everywhere but in replicas, which load the classes on first use.

/**
 * A value as JSON, with marks for what JSON has no form for.
 * @param at what it is, for messages
 * @throws {LambentError} that names the path of what cannot cross
 */
export function encodeValue(value: unknown, at: string): Json {
  return encode(value, at, valueClasses);
}

/** The value from which {@link encodeValue} made `json`, in which nothing is stored. */
export function decodeValue(json: Json): unknown {
  return decode(json, [], valueClasses);
}
