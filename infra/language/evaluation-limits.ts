/** An evaluation has been ended. The message is AWS's. */
export class EvaluationLimit extends Error {}

export const OUT_OF_MEMORY = "Expression evaluation memory limit exceeded: Check for excessive memory usage";
export const OUT_OF_STACK =
  "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive";
export const OUT_OF_TIME = "Expression evaluation timeout: Check for infinite loop";

/**
 * What one value of an evaluation may take. AWS evaluates `$count([1..873782])` and no longer list, and a letter that
 * is doubled 22 times and not 23 times: so many bytes, with the sizes below, put the limits there.
 */
const VALUE_BYTES = 20 * 1024 * 1024;
const LIST_BYTES = 752;
const ITEM_BYTES = 24;
const CHARACTER_BYTES = 4;

/** Also of all values within a list or an object. */
export const LONGEST_LIST: number = Math.floor((VALUE_BYTES - LIST_BYTES) / ITEM_BYTES);

/** Numbers that `$range` makes: AWS makes 360,145, and for one more says that its memory is exceeded. */
export const LONGEST_RANGE = 360_145;

export const LONGEST_TEXT: number = Math.floor(VALUE_BYTES / CHARACTER_BYTES);

/**
 * Characters of the JSON text of all that the expressions of one part of a state give: more than all variables of an
 * execution may have. One text may be in a result a thousand times and takes its place once, until it is handed on.
 */
export const LONGEST_RESULT: number = VALUE_BYTES;

/** What expressions have given is more than any state may hand on. */
export class ResultTooLarge extends Error {}

/**
 * Of an evaluation in a process of its own: what it may use of the processor, and what it may take in all. AWS gives an
 * expression one second; machines and engines differ, and what is done in one there is not to fail here.
 */
export const LONGEST_EVALUATION_MS = 3_000;
export const LONGEST_WAIT_MS = 60_000;

/** An evaluation is more than this process does at a time while others wait: it is to be done in another one. */
export class TooMuchHere extends Error {}
