import { LambentError } from "../../sdk/base/errors.ts";
import { ApiError } from "../../infra/emulator/index.ts";
import { UsageError } from "../commands/usage.ts";
import { Fault } from "./surface.ts";

/** What JavaScript itself says when a program is wrong, and what is printed of a value that was not meant to be. */
const OF_A_BUG =
  /is not a function|is not iterable|is not defined|Cannot (?:read|set|convert|destructure|use 'in')|\[object Object\]|Maximum call stack|Invalid array length|out of memory/;

/** Words of which a refusal of Lambent's own has one: those that tell what would be right. */
const REMEDY =
  /\b(?:must|has to|have to|takes?|needs?|may|it has|at most|use|write|give|call|name|add|bind|choose|make|leave|go to|is to|one of|made (?:of|by)|becomes|compares|computed in|pass|written as)\b/;

/** Configurations that are not YAML: the framework's reader tells the place. */
const UNREADABLE = /^serverless\.yml: /;

/** Characters that a message has at least that names a thing and what is wrong with it. */
const SHORTEST_MESSAGE = 12;

/** @throws {Fault} unless it is a refusal: an error under a name that is documented, which says what is wrong and what is right */
export function checkRefusal(error: unknown): void {
  if (error instanceof Fault) throw error;
  const isNamed = error instanceof LambentError || error instanceof ApiError || error instanceof UsageError;
  if (!isNamed) throw new Fault(`not a refusal: ${describe(error)}`, { cause: error });
  checkMessage(error.message);
  const { message } = error;
  if (!(error instanceof ApiError) && !UNREADABLE.test(message) && !REMEDY.test(message))
    throw new Fault(`a message that does not say what would be right: ${message}`);
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
