import { fileURLToPath } from "node:url";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { ErrorDocument } from "./replica-frames.ts";

/** A function's provisioned replicas could not be initialised; on AWS its deployment would fail. */
export class ReplicaInitError extends LambentError {
  override readonly name = "ReplicaInitError";
  readonly functionName: string;
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
  /** Where it happened, in the author's source where the bundle has a source map. */
  readonly file: string | undefined;
  readonly line: number | undefined;

  constructor(functionName: string, document: ErrorDocument) {
    const trace = document.trace ?? [];
    const place = locate(trace);
    const where = place === undefined ? "" : ` at ${place.file}:${place.line}`;
    super(`Function "${functionName}" failed to initialise${where}: ${document.errorType}: ${document.errorMessage}`);
    this.functionName = functionName;
    this.errorType = document.errorType;
    this.errorMessage = document.errorMessage;
    this.trace = trace;
    this.file = place?.file;
    this.line = place?.line;
  }
}

/** The first place of a stack that is in a file rather than in Node. */
function locate(trace: readonly string[]): { file: string; line: number } | undefined {
  for (const entry of trace) {
    const [, file, line] = /((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+)(?::\d+)?\)?$/.exec(entry) ?? [];
    if (file === undefined || file.includes("replica-process") || file.includes("lambent-program")) continue;
    return { file: file.startsWith("file:") ? fileURLToPath(file) : file, line: Number(line) };
  }
  return undefined;
}
