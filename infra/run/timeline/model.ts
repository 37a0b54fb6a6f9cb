// What a timeline shows, as plain data: it crosses into the page as JSON. All times are in milliseconds, those of bars
// from the execution's beginning.

export interface Timeline {
  readonly title: string;
  /** The execution's name in full. */
  readonly name: string;
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly failure?: string;
  readonly groups: readonly Group[];
  /** By lane, then by when they begin. */
  readonly bars: readonly Bar[];
  /** In the order in which they began: the place in this list is a node's colour. */
  readonly nodes: readonly NodeSummary[];
  readonly graph?: Graph;
  readonly totals: Totals;
  /** What is not shown, and why. */
  readonly notes: readonly string[];
}

/** Lanes that belong together: the replicas of an actor, or the states of the workflow. */
export interface Group {
  readonly name: string;
  readonly kind: "workflow" | "actor" | "states" | "children";
  /** How many of its lanes are replicas. */
  readonly replicas: number;
  /** The number of its first lane, among those of all groups. */
  readonly firstLane: number;
  readonly lanes: readonly Lane[];
}

export interface Lane {
  readonly label: string;
  /** What there is to know beyond the label, such as a replica's id. */
  readonly about?: string;
  /** Bars that overlap are one below the other, in so many rows. */
  readonly rows: number;
}

export interface Bar {
  readonly lane: number;
  readonly row: number;
  /** An `item` without `work` has failed: when, is known as little as how long it took, and it is a mark at its `end`. */
  readonly kind: "invocation" | "batch" | "item" | "call" | "wait" | "span" | "step" | "execution";
  readonly node: string;
  /** `inference[3]` */
  readonly label: string;
  readonly start: number;
  readonly end: number;
  readonly status: "succeeded" | "failed" | "running";
  /** When the state asked for it, if it began later: the time between is spent waiting for a replica. */
  readonly queuedFrom?: number;
  /** The child execution of a Distributed Map in which it was. */
  readonly child?: string;
  /** The ARN of the execution of another state machine that it waits for. */
  readonly execution?: string;
  /** From 2 on: earlier attempts failed. */
  readonly attempt?: number;
  /** Absent: nothing ran on a replica that tells of itself. */
  readonly work?: Work;
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** The receipt, as JSON. */
  readonly receipt?: string;
}

/** What a receipt says of an invocation. */
export interface Work {
  /** So many items: more than one where a batch had no room to tell of each, none where it worked on a map's lists. */
  readonly items: number;
  readonly isCold: boolean;
  /** Its output was in the store: the task's function did not run. */
  readonly isStored: boolean;
  readonly loads: number;
  readonly loadMs: number;
  readonly hits: number;
  readonly joined: number;
  /** While its replica initialised, before it. */
  readonly preloads: number;
}

export interface NodeSummary {
  readonly name: string;
  /** Of its calls and items, without what is around them. */
  readonly bars: number;
  readonly failures: number;
}

/** The sums over an execution's bars. */
export interface Totals {
  readonly replicas: number;
  /** Runs of tasks: each item of a batch is one. */
  readonly tasks: number;
  readonly loads: number;
  readonly loadMs: number;
  readonly preloads: number;
  readonly hits: number;
  readonly joined: number;
  readonly stored: number;
  readonly coldStarts: number;
  /** Attempts and items that failed, those that were tried again included. */
  readonly failures: number;
  readonly retries: number;
  /** The time that invocations waited for a replica, added up. */
  readonly queuedMs: number;
  /** The time that replicas were at work, added up. */
  readonly busyMs: number;
  /** `busyMs` as a share of the execution's duration on all of its replicas: 0 to 1. */
  readonly utilisation: number;
  /** What hits and joined calls would have taken as loads: each the mean duration of its cache's loads in this run. */
  readonly savedMs: number;
  /** Absent: nobody said what things cost. */
  readonly cost?: Cost;
}

/** What an execution cost, and how that was found. */
export interface Cost {
  /** `$0.0021` */
  readonly text: string;
  readonly how: string;
}

/** The states and the ways between them, laid out. Lengths are in pixels. */
export interface Graph {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly GraphBox[];
  readonly lines: readonly GraphLine[];
}

export interface GraphBox {
  /** The node's name, as bars have it. */
  readonly node: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Whether there are boxes within it. */
  readonly isFrame: boolean;
}

export interface GraphLine {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** It leads back to a state that was before. */
  readonly isBack: boolean;
}
