/** Characters of an item's error in the cause of the workflow's; and of how many items. */
export const ERROR_SHOWN = 300;
export const ERRORS_SHOWN = 5;

/** Characters of a cause that has surely not been cut to AWS's limit, be that one of characters or of bytes. */
const WHOLE_CAUSE = 8000;

/**
 * JSONata of the message in a cause: that of a task's error is a document; one that may have been cut is no JSON, and
 * taken as it is.
 */
export function causeOf(cause: string): string {
  const isDocument = `$length(${cause}) < ${WHOLE_CAUSE} and $substring(${cause}, 0, 1) = "{"`;
  return `(${isDocument} ? $parse(${cause}).errorMessage : ${cause})`;
}

/** The message in the document that Lambda makes of a task's error; of one that was cut to AWS's limit, too. */
const MESSAGE = String.raw`/^\{("errorType":"[^"]*",)?"errorMessage":"([^\\"]*(\\.[^\\"]*)*)"/`;

/** JSONata of what a caught error says: as {@link causeOf}, for a cause that may be any text, or not be there. */
export function messageIn(cause: string): string {
  const found = `$match(${cause}, ${MESSAGE}).groups[1]`;
  return `($message := ${found}; $exists($message) ? $parse('"' & $message & '"') : "" & ${cause})`;
}
