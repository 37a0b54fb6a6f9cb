/**
 * A mistake in how Lambent is used: the message names the thing, the place and the remedy.
 * Errors that a task throws are never wrapped in one.
 */
export class LambentError extends Error {
  override readonly name: string = "LambentError";
}
