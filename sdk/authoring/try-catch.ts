import { LambentError, refuseUnknown } from "../base/errors.ts";
import { originOf, type Ref, type Sync, type Value } from "../graph/ref.ts";
import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import { failureName } from "./failing.ts";
import { given } from "./given.ts";
import { namedErrors, type ErrorClass } from "./retried-errors.ts";

/**
 * An error that a workflow has caught.
 * @example
 * const tellOf = task(async function tellOf({ error }: { error: CaughtError }) {
 *   return `${error.name}: ${error.message}`;
 * });
 */
export interface CaughtError {
  /** As the execution's own error would be: the name of the task's error, of `fail(…)`, or one of AWS's. */
  readonly name: string;
  /** What the task's error says, or the cause of any other. */
  readonly message: string;
  /** All that Step Functions tells of it: of a task's error a JSON document with its stack. Empty where it tells nothing. */
  readonly cause: string;
}

/**
 * Which errors {@link tryCatch} catches.
 * @example
 * const options: CatchOptions = { errors: [TypeError, "States.Timeout"] };
 */
export interface CatchOptions {
  /**
   * Classes, which stand for the classes that extend them too, or names, as those of retries. Default: all that AWS
   * lets a state machine catch, which is all but `States.Runtime`.
   */
  readonly errors?: readonly (string | ErrorClass)[];
}

/**
 * Do something else where a part of a workflow fails. Both functions are traced; the first one's states run within a
 * state that catches their errors, after the retries that they have.
 * @param block called now; what runs
 * @param handler called now, with the Ref of the error; its nodes run in the block's place if that fails
 * @param options which errors are caught; any other fails as it would without
 * @returns what the block gives, or what the handler gives
 * @throws {LambentError} outside of a workflow, or if nothing in the block can fail, or nothing could run after it
 * @example
 * const published = tryCatch(
 *   () => publish({ text }),
 *   (error) => ({ failed: error.name, because: error.message }),
 * );
 */
export function tryCatch<A, B>(
  block: () => Sync<A>,
  handler: (error: Ref<CaughtError>) => Sync<B>,
  options: CatchOptions = {},
): Ref<Value<A> | Value<B>> {
  const trace = currentTrace("tryCatch", "call it in a workflow's function, or use try and catch in a task");
  checkFunction("what may fail first, such as () => call({})", block);
  checkFunction("a function of the error second, such as (error) => error.message", handler);
  checkOptions("tryCatch(…)", options);
  const { errors, ...unknown } = options;
  refuseUnknown("tryCatch(…)", unknown, ["errors"]);
  const caught = errors === undefined ? {} : namedErrors("tryCatch(…)", errors);
  const named = trace.named("tried");
  const error = trace.name("caught");
  const tried = trace.block("the first function of tryCatch(…)", block);
  if (tried.nodes.length === 0 && tried.failure === undefined) {
    throw new LambentError("tryCatch(…): its first function calls nothing, so nothing could fail: call a task in it");
  }
  const handled = trace.blockWith(
    "the second function of tryCatch(…)",
    error,
    (ref) => handler(ref as Ref<CaughtError>), // its catcher assigns one
  );
  if (tried.failure !== undefined && handled.failure !== undefined) {
    throw new LambentError(
      `tryCatch(…) fails in both of its functions (${failureName(tried.failure)}, ${failureName(handled.failure)}), so nothing after it could run: let one return a value`,
    );
  }
  return trace.add({ kind: "try", ...named, block: tried, ...caught, error, handler: handled });
}

function checkFunction(what: string, fn: unknown): void {
  if (typeof fn === "function" && originOf(fn) === undefined) return;
  throw new LambentError(`tryCatch(…) takes ${what}; it was given ${given(fn)}`);
}
