const { types } = process.getBuiltinModule("node:util");

const ASYNC_FUNCTION = Object.getPrototypeOf(async function () {}) as object;

/**
 * Whether a function is declared `async`, or is a bound one or a Proxy of such a function: these inherit from what it
 * inherits from. Calls of any other may throw instead of rejecting.
 */
export function isAsyncFunction(fn: unknown): boolean {
  if (types.isAsyncFunction(fn)) return true;
  try {
    return ASYNC_FUNCTION.isPrototypeOf(fn as object); // of what is no object it is false
  } catch {
    return false; // a Proxy's trap threw
  }
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
