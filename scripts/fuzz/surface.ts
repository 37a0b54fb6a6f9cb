import type { Arbitrary } from "fast-check";

/** A part of Lambent that takes what strangers give it. */
export interface Surface<Case> {
  readonly name: string;
  /** How many of a thousand cases are for it: few, where a case costs a process. */
  readonly share: number;
  readonly cases: Arbitrary<Case>;
  /**
   * Gives the case to the real thing.
   * @returns whether it was taken
   * @throws what the thing throws
   */
  attempt(given: Case): Promise<boolean>;
  /** How a case is written, for a reader who wants to try it. */
  show(given: Case): string;
}

/** A surface that is open: with the server or the directory that its cases need. */
export interface OpenSurface<Case> extends Surface<Case> {
  close(): Promise<void>;
}

/** Whatever is given to a surface, it is not a fault to be slower than this many milliseconds only if it is quicker. */
export const SLOWEST_MS = 20_000;

/** What was given ended in something else than an answer or a named refusal. */
export class Fault extends Error {}
