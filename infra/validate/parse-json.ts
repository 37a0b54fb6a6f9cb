import type { Json } from "../../sdk/base/json.ts";
import { jsonFault } from "./json-fault.ts";

/** As `JSON.parse`. @throws {SyntaxError} with a {@link jsonFault} for its message. */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError(jsonFault(text));
  }
}
