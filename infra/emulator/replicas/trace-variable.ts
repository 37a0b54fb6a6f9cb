import { inspect } from "node:util";

const NAME = "_X_AMZN_TRACE_ID";

/**
 * Gives `process.env` the variable with the trace of the invocation that runs, as if it were one of the process's own.
 * It is none: glibc never frees the values that variables had, and with a trace for each invocation that was some 140
 * bytes each, without end. What reads the process's own block is not told of it: native code, and a worker thread that
 * is made without `env`. What copies values between threads takes no proxy: `structuredClone({ ...process.env })`.
 * @returns what sets it
 */
export function traceVariable(): (traceId: string) => void {
  const variables = process.env;
  // Without a prototype, so that it has nothing but the variable.
  const trace = Object.create(null) as Record<string, string>;
  function ownerOf(key: string | symbol): object {
    return key === NAME ? trace : variables;
  }
  process.env = new Proxy<NodeJS.ProcessEnv>(printed(), {
    get: (_, key): unknown => Reflect.get(ownerOf(key), key),
    has: (_, key) => Reflect.has(ownerOf(key), key),
    // A variable is a text, whatever it is set to.
    set: (_, key, value: unknown) => Reflect.set(ownerOf(key), key, key === NAME ? String(value) : value),
    deleteProperty: (_, key) => Reflect.deleteProperty(ownerOf(key), key),
    defineProperty: (_, key, property) => Reflect.defineProperty(ownerOf(key), key, property),
    ownKeys: () => [...Reflect.ownKeys(variables), ...Reflect.ownKeys(trace)],
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(ownerOf(key), key),
  });
  return (traceId) => {
    trace[NAME] = traceId;
  };
}

/** `console.log` of a proxy prints what that stands for, and not what it gives, unless this says otherwise. */
function printed(): NodeJS.ProcessEnv {
  function variables(this: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { ...this };
  }
  return Object.defineProperty({}, inspect.custom, { value: variables, configurable: true });
}
