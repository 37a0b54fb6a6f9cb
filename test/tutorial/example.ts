/** What a workflow of a chapter gives, in this process, served and packaged alike. */
export interface Example {
  /** Its name. */
  readonly workflow: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output?: unknown;
  /** What nodes are answered with that wait for their tokens, by their names. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** In the place of an output: what is in the execution's error and cause, `Name: message`. */
  readonly error?: string;
}
