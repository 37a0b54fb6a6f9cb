import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { errorDocument, thrownText } from "./error-document.ts";
import type { RequestHeader } from "./replica-frames.ts";

type Callback = (error?: unknown, result?: unknown) => void;
export type Handler = (event: unknown, context: object, callback: Callback) => unknown;

/** An error of Lambda's runtime, not of the function's code. Its name is `Runtime.` and the given name. */
class RuntimeError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = `Runtime.${name}`;
  }
}

/**
 * Load the handler `file.export` from the directory `root`, looking for the file as Lambda's Node runtime does.
 * @throws errors named `Runtime.ImportModuleError`, `Runtime.UserCodeSyntaxError`, `Runtime.HandlerNotFound` or
 * `Runtime.MalformedHandlerName`, and whatever the module throws when it is evaluated
 */
export async function loadHandler(root: string, handler: string): Promise<Handler> {
  if (handler.includes("..")) {
    throw new RuntimeError("MalformedHandlerName", `'${handler}' is not a valid handler name: it contains '..'`);
  }
  const [, file, path] = /^([^.]*)\.(.*)$/.exec(basename(handler)) ?? [];
  if (file === undefined || path === undefined) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  const loaded = await importModule(resolve(root, dirname(handler)), file);
  const found = property(loaded, path) ?? property(property(loaded, "default"), path);
  if (found === undefined) throw new RuntimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  if (!isFunction(found)) throw new RuntimeError("HandlerNotFound", `${handler} is not a function`);
  return found;
}

async function importModule(directory: string, file: string): Promise<unknown> {
  const candidate = [".js", ".mjs", ".cjs"].map((end) => join(directory, file + end)).find((path) => existsSync(path));
  try {
    // If there is no such file, `resolve` throws Node's own error, which says where it has looked.
    const path = candidate ?? createRequire(join(directory, "/")).resolve(`./${file}`);
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeErrorFrom("UserCodeSyntaxError", error);
    if (error instanceof Error && property(error, "code") === "MODULE_NOT_FOUND") {
      throw runtimeErrorFrom("ImportModuleError", error);
    }
    throw error;
  }
}

/** A runtime error with the stack of `cause`. */
export function runtimeErrorFrom(name: string, cause: unknown): Error {
  const error = new RuntimeError(name, thrownText(cause));
  const frames = errorDocument(cause).trace?.filter((line) => /^\s+at /.test(line)) ?? [];
  error.stack = [`${error.name}: ${error.message}`, ...frames].join("\n");
  return error;
}

/** The result of one call of the handler. */
export type Outcome = { readonly result: unknown } | { readonly error: unknown };

/**
 * Call the handler as Lambda's Node runtimes do:
 * - A promise that it returns is awaited.
 * - A handler with three parameters answers by its callback, or by `context.done` as in nodejs22.x and earlier.
 * - Any other value that it returns is the result.
 * - If the event loop is empty before that, the answer is null, or `Runtime.NodeJsExit` for a pending promise.
 */
export function callHandler(handler: Handler, event: unknown, header: RequestHeader): Promise<Outcome> {
  return new Promise((settle) => {
    let isFinished = false;
    let outcomeWhenEmpty: () => Outcome = nullOutcome;
    function finish(outcome: Outcome) {
      // A second answer may come while the next invocation runs, whose `onEmptyEventLoop` must stay.
      if (isFinished) return;
      isFinished = true;
      onEmptyEventLoop = undefined;
      settle(outcome);
    }
    onEmptyEventLoop = () => finish(outcomeWhenEmpty());
    const done: Callback = (error, result) => finish(error === undefined || error === null ? { result } : { error });
    const callback: Callback = (error, result) => {
      const failed = error !== undefined && error !== null;
      if (failed || !context.callbackWaitsForEmptyEventLoop) done(error, result);
      else outcomeWhenEmpty = () => ({ result });
    };
    const context = createContext(header, done);
    try {
      const returned = handler(event, context, callback);
      if (isPromiseLike(returned)) {
        outcomeWhenEmpty = pendingOutcome;
        returned.then(
          (result) => finish({ result }),
          (error: unknown) => finish({ error }),
        );
      } else if (handler.length < 3 && returned !== undefined) {
        finish({ result: returned });
      }
    } catch (error) {
      finish({ error });
    }
  });
}

/** Called when the event loop is empty while an invocation runs. */
let onEmptyEventLoop: (() => void) | undefined;
process.on("beforeExit", () => onEmptyEventLoop?.());

/** The context's fields that are the same in all invocations. Read once, since reading `process.env` is slow. */
const sharedContext = {
  functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
  functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
  memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
  logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
  logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
};

/** Lambda's context object: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function createContext(header: RequestHeader, done: Callback) {
  // Written out, since `...sharedContext` takes microseconds of each invocation.
  return {
    functionName: sharedContext.functionName,
    functionVersion: sharedContext.functionVersion,
    memoryLimitInMB: sharedContext.memoryLimitInMB,
    logGroupName: sharedContext.logGroupName,
    logStreamName: sharedContext.logStreamName,
    invokedFunctionArn: header.functionArn,
    awsRequestId: header.requestId,
    identity: undefined,
    clientContext: header.clientContext === undefined ? undefined : JSON.parse(header.clientContext),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => header.deadline - Date.now(),
    done,
    succeed: (result?: unknown) => done(null, result),
    fail: (error?: unknown) => done(error ?? "handled"),
  };
}

function nullOutcome(): Outcome {
  return { result: null };
}

function pendingOutcome(): Outcome {
  const message =
    "The event loop ran empty while the handler's promise was still pending: something it awaits is never settled.";
  return { error: new RuntimeError("NodeJsExit", message) };
}

/**
 * The JSON text of a handler's result. `undefined` gives `null`, as on Lambda.
 * @throws {Error} named `Runtime.JSONStringifyError`
 */
export function resultText(result: unknown): string {
  try {
    return JSON.stringify(result) ?? "null";
  } catch (error) {
    throw runtimeErrorFrom("JSONStringifyError", `Unable to stringify response body: ${thrownText(error)}`);
  }
}

function property(value: unknown, path: string): unknown {
  let current = value;
  for (const key of path.split(".")) {
    if (current === null || (typeof current !== "object" && typeof current !== "function")) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

/** Any function counts as a handler, as on Lambda: its parameters cannot be checked at run time. */
function isFunction(value: unknown): value is Handler {
  return typeof value === "function";
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof property(value, "then") === "function";
}
