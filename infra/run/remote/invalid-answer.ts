import { LambentError } from "../../../sdk/base/errors.ts";

/**
 * An answer that is not what the node takes which waits for it, found before it was sent: the node waits on. The state
 * machine would have failed with an error of this name.
 * @example
 * const execution = await new Client().attach("monday");
 * try {
 *   await execution.signal({ node: "size", output: { width: "wide" } });
 * } catch (error) {
 *   if (error instanceof InvalidAnswer) console.error(error.message); // it names path, expected and received
 * }
 */
export class InvalidAnswer extends LambentError {
  override readonly name = "InvalidAnswer";
}
