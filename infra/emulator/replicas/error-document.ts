import { inspect, types } from "node:util";
import type { ErrorDocument } from "./replica-frames.ts";

/** What Lambda's Node runtime reports of a thrown value. */
export function errorDocument(error: unknown): ErrorDocument {
  try {
    if (!types.isNativeError(error) && !(error instanceof Error)) {
      return { errorType: typeof error, errorMessage: String(error), trace: [] };
    }
    const { name, message, stack = "" }: { name: unknown; message: unknown; stack?: unknown } = error;
    if (typeof name === "string" && typeof message === "string" && typeof stack === "string") {
      return { errorType: name, errorMessage: message, trace: stack.split("\n") };
    }
  } catch {
    // As where one of them is no text.
  }
  const errorMessage = "an error was thrown whose name, message or stack cannot be read";
  return { errorType: "handled", errorMessage, trace: [] };
}

/** A thrown value as text, also where it has no text of its own. */
export function thrownText(value: unknown): string {
  for (const print of [String, inspect]) {
    try {
      return print(value);
    } catch {
      // The next one may be able to.
    }
  }
  return "a value that cannot be printed";
}
