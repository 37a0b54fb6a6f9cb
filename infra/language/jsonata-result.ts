import { JSON_LEVELS } from "../../sdk/base/aws-limits.ts";
import { setField, type Json } from "../../sdk/base/json.ts";
import { EvaluationLimit, LONGEST_LIST, OUT_OF_MEMORY } from "./evaluation-limits.ts";

/** A result that JSON cannot carry, such as a function. */
export class UnsupportedResult extends Error {}

/**
 * What an evaluation has given, as plain JSON: results may be jsonata's own marked arrays. One value may be in very many
 * places of a result. @throws {UnsupportedResult | EvaluationLimit}
 */
export function plainResult(result: unknown): Json | undefined {
  let left = LONGEST_LIST;
  function plain(value: unknown, levels: number): Json | undefined {
    if (left-- === 0) throw new EvaluationLimit(OUT_OF_MEMORY);
    if (levels < 0) throw new EvaluationLimit(`The result is nested deeper than ${JSON_LEVELS} levels`);
    if (value === undefined || value === null) return value;
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        // Step Functions writes what JSON has no number for as a text: "Infinity", "-Infinity", "NaN".
        return Number.isFinite(value) ? value : String(value);
      case "object": {
        if (Array.isArray(value)) return value.map((item) => plain(item, levels - 1) ?? null);
        if ("_jsonata_lambda" in value || "_jsonata_function" in value || value instanceof RegExp)
          throw new UnsupportedResult();
        const copy: Record<string, Json> = {};
        for (const [key, field] of Object.entries(value)) {
          const kept = plain(field, levels - 1);
          if (kept !== undefined) setField(copy, key, kept);
        }
        return copy;
      }
      default:
        throw new UnsupportedResult();
    }
  }
  return plain(result, JSON_LEVELS);
}
