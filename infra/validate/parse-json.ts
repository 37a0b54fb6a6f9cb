import { type Json } from "../../sdk/base/json.ts";
import { uncarriable } from "../../sdk/base/uncarriable.ts";
import { jsonFault } from "./json-fault.ts";

/**
 * As `JSON.parse`, for what is carried on.
 * @throws {SyntaxError} with a {@link jsonFault} for its message, or with what keeps the value from being carried
 */
export function parseJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError(jsonFault(text));
  }
  const fault = uncarriable(value);
  if (fault !== undefined) throw new SyntaxError(fault);
  return value;
}
