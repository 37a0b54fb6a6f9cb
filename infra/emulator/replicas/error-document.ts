import { types } from "node:util";
import type { ErrorDocument } from "./replica-frames.ts";

/** What Lambda's Node runtime reports of a thrown value. */
export function errorDocument(error: unknown): ErrorDocument {
  try {
    if (!types.isNativeError(error) && !(error instanceof Error)) {
      return { errorType: typeof error, errorMessage: String(error), trace: [] };
    }
    return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
  } catch {
    const errorMessage = "an error was thrown whose name, message or stack cannot be read";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}
