/** What a workflow of a chapter gives, in this process, served and packaged alike. */
export interface Example {
  /** Its name. */
  readonly workflow: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output?: unknown;
  /** In the place of an output: what is in the execution's error and cause, `Name: message`. */
  readonly error?: string;
}
