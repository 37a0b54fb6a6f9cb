import type { Bar, Timeline } from "../model.ts";

/** Characters of all inputs, outputs, causes and receipts of a page together; of each at least and at most. */
const ALL = 6_000_000;
const LEAST = 200;
const MOST = 20_000;

/** The timeline with its bars' texts no longer than a page can carry: the more bars, the shorter. */
export function withCutTexts(timeline: Timeline): Timeline {
  const each = Math.max(LEAST, Math.min(MOST, Math.floor(ALL / Math.max(1, 3 * timeline.bars.length))));
  function cut(text: string): string {
    return text.length <= each ? text : `${text.slice(0, each)}… (${text.length.toLocaleString("en")} characters)`;
  }
  return {
    ...timeline,
    bars: timeline.bars.map((bar): Bar => {
      const { input, output, cause, receipt } = bar;
      return {
        ...bar,
        ...(input === undefined ? {} : { input: cut(input) }),
        ...(output === undefined ? {} : { output: cut(output) }),
        ...(cause === undefined ? {} : { cause: cut(cause) }),
        ...(receipt === undefined ? {} : { receipt: cut(receipt) }),
      };
    }),
  };
}
