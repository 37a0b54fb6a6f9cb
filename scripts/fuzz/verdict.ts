import { LambentError } from "../../sdk/base/errors.ts";
import { ApiError } from "../../infra/emulator/index.ts";
import { UsageError } from "../commands/usage.ts";
import { Fault } from "./surface.ts";

/** What JavaScript itself says when a program is wrong, and what is printed of a value that was not meant to be. */
const OF_A_BUG =
  /is not a function|is not iterable|is not defined|Cannot (?:read|set|convert|destructure|use 'in')|\[object Object\]|Maximum call stack|Invalid array length|out of memory/;

/** Characters that a message has at least that names a thing and what is wrong with it. */
const SHORTEST_MESSAGE = 12;

/** @throws {Fault} unless it is a refusal: an error under a name that is documented, which says what is wrong */
export function checkRefusal(error: unknown): void {
  if (error instanceof Fault) throw error;
  const isNamed = error instanceof LambentError || error instanceof ApiError || error instanceof UsageError;
  if (!isNamed) throw new Fault(`not a refusal: ${describe(error)}`, { cause: error });
  checkMessage(error.message);
}

/** @throws {Fault} if a message is that of a bug, or says nothing */
export function checkMessage(message: string): void {
  const [found] = OF_A_BUG.exec(message) ?? [];
  if (found !== undefined) throw new Fault(`a message of a bug: ${message}`);
  if (message.length < SHORTEST_MESSAGE) throw new Fault(`a message that says nothing: ${JSON.stringify(message)}`);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
