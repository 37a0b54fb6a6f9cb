import { ERROR_CHARACTERS } from "../base/aws-limits.ts";
import { LambentError } from "../base/errors.ts";
import { originOf, type Input } from "../graph/ref.ts";
import { currentTrace } from "./current-trace.ts";
import { Failing } from "./failing.ts";
import { given } from "./given.ts";

/**
 * Fail on purpose: the branch of a conditional that calls it ends the execution with this error, as ASL's Fail state,
 * once the nodes that the branch has called before have run. In the items of a map with `minSuccessRatio` it fails the
 * item.
 * @param error its name, by which it is found in the execution and matched by the `errors` of retries
 * @param message its cause: a text, or the Ref of one
 * @throws {LambentError} if it is called outside of a branch, or with anything else
 * @example
 * const published = conditional(
 *   gt(scored.value, 0.5),
 *   () => publish({ text }),
 *   () => fail("TooLow", "nobody would read this"),
 * );
 */
export function fail(error: string, message: Input<string>): never {
  const trace = currentTrace("fail", "throw an Error in a task, and call fail in the branch of a conditional");
  if (typeof error !== "string" || !/^[^\s{}%][^{}%]*$/.test(error) || error.length > ERROR_CHARACTERS) {
    throw new LambentError(
      `fail(…) takes an error's name first, such as "TooExpensive": a text of at most ${ERROR_CHARACTERS} characters without {, } and %; it was given ${given(error)}`,
    );
  }
  if (error.startsWith("States.")) {
    throw new LambentError(`fail(${JSON.stringify(error)}, …): names that begin with States. are Step Functions' own`);
  }
  if (typeof message !== "string" && originOf(message) === undefined) {
    throw new LambentError(
      `fail(${JSON.stringify(error)}, …) takes a text, or the Ref of one, as its message; it was given ${given(message)}`,
    );
  }
  throw new Failing(trace, error, message);
}
