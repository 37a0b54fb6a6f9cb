import { fileURLToPath } from "node:url";

/**
 * The file of the code that called a function, absolute; `undefined` if the stack does not tell.
 * @param called the function, which is running
 */
export function callerOf(called: Function): string | undefined {
  const place: { stack?: string } = {};
  Error.captureStackTrace(place, called);
  const line = (place.stack ?? "").split("\n").find((one) => /^\s+at /.test(one));
  const [, path = ""] = /\(?((?:file:\/\/)?\/[^()]+?|[A-Za-z]:\\[^()]+?):\d+:\d+\)?$/.exec(line ?? "") ?? [];
  if (path === "") return undefined;
  return path.startsWith("file:") ? fileURLToPath(path) : path;
}
