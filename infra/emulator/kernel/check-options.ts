import { LambentError, refuseUnknown } from "../../../sdk/base/errors.ts";
import { isObject } from "../../../sdk/base/json.ts";
import { checkOptions } from "../../../sdk/authoring/check-options.ts";
import { given } from "../../../sdk/authoring/given.ts";

/** What an option's value has to be, for its check and for the message. */
export interface Kind {
  readonly wanted: string;
  readonly fits: (value: unknown) => boolean;
}

/** Of each option that there is: TypeScript tells of one that is left out. */
export type Kinds<T> = Readonly<Record<keyof T, Kind>>;

export const FLAG: Kind = { wanted: "true or false", fits: (value) => typeof value === "boolean" };
export const TEXT: Kind = { wanted: "a text that is not empty", fits: isText };
export const TEXTS: Kind = {
  wanted: "a list of texts alone",
  fits: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
};
export const OBJECT: Kind = { wanted: "an object", fits: isRecord };
export const TEXT_OR_OBJECT: Kind = {
  wanted: "a text or an object",
  fits: (value) => isText(value) || isRecord(value),
};
export const FUNCTION: Kind = { wanted: "a function", fits: (value) => typeof value === "function" };
export const PROMISE: Kind = { wanted: "a promise", fits: (value) => isObject(value) && "then" in value };
/** Infinity is for all that there are. */
export const COUNT: Kind = {
  wanted: "a whole number of 1 or more, or Infinity",
  fits: (value) => (Number.isInteger(value) && Number(value) >= 1) || value === Number.POSITIVE_INFINITY,
};
export const MILLISECONDS: Kind = { wanted: "a number of milliseconds, 0 to 2147483647", fits: isDuration };
export const REGION: Kind = {
  wanted: "a region's name, such as eu-west-1",
  fits: (value) => typeof value === "string" && /^[a-z0-9-]+$/.test(value),
};
export const ACCOUNT_ID: Kind = {
  wanted: "a text of 12 digits",
  fits: (value) => typeof value === "string" && /^\d{12}$/.test(value),
};

/**
 * @param what has the options, as `new StepFunctions(…)`
 * @throws {LambentError} for an option that is unknown, or whose value does not fit
 */
export function checkKinds(what: string, options: object, kinds: Readonly<Record<string, Kind>>): void {
  checkOptions(what, options);
  const values = Object.entries<unknown>({ ...options });
  const known = Object.keys(kinds);
  refuseUnknown(what, Object.fromEntries(values.filter(([name]) => !known.includes(name))), known);
  for (const [name, { wanted, fits }] of Object.entries(kinds)) {
    const [, value] = values.find(([one]) => one === name) ?? [];
    if (value === undefined || fits(value)) continue;
    throw new LambentError(`${what}: ${name} must be ${wanted}, not ${given(value)}`);
  }
}

/** Whether it is milliseconds that a timer of Node.js can wait: longer ones it takes for 1. */
export function isDuration(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < 2 ** 31;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isRecord(value: unknown): boolean {
  return isObject(value) && !Array.isArray(value);
}
