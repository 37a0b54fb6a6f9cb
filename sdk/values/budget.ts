/** Bytes that the receipts of a batch may take in its answer, which Step Functions bounds as a whole. */
export const RECEIPTS_BYTES = 32_768;

/** Bytes of a mark of what is in the store at most, as a function of a long name has it. */
export const MARK_BYTES = 155;

/** How much of a task's output may be in its answer. What does not fit is stored, and a mark takes its place. */
export interface Budget {
  /** Bytes of the output's JSON as UTF-8. */
  readonly bytes: number;
  /** What must not be stored. Absent: only tasks get the output, so all of it may be stored. */
  readonly reads?: Reads;
}

/** What the state machine itself reads of a value, and so must find in its place. */
export interface Reads {
  /** Who reads it, for error messages: a node's name, or the workflow's caller. */
  readonly by: string;
  /**
   * Absent, as `items` is: it reads the whole value. Otherwise it takes fields or elements out of it, and reads in those
   * listed here.
   */
  readonly fields?: Readonly<Record<string, Reads>>;
  /** What it reads in each element of a list. */
  readonly items?: Reads;
  /** Whether a list may be one stored list all the same, since its readers are maps that can read it from the store. */
  readonly list?: true;
}

/** Whether all of a value is read, and not parts of it. */
export function isWhole({ fields, items }: Reads): boolean {
  return fields === undefined && items === undefined;
}
