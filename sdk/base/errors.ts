/**
 * A mistake in how Lambent is used: the message names the thing, the place and the remedy.
 * Errors that a task throws are never wrapped in one.
 * @example
 * try {
 *   new ActorEnvironment({ name: "scoring", replicaCount: 0 });
 * } catch (error) {
 *   if (error instanceof LambentError) console.error(error.message); // it says what to do
 * }
 */
export class LambentError extends Error {
  override readonly name: string = "LambentError";
}

/**
 * An error that no retries try again, neither those of the task that throws it nor those of what is around: throw it, or
 * a class that extends it, where another attempt would fail alike. It is caught as any other error.
 * @example
 * const charge = task(
 *   async function charge({ card }: { card: string }) {
 *     if (card === "") throw new NonRetryableError("there is no card");
 *     return card;
 *   },
 *   { retries: 5 },
 * );
 */
export class NonRetryableError extends Error {
  /** The name of its class, so that classes that extend it go by their own. */
  override name: string = this.constructor.name;
}

/** What a thrown value says: an error's message, any other value as text. Never throws, whatever the value is. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "a value was thrown that cannot be read";
  }
}

/**
 * Options that nothing reads are mistakes in spelling.
 * @param unknown what is left of the options when those that are `known` are taken out
 */
export function refuseUnknown(what: string, unknown: object, known: readonly string[]): void {
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new LambentError(`${what} has no option ${name}; it has: ${known.join(", ")}`);
}
