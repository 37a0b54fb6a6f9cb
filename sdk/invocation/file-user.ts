import { noteDownload } from "./downloads.ts";
import { afterInvocation, callingInvocation, callingLoad, isInvoked, lastInvocation } from "./invocation.ts";
import type { Load } from "./load.ts";

/**
 * Who asks for a file. What moves files is loaded when the first is asked for and is given this, since modules that it
 * shared with the handler would become one more file of each cold start.
 */
export interface FileUser {
  /** The load of a cache that asks. */
  readonly load: Load | undefined;
  /** The number of the last invocation that is running; 0 if none is. */
  readonly invocation: number;
  /** Run `end` once that invocation and all before it have ended. */
  afterInvocation(end: () => void): void;
  /** Note in the receipt that a file was downloaded. */
  downloaded(bytes: number, ms: number): void;
}

/** Whoever is calling. */
export function fileUser(): FileUser {
  const caller = callingInvocation();
  const invocation = isInvoked() ? lastInvocation : 0;
  return {
    load: callingLoad(),
    invocation,
    afterInvocation: (end) => afterInvocation(invocation, end),
    downloaded: (bytes, ms) => noteDownload(caller, bytes, ms),
  };
}
