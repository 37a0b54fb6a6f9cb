import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import { isPlain } from "../values/wire.ts";
import { given } from "./given.ts";

/**
 * What TypeScript refuses already, for those who do without it: options that are no object, and an option that is null.
 * @param what whose options they are, for the message
 */
export function checkOptions(what: string, options: unknown): void {
  if (!isObject(options) || !isPlain(options))
    throw new LambentError(`${what}: its options must be an object, not ${given(options)}`);
  const [name] = Object.entries(options).find(([, value]) => value === null) ?? [];
  if (name !== undefined) throw new LambentError(`${what}: ${name} is null: give it a value, or leave it out`);
}

/** @throws {LambentError} for a name that is no text; whether it is a good one, is checked where it is known what for */
export function checkNameIsText(what: string, name: unknown): void {
  if (typeof name !== "string") throw new LambentError(`${what}: name must be a text, not ${given(name)}`);
}
