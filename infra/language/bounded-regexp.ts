import { createContext, Script } from "node:vm";
import { TooMuchHere } from "./evaluation-limits.ts";
import { isProcessShared, spendTime } from "./sharing.ts";

// Milliseconds. Every other execution stands still meanwhile.
const LONGEST_MATCH = 20;

// Each repetition may take any part of the text: so many ways are tried in a millisecond or so.
const MOST_WAYS = 100_000;

const REPETITION = /[*+}]/g;
const REPEATED_GROUP = /\)[*+{]/;

const scope: { pattern?: RegExp; text?: string } = createContext({});
const match = new Script("pattern.exec(text)");

/** A regular expression that gives up on a text which would hold a process that others share. */
class Bounded extends RegExp {
  readonly #repetitions = REPEATED_GROUP.test(this.source)
    ? Number.POSITIVE_INFINITY
    : (this.source.match(REPETITION) ?? []).length;

  /** @throws {TooMuchHere} */
  override exec(text: string): RegExpExecArray | null {
    // A match with a deadline costs 40 µs more, so only what could need one gets it.
    if (!isProcessShared() || text.length ** this.#repetitions <= MOST_WAYS) return super.exec(text);
    const pattern = new RegExp(this.source, this.flags);
    pattern.lastIndex = this.lastIndex;
    scope.pattern = pattern;
    scope.text = text;
    const began = performance.now();
    const found = matchInTime();
    this.lastIndex = pattern.lastIndex;
    spendTime(performance.now() - began);
    return found;
  }
}

function matchInTime(): RegExpExecArray | null {
  try {
    return match.runInContext(scope, { timeout: LONGEST_MATCH });
  } catch {
    // Nothing else can go wrong: the pattern has been compiled before.
    throw new TooMuchHere();
  }
}

// The cast leaves out that RegExp can be called without `new`, which nobody does with this one.
export const BoundedRegExp: RegExpConstructor = Bounded as unknown as RegExpConstructor;
