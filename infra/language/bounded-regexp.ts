import { createContext, Script } from "node:vm";
import { TooMuchHere } from "./evaluation-limits.ts";
import { waysOf } from "./regexp-ways.ts";
import { isProcessShared, spendTime } from "./sharing.ts";

// Milliseconds, of all matches in one turn of the event loop. Every other execution stands still meanwhile.
const LONGEST_MATCHING = 20;

// So many ways are tried in some milliseconds.
const MOST_WAYS = 1_000_000;

// Of one go through the expression, which V8 ends at no deadline: it looks at the time where something repeats.
const MOST_CHOICES = 100_000;

const scope: { pattern?: RegExp; text?: string } = createContext({});
const match = new Script("pattern.exec(text)");

/** Milliseconds that matches have taken in this turn. */
let taken = 0;

function take(milliseconds: number): void {
  if (taken === 0) {
    setImmediate(() => {
      taken = 0;
    }).unref();
  }
  taken += milliseconds;
  spendTime(milliseconds);
}

/** A regular expression that gives up on a text which would hold a process that others share. */
class Bounded extends RegExp {
  readonly #ways = waysOf(this.source);

  /** @throws {TooMuchHere} */
  override exec(text: string): RegExpExecArray | null {
    if (!isProcessShared()) return super.exec(text);
    const { repetitions, choices, repeatsGroups } = this.#ways;
    if (taken >= LONGEST_MATCHING || !(choices <= MOST_CHOICES)) throw new TooMuchHere();
    // A match may begin anywhere in the text.
    const ways = text.length ** (1 + repetitions) * choices;
    const began = performance.now();
    try {
      // A match with a deadline costs 40 µs more, so only what could need one gets it.
      return ways <= MOST_WAYS && !repeatsGroups ? super.exec(text) : this.#matchInTime(text);
    } finally {
      take(performance.now() - began);
    }
  }

  #matchInTime(text: string): RegExpExecArray | null {
    const pattern = new RegExp(this.source, this.flags);
    pattern.lastIndex = this.lastIndex;
    scope.pattern = pattern;
    scope.text = text;
    try {
      return match.runInContext(scope, { timeout: Math.ceil(LONGEST_MATCHING - taken) });
    } catch {
      // Nothing else can go wrong: the pattern has been compiled before.
      throw new TooMuchHere();
    } finally {
      this.lastIndex = pattern.lastIndex;
    }
  }
}

// The cast leaves out that RegExp can be called without `new`, which nobody does with this one.
export const BoundedRegExp: RegExpConstructor = Bounded as unknown as RegExpConstructor;
