import { fileURLToPath } from "node:url";

/**
 * The file of the code that called a function, absolute; `undefined` if the stack does not tell.
 * @param called the function, which is running
 */
export function callerOf(called: Function): string | undefined {
  return callerPlace(called)?.replace(/:\d+$/, "");
}

/** As {@link callerOf}, with the line: `/service/flows.ts:12`. */
export function callerPlace(called: Function): string | undefined {
  const place: { stack?: string } = {};
  Error.captureStackTrace(place, called);
  const line = (place.stack ?? "").split("\n").find((one) => /^\s+at /.test(one));
  const [, path = "", number = ""] =
    /\(?((?:file:\/\/)?\/[^()]+?|[A-Za-z]:\\[^()]+?):(\d+):\d+\)?$/.exec(line ?? "") ?? [];
  if (path === "") return undefined;
  return `${path.startsWith("file:") ? fileURLToPath(path) : path}:${number}`;
}

const places = new WeakMap<object, string>();

/** Remember where the code is that called a function, as what made `made`. */
export function notePlace(made: object, called: Function): void {
  const place = callerPlace(called);
  if (place !== undefined) places.set(made, place);
}

/** Where it was made, relative to the working directory, as ` (flows.ts:12)`; nothing if that is not known. */
export function placeText(made: object): string {
  const place = places.get(made);
  const here = `${process.cwd()}/`;
  return place === undefined ? "" : ` (${place.startsWith(here) ? place.slice(here.length) : place})`;
}
