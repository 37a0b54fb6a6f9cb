/** One node of npm jsonata's syntax tree, as far as it is looked at here. */
export interface Node {
  readonly type: string;
  readonly value?: unknown;
  /** Set when it is parsed: what it gives is the first or the last number of a range. */
  isRangeEnd?: boolean;
  /** Set when it is parsed. */
  isLeaf?: boolean;
  /** Set when it is parsed. */
  place?: Place;
  readonly [part: string]: unknown;
}

/** Where a node is evaluated side by side with others. */
export interface Place {
  /** The number of the list or object. */
  readonly of: number;
  readonly isFirst: boolean;
  /** Values of groups with names of their own (`@`, `#`) are. */
  readonly isInOwnScope: boolean;
}
