/** How much of its output a task may leave to the state machine; the rest is stored, and a mark crosses instead. */
export interface Budget {
  /** Of JSON as UTF-8. */
  readonly bytes: number;
  /** What must not be stored. Absent: the output is only ever passed on to tasks, and may be stored whole. */
  readonly reads?: Reads;
}

/** What the state machine itself reads of a value. */
export interface Reads {
  /** Who reads it: the node, or the workflow's caller. */
  readonly by: string;
  /** Absent: it reads the value. Otherwise it takes fields or elements out of it, and reads those listed here. */
  readonly fields?: Readonly<Record<string, Reads>>;
}
