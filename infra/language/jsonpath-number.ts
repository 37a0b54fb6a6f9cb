import type { Json } from "../../sdk/base/json.ts";
import { NUMBER_FIELDS, type NumberField, type NumberFieldName } from "../asl/number-fields.ts";
import { runtimeError } from "./state-error.ts";

/**
 * The number that the path of a `…Path` field has found. A text that spells a number is taken for it, as on AWS.
 * @throws {StateError} `States.Runtime`, in AWS's words where they are known.
 */
export function numberFrom(found: Json, field: NumberFieldName, path: string): number {
  const { kind, range } = NUMBER_FIELDS[field];
  const value = numeral(found, kind);
  if (value === undefined) throw runtimeError(noNumber(found, field, path));
  if (value < range[0] || value > range[1]) throw runtimeError(outOfRange(value, field, path));
  return value;
}

const NUMERALS: Readonly<Record<NumberField["kind"], RegExp>> = {
  integer: /^[+-]?\d+$/,
  number: /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/,
};

function numeral(found: Json, kind: NumberField["kind"]): number | undefined {
  const value = typeof found === "string" && NUMERALS[kind].test(found) ? Number(found) : found;
  if (typeof value !== "number") return undefined;
  return kind === "integer" && !Number.isInteger(value) ? undefined : value;
}

function isSeconds(field: NumberFieldName): boolean {
  return field.endsWith("Seconds");
}

function noNumber(found: Json, field: NumberFieldName, path: string): string {
  const text = typeof found === "string" ? found : JSON.stringify(found);
  if (isSeconds(field)) return `The ${field}Path parameter cannot be parsed as a long value: ${path} == ${text}`;
  const kind = NUMBER_FIELDS[field].kind === "number" ? "float" : "integer";
  return `The ${field}Path field refers to value "${text}" which is not a valid ${kind}: ${path}`;
}

function outOfRange(value: number, field: NumberFieldName, path: string): string {
  const [least, most] = NUMBER_FIELDS[field].range;
  if (isSeconds(field)) {
    const what = value < 0 ? "a negative value" : value < least ? "a value that is not positive" : `more than ${most}`;
    return `The ${field}Path parameter references ${what}: ${path} == ${value}`;
  }
  switch (field) {
    case "ToleratedFailurePercentage":
      return `${field} must be between ${least} and ${most}.`;
    case "ToleratedFailureCount":
      return `${field} cannot be negative.`;
    case "MaxItems":
      return value < least ? `field ${field} must be positive` : `field ${field} must not be more than ${most}`;
    default:
      if (value > most) return `${field} must not be more than ${most}, got '${value}' instead.`;
      return `Expected ${least === 0 ? "non-negative" : "positive"} integer for ${field}, got '${value}' instead.`;
  }
}
