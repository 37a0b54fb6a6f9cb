/**
 * The fields of Step Functions' `HistoryEvent` that a timeline reads. Those of the SDK and of the emulator have them.
 */
export interface TimelineEvent {
  readonly timestamp?: Date | undefined;
  readonly type?: string | undefined;
  readonly id?: number | undefined;
  readonly previousEventId?: number | undefined;
  readonly stateEnteredEventDetails?: { readonly name?: string | undefined } | undefined;
  readonly taskSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
  /** What a function has answered whose state then waits until somebody sends its token. */
  readonly taskSubmittedEventDetails?: { readonly output?: string | undefined } | undefined;
  readonly lambdaFunctionSucceededEventDetails?: { readonly output?: string | undefined } | undefined;
}

/** What an execution has left, as Step Functions' API tells it. */
export interface ExecutionHistory {
  /** What people call its state machine. */
  readonly machine: string;
  readonly name: string;
  readonly arn?: string | undefined;
  /** As `DescribeExecution` has it. Absent: what the last event says. */
  readonly status?: string | undefined;
  /** What it failed of, if it did. Absent: what the last event says. */
  readonly failure?: string | undefined;
  /** The definition that it ran, as text. Without it there is no graph. */
  readonly definition?: string | undefined;
  /** In order. */
  readonly events: readonly TimelineEvent[];
  /** Child executions of its Distributed Maps. */
  readonly children?: readonly ChildHistory[] | undefined;
  /** Executions that run parts of it, where the graph is too large for one definition. */
  readonly parts?: readonly PartHistory[] | undefined;
  /** What could not be read, for the page to say. */
  readonly notes?: readonly string[] | undefined;
}

/** An execution of a further state machine of a workflow. Its Map Runs' children are with those of the workflow. */
export interface PartHistory {
  readonly arn: string;
  readonly stateMachineArn: string;
  /** As text. */
  readonly definition: string | undefined;
  readonly events: readonly TimelineEvent[];
}

/** A child execution of a Distributed Map. */
export interface ChildHistory {
  readonly mapRunArn: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: Date;
  /** Absent: it runs. */
  readonly endedAt?: Date | undefined;
  /** Absent: it has none, as EXPRESS executions, or it has not been read. */
  readonly events?: readonly TimelineEvent[] | undefined;
}

/** What an event tells, whichever member of it that is in: `taskFailedEventDetails` of a `TaskFailed`. */
export type Details = Readonly<Record<string, unknown>>;

export function detailsOf(event: TimelineEvent): Details {
  for (const [member, value] of Object.entries(event)) {
    // An event has one member of this name, and what it holds is an object.
    if (member.endsWith("EventDetails") && value !== undefined) return value as Details;
  }
  return {};
}

/** A field of an event that is a text. */
export function textOf(details: Details, field: string): string | undefined {
  const value = details[field];
  return typeof value === "string" ? value : undefined;
}

/** A field of an event that is a number. */
export function numberOf(details: Details, field: string): number | undefined {
  const value = details[field];
  return typeof value === "number" ? value : undefined;
}

export function timeOf(event: TimelineEvent | undefined): number | undefined {
  return event?.timestamp?.getTime();
}
