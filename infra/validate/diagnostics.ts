/** One finding about a definition, as ValidateStateMachineDefinition reports it. */
export interface Diagnostic {
  readonly severity: "ERROR" | "WARNING";
  readonly code: string;
  readonly message: string;
  /** Where in the definition: `/States/Work/Retry[0]/ErrorEquals`. Absent where AWS names no place. */
  readonly location?: string;
}

/** Collects findings in the order in which they are made. */
export class Findings {
  readonly all: Diagnostic[] = [];
  readonly #found = new Set<string>();

  /** Two checks may find the same. */
  error(message: string, location?: string, code = "SCHEMA_VALIDATION_FAILED"): void {
    const found = JSON.stringify([code, message, location]);
    if (this.#found.has(found)) return;
    this.#found.add(found);
    this.all.push({ severity: "ERROR", code, message, ...(location === undefined ? {} : { location }) });
  }

  warning(message: string, location: string, code: string): void {
    this.all.push({ severity: "WARNING", code, message, location });
  }
}

/** What may be wrong with a JSON value is asked of it first. */
export type Members = ReadonlyMap<string, unknown>;

/** The members of an object, or undefined when the value is none. */
export function membersOf(value: unknown): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}
