import { JSON_LEVELS } from "./aws-limits.ts";

/**
 * Any JSON value.
 * @example
 * const settings: Json = { model: "small", layers: [1, 2], seed: null };
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether `value` is an object or a list: neither a primitive nor null nor a function. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a JSON value is an object, and no list. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `user.tags[0]`, as one would write it in TypeScript. */
export function printPath(variable: string, path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return /^[A-Za-z_]\w*$/.test(step) ? `${text}.${step}` : `${text}[${JSON.stringify(step)}]`;
  }, variable);
}

/** Set an own field. Plain assignment of `__proto__` would set the prototype instead. */
export function setField<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/**
 * What keeps a parsed JSON value from being carried on, in Jackson's words where it has some: it is nested too deeply,
 * or has a number that no double can be. Undefined for what can be carried.
 */
export function uncarriable(value: unknown, levels: number = JSON_LEVELS): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return "Numeric value out of range of double";
  if (!isObject(value)) return undefined;
  if (levels === 0) {
    return `Document nesting depth (${JSON_LEVELS + 1}) exceeds the maximum allowed (${JSON_LEVELS}, from \`StreamReadConstraints.getMaxNestingDepth()\`)`;
  }
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    const fault = uncarriable(part, levels - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
