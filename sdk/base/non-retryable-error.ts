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
