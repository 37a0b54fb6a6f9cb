import { fileURLToPath } from "node:url";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { ErrorDocument } from "./replica-frames.ts";

/** Thrown if a function's provisioned replicas cannot be initialised. On AWS its deployment would fail. */
export class ReplicaInitError extends LambentError {
  override readonly name = "ReplicaInitError";
  readonly functionName: string;
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
  /** Where the error was thrown: in the author's source if the bundle has a source map. */
  readonly file: string | undefined;
  readonly line: number | undefined;

  constructor(functionName: string, document: ErrorDocument) {
    const trace = document.trace ?? [];
    const location = locate(trace);
    const where = location === undefined ? "" : ` at ${location.file}:${location.line}`;
    super(`Function "${functionName}" failed to initialise${where}: ${document.errorType}: ${document.errorMessage}`);
    this.functionName = functionName;
    this.errorType = document.errorType;
    this.errorMessage = document.errorMessage;
    this.trace = trace;
    this.file = location?.file;
    this.line = location?.line;
  }
}

/** The first line of a stack that is in a file of the author's, and not in Node or in the replica's own program. */
function locate(trace: readonly string[]): { file: string; line: number } | undefined {
  for (const entry of trace) {
    const [, file, line] = /((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+)(?::\d+)?\)?$/.exec(entry) ?? [];
    if (file === undefined || file.includes("replica-process") || file.includes("lambent-program")) continue;
    return { file: file.startsWith("file:") ? fileURLToPath(file) : file, line: Number(line) };
  }
  return undefined;
}
