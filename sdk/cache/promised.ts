const { types } = process.getBuiltinModule("node:util");

/** Whether a function is declared `async`. Calls of any other may throw instead of rejecting. */
export function isAsyncFunction(fn: unknown): boolean {
  return types.isAsyncFunction(fn);
}

/** Whether it is a promise in every respect: none of a subclass, nor with a `then` of its own. */
export function isPromise(value: unknown, then: Function): value is Promise<unknown> {
  try {
    return types.isPromise(value) && then === Promise.prototype.then && value.constructor === Promise;
  } catch {
    return false; // its `constructor` is a getter that throws
  }
}

/**
 * A promise for what a thenable comes to. One that is no promise, such as a query builder, may run its query each time
 * that its `then` is called, and may call back twice or throw in between: it is called once, here, and what it does
 * after its first answer changes nothing.
 * @param then the thenable's, read once
 */
export function promised(thenable: unknown, then: Function): Promise<unknown> {
  return new Promise((resolve, reject) => void Reflect.apply(then, thenable, [resolve, reject]));
}
