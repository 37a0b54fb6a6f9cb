import type { FailedItem } from "./payload.ts";

/** Characters of a cause, and of an error's name as Step Functions has them, since the answer may have some for each item. */
const CAUSE_CHARACTERS = 300;
const NAME_CHARACTERS = 256;

/**
 * What a batch answers for an item that has failed, in so many bytes as JSON; an entry without texts takes some 40. The
 * name has half of the room, and what the cause leaves; one that a retrier waits for has all of it.
 * @param wanted the names that the author's retrier waits for
 */
export function failedItem(
  index: number,
  { name, message }: Error,
  wanted: readonly string[] = [],
  bytes: number = Infinity,
): FailedItem {
  const room = bytes - jsonBytesOf({ index, error: "", cause: "" });
  const ofCause = bytesOfText(message.slice(0, CAUSE_CHARACTERS));
  const isWanted = wanted.includes(name) || name.startsWith("States.");
  const error = fitted(name.slice(0, NAME_CHARACTERS), isWanted ? room : Math.max(room / 2, room - ofCause));
  return { index, error, cause: fitted(message.slice(0, CAUSE_CHARACTERS), room - bytesOfText(error)) };
}

/** The beginning of a text that has no more than so many bytes as JSON. */
function fitted(text: string, bytes: number): string {
  let [kept, taken] = ["", 0];
  for (const character of text) {
    taken += bytesOfText(character);
    if (taken > bytes) break;
    kept += character;
  }
  return kept;
}

/** Within its quotation marks. */
function bytesOfText(text: string): number {
  return jsonBytesOf(text) - 2;
}

function jsonBytesOf(value: FailedItem | string): number {
  return Buffer.byteLength(JSON.stringify(value));
}
