import { NonRetryableError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";

// What the function of a dynamic is given and what becomes of what it returns, where it is called: in a replica.

declare const OUTPUT: unique symbol;

/**
 * A call that the function of a `dynamic` returns: of which task, and with what. It is made by what the function is given
 * as its second argument.
 * @example
 * const plan = dynamic({ evaluate }, function plan({ values }: { values: number[] }, calls) {
 *   return values.map((value) => calls.evaluate({ value, state: 1 }));
 * });
 * const planned: readonly Call<number>[] = await plan.fn({ values: [1, 2] });
 * console.log(planned.map(({ task }) => task)); // [ 'evaluate', 'evaluate' ]
 */
export interface Call<out O> {
  /** The name by which the task is declared. */
  readonly task: string;
  /** What the task is given. */
  readonly inputs: object;
  /** In types alone: what the task returns. */
  readonly [OUTPUT]?: O;
}

/** What crosses to the state machine of a call. */
export interface PlannedCall {
  /** Its index in the list. */
  readonly position: number;
  readonly task: string;
  readonly inputs: object;
}

/** The function of a `dynamic` has returned what is no list of calls. Another attempt would return the same. */
export class InvalidCalls extends NonRetryableError {}

class MadeCall {
  readonly task: string;
  readonly inputs: object;

  constructor(task: string, inputs: object) {
    this.task = task;
    this.inputs = inputs;
  }
}

/**
 * The second argument of a dynamic's function: by the name of any task what makes calls of it. Which are declared is the
 * state machine's to know, since a replica's bundle has no tasks but its own function's.
 * @param name the dynamic's
 */
export function callMakers(name: string): object {
  return new Proxy(
    {},
    {
      get: (_, task) => (typeof task === "string" ? (inputs: unknown) => makeCall(name, task, inputs) : undefined),
    },
  );
}

function makeCall(name: string, task: string, inputs: unknown = {}): MadeCall {
  if (isObject(inputs) && !Array.isArray(inputs)) return new MadeCall(task, inputs);
  throw new InvalidCalls(`${name}: calls.${task}(…) takes one object of inputs, not ${typeof inputs}`);
}

/**
 * Calls as they cross to the state machine.
 * @param name the dynamic's
 * @param returned what its function has returned
 * @throws {InvalidCalls} with the position, for anything that `callMakers` has not made
 */
export function plannedCalls(name: string, returned: unknown): PlannedCall[] {
  if (!Array.isArray(returned)) {
    throw new InvalidCalls(
      `${name} must return a list of calls, made by its second argument, not ${returned === null ? "null" : typeof returned}`,
    );
  }
  return Array.from(returned, (call: unknown, position) => {
    if (call instanceof MadeCall) return { position, task: call.task, inputs: call.inputs };
    throw new InvalidCalls(
      `${name}: at position ${position} of what it returned is no call: make each by the second argument, calls.task({ … }), and leave out what is not to be called`,
    );
  });
}
