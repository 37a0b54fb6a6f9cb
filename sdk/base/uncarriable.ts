import { JSON_LEVELS } from "./aws-limits.ts";
import { isObject } from "./json.ts";

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
