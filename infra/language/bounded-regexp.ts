import { createContext, Script } from "node:vm";

// Milliseconds. Every other execution stands still meanwhile.
const LONGEST_MATCH = 250;

// From here on a pattern with two repetitions, one after the other, may take long as well.
const LONG_TEXT = 1_000;

const REPEATED_GROUP = /\)[*+{]/;

const scope: { pattern?: RegExp; text?: string } = createContext({});
const match = new Script("pattern.exec(text)");

/** A regular expression that gives up on a text which would hold it, and the process, for too long. */
class Bounded extends RegExp {
  /** @throws {Error} after a quarter of a second. */
  override exec(text: string): RegExpExecArray | null {
    // A match with a deadline costs 40 µs more, so only what could need one gets it.
    if (text.length < LONG_TEXT && !REPEATED_GROUP.test(this.source)) return super.exec(text);
    const pattern = new RegExp(this.source, this.flags);
    pattern.lastIndex = this.lastIndex;
    scope.pattern = pattern;
    scope.text = text;
    try {
      const found: RegExpExecArray | null = match.runInContext(scope, { timeout: LONGEST_MATCH });
      this.lastIndex = pattern.lastIndex;
      return found;
    } catch (error) {
      // Nothing else can go wrong: the pattern has been compiled before.
      throw new Error(
        `the regular expression ${String(this)} took more than ${LONGEST_MATCH} ms on a text of ${text.length} characters`,
        { cause: error },
      );
    }
  }
}

// The cast leaves out that RegExp can be called without `new`, which nobody does with this one.
export const BoundedRegExp: RegExpConstructor = Bounded as unknown as RegExpConstructor;
